//! The SQLite engine: every line of SQL is in this folder, behind functions in the words of the domain.
//!
//! One connection writes, others read; each question is one transaction and so sees one state. Writers
//! of other processes are kept out by `BEGIN IMMEDIATE` and waited for.

mod audit;
mod fault;
mod founding;
#[cfg(test)]
mod full_disk;
mod members;
mod open;
mod people;
mod plans;
mod roles;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use keyward_model::{InvalidId, Result};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior};

pub(crate) use fault::{Fault, Tried};
pub(crate) use members::Listing;
pub(crate) use plans::StoredPlan;

/// Reading connections kept open between questions; more are opened when more ask at once.
const IDLE_READERS: usize = 8;

/// A SQLite file.
pub(crate) struct Store {
    path: PathBuf,
    // Dropped before the writer, so that the last to close can fold the write-ahead log in.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
}

impl Store {
    /// Opens the file, checked and migrated.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let writer = open::writer(path)?;
        Ok(Self { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::default() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Asks within one read transaction.
    pub(crate) fn read<T>(&self, ask: impl FnOnce(&Tx<'_>) -> Tried<T>) -> Result<T> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open::reader(&self.path).map_err(|fault| fault.told(&self.path))?,
        };
        let answer = connection.transaction().map_err(Fault::from).and_then(|tx| ask(&Tx(tx)));
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        answer.map_err(|fault| fault.told(&self.path))
    }

    /// Writes within one transaction, that is kept as a whole or not at all.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&Tx<'_>) -> Tried<T>) -> Result<T> {
        // A panic under the lock has rolled its transaction back: the connection is good.
        let mut connection = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = || {
            let tx = Tx(connection.transaction_with_behavior(TransactionBehavior::Immediate)?);
            let answer = change(&tx)?;
            tx.0.commit()?;
            Ok(answer)
        };
        attempt().map_err(|fault: Fault| fault.told(&self.path))
    }
}

/// One transaction. What can be asked and written is in the modules of this folder.
pub(crate) struct Tx<'c>(Transaction<'c>);

impl Tx<'_> {
    /// The first row, if there is one.
    fn first<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> Tried<T>,
    ) -> Tried<Option<T>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        rows.next()?.map(read).transpose()
    }

    /// Every row.
    fn all<T, C: FromIterator<T>>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> Tried<T>,
    ) -> Tried<C> {
        self.0.prepare_cached(sql)?.query_and_then(values, read)?.collect()
    }

    /// Runs a change and says how many rows it touched.
    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Tried<usize> {
        Ok(self.0.prepare_cached(sql)?.execute(values)?)
    }
}

/// A column that holds an identifier.
fn id<T: TryFrom<String, Error = InvalidId>>(row: &Row<'_>, column: &str) -> Tried<T> {
    T::try_from(row.get(column)?).map_err(|e| Fault::Damaged(e.to_string()))
}

/// A column that holds JSON of ours.
fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &str) -> Tried<T> {
    serde_json::from_str(&row.get::<_, String>(column)?).map_err(|e| Fault::Damaged(e.to_string()))
}

/// A column that holds a count or a number, never negative.
fn number(row: &Row<'_>, column: &str) -> Tried<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| Fault::Damaged(format!("{column} {value}")))
}

/// A number as SQLite keeps it. Ours count rows and edits, and do not come near the end.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
