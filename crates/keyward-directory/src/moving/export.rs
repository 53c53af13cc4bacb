//! Out of a database.

use std::{
    cell::RefCell,
    io::{self, Write},
};

use aws_lc_rs::digest::{Context, SHA256};
use keyward_model::{Error, ErrorCode, Result};
use serde_json::{Value as Json, json};

use super::{
    BATCH, Moved, head, sum,
    table::{TABLES, Table},
};
use crate::{
    Directory,
    canonical::{canonical, hex},
    store::{Tried, Tx, Value},
};

impl Directory {
    /// Writes the whole directory, as it is at one moment. Plans that wait to be applied are left out.
    ///
    /// # Errors
    /// A store that cannot be read; [`ErrorCode::StorageFull`] where nothing can be written to `out`. What was written
    /// then lacks its closing line, and no import takes it.
    pub fn export(&self, out: &mut dyn Write) -> Result<Moved> {
        let file = RefCell::new(File { out, sum: String::new(), all: Context::new(&SHA256), rows: 0 });
        self.store().read(|tx| {
            let file = &mut *file.borrow_mut();
            if !file.sum.is_empty() {
                let words = "The connection to the database broke while it was exported. What was written is not whole: \
                             begin anew.";
                return Err(Error::new(ErrorCode::StorageUnavailable, words).into());
            }
            file.head()?;
            TABLES.iter().try_for_each(|table| write(tx, table, file))?;
            Ok(file.close()?)
        })
    }
}

/// Writes a table's rows in the order of its key, so many at a time.
fn write(tx: &Tx<'_>, table: &Table, file: &mut File<'_>) -> Tried<()> {
    let (columns, key) = (table.names(), table.key_names());
    let mut last: Option<Json> = None;
    loop {
        let mut values = last.as_ref().and_then(|row| table.key_of(row)).unwrap_or_default();
        let after = match values.len() {
            0 => String::new(),
            places => format!(" WHERE ({key}) > ({})", vec!["?"; places].join(", ")),
        };
        values.push(Value::Number(BATCH as i64));
        let sql = format!("SELECT {columns} FROM {}{after} ORDER BY {key} LIMIT ?", table.name);
        let rows: Vec<Json> = tx.all(&sql, &values, |row| table.json(row))?;
        for row in &rows {
            file.row(table, row)?;
        }
        let more = rows.len() == BATCH;
        last = rows.into_iter().next_back();
        if !more {
            return Ok(());
        }
    }
}

/// The file, as far as it is written.
struct File<'o> {
    out: &'o mut dyn Write,
    /// The sum of the last line.
    sum: String,
    /// The hash of everything.
    all: Context,
    rows: u64,
}

impl File<'_> {
    fn head(&mut self) -> Result<()> {
        let head = head();
        self.sum = sum("", &head);
        self.line(&head)
    }

    fn row(&mut self, table: &Table, row: &Json) -> Result<()> {
        let mut line = json!({ "row": row, "table": table.name });
        self.sum = sum(&self.sum, &line);
        line["sum"] = self.sum.as_str().into();
        self.rows += 1;
        self.line(&line)
    }

    fn close(&mut self) -> Result<Moved> {
        let hash = hex(self.all.clone().finish().as_ref());
        self.line(&json!({ "rows": self.rows, "sha256": hash }))?;
        self.out.flush().map_err(|e| unwritten(&e))?;
        Ok(Moved { rows: self.rows })
    }

    fn line(&mut self, value: &Json) -> Result<()> {
        let line = format!("{}\n", canonical(value));
        self.all.update(line.as_bytes());
        self.out.write_all(line.as_bytes()).map_err(|e| unwritten(&e))
    }
}

fn unwritten(error: &io::Error) -> Error {
    let words =
        format!("The export cannot be written: {error}. What there is of it is not whole: begin anew.");
    Error::new(ErrorCode::StorageFull, words)
}
