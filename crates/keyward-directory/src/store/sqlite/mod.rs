//! SQLite: a file, one writer, any number of readers beside it.
//!
//! One connection writes, others read. Writers of other processes are kept out by `BEGIN IMMEDIATE` and
//! waited for.

mod dialect;
mod fault;
#[cfg(test)]
mod full_disk;
mod open;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};

use super::{Fault, Open, Row, Tried, Tx, Value};

pub(super) use dialect::each_text;

/// Reading connections kept open between questions; more are opened when more ask at once.
const IDLE_READERS: usize = 8;

/// A SQLite file.
pub(super) struct Sqlite {
    path: PathBuf,
    // Dropped before the writer, so that the last to close can fold the write-ahead log in.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
}

impl Sqlite {
    /// Opens the file, checked and migrated.
    pub(super) fn open(path: &Path) -> Tried<Self> {
        let writer = open::writer(path)?;
        Ok(Self { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::default() })
    }

    /// Asks within one read transaction.
    pub(super) fn read<T>(&self, ask: impl FnOnce(&Tx<'_>) -> Tried<T>) -> Tried<T> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open::reader(&self.path)?,
        };
        let answer = connection.transaction().map_err(Fault::from).and_then(|tx| ask(&Tx(Open::Sqlite(tx))));
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        answer
    }

    /// Writes within one transaction.
    pub(super) fn write<T>(&self, change: impl FnOnce(&Tx<'_>) -> Tried<T>) -> Tried<T> {
        // A panic under the lock has rolled its transaction back: the connection is good.
        let mut connection = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = Tx(Open::Sqlite(connection.transaction_with_behavior(TransactionBehavior::Immediate)?));
        let answer = change(&tx)?;
        tx.commit()?;
        Ok(answer)
    }
}

pub(super) fn first<T>(
    tx: &Transaction<'_>,
    sql: &str,
    values: &[Value<'_>],
    read: impl FnOnce(&Row<'_>) -> Tried<T>,
) -> Tried<Option<T>> {
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    rows.next()?.map(|row| read(&Row::Sqlite(row))).transpose()
}

pub(super) fn all<T, C: FromIterator<T>>(
    tx: &Transaction<'_>,
    sql: &str,
    values: &[Value<'_>],
    mut read: impl FnMut(&Row<'_>) -> Tried<T>,
) -> Tried<C> {
    let mut statement = tx.prepare_cached(sql)?;
    statement.query_and_then(params_from_iter(values), |row| read(&Row::Sqlite(row)))?.collect()
}

pub(super) fn run(tx: &Transaction<'_>, sql: &str, values: &[Value<'_>]) -> Tried<u64> {
    let touched = tx.prepare_cached(sql)?.execute(params_from_iter(values))?;
    Ok(u64::try_from(touched).unwrap_or(u64::MAX))
}
