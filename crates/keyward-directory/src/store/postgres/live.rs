//! Statements, within a transaction or alone: prepared once on each connection.

use std::{cell::RefCell, collections::HashMap};

use postgres::{
    Client, Statement, Transaction,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use super::dialect;
use crate::store::{Row, Tried, Value};

/// Statements kept prepared on a connection; far above the number there are.
const PREPARED: usize = 512;

/// Prepared statements, by their text as it is written in `rows`.
pub(super) type Statements = HashMap<String, Statement>;

/// A connection at work.
pub(in crate::store) struct Live<'c>(RefCell<Inner<'c>>);

struct Inner<'c> {
    place: Place<'c>,
    statements: &'c mut Statements,
}

/// What statements are run in.
enum Place<'c> {
    Transaction(Transaction<'c>),
    /// Nothing: each is a transaction of its own.
    Alone(&'c mut Client),
}

impl<'c> Live<'c> {
    pub(super) fn within(tx: Transaction<'c>, statements: &'c mut Statements) -> Self {
        Self(RefCell::new(Inner { place: Place::Transaction(tx), statements }))
    }

    pub(super) fn alone(client: &'c mut Client, statements: &'c mut Statements) -> Self {
        Self(RefCell::new(Inner { place: Place::Alone(client), statements }))
    }

    /// Keeps what was written in the transaction.
    pub(super) fn commit(self) -> Tried<()> {
        match self.0.into_inner().place {
            Place::Transaction(tx) => Ok(tx.commit()?),
            Place::Alone(_) => Ok(()),
        }
    }

    /// The rows, all fetched: what reads them may ask again.
    fn rows(&self, sql: &str, values: &[Value<'_>]) -> Tried<Vec<postgres::Row>> {
        let inner = &mut *self.0.borrow_mut();
        let statement = inner.prepared(sql)?;
        let values = places(values);
        Ok(match &mut inner.place {
            Place::Transaction(tx) => tx.query(&statement, &values),
            Place::Alone(client) => client.query(&statement, &values),
        }?)
    }
}

impl Inner<'_> {
    fn prepared(&mut self, sql: &str) -> Tried<Statement> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        if self.statements.len() >= PREPARED {
            self.statements.clear();
        }
        let text = dialect::places(sql);
        let statement = match &mut self.place {
            Place::Transaction(tx) => tx.prepare(&text),
            Place::Alone(client) => client.prepare(&text),
        }?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

pub(in crate::store) fn first<T>(
    live: &Live<'_>,
    sql: &str,
    values: &[Value<'_>],
    read: impl FnOnce(&Row<'_>) -> Tried<T>,
) -> Tried<Option<T>> {
    live.rows(sql, values)?.first().map(|row| read(&Row::Postgres(row))).transpose()
}

pub(in crate::store) fn all<T, C: FromIterator<T>>(
    live: &Live<'_>,
    sql: &str,
    values: &[Value<'_>],
    mut read: impl FnMut(&Row<'_>) -> Tried<T>,
) -> Tried<C> {
    live.rows(sql, values)?.iter().map(|row| read(&Row::Postgres(row))).collect()
}

pub(in crate::store) fn run(live: &Live<'_>, sql: &str, values: &[Value<'_>]) -> Tried<u64> {
    let inner = &mut *live.0.borrow_mut();
    let statement = inner.prepared(sql)?;
    let values = places(values);
    Ok(match &mut inner.place {
        Place::Transaction(tx) => tx.execute(&statement, &values),
        Place::Alone(client) => client.execute(&statement, &values),
    }?)
}

fn places<'v>(values: &'v [Value<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Number(number) => number.to_sql_checked(ty, out),
            Self::Text(text) => text.as_ref().to_sql_checked(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Each kind of value says so for itself.
        true
    }

    to_sql_checked!();
}
