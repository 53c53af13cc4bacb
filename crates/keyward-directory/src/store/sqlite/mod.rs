//! SQLite: a file, one writer, any number of readers beside it.
//!
//! One connection writes, others read. Writers of other processes are kept out by `BEGIN IMMEDIATE` and
//! waited for; those of this one share their commits.

mod dialect;
mod fault;
#[cfg(test)]
mod full_disk;
mod open;
mod sound;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
};

use rusqlite::{Connection, params_from_iter};

use super::{Open, Row, Tried, Tx, Value};

pub(super) use dialect::each_text;

use sound::Check;
use writer::Writer;

/// Reading connections kept open between questions; more are opened when more ask at once.
const IDLE_READERS: usize = 8;

/// A SQLite file.
pub(super) struct Sqlite {
    path: PathBuf,
    check: Check,
    // Dropped before the writer, so that the last to close can fold the write-ahead log in.
    readers: Mutex<Vec<Connection>>,
    /// Not opened before the file is known to be sound.
    writer: OnceLock<Writer>,
}

impl Sqlite {
    /// Opens the file, checked and migrated. A large one is read from at once, and written to after its check.
    pub(super) fn open(path: &Path) -> Tried<Self> {
        let check = Check::begin(path)?;
        let sqlite =
            Self { path: path.to_owned(), check, writer: OnceLock::new(), readers: Mutex::default() };
        if sqlite.check.is_over() {
            sqlite.writer()?;
        }
        Ok(sqlite)
    }

    /// Asks within one read transaction.
    pub(super) fn read<T>(&self, ask: impl FnOnce(&Tx<'_>) -> Tried<T>) -> Tried<T> {
        self.reading(|connection| {
            let tx = connection.transaction()?;
            ask(&Tx(Open::Sqlite(&tx)))
        })
    }

    /// Asks one statement.
    pub(super) fn glance<T>(&self, ask: impl FnOnce(&Tx<'_>) -> Tried<T>) -> Tried<T> {
        self.reading(|connection| ask(&Tx(Open::Sqlite(connection))))
    }

    fn reading<T>(&self, ask: impl FnOnce(&mut Connection) -> Tried<T>) -> Tried<T> {
        self.check.found()?;
        let idle = self.readers().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open::reader(&self.path)?,
        };
        let answer = ask(&mut connection);
        let mut readers = self.readers();
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        answer
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes: all of it or nothing, and on the disk when this returns.
    pub(super) fn write<T>(&self, change: impl FnOnce(&Tx<'_>) -> Tried<T>) -> Tried<T> {
        self.writer()?.write(change)
    }

    fn writer(&self) -> Tried<&Writer> {
        if let Some(writer) = self.writer.get() {
            return Ok(writer);
        }
        self.check.passed(&self.path)?;
        // Whoever comes second has opened one for nothing, and drops it.
        let opened = Writer::new(open::writer(&self.path)?);
        Ok(self.writer.get_or_init(|| opened))
    }
}

pub(super) fn first<T>(
    connection: &Connection,
    sql: &str,
    values: &[Value<'_>],
    read: impl FnOnce(&Row<'_>) -> Tried<T>,
) -> Tried<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    rows.next()?.map(|row| read(&Row::Sqlite(row))).transpose()
}

pub(super) fn all<T, C: FromIterator<T>>(
    connection: &Connection,
    sql: &str,
    values: &[Value<'_>],
    mut read: impl FnMut(&Row<'_>) -> Tried<T>,
) -> Tried<C> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_and_then(params_from_iter(values), |row| read(&Row::Sqlite(row)))?.collect()
}

pub(super) fn run(connection: &Connection, sql: &str, values: &[Value<'_>]) -> Tried<u64> {
    let touched = connection.prepare_cached(sql)?.execute(params_from_iter(values))?;
    Ok(u64::try_from(touched).unwrap_or(u64::MAX))
}
