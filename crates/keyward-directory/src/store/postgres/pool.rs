//! Connections kept open between transactions, so many at most.
//!
//! A few lines of our own: connections are not asked whether they still work before each use, as the
//! known pools do at the price of a round trip. A transaction that finds its connection broken is tried
//! again on a new one, and the idle ones are let go with it.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::{
    Address,
    connection::{Connection, Connector},
};
use crate::store::{Fault, Tried, fault::Cause};

/// Connections at most. A server has 100 as shipped, for all that share it.
const MOST: usize = 16;
/// How long a transaction waits for one.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connections to one database.
pub(super) struct Pool {
    connector: Connector,
    kept: Mutex<Kept>,
    returned: Condvar,
}

#[derive(Default)]
struct Kept {
    idle: Vec<Connection>,
    /// Leases there are.
    lent: usize,
}

impl Pool {
    pub(super) fn new(address: &Address) -> Tried<Self> {
        let connector = Connector::new(address)?;
        Ok(Self { connector, kept: Mutex::default(), returned: Condvar::new() })
    }

    /// A connection for one transaction; waits where all are lent.
    pub(super) fn lease(&self) -> Tried<Lease<'_>> {
        let waited = self.returned.wait_timeout_while(self.kept(), PATIENCE, |kept| kept.lent >= MOST);
        let (mut kept, late) = waited.unwrap_or_else(PoisonError::into_inner);
        if late.timed_out() {
            return Err(Fault::Engine(Cause::Busy, format!("all {MOST} connections are at work")));
        }
        kept.lent += 1;
        Ok(Lease { pool: self, connection: kept.idle.pop() })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.kept().idle);
        // Closing one blocks, and the last who holds a directory may be on an async thread.
        let _closed = thread::spawn(move || drop(idle)).join();
    }
}

/// A connection, and one's right to have it. Goes back to the pool when dropped.
pub(super) struct Lease<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Lease<'_> {
    /// The connection, made now if none was idle.
    pub(super) fn connection(&mut self) -> Tried<&mut Connection> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(self.pool.connector.connect()?)),
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut kept = self.pool.kept();
        kept.lent -= 1;
        match self.connection.take() {
            Some(connection) if connection.client.is_closed() => {
                // What broke one has mostly broken all. They are closed when nobody waits for the lock.
                let gone = std::mem::take(&mut kept.idle);
                drop(kept);
                drop(gone);
            }
            // After a panic nobody knows what state it is in.
            Some(connection) if !thread::panicking() => kept.idle.push(connection),
            _ => {}
        }
        self.pool.returned.notify_one();
    }
}
