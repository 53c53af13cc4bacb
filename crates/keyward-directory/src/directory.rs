//! The directory itself: a store and a clock, cheap to clone and shared by threads.

use std::{fmt, sync::Arc};

use keyward_model::{Clock, Result, Timestamp};

use crate::{
    Database,
    growth::Growth,
    store::{Scope, Store},
    uses::Uses,
};

/// Who holds which role in which tenant. Its functions block while they read or write: call them off
/// the async threads, where PostgreSQL's client would panic.
#[derive(Clone)]
pub struct Directory {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    growth: Arc<Growth>,
    uses: Arc<Uses>,
}

impl Directory {
    /// Opens the directory in this database, and makes its tables if it is empty. A SQLite file is read over before
    /// anything is written to it, which takes time in proportion to its size: a large one is read from meanwhile.
    ///
    /// # Errors
    /// [`ErrorCode::StorageCorrupt`](keyward_model::ErrorCode::StorageCorrupt) names a database that is damaged,
    /// another program's, or of a later version; it is left as it is. Where a large file is damaged, whatever is asked
    /// of it from then on may say so instead.
    /// [`ErrorCode::StorageFull`](keyward_model::ErrorCode::StorageFull) where it cannot be written.
    pub fn open(database: &Database, clock: Arc<dyn Clock>) -> Result<Self> {
        let store = Store::open(database)?;
        // What an earlier version of ours wrote has no hashes yet.
        for tenant in store.read(|tx| tx.unchained())? {
            store.write(Scope::Tenant(&tenant), |tx| tx.chain(&tenant))?;
        }
        Ok(Self { store: Arc::new(store), clock, growth: Arc::default(), uses: Arc::default() })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn growth(&self) -> &Growth {
        &self.growth
    }

    pub(crate) fn uses(&self) -> &Uses {
        &self.uses
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("database", &self.store.database()).finish()
    }
}
