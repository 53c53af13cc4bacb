//! The store: one contract, two engines.
//!
//! What the contract promises. [`Store::read`] asks questions of one state. [`Store::write`] is kept as a
//! whole or not at all; two that write in one tenant come one after the other, each on what the other
//! left. Text is ordered by its bytes. Whatever fails is told in words that name the database and say
//! that nothing was changed.
//!
//! SQL is written once, for both, in `rows`: places are `?` or `?1`, values and columns go through
//! [`Value`] and [`Row`]. Where an engine wants other words, they are in its dialect and nowhere else.

mod database;
mod fault;
mod postgres;
mod row;
mod schema;
mod sqlite;
mod value;

use keyward_model::{Error, ErrorCode, Result, TenantId};

pub use database::Database;
pub(crate) use fault::{Fault, Tried};
pub use postgres::Address;
pub(crate) use row::Row;
pub(crate) use schema::SCHEMA;
pub(crate) use value::{Value, values};

use postgres::Postgres;
use sqlite::Sqlite;

/// An opened database.
pub(crate) struct Store {
    database: Database,
    engine: Engine,
}

enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// What a change is about, and so what it keeps others from changing meanwhile.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'s> {
    /// One tenant. Changes in other tenants go on beside it.
    Tenant(&'s TenantId),
    /// Everything there is.
    Everything,
    /// Rows that may be written in any order, by anybody at once, and that are the same if written twice.
    Nothing,
}

impl Store {
    /// Opens the database, checked and migrated.
    pub(crate) fn open(database: &Database) -> Result<Self> {
        let engine = match database {
            Database::File(path) => Sqlite::open(path).map(Engine::Sqlite),
            Database::Postgres(address) => Postgres::open(address).map(Engine::Postgres),
        };
        let engine = engine.map_err(|fault| fault.told(database))?;
        Ok(Self { database: database.clone(), engine })
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Asks within one transaction, and so of one state. The questions are asked again where a connection broke.
    pub(crate) fn read<T>(&self, ask: impl Fn(&Tx<'_>) -> Tried<T>) -> Result<T> {
        let answer = match &self.engine {
            Engine::Sqlite(engine) => engine.read(ask),
            Engine::Postgres(engine) => engine.read(ask),
        };
        answer.map_err(|fault| fault.told(&self.database))
    }

    /// Asks one statement, which is of one state by itself: nothing is put around it, that would cost more round
    /// trips than the question.
    pub(crate) fn glance<T>(&self, ask: impl Fn(&Tx<'_>) -> Tried<T>) -> Result<T> {
        let answer = match &self.engine {
            Engine::Sqlite(engine) => engine.glance(ask),
            Engine::Postgres(engine) => engine.glance(ask),
        };
        answer.map_err(|fault| fault.told(&self.database))
    }

    /// Writes within one transaction, that is kept as a whole or not at all. What is given up because others
    /// were in the way is done anew, from the start.
    pub(crate) fn write<T>(&self, scope: Scope<'_>, change: impl Fn(&Tx<'_>) -> Tried<T>) -> Result<T> {
        let answer = match &self.engine {
            // SQLite has one writer: whatever is written, nobody else writes meanwhile.
            Engine::Sqlite(engine) => engine.write(change),
            Engine::Postgres(engine) => engine.write(scope, change),
        };
        answer.map_err(|fault| fault.told(&self.database))
    }
}

/// One transaction, or one statement. What can be asked and written is in `rows`.
pub(crate) struct Tx<'c>(Open<'c>);

enum Open<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(postgres::Live<'c>),
}

impl Tx<'_> {
    /// The first row, if there is one.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Tried<T>,
    ) -> Tried<Option<T>> {
        check(values)?;
        match &self.0 {
            Open::Sqlite(tx) => sqlite::first(tx, sql, values, read),
            Open::Postgres(tx) => postgres::first(tx, sql, values, read),
        }
    }

    /// Every row.
    pub(crate) fn all<T, C: FromIterator<T>>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Tried<T>,
    ) -> Tried<C> {
        check(values)?;
        match &self.0 {
            Open::Sqlite(tx) => sqlite::all(tx, sql, values, read),
            Open::Postgres(tx) => postgres::all(tx, sql, values, read),
        }
    }

    /// Runs a change and says how many rows it touched.
    pub(crate) fn run(&self, sql: &str, values: &[Value<'_>]) -> Tried<u64> {
        check(values)?;
        match &self.0 {
            Open::Sqlite(tx) => sqlite::run(tx, sql, values),
            Open::Postgres(tx) => postgres::run(tx, sql, values),
        }
    }

    /// `FROM` what this names: the texts of the JSON array at `place` (`?1`), one a row, in the column `value`
    /// of `alias`.
    pub(crate) fn each_text(&self, place: &str, alias: &str) -> String {
        match &self.0 {
            Open::Sqlite(_) => sqlite::each_text(place, alias),
            Open::Postgres(_) => postgres::each_text(place, alias),
        }
    }

    /// `FROM` what this names: the values of the JSON array at `place`, one a row, in the column `value` of `alias`.
    /// `value->>0` is the text of the first item of one that is an array.
    pub(crate) fn each_value(&self, place: &str, alias: &str) -> String {
        match &self.0 {
            Open::Sqlite(_) => sqlite::each_text(place, alias),
            Open::Postgres(_) => postgres::each_value(place, alias),
        }
    }
}

/// The one character that PostgreSQL does not keep is kept by neither.
fn check(values: &[Value<'_>]) -> Tried<()> {
    if values.iter().any(|value| matches!(value, Value::Text(text) if text.contains('\0'))) {
        let words = "A text holds the character U+0000, which is kept nowhere. Leave it out.";
        return Err(Error::new(ErrorCode::InvalidRequest, words).into());
    }
    Ok(())
}
