//! Whose token would say something else, and since which entry: the audit, read forwards.

use keyward_model::{AuditedChange, AuditedRole, Result, RoleChange, RoleId, TenantId, TokenChange};

use crate::{
    Caller, Directory,
    caller::{authorise, member},
    edit::version_after,
    permission,
    rows::Deeds,
    store::{Fault, Tried, Tx},
};

/// Entries read at once.
const PAGE: u32 = 20;

/// What happened after a place, and the place after it.
pub(crate) struct News {
    /// In order.
    pub(crate) changes: Vec<Change>,
    /// The number of the last entry read.
    pub(crate) place: u64,
}

/// One thing that happened.
pub(crate) enum Change {
    /// To a person.
    Person(TokenChange),
    /// To a role.
    Role(RoleChange),
}

impl Change {
    /// The audit's entry that did it.
    pub(crate) fn audit(&self) -> u64 {
        match self {
            Self::Person(change) => change.audit,
            Self::Role(change) => change.audit,
        }
    }
}

impl Directory {
    /// Where the caller's tenant is now, or the place named where it has come so far. Needs to be in the tenant.
    pub(crate) fn place(&self, caller: &Caller, named: Option<u64>) -> Result<u64> {
        self.store().read(|tx| {
            let (tenant, ..) = member(tx, caller)?;
            let newest = newest(tx, &tenant.id)?;
            // Beyond the newest is what another database told, before a copy was put in its place.
            Ok(named.filter(|place| *place <= newest).unwrap_or(newest))
        })
    }

    /// The next of what happened after a place: to everybody, or without `people:read` to the caller. Needs to be
    /// in the tenant. The caller is told of an edit to a role that they hold as of one to themselves.
    pub(crate) fn news(&self, caller: &Caller, after: u64) -> Result<News> {
        self.store().read(|tx| {
            let (tenant, own, _) = member(tx, caller)?;
            let everybody = match authorise(tx, caller, permission::PEOPLE_READ, self.now()) {
                Ok(_) => true,
                Err(Fault::Refused(_)) => false,
                Err(fault) => return Err(fault),
            };
            let entries = tx.changes_after(&tenant.id, after, PAGE)?;
            let place = entries.last().map_or(after, |entry| entry.number);
            let mut changes = Vec::new();
            for Deeds { number: audit, changes: audited, roles } in entries {
                let since = version_after(audit);
                let edited: Vec<&RoleId> = roles.iter().map(|edit| &edit.role).collect();
                let is_told = audited.iter().any(|change| change.person.id == own.id);
                if !is_told && tx.is_moved_by(&tenant.id, &own.id, &edited)? {
                    let (person, version) = (own.id.clone(), Some(since));
                    changes.push(Change::Person(TokenChange { person, version, audit }));
                }
                let seen = audited.into_iter().filter(|change| everybody || change.person.id == own.id);
                changes.extend(seen.map(|AuditedChange { person, removed, .. }| {
                    let version = (!removed).then_some(since);
                    Change::Person(TokenChange { person: person.id, version, audit })
                }));
                let roles = roles.into_iter().filter(|_| everybody);
                changes.extend(roles.map(|AuditedRole { role, after, .. }| {
                    Change::Role(RoleChange { role, version: after.map(|_| since), audit })
                }));
            }
            Ok(News { changes, place })
        })
    }
}

fn newest(tx: &Tx<'_>, tenant: &TenantId) -> Tried<u64> {
    Ok(tx.reached(std::slice::from_ref(tenant))?.first().map_or(0, |(_, number)| *number))
}
