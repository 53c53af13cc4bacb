//! What a person holds and may do, and when. Every question names its moment: nothing sweeps what is over.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{Permission, Person, PersonId, RoleId, TenantId, TimeWindow, Timestamp};

use super::{people::person, written};
use crate::{
    permission,
    store::{Row, Tried, Tx, values},
};

/// Roles, each with the time for which it is held.
pub(crate) type Held = BTreeMap<RoleId, TimeWindow>;

/// Somebody who has come, and what they hold of roles that make admins.
pub(crate) struct Admin {
    /// Who.
    pub(crate) person: Person,
    /// What.
    pub(crate) held: Held,
}

/// People who can edit a tenant's roles.
pub(crate) type Admins = BTreeMap<PersonId, Admin>;

/// That an assignment `a` holds at the moment `?3`.
pub(super) const HOLDS: &str =
    "(a.starts_at IS NULL OR a.starts_at <= ?3) AND (a.ends_at IS NULL OR a.ends_at > ?3)";

/// Assignments `a` to people who have come of roles that allow `?2` in the tenant `?1`.
const ADMINS: &str = "role_permissions g JOIN assignments a ON a.tenant = g.tenant AND a.role = g.role \
                      JOIN people p ON p.id = a.person WHERE g.tenant = ?1 AND g.permission = ?2 \
                      AND p.subject IS NOT NULL";

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

    /// Everybody who holds one of these roles, now or later. Who was invited and has not come can do nothing yet.
    pub(crate) fn admins(&self, tenant: &TenantId, roles: &[&RoleId], now: Timestamp) -> Tried<Admins> {
        let sql = format!(
            "SELECT p.id, p.name, p.email, a.role, a.starts_at, a.ends_at FROM {} JOIN assignments a \
             ON a.tenant = ?1 AND a.role = g.value JOIN people p ON p.id = a.person \
             WHERE p.subject IS NOT NULL AND (a.ends_at IS NULL OR a.ends_at > ?3)",
            self.each_text("?2", "g")
        );
        let rows: Vec<(Person, RoleId, TimeWindow)> =
            self.all(&sql, values![tenant, written(&roles)?, now], |row| {
                Ok((person(row)?, row.id("role")?, window(row)?))
            })?;
        let mut admins = Admins::new();
        for (person, role, window) in rows {
            let admin = admins.entry(person.id.clone());
            admin.or_insert_with(|| Admin { person, held: Held::new() }).held.insert(role, window);
        }
        Ok(admins)
    }

    /// Whether somebody can edit the tenant's roles now and for all time to come: the usual case, answered without a
    /// look at everybody who can.
    pub(crate) fn has_lasting_admin(&self, tenant: &TenantId, now: Timestamp) -> Tried<bool> {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {ADMINS} AND a.ends_at IS NULL AND (a.starts_at IS NULL OR a.starts_at <= ?3)) \
             AS has"
        );
        let has = self.first(&sql, values![tenant, permission::ROLES_WRITE, now], |row| row.get("has"))?;
        Ok(has.unwrap_or(false))
    }

    /// For which times somebody can edit the tenant's roles, now or later.
    pub(crate) fn admin_windows(&self, tenant: &TenantId, now: Timestamp) -> Tried<Vec<TimeWindow>> {
        let sql =
            format!("SELECT a.starts_at, a.ends_at FROM {ADMINS} AND (a.ends_at IS NULL OR a.ends_at > ?3)");
        self.all(&sql, values![tenant, permission::ROLES_WRITE, now], window)
    }
}
