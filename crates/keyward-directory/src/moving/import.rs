//! Into a database that is empty: wholly or not at all.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
};

use aws_lc_rs::digest::{Context, SHA256};
use keyward_model::{Error, ErrorCode};
use serde_json::{Value as Json, json};

use super::{
    BATCH, FORM, Moved, head, sum,
    table::{TABLES, Table},
};
use crate::{
    Directory,
    canonical::{hex, strict},
    store::{Scope, Tried, Tx, Value},
};

/// Bytes of a line at most; a row of our own stays far below.
const MAX_LINE: u64 = 256 * 1024 * 1024;

impl Directory {
    /// Reads a whole directory from what [`export`](Self::export) wrote. The file is gone through before anything is
    /// written.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] where this directory is not empty, or names the line at which the file is damaged
    /// or cut. Nothing was changed then.
    pub fn import(&self, file: &mut (impl Read + Seek)) -> Result<Moved, Error> {
        if !self.is_empty()? {
            return Err(filled());
        }
        let moved = each_row(file, |_, _| Ok::<_, Error>(()))?;
        let file = RefCell::new(file);
        self.store().write(Scope::Everything, |tx| {
            if !tx.is_empty()? {
                return Err(filled().into());
            }
            let mut batch = Batch { tx, table: &TABLES[0], rows: Vec::new() };
            each_row(&mut **file.borrow_mut(), |table, row| batch.add(table, row))?;
            batch.write()
        })?;
        Ok(moved)
    }
}

fn filled() -> Error {
    let words = "This directory is not empty, and an import goes into an empty one only. Nothing was changed: name \
                 another database.";
    Error::new(ErrorCode::InvalidRequest, words)
}

/// Rows of one table that are to be written together.
struct Batch<'t, 'c> {
    tx: &'t Tx<'c>,
    table: &'static Table,
    rows: Vec<Json>,
}

impl Batch<'_, '_> {
    fn add(&mut self, table: &'static Table, row: Json) -> Tried<()> {
        if self.rows.len() == BATCH || self.table.name != table.name {
            self.write()?;
            self.table = table;
        }
        self.rows.push(row);
        Ok(())
    }

    fn write(&mut self) -> Tried<()> {
        let rows = std::mem::take(&mut self.rows);
        let values: Vec<Value<'_>> = rows.iter().filter_map(|row| self.table.values(row)).flatten().collect();
        if values.is_empty() {
            return Ok(());
        }
        let one = format!("({})", vec!["?"; self.table.columns().count()].join(", "));
        let places = vec![one; rows.len()].join(", ");
        let sql = format!("INSERT INTO {} ({}) VALUES {places}", self.table.name, self.table.names());
        let written = self.tx.run(&sql, &values).map(drop);
        written
            .map_err(|fault| fault.or_contradiction("The file contradicts itself, and nothing was changed"))
    }
}

/// Goes through the file from its beginning, row by row, and checks every line on the way.
fn each_row<E: From<Error>>(
    file: &mut (impl Read + Seek),
    mut take: impl FnMut(&'static Table, Json) -> Result<(), E>,
) -> Result<Moved, E> {
    let unread = |e: std::io::Error| bad(1, &format!("it cannot be read: {e}"));
    file.seek(SeekFrom::Start(0)).map_err(unread)?;
    let mut file = BufReader::new(file);
    let (mut all, mut last, mut number) = (Context::new(&SHA256), String::new(), 0);
    let mut closed = false;
    loop {
        number += 1;
        let mut bytes = Vec::new();
        file.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(unread)?;
        if bytes.is_empty() && closed {
            return Ok(Moved { rows: number - 3 });
        }
        if bytes.is_empty() {
            return Err(bad(number, "it is not there: the file was cut").into());
        }
        if closed {
            return Err(bad(number, "it stands after the closing line").into());
        }
        let mut line = strict(&bytes).map_err(|why| bad(number, &why))?;
        if number == 1 {
            begins(&line)?;
            last = sum("", &line);
        } else if line.get("sha256").is_some() {
            let whole = json!({ "rows": number - 2, "sha256": hex(all.clone().finish().as_ref()) });
            if line != whole {
                return Err(bad(number, "it closes another file than this").into());
            }
            closed = true;
        } else {
            let found = line.as_object_mut().and_then(|line| line.remove("sum"));
            last = sum(&last, &line);
            if found != Some(Json::from(last.as_str())) {
                return Err(bad(number, "it is not as it was written, or not in its place").into());
            }
            let table = TABLES.iter().find(|table| line["table"] == table.name);
            let row = line["row"].take();
            match table.filter(|table| table.values(&row).is_some()) {
                Some(table) => take(table, row)?,
                None => return Err(bad(number, "it is a row of no table that this version knows").into()),
            }
        }
        all.update(&bytes);
    }
}

/// Refuses a file that is something else, or of another version.
fn begins(line: &Json) -> Result<(), Error> {
    if line["keyward"] != "directory" {
        return Err(bad(1, "it is not the first line of a directory's export"));
    }
    if *line != head() {
        let words = format!(
            "The file was exported in form {}, schema {}; this version reads form {FORM}, schema {}. Nothing was \
             changed: export with the version that imports.",
            line["v"],
            line["schema"],
            crate::store::SCHEMA
        );
        return Err(Error::new(ErrorCode::InvalidRequest, words));
    }
    Ok(())
}

fn bad(line: u64, why: &str) -> Error {
    let words = format!("Line {line} of the file is not good: {why}. Nothing was changed: export anew.");
    Error::new(ErrorCode::InvalidRequest, words)
}
