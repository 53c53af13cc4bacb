//! Refresh tokens on disk: only their digests, in families, rotated at each use (RFC 9700 §4.14.2).

mod file;

use std::{fs, path::PathBuf, sync::Mutex, time::Duration};

use keyward_model::{ClientId, Result, Subject, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use self::file::{fault, inspect, prepare};
use crate::{acr::Acr, provider::lock, random::Digest, target::Covers};

/// Where refresh tokens are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Store {
    /// In this SQLite file, made where it is missing; its folder must exist.
    File(PathBuf),
    /// In memory, until the provider is dropped.
    Memory,
}

/// Everything that one sign-in's refresh tokens have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Family {
    pub id: String,
    pub subject: Subject,
    pub client: ClientId,
    pub scope: String,
    /// The audience of the sign-in: what a refresh is for where it names none.
    pub audience: String,
    pub covers: Covers,
    pub auth_time: Timestamp,
    pub acr: Acr,
    /// The authentication contexts of the sign-in, separated by spaces.
    pub acrs: String,
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
    grace: Duration,
    connection: Mutex<Connection>,
}

impl Families {
    /// Opens the database, and brings its schema up to date. For so long after its rotation, a token
    /// can be rotated again.
    ///
    /// # Errors
    /// `StorageCorrupt` where the file is damaged or somebody else's: it is left as it is.
    /// `StorageFull` where it cannot be written.
    pub fn open(store: &Store, grace: Duration) -> Result<Self> {
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
        Ok(Self { name, grace, connection: Mutex::new(connection) })
    }

    /// Begins a family with its first token. Sweeps out what has expired.
    pub fn begin(&self, family: &Family, token: &Digest, now: Timestamp, expires: Timestamp) -> Result<()> {
        self.transact(|tx| {
            tx.execute("DELETE FROM link WHERE expires_at <= ?1", [now.0])?;
            tx.execute("DELETE FROM family WHERE id NOT IN (SELECT family FROM link)", [])?;
            let Family { id, subject, client, scope, audience, covers, auth_time, acr, acrs } = family;
            let (subject, client, covers) = (subject.as_str(), client.as_str(), covers.to_string());
            tx.execute(
                "INSERT INTO family (id, subject, client, scope, audience, covers, auth_time, acr, acrs)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![id, subject, client, scope, audience, covers, auth_time.0, acr.as_str(), acrs],
            )?;
            insert_link(tx, id, token, None, expires)
        })
    }

    /// The family of a token of this client that could be rotated now. A reused one revokes its family.
    pub fn look(
        &self,
        client: &ClientId,
        token: &Digest,
        now: Timestamp,
    ) -> Result<std::result::Result<Family, Dead>> {
        self.transact(|tx| self.check(tx, client, token, now))
    }

    /// Spends `token` and puts `next` in its place: both or neither, and for one caller only.
    pub fn rotate(
        &self,
        client: &ClientId,
        token: &Digest,
        next: &Digest,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<std::result::Result<(), Dead>> {
        self.transact(|tx| {
            let family = match self.check(tx, client, token, now)? {
                Ok(family) => family,
                Err(dead) => return Ok(Err(dead)),
            };
            let sql = "UPDATE link SET spent_at = ?2 WHERE digest = ?1 AND spent_at IS NULL";
            tx.execute(sql, params![token, now.0])?;
            insert_link(tx, &family.id, next, Some(token), expires).map(Ok)
        })
    }

    /// Puts a further token beside the others of a family.
    pub fn join(&self, id: &str, token: &Digest, expires: Timestamp) -> Result<()> {
        self.transact(|tx| insert_link(tx, id, token, None, expires))
    }

    /// From now on, this is what a family's refreshes are for where they name nothing.
    pub fn turn_to(&self, id: &str, audience: &str) -> Result<()> {
        let sql = "UPDATE family SET audience = ?2 WHERE id = ?1";
        self.transact(|tx| tx.execute(sql, params![id, audience]).map(drop))
    }

    /// Ends the family of a token, spent or not (RFC 7009 §2.1).
    pub fn revoke_token(&self, client: &ClientId, token: &Digest, now: Timestamp) -> Result<()> {
        let sql = "UPDATE family SET revoked_at = ?2 WHERE revoked_at IS NULL
                   AND id = (SELECT family FROM link WHERE digest = ?1) AND client = ?3";
        self.transact(|tx| tx.execute(sql, params![token, now.0, client.as_str()]).map(drop))
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

    fn check(
        &self,
        tx: &Transaction<'_>,
        client: &ClientId,
        token: &Digest,
        now: Timestamp,
    ) -> rusqlite::Result<std::result::Result<Family, Dead>> {
        let sql = "SELECT id, subject, scope, audience, auth_time, covers, acr, acrs, revoked_at, expires_at, spent_at
                   FROM link JOIN family ON link.family = family.id WHERE digest = ?1 AND client = ?2";
        let found = tx.query_row(sql, params![token, client.as_str()], |row| {
            let times: (Option<i64>, i64, Option<i64>) = (row.get(8)?, row.get(9)?, row.get(10)?);
            Ok((read_family(row, client)?, times))
        });
        let Some((family, (revoked_at, expires_at, spent_at))) = found.optional()? else {
            return Ok(Err(Dead::Unknown));
        };
        if revoked_at.is_some() {
            return Ok(Err(Dead::Revoked));
        }
        if let Some(spent_at) = spent_at
            && (now >= Timestamp(spent_at).plus(self.grace) || is_two_behind(tx, token)?)
        {
            revoke(tx, &family.id, now)?;
            return Ok(Err(Dead::Reused));
        }
        Ok(if now.0 < expires_at { Ok(family) } else { Err(Dead::Expired) })
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

/// Whether a token that was rotated is no longer the last one before the newest.
fn is_two_behind(tx: &Transaction<'_>, token: &Digest) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM link WHERE parent = ?1 AND spent_at IS NOT NULL)";
    tx.query_row(sql, [token], |row| row.get(0))
}

fn read_family(row: &Row<'_>, client: &ClientId) -> rusqlite::Result<Family> {
    let subject: String = row.get(1)?;
    let subject = Subject::new(subject).map_err(|why| {
        rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(why))
    })?;
    let (covers, acr): (String, String) = (row.get(5)?, row.get(6)?);
    Ok(Family {
        id: row.get(0)?,
        subject,
        client: client.clone(),
        scope: row.get(2)?,
        audience: row.get(3)?,
        covers: Covers::read(&covers),
        auth_time: Timestamp(row.get(4)?),
        acr: Acr::first_in(&acr).unwrap_or(Acr::Password),
        acrs: row.get(7)?,
    })
}

fn insert_link(
    tx: &Transaction<'_>,
    family: &str,
    token: &Digest,
    parent: Option<&Digest>,
    expires: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO link (digest, family, parent, expires_at) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, params![token, family, parent, expires.0]).map(drop)
}

fn revoke(tx: &Transaction<'_>, family: &str, now: Timestamp) -> rusqlite::Result<()> {
    let sql = "UPDATE family SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    tx.execute(sql, params![family, now.0]).map(drop)
}

#[cfg(test)]
mod tests;
