//! How what an entry touched is now.

use std::collections::BTreeMap;

use keyward_model::{AuditEntry, PersonId, Role, RoleId, TenantId, TimeWindow, Timestamp};

use crate::{
    rows::Held,
    store::{Tried, Tx},
};

/// Everybody and every role of an entry, as they are now.
pub(super) struct Present {
    pub(super) now: Timestamp,
    /// The tenant's roles.
    pub(super) roles: BTreeMap<RoleId, Role>,
    /// How many hold a role that the entry made, now or later.
    pub(super) holders: BTreeMap<RoleId, u64>,
    /// Who is in the tenant, and what they hold now or later.
    pub(super) members: BTreeMap<PersonId, Held>,
}

impl Present {
    pub(super) fn of(tx: &Tx<'_>, tenant: &TenantId, entry: &AuditEntry, now: Timestamp) -> Tried<Self> {
        let people: Vec<&PersonId> = entry.changes.iter().map(|change| &change.person.id).collect();
        let made = entry.roles.iter().filter(|edit| edit.before.is_none()).map(|edit| &edit.role);
        let holders = made.map(|role| Ok((role.clone(), tx.holder_count(tenant, role, now)?)));
        Ok(Self {
            now,
            roles: tx.roles(tenant)?.into_iter().map(|role| (role.id.clone(), role)).collect(),
            holders: holders.collect::<Tried<_>>()?,
            members: tx.members_among(tenant, &people, now)?,
        })
    }

    /// The window, as far as it is not over.
    pub(super) fn open(&self, window: Option<TimeWindow>) -> Option<TimeWindow> {
        window.filter(|window| !window.is_over_at(self.now))
    }
}
