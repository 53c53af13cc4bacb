//! Assignments, each with its person and its why: of many tenants, or of one.

use keyward_model::{Holder, Holding, Permission, Person, PersonId, RoleId, TenantId, Timestamp};

use super::{
    people::person,
    windows::{HOLDS, window},
};
use crate::{
    cursor::HolderCursor,
    permission,
    store::{Row, Tried, Tx, values},
};

/// What there is to say of an assignment `a`, and from where.
const HOLDER: &str = "SELECT a.tenant, a.role, a.given_at, a.reason, a.starts_at, a.ends_at, p.id, p.name, p.email, \
                      g.id AS by_id, g.name AS by_name, g.email AS by_email, u.at AS last_used_at FROM";
/// Whose it is, who gave it, and its last use: a token of before it was given was not its.
const ABOUT: &str = "JOIN people p ON p.id = a.person LEFT JOIN people g ON g.id = a.given_by \
                     LEFT JOIN uses u ON u.tenant = a.tenant AND u.person = a.person AND u.role = a.role \
                     AND u.at >= a.given_at";

/// Of which roles to hear.
pub(crate) enum Sought<'s> {
    /// This one.
    Role(&'s RoleId),
    /// Those that allow this.
    Permission(&'s Permission),
}

/// A role that is held, from the columns that say why.
fn holding(row: &Row<'_>) -> Tried<Holding> {
    let given_by = match row.get::<Option<String>>("by_id")? {
        Some(_) => {
            Some(Person { id: row.id("by_id")?, name: row.get("by_name")?, email: row.get("by_email")? })
        }
        None => None,
    };
    Ok(Holding {
        role: row.id("role")?,
        given_by,
        given_at: row.time("given_at")?,
        reason: row.get("reason")?,
        window: window(row)?,
        audit: None,
        last_used_at: row.maybe_time("last_used_at")?,
    })
}

fn holder(row: &Row<'_>) -> Tried<Holder> {
    Ok(Holder { tenant: row.id("tenant")?, person: person(row)?, holding: holding(row)? })
}

/// That the member `m` may do this at the moment `?3`.
fn may(permission: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM assignments a JOIN role_permissions r ON r.tenant = a.tenant AND r.role = a.role \
         WHERE a.tenant = m.tenant AND a.person = m.person AND r.permission = '{permission}' AND {HOLDS})"
    )
}

impl Tx<'_> {
    /// A member's roles, of this moment or later, best first, each with its why.
    pub(crate) fn holdings(&self, tenant: &TenantId, of: &PersonId, now: Timestamp) -> Tried<Vec<Holding>> {
        let sql = format!(
            "{HOLDER} assignments a JOIN roles r ON r.tenant = a.tenant AND r.id = a.role {ABOUT} \
             WHERE a.tenant = ? AND a.person = ? AND (a.ends_at IS NULL OR a.ends_at > ?) ORDER BY r.rank, r.id"
        );
        self.all(&sql, values![tenant, of, now], holding)
    }

    /// Who holds at this moment what is sought, in every tenant where the asker may see people and roles.
    pub(crate) fn holders(
        &self,
        asker: &PersonId,
        sought: &Sought<'_>,
        now: Timestamp,
        after: Option<&HolderCursor>,
        limit: u32,
    ) -> Tried<Vec<Holder>> {
        let Some(HolderCursor { tenant, role, person }) = after else {
            return self.holders_at(asker, sought, now, (">", "", "", ""), limit);
        };
        // The rest of the tenant where the page before ended, then those after it: an index finds either at once.
        let rest = ("=", tenant.as_str(), role.as_str(), person.as_str());
        let mut holders = self.holders_at(asker, sought, now, rest, limit)?;
        let room = limit - u32::try_from(holders.len()).unwrap_or(limit);
        if room > 0 {
            holders.extend(self.holders_at(asker, sought, now, (">", tenant.as_str(), "", ""), room)?);
        }
        Ok(holders)
    }

    fn holders_at(
        &self,
        asker: &PersonId,
        sought: &Sought<'_>,
        now: Timestamp,
        (which, tenant, role, person): (&str, &str, &str, &str),
        limit: u32,
    ) -> Tried<Vec<Holder>> {
        let (condition, value) = match sought {
            Sought::Role(role) => ("AND a.role = ?6", role.as_str()),
            Sought::Permission(permission) => (
                "AND a.role IN (SELECT s.role FROM role_permissions s WHERE s.tenant = m.tenant AND s.permission = ?6)",
                permission.as_str(),
            ),
        };
        let (people, roles) = (may(permission::PEOPLE_READ), may(permission::ROLES_READ));
        let sql = format!(
            "{HOLDER} memberships m JOIN assignments a ON a.tenant = m.tenant {ABOUT} \
             WHERE m.person = ?1 AND m.tenant {which} ?2 AND {people} AND {roles} AND {HOLDS} {condition} \
             AND (a.role, a.person) > (?4, ?5) ORDER BY a.tenant, a.role, a.person LIMIT ?7"
        );
        self.all(&sql, values![asker, tenant, now, role, person, value, limit], holder)
    }

    /// Roles held at this moment and since before another, that no token named from that on.
    pub(crate) fn unused(
        &self,
        tenant: &TenantId,
        since: Timestamp,
        now: Timestamp,
        after: Option<&HolderCursor>,
        limit: u32,
    ) -> Tried<Vec<Holder>> {
        let (role, person) = after.map_or(("", ""), |after| (after.role.as_str(), after.person.as_str()));
        let sql = format!(
            "{HOLDER} assignments a {ABOUT} WHERE a.tenant = ?1 AND {HOLDS} AND a.given_at < ?2 \
             AND (a.starts_at IS NULL OR a.starts_at < ?2) AND (u.at IS NULL OR u.at < ?2) \
             AND (a.role, a.person) > (?4, ?5) ORDER BY a.role, a.person LIMIT ?6"
        );
        self.all(&sql, values![tenant, since, now, role, person, limit], holder)
    }
}
