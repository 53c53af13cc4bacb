//! PostgreSQL: a server that several of ours may share.
//!
//! A question is one read-only transaction of one state (`REPEATABLE READ`). A change locks its tenant's
//! row before it looks at anything, so that two that write in one tenant queue, and reads what others
//! have committed meanwhile (`READ COMMITTED`: a snapshot taken before the wait for the lock would be
//! old). Nothing relies on there being one writer.
//!
//! Whatever ended before its `COMMIT` was sent did nothing, and is tried again: a deadlock, a broken
//! connection. A `COMMIT` that was sent and not answered is looked up afterwards.

mod address;
mod connection;
mod dialect;
mod fault;
mod live;
mod open;
mod pool;

use postgres::{IsolationLevel, TransactionBuilder};

use super::{Fault, Open, Scope, Tried, Tx, fault::Cause, values};

pub use address::Address;
pub(super) use dialect::{each_text, each_value};
pub(super) use live::{Live, all, first, run};

use connection::Connection;
use pool::{Lease, Pool};

/// How often a transaction is begun before it is given up.
const ATTEMPTS: usize = 5;

/// A database of a PostgreSQL server.
pub(super) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Opens the database, checked and migrated.
    pub(super) fn open(address: &Address) -> Tried<Self> {
        let pool = Pool::new(address)?;
        open::prepare(pool.lease()?.connection()?, address)?;
        Ok(Self { pool })
    }

    /// Asks within one read transaction.
    pub(super) fn read<T>(&self, ask: impl Fn(&Tx<'_>) -> Tried<T>) -> Tried<T> {
        again(|| {
            let mut lease = self.pool.lease()?;
            let tx =
                begin(&mut lease, |tx| tx.isolation_level(IsolationLevel::RepeatableRead).read_only(true))?;
            ask(&tx)
        })
    }

    /// Asks one statement, in one round trip.
    pub(super) fn glance<T>(&self, ask: impl Fn(&Tx<'_>) -> Tried<T>) -> Tried<T> {
        again(|| {
            let mut lease = self.pool.lease()?;
            let Connection { client, statements } = lease.connection()?;
            ask(&Tx(Open::Postgres(Live::alone(client, statements))))
        })
    }

    /// Writes within one transaction, alone in its scope.
    pub(super) fn write<T>(&self, scope: Scope<'_>, change: impl Fn(&Tx<'_>) -> Tried<T>) -> Tried<T> {
        again(|| {
            let mut lease = self.pool.lease()?;
            let tx = begin(&mut lease, |tx| tx.isolation_level(IsolationLevel::ReadCommitted))?;
            let mark = lock(&tx, scope)?;
            let answer = change(&tx)?;
            match commit(tx) {
                Ok(()) => Ok(answer),
                Err(lost @ Fault::Engine(Cause::Lost, _)) => {
                    drop(lease);
                    if self.was_kept(scope, mark.as_deref())? { Ok(answer) } else { Err(lost) }
                }
                Err(fault) => Err(fault),
            }
        })
    }

    /// Whether the transaction of this mark was kept, whose `COMMIT` was not answered. If its server side still
    /// lives it holds the scope's lock, which is waited for.
    fn was_kept(&self, scope: Scope<'_>, mark: Option<&str>) -> Tried<bool> {
        let look = || {
            let mut lease = self.pool.lease()?;
            let tx = begin(&mut lease, |tx| tx.isolation_level(IsolationLevel::ReadCommitted))?;
            lock(&tx, scope)?;
            let sql = "SELECT pg_xact_status(?::text::xid8) AS fate";
            Ok(tx.first(sql, values![mark], |row| row.get::<Option<String>>("fate"))?.flatten())
        };
        match again(look).as_ref().map(Option::as_deref) {
            Ok(Some("committed")) => Ok(true),
            Ok(Some("aborted")) => Ok(false),
            other => Err(Fault::Engine(Cause::Unsure, format!("{other:?}"))),
        }
    }
}

/// Tries until it is done, or refused, or has been given up often enough.
fn again<T>(attempt: impl Fn() -> Tried<T>) -> Tried<T> {
    for _ in 1..ATTEMPTS {
        match attempt() {
            Err(Fault::Engine(cause @ (Cause::Contended | Cause::Lost), said)) => {
                tracing::info!(?cause, said, "a transaction is tried again");
            }
            done => return done,
        }
    }
    attempt()
}

fn begin<'c>(
    lease: &'c mut Lease<'_>,
    kind: impl FnOnce(TransactionBuilder<'c>) -> TransactionBuilder<'c>,
) -> Tried<Tx<'c>> {
    let Connection { client, statements } = lease.connection()?;
    Ok(Tx(Open::Postgres(Live::within(kind(client.build_transaction()).start()?, statements))))
}

/// Keeps what was written.
fn commit(tx: Tx<'_>) -> Tried<()> {
    match tx.0 {
        Open::Postgres(live) => live.commit(),
        Open::Sqlite(_) => Ok(()),
    }
}

/// Waits until nobody else writes in the scope, and keeps it so until the transaction's end. Gives the
/// server's mark of the transaction, if there is anything to write to.
fn lock(tx: &Tx<'_>, scope: Scope<'_>) -> Tried<Option<String>> {
    let mark = "SELECT pg_current_xact_id()::text AS mark";
    match scope {
        Scope::Tenant(tenant) => {
            // Not FOR UPDATE, which would keep out rows of others that merely name the tenant.
            let sql = format!("{mark} FROM tenants WHERE id = ? FOR NO KEY UPDATE");
            tx.first(&sql, values![tenant], |row| row.get("mark"))
        }
        Scope::Everything => {
            // Keeps out whoever locks a tenant, and nobody who reads.
            tx.run("LOCK TABLE tenants IN EXCLUSIVE MODE", values![])?;
            tx.first(mark, values![], |row| row.get("mark"))
        }
        Scope::Nothing => tx.first(mark, values![], |row| row.get("mark")),
    }
}
