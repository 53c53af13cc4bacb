//! Opening the file: for reading whatever it is, for writing once it is known to be sound.

use std::{path::Path, time::Duration};

use keyward_model::{Error, ErrorCode};
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::dialect;
use crate::store::{
    Fault, Tried,
    schema::{SCHEMA, STEPS},
};

/// Marks the file as ours (`PRAGMA application_id`): "KWdr".
const APPLICATION: i32 = 0x4B57_6472;
/// The version of the schema that its steps lead to; `PRAGMA user_version` says how many were taken.
const VERSION: i32 = SCHEMA as i32;
/// How long a writer of another process is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Statements kept prepared on each connection; above the number there are.
const PREPARED: usize = 64;

/// Whether the schema is today's. Fails where the file is another program's, or a later version's.
pub(super) fn is_current(connection: &Connection, path: &Path) -> Tried<bool> {
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if application != APPLICATION {
        return Err(Fault::Damaged("another program's file".to_owned()));
    }
    if version > VERSION {
        let words = format!("{} was written by a later version of Keyward. Use that one.", path.display());
        return Err(Error::new(ErrorCode::StorageCorrupt, words).into());
    }
    Ok(version == VERSION)
}

/// Opens the file for writing, known to be sound, and brings its schema up to today's.
pub(super) fn writer(path: &Path) -> Tried<Connection> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    keep_statements(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An answered edit is on the disk, whatever happens to the machine.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let taken: i32 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (_, step) in (0..).zip(STEPS).filter(|(place, _)| *place >= taken) {
        tx.execute_batch(&dialect::step(step))?;
    }
    if taken < VERSION {
        tx.pragma_update(None, "application_id", APPLICATION)?;
        tx.pragma_update(None, "user_version", VERSION)?;
    }
    tx.commit()?;
    Ok(connection)
}

/// Opens the file for reading alone: a connection that may write would fold a leftover write-ahead log into a damaged
/// file when it closes.
pub(super) fn reader(path: &Path) -> Tried<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(PATIENCE)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Keeps statements prepared, whatever values they are given. Without the planner's guarantee of
/// stability SQLite plans a statement anew for each value that its statistics could tell something of.
fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(PREPARED);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}
