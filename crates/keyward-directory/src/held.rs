//! What somebody held at a moment of the past.
//!
//! Each role is asked about by itself. The last entry of the audit up to that moment that touched it says for which
//! time it was held since; where there is none, it came with the tenant, and the first entry after the moment says what
//! it was before, or the rows of now where nothing ever touched it. So a role that had run out before somebody gave it
//! anew is seen too: an inverse of the giving alone knows nothing of it. Times are weighed at the moment asked about.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{
    AuditEntry, Error, ErrorCode, HeldRole, HeldThen, Permission, PersonId, Result, RoleId, TenantId,
    TimeWindow, Timestamp,
};

use crate::{
    Caller, Directory,
    caller::authorise,
    permission,
    read::nobody,
    store::{Tried, Tx},
};

impl Directory {
    /// What a person held in the tenant at a moment, and why; also of somebody who has left since. Needs
    /// `audit:read` and `people:read`.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where they never were in the tenant, [`ErrorCode::InvalidRequest`] for a moment to
    /// come.
    pub fn held_at(&self, caller: &Caller, person: &PersonId, at: Timestamp) -> Result<HeldThen> {
        self.store().read(|tx| {
            let now = self.now();
            let tenant = authorise(tx, caller, permission::AUDIT_READ, now)?.tenant;
            authorise(tx, caller, permission::PEOPLE_READ, now)?;
            if at > now {
                let words = "at: that moment has not come yet.";
                return Err(Error::new(ErrorCode::InvalidRequest, words).into());
            }
            let past = Past::of(tx, &tenant.id, person, at)?;
            let known = if past.is_blank() { None } else { tx.person(person)? };
            let person = known.ok_or_else(|| nobody(person, &tenant))?;
            let mut roles = past.held();
            let allowed = allowed(tx, &tenant.id)?;
            for held in &mut roles {
                held.permissions = allowed.get(&held.role).cloned();
            }
            let permissions: BTreeSet<&Permission> =
                roles.iter().filter_map(|held| held.permissions.as_ref()).flatten().collect();
            let permissions = permissions.into_iter().cloned().collect();
            Ok(HeldThen { person, at, member: past.was_member(), roles, permissions })
        })
    }
}

/// What each role allowed. As long as roles themselves are not edited, what they allow now.
fn allowed(tx: &Tx<'_>, tenant: &TenantId) -> Tried<BTreeMap<RoleId, Vec<Permission>>> {
    Ok(tx.roles(tenant)?.into_iter().map(|role| (role.id, role.permissions)).collect())
}

/// All that is known of a person in a tenant, as seen from a moment.
struct Past {
    at: Timestamp,
    /// Since when they are in the tenant, where they are.
    since: Option<Timestamp>,
    /// What they came with, where they still hold it.
    founded: BTreeSet<RoleId>,
    /// Entries that touched them, oldest first, each with what it did to them: up to the moment, and after it.
    entries: Vec<AuditEntry>,
    /// How many are up to the moment.
    cut: usize,
}

impl Past {
    fn of(tx: &Tx<'_>, tenant: &TenantId, person: &PersonId, at: Timestamp) -> Tried<Self> {
        let since = tx.member_since(tenant, person)?;
        let mut entries = tx.entries_about(tenant, person, u32::MAX)?;
        entries.reverse();
        // A clock may have been set back: the audit's order is its numbers'.
        let cut = entries.iter().rposition(|entry| entry.at <= at).map_or(0, |last| last + 1);
        let founded = tx.founded(tenant, person)?.into_iter().collect();
        Ok(Self { at, since, founded, entries, cut })
    }

    fn is_blank(&self) -> bool {
        self.since.is_none() && self.entries.is_empty()
    }

    fn came_or_went(entry: &AuditEntry) -> Option<bool> {
        entry.changes.iter().find(|change| change.added || change.removed).map(|change| change.added)
    }

    /// When they came with the tenant, where that is still known.
    fn founded_at(&self) -> Option<Timestamp> {
        self.since.filter(|_| !self.entries.iter().any(|entry| Self::came_or_went(entry).is_some()))
    }

    fn was_member(&self) -> bool {
        let (past, later) = self.entries.split_at(self.cut);
        if let Some(came) = past.iter().rev().find_map(Self::came_or_went) {
            return came;
        }
        match later.iter().find_map(Self::came_or_went) {
            Some(came) => !came,
            None => self.since.is_some_and(|since| since <= self.at),
        }
    }

    /// Each role held at the moment, by id, without what it allowed.
    fn held(&self) -> Vec<HeldRole> {
        let changes = self.entries.iter().flat_map(|entry| &entry.changes);
        let roles: BTreeSet<&RoleId> =
            changes.flat_map(|change| change.roles()).chain(&self.founded).collect();
        roles.into_iter().filter_map(|role| self.why(role)).collect()
    }

    /// Why a role was held at the moment; none where it was not.
    fn why(&self, role: &RoleId) -> Option<HeldRole> {
        let (past, later) = self.entries.split_at(self.cut);
        let given = past.iter().rev().find_map(|entry| {
            let window = entry.changes.iter().find_map(|change| change.after(role))?;
            Some((window, entry))
        });
        let held = |window: TimeWindow| window.holds_at(self.at).then_some(window);
        if let Some((window, entry)) = given {
            return Some(HeldRole {
                role: role.clone(),
                given_by: Some(entry.actor.clone()),
                given_at: Some(entry.at),
                reason: entry.reason.clone(),
                window: window.and_then(held)?,
                audit: Some(entry.number),
                permissions: None,
            });
        }
        let first =
            later.iter().find_map(|entry| entry.changes.iter().find_map(|change| change.before(role)));
        let window = match first {
            Some(window) => window,
            None => self.founded.contains(role).then_some(TimeWindow::ALWAYS),
        };
        let given_at = self.founded_at();
        given_at.is_none_or(|since| since <= self.at).then_some(())?;
        Some(HeldRole {
            role: role.clone(),
            given_by: None,
            given_at,
            reason: None,
            window: window.and_then(held)?,
            audit: None,
            permissions: None,
        })
    }
}
