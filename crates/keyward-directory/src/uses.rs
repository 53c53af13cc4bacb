//! When roles were last named in a token.
//!
//! Whoever asks for a token waits for nothing here: an answer is noted in memory, and the notes are written together,
//! every five seconds and before a server stops. A note is of a person's role, so that it is right whatever began, ended
//! or was given in between. A server that is killed forgets its last notes; the store may be away for
//! longer, as long as the notes have room. What has none is not noted: it says too little of a role, never too much.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keyward_model::{HookRequest, Issuer, Result, RoleId, Subject, TenantId, Timestamp};
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};

use crate::{Directory, rows, store::Scope};

/// How often notes are written.
const EVERY: Duration = Duration::from_secs(5);
/// People in tenants of whom there are notes at most: some megabytes.
const MOST: usize = 20_000;
/// Notes written in one transaction.
const BATCH: usize = 2_000;

/// A person in a tenant, by their provider's name for them.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Whose {
    tenant: TenantId,
    issuer: Issuer,
    subject: Subject,
}

type Notes = HashMap<Whose, BTreeMap<RoleId, Timestamp>>;

/// What is noted and not written yet.
#[derive(Default)]
pub(crate) struct Uses {
    notes: Mutex<Notes>,
    /// Half of the room is taken.
    filling: Notify,
}

impl Uses {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a token names these roles.
    pub(crate) fn named(&self, request: &HookRequest, roles: &[RoleId], at: Timestamp) {
        let HookRequest { issuer, subject, tenant, .. } = request;
        let whose = Whose { tenant: tenant.clone(), issuer: issuer.clone(), subject: subject.clone() };
        let taken = note(&mut self.notes(), whose, roles.iter().map(|role| (role, at)));
        if taken == MOST / 2 {
            self.filling.notify_one();
        }
    }
}

/// Notes uses of somebody's roles, where there is room, and says how much is taken.
fn note<'r>(
    notes: &mut Notes,
    whose: Whose,
    uses: impl IntoIterator<Item = (&'r RoleId, Timestamp)>,
) -> usize {
    if notes.len() < MOST || notes.contains_key(&whose) {
        let theirs = notes.entry(whose).or_default();
        for (role, at) in uses {
            match theirs.get_mut(role) {
                Some(last) => *last = at.max(*last),
                None => drop(theirs.insert(role.clone(), at)),
            }
        }
    }
    notes.len()
}

impl Directory {
    /// Writes what tokens have named since it was last written.
    ///
    /// # Errors
    /// A store that cannot be written; what was not written is kept for the next time.
    pub fn write_uses(&self) -> Result<()> {
        let notes = std::mem::take(&mut *self.uses().notes());
        let uses: Vec<rows::Use<'_>> = notes
            .iter()
            .flat_map(|(Whose { tenant, issuer, subject }, roles)| {
                roles.iter().map(move |(role, at)| (tenant, issuer, subject, role, *at))
            })
            .collect();
        let written = uses
            .chunks(BATCH)
            .try_for_each(|some| self.store().write(Scope::Nothing, |tx| tx.keep_uses(some)));
        if written.is_err() {
            let mut kept = self.uses().notes();
            for (whose, roles) in notes {
                note(&mut kept, whose, roles.iter().map(|(role, at)| (role, *at)));
            }
        }
        written
    }

    /// Writes what tokens name, again and again, on an async runtime. Has no end; [`Directory::write_uses`] once more
    /// where a server stops.
    pub async fn keep_uses(self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.uses().filling.notified() => {}
            }
            let directory = self.clone();
            match tokio::task::spawn_blocking(move || directory.write_uses()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the last uses of roles are not written yet"),
                Err(panic) => tracing::error!(%panic, "the last uses of roles are not written"),
            }
        }
    }
}
