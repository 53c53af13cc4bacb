//! The file: looked over, brought up to date, its faults in words.

use std::{path::Path, time::Duration};

use keyward_model::{Error, ErrorCode, Result};
use rusqlite::{Connection, ErrorCode as Sqlite, OpenFlags, TransactionBehavior};

/// Schema steps; the database's `user_version` counts those it has.
pub(super) const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE family (
        id TEXT PRIMARY KEY, subject TEXT NOT NULL, client TEXT NOT NULL, scope TEXT NOT NULL,
        audience TEXT NOT NULL, auth_time INTEGER NOT NULL, revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX family_subject ON family (subject);
    CREATE TABLE link (
        digest BLOB PRIMARY KEY, family TEXT NOT NULL REFERENCES family (id) ON DELETE CASCADE,
        expires_at INTEGER NOT NULL, spent_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX link_family ON link (family);
    CREATE INDEX link_expires_at ON link (expires_at);
",
    "
    ALTER TABLE family ADD COLUMN covers TEXT NOT NULL DEFAULT '*';
    ALTER TABLE family ADD COLUMN acr TEXT NOT NULL DEFAULT 'pwd';
    ALTER TABLE family ADD COLUMN acrs TEXT NOT NULL DEFAULT '';
    ALTER TABLE link ADD COLUMN parent BLOB;
    CREATE INDEX link_parent ON link (parent);
",
];

/// The schema that this program reads and writes.
const VERSION: u32 = MIGRATIONS.len() as u32;

/// How long a writer waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(5);

/// Reads an existing file over without writing to it. A connection that may write would fold a leftover
/// write-ahead log into a damaged file when it closes.
pub(super) fn inspect(path: &Path, name: &str) -> Result<()> {
    let corrupt = |what: String| {
        let message =
            format!("The sign-in database {name} {what}. It was left as it is: move it away to start anew.");
        Error::new(ErrorCode::StorageCorrupt, message)
    };
    let looked = (|| {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(BUSY)?;
        let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok((connection, found, tables, version))
    })();
    let (connection, found, tables, version) = looked.map_err(|why| fault(name, &why))?;
    if found != "ok" {
        return Err(corrupt(format!("is damaged ({found})")));
    }
    if version > VERSION {
        return Err(corrupt("was written by a newer version of this program".to_owned()));
    }
    if version == 0 && tables > 0 {
        return Err(corrupt("belongs to another program".to_owned()));
    }
    if version == VERSION {
        let columns = "SELECT family.id, subject, client, scope, audience, auth_time, revoked_at,
                       covers, acr, acrs, digest, expires_at, spent_at, parent FROM family JOIN link ON family = family.id LIMIT 0";
        let complete = connection.prepare(columns).map(drop);
        complete.map_err(|why| corrupt(format!("lacks a part ({why})")))?;
    }
    Ok(())
}

/// Brings the schema up to date.
pub(super) fn prepare(connection: &mut Connection, name: &str) -> Result<()> {
    let migrated = (|| {
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again under the lock: another process may have been first.
        let done: u32 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        for step in MIGRATIONS.iter().skip(done as usize) {
            tx.execute_batch(step)?;
        }
        tx.pragma_update(None, "user_version", VERSION)?;
        tx.commit()
    })();
    migrated.map_err(|why: rusqlite::Error| fault(name, &why))
}

/// What SQLite says, in words and with the code that the app acts on.
pub(super) fn fault(name: &str, why: &rusqlite::Error) -> Error {
    let (code, message) = match why.sqlite_error_code() {
        Some(Sqlite::DatabaseCorrupt | Sqlite::NotADatabase) => (
            ErrorCode::StorageCorrupt,
            format!(
                "The sign-in database {name} is damaged ({why}). It was left as it is: move it away to start anew."
            ),
        ),
        Some(Sqlite::DiskFull | Sqlite::CannotOpen | Sqlite::ReadOnly | Sqlite::SystemIoFailure) => (
            ErrorCode::StorageFull,
            format!(
                "The sign-in database {name} cannot be written ({why}). Make room, or allow writing to its folder."
            ),
        ),
        _ => (ErrorCode::Internal, format!("The sign-in database {name} failed: {why}.")),
    };
    Error::new(code, message)
}
