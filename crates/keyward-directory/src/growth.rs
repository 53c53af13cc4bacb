//! That a tenant's audit has grown, for those who follow it.
//!
//! An edit of this process is told at once. Those of others are found by asking for the newest number of every
//! tenant that is followed, in one question twice a second, and only while anybody follows. PostgreSQL could
//! tell (`LISTEN`), SQLite could not; and telling there takes a lock that all commits share, and a connection
//! that no pooler between may hand on. One way for both costs less than it saves.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keyward_model::TenantId;
use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval},
};

use crate::Directory;

/// How often others' edits are looked for.
const EVERY: Duration = Duration::from_millis(500);

/// Who follows what.
#[derive(Default)]
pub(crate) struct Growth {
    followed: Mutex<Followed>,
    /// Nobody will follow any more: what asks lets go of the directory at once.
    ended: Notify,
}

#[derive(Default)]
struct Followed {
    /// The newest number known of each tenant that is followed.
    tenants: HashMap<TenantId, watch::Sender<u64>>,
    asking: bool,
    over: bool,
}

impl Growth {
    fn followed(&self) -> MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the tenant's audit has this number.
    pub(crate) fn reached(&self, tenant: &TenantId, number: u64) {
        if let Some(newest) = self.followed().tenants.get(tenant) {
            newest.send_if_modified(|known| {
                number > *known && {
                    *known = number;
                    true
                }
            });
        }
    }

    /// The tenants that somebody follows still; none of those that nobody does is kept. Where there is none, the
    /// asking ends.
    fn asked_about(&self) -> Vec<TenantId> {
        let mut followed = self.followed();
        followed.tenants.retain(|_, newest| newest.receiver_count() > 0);
        followed.asking = !followed.tenants.is_empty();
        followed.tenants.keys().cloned().collect()
    }
}

impl Directory {
    /// Follows the tenant's audit: the newest number as it becomes known, from an async runtime. None where
    /// [`Directory::end_events`] was called.
    pub(crate) fn follow(&self, tenant: &TenantId) -> Option<watch::Receiver<u64>> {
        let mut followed = self.growth().followed();
        if followed.over {
            return None;
        }
        if !followed.asking {
            followed.asking = true;
            tokio::spawn(ask(self.clone()));
        }
        Some(followed.tenants.entry(tenant.clone()).or_insert_with(|| watch::Sender::new(0)).subscribe())
    }

    /// Ends every stream of events, and lets none begin: a server that waits for its answers to end can stop.
    pub fn end_events(&self) {
        let mut followed = self.growth().followed();
        followed.over = true;
        followed.tenants.clear();
        self.growth().ended.notify_one();
    }
}

/// Asks for the newest numbers as long as anybody follows.
async fn ask(directory: Directory) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = directory.growth().ended.notified() => return,
        }
        let tenants = directory.growth().asked_about();
        if tenants.is_empty() {
            return;
        }
        let asked = directory.clone();
        let found = tokio::task::spawn_blocking(move || asked.store().read(|tx| tx.reached(&tenants))).await;
        match found {
            Ok(Ok(newest)) => {
                newest.iter().for_each(|(tenant, number)| directory.growth().reached(tenant, *number));
            }
            Ok(Err(error)) => tracing::warn!(%error, "what happens elsewhere is not seen"),
            Err(panic) => tracing::error!(%panic, "what happens elsewhere is not seen"),
        }
    }
}
