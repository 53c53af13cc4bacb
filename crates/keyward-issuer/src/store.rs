//! Refresh tokens on disk: only their digests, in families, rotated at each use (RFC 9700 §4.14.2).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use keyward_model::{ClientId, Error, ErrorCode, Result, Subject, Timestamp};
use rusqlite::{
    Connection, ErrorCode as Sqlite, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior,
    params,
};

use crate::{provider::lock, random::Digest};

/// Where refresh tokens are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Store {
    /// In this SQLite file, made where it is missing; its folder must exist.
    File(PathBuf),
    /// In memory, until the provider is dropped.
    Memory,
}

/// Schema steps; the database's `user_version` counts those it has.
const MIGRATIONS: &[&str] = &["
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
"];

/// The schema that this program reads and writes.
const VERSION: u32 = MIGRATIONS.len() as u32;

/// How long a writer waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(5);

/// Everything that one sign-in's refresh tokens have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Family {
    pub id: String,
    pub subject: Subject,
    pub scope: String,
    /// The audience of the sign-in: what a refresh is for where it names none.
    pub audience: String,
    pub auth_time: Timestamp,
}

/// Why a refresh token is good for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dead {
    Unknown,
    Expired,
    Revoked,
    /// It had been rotated, so somebody holds a copy. Its family is revoked now.
    Reused,
}

/// The open database.
pub(crate) struct Families {
    name: String,
    client: ClientId,
    connection: Mutex<Connection>,
}

impl Families {
    /// Opens the database for one client, and brings its schema up to date.
    ///
    /// # Errors
    /// `StorageCorrupt` where the file is damaged or somebody else's: it is left as it is.
    /// `StorageFull` where it cannot be written.
    pub fn open(store: &Store, client: ClientId) -> Result<Self> {
        let (name, opened) = match store {
            Store::File(path) => {
                let name = path.display().to_string();
                if fs::metadata(path).is_ok_and(|file| file.len() > 0) {
                    inspect(path, &name)?;
                }
                (name, Connection::open(path))
            }
            Store::Memory => ("in memory".to_owned(), Connection::open_in_memory()),
        };
        let mut connection = opened.map_err(|why| fault(&name, &why))?;
        prepare(&mut connection, &name)?;
        Ok(Self { name, client, connection: Mutex::new(connection) })
    }

    /// Begins a family with its first token. Sweeps out what has expired.
    pub fn begin(&self, family: &Family, token: &Digest, now: Timestamp, expires: Timestamp) -> Result<()> {
        self.transact(|tx| {
            tx.execute("DELETE FROM link WHERE expires_at <= ?1", [now.0])?;
            tx.execute("DELETE FROM family WHERE id NOT IN (SELECT family FROM link)", [])?;
            let Family { id, subject, scope, audience, auth_time } = family;
            tx.execute(
                "INSERT INTO family (id, subject, client, scope, audience, auth_time) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![id, subject.as_str(), self.client.as_str(), scope, audience, auth_time.0],
            )?;
            insert_link(tx, id, token, expires)
        })
    }

    /// The family of a token that could be rotated now. A reused one revokes its family.
    pub fn look(&self, token: &Digest, now: Timestamp) -> Result<std::result::Result<Family, Dead>> {
        self.transact(|tx| check(tx, &self.client, token, now))
    }

    /// Spends `token` and puts `next` in its place: both or neither, and for one caller only.
    pub fn rotate(
        &self,
        token: &Digest,
        next: &Digest,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<std::result::Result<(), Dead>> {
        self.transact(|tx| {
            let family = match check(tx, &self.client, token, now)? {
                Ok(family) => family,
                Err(dead) => return Ok(Err(dead)),
            };
            tx.execute("UPDATE link SET spent_at = ?2 WHERE digest = ?1", params![token, now.0])?;
            insert_link(tx, &family.id, next, expires).map(Ok)
        })
    }

    /// Ends the family of a token, spent or not (RFC 7009 §2.1).
    pub fn revoke_token(&self, token: &Digest, now: Timestamp) -> Result<()> {
        let sql = "UPDATE family SET revoked_at = ?2 WHERE revoked_at IS NULL
                   AND id = (SELECT family FROM link WHERE digest = ?1) AND client = ?3";
        let client = self.client.as_str();
        self.transact(|tx| tx.execute(sql, params![token, now.0, client]).map(drop))
    }

    /// Ends a family.
    pub fn revoke_family(&self, id: &str, now: Timestamp) -> Result<()> {
        self.transact(|tx| revoke(tx, id, now))
    }

    /// Ends every family of a person.
    pub fn revoke_subject(&self, subject: &Subject, now: Timestamp) -> Result<()> {
        let sql = "UPDATE family SET revoked_at = ?2 WHERE revoked_at IS NULL AND subject = ?1";
        self.transact(|tx| tx.execute(sql, params![subject.as_str(), now.0]).map(drop))
    }

    /// One transaction that has the write lock from its beginning: no other process or thread comes
    /// between what it reads and what it writes.
    fn transact<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let mut connection = lock(&self.connection);
        let result = (|| {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&tx)?;
            tx.commit()?;
            Ok(value)
        })();
        result.map_err(|why| fault(&self.name, &why))
    }
}

/// Reads an existing file over without writing to it. A connection that may write would fold a leftover
/// write-ahead log into a damaged file when it closes.
fn inspect(path: &Path, name: &str) -> Result<()> {
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
                       digest, expires_at, spent_at FROM family JOIN link ON family = family.id LIMIT 0";
        let complete = connection.prepare(columns).map(drop);
        complete.map_err(|why| corrupt(format!("lacks a part ({why})")))?;
    }
    Ok(())
}

/// Brings the schema up to date.
fn prepare(connection: &mut Connection, name: &str) -> Result<()> {
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

fn check(
    tx: &Transaction<'_>,
    client: &ClientId,
    token: &Digest,
    now: Timestamp,
) -> rusqlite::Result<std::result::Result<Family, Dead>> {
    let sql = "SELECT id, subject, scope, audience, auth_time, revoked_at, expires_at, spent_at
               FROM link JOIN family ON link.family = family.id WHERE digest = ?1 AND client = ?2";
    let found = tx.query_row(sql, params![token, client.as_str()], |row| {
        let times: (Option<i64>, i64, Option<i64>) = (row.get(5)?, row.get(6)?, row.get(7)?);
        Ok((read_family(row)?, times))
    });
    let Some((family, (revoked_at, expires_at, spent_at))) = found.optional()? else {
        return Ok(Err(Dead::Unknown));
    };
    if revoked_at.is_some() {
        return Ok(Err(Dead::Revoked));
    }
    if spent_at.is_some() {
        revoke(tx, &family.id, now)?;
        return Ok(Err(Dead::Reused));
    }
    Ok(if now.0 < expires_at { Ok(family) } else { Err(Dead::Expired) })
}

fn read_family(row: &Row<'_>) -> rusqlite::Result<Family> {
    let subject: String = row.get(1)?;
    let subject = Subject::new(subject).map_err(|why| {
        rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(why))
    })?;
    let auth_time = Timestamp(row.get(4)?);
    Ok(Family { id: row.get(0)?, subject, scope: row.get(2)?, audience: row.get(3)?, auth_time })
}

fn insert_link(
    tx: &Transaction<'_>,
    family: &str,
    token: &Digest,
    expires: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO link (digest, family, expires_at) VALUES (?1, ?2, ?3)";
    tx.execute(sql, params![token, family, expires.0]).map(drop)
}

fn revoke(tx: &Transaction<'_>, family: &str, now: Timestamp) -> rusqlite::Result<()> {
    let sql = "UPDATE family SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    tx.execute(sql, params![family, now.0]).map(drop)
}

/// What SQLite says, in words and with the code that the app acts on.
fn fault(name: &str, why: &rusqlite::Error) -> Error {
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

#[cfg(test)]
mod tests;
