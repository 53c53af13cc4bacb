//! What a person holds and may do, and when. Every question names its moment: nothing sweeps what is over.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{Permission, PersonId, RoleId, TenantId, TimeWindow, Timestamp};

use crate::{
    permission,
    store::{Row, Tried, Tx, values},
};

/// Roles, each with the time for which it is held.
pub(crate) type Held = BTreeMap<RoleId, TimeWindow>;

/// People who can edit a tenant's roles, each with the times for which they can.
pub(crate) type Admins = BTreeMap<PersonId, Vec<TimeWindow>>;

/// That an assignment `a` holds at the moment `?3`.
pub(super) const HOLDS: &str =
    "(a.starts_at IS NULL OR a.starts_at <= ?3) AND (a.ends_at IS NULL OR a.ends_at > ?3)";

/// A window from the columns `starts_at` and `ends_at`.
pub(super) fn window(row: &Row<'_>) -> Tried<TimeWindow> {
    Ok(TimeWindow { starts_at: row.maybe_time("starts_at")?, ends_at: row.maybe_time("ends_at")? })
}

/// What a token names at a moment, and how long that stays so.
#[derive(Default)]
pub(crate) struct Standing {
    /// Roles held, in the order in which they came.
    pub(crate) roles: Vec<RoleId>,
    /// When the first of them ends.
    pub(crate) not_after: Option<Timestamp>,
    /// When the first of the others begins.
    pub(crate) renew_at: Option<Timestamp>,
}

impl Standing {
    /// Of roles held at this moment or later.
    pub(crate) fn of(held: impl IntoIterator<Item = (RoleId, TimeWindow)>, now: Timestamp) -> Self {
        let sooner = |one: Option<Timestamp>, other| one.into_iter().chain(other).min();
        let mut standing = Self::default();
        for (role, window) in held {
            if window.holds_at(now) {
                standing.not_after = sooner(standing.not_after, window.ends_at);
                standing.roles.push(role);
            } else if !window.is_over_at(now) {
                standing.renew_at = sooner(standing.renew_at, window.starts_at);
            }
        }
        standing
    }
}

impl Tx<'_> {
    /// The roles that a person holds at this moment, best first.
    pub(crate) fn held(&self, tenant: &TenantId, person: &PersonId, now: Timestamp) -> Tried<Vec<RoleId>> {
        let sql = format!(
            "SELECT r.id FROM assignments a JOIN roles r ON r.tenant = a.tenant AND r.id = a.role \
             WHERE a.tenant = ?1 AND a.person = ?2 AND {HOLDS} ORDER BY r.rank, r.id"
        );
        self.all(&sql, values![tenant, person, now], |row| row.id("id"))
    }

    /// The roles that a person holds at this moment or later.
    pub(crate) fn windows(&self, tenant: &TenantId, person: &PersonId, now: Timestamp) -> Tried<Held> {
        let sql = "SELECT role, starts_at, ends_at FROM assignments \
                   WHERE tenant = ? AND person = ? AND (ends_at IS NULL OR ends_at > ?)";
        self.all(sql, values![tenant, person, now], |row| Ok((row.id("role")?, window(row)?)))
    }

    /// What a person may do at this moment.
    pub(crate) fn permissions(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        now: Timestamp,
    ) -> Tried<BTreeSet<Permission>> {
        let sql = format!(
            "SELECT DISTINCT p.permission FROM assignments a JOIN role_permissions p \
             ON p.tenant = a.tenant AND p.role = a.role WHERE a.tenant = ?1 AND a.person = ?2 AND {HOLDS}"
        );
        self.all(&sql, values![tenant, person, now], |row| row.id("permission"))
    }

    /// Everybody who can edit the tenant's roles, now or later. Who was invited and has not come cannot yet.
    pub(crate) fn admins(&self, tenant: &TenantId, now: Timestamp) -> Tried<Admins> {
        let sql = "SELECT a.person, a.starts_at, a.ends_at FROM role_permissions g JOIN assignments a \
                   ON a.tenant = g.tenant AND a.role = g.role JOIN people p ON p.id = a.person \
                   WHERE g.tenant = ? AND g.permission = ? AND p.subject IS NOT NULL \
                   AND (a.ends_at IS NULL OR a.ends_at > ?)";
        let rows: Vec<(PersonId, TimeWindow)> =
            self.all(sql, values![tenant, permission::ROLES_WRITE, now], |row| {
                Ok((row.id("person")?, window(row)?))
            })?;
        let mut admins = Admins::new();
        for (person, window) in rows {
            admins.entry(person).or_default().push(window);
        }
        Ok(admins)
    }
}
