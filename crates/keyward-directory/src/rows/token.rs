//! What a token says of a member, in one statement: a provider waits for it at every issuance, and over a
//! network each statement is a round trip.

use std::collections::BTreeSet;

use keyward_model::{
    HookAnswer, Issuer, Permission, PersonId, RoleId, Subject, TenantId, TimeWindow, Timestamp,
};

use super::windows::Standing;
use crate::store::{Fault, Row, Tried, Tx, values};

/// Who is asked about.
pub(crate) enum Whom<'w> {
    /// Somebody by their id here.
    Person(&'w PersonId),
    /// Somebody by their provider's name for them.
    Subject(&'w Issuer, &'w Subject),
}

/// The statement about the membership `m` in `$from`: a row for each permission of each role held at `?2`, and one
/// for each other role that there is an assignment of. One that is over says nothing, and counts for the version, as
/// [`version!`](super::versions) has it.
macro_rules! said_of {
    ($from:literal, $who:literal) => {
        concat!(
            "SELECT m.version, a.role, a.starts_at, a.ends_at, g.permission, v.version AS edited FROM ",
            $from,
            " LEFT JOIN assignments a ON a.tenant = m.tenant AND a.person = m.person \
              LEFT JOIN roles v ON v.tenant = a.tenant AND v.id = a.role \
              LEFT JOIN role_permissions g ON g.tenant = a.tenant AND g.role = a.role \
              AND (a.starts_at IS NULL OR a.starts_at <= ?2) AND (a.ends_at IS NULL OR a.ends_at > ?2) \
              WHERE m.tenant = ?1 AND ",
            $who,
            " ORDER BY a.role",
        )
    };
}

impl Tx<'_> {
    /// What a token says of a member at this moment; none where they are not in the tenant.
    pub(crate) fn token(
        &self,
        tenant: &TenantId,
        whom: &Whom<'_>,
        now: Timestamp,
    ) -> Tried<Option<HookAnswer>> {
        let mut said = Said::default();
        let read = |row: &Row<'_>| said.hear(row);
        match *whom {
            Whom::Person(person) => {
                let sql = said_of!("memberships m", "m.person = ?3");
                self.all::<(), ()>(sql, values![tenant, now, person], read)?;
            }
            Whom::Subject(issuer, subject) => {
                let sql = said_of!(
                    "people p JOIN memberships m ON m.person = p.id",
                    "p.issuer = ?3 AND p.subject = ?4"
                );
                self.all::<(), ()>(sql, values![tenant, now, issuer, subject], read)?;
            }
        }
        said.answer(now)
    }
}

/// What the rows have said.
#[derive(Default)]
struct Said {
    version: Option<u64>,
    held: Vec<(RoleId, TimeWindow)>,
    permissions: BTreeSet<String>,
}

impl Said {
    /// Takes a row. Roles come in order, and their permissions again and again.
    fn hear(&mut self, row: &Row<'_>) -> Tried<()> {
        if self.version.is_none() {
            self.version = Some(row.number(0)?);
        }
        let Some(role) = row.text(1)? else { return Ok(()) };
        if self.held.last().is_none_or(|(last, _)| last.as_str() != role) {
            self.version = self.version.max(Some(row.number(5)?));
            let window = TimeWindow { starts_at: row.maybe_time(2)?, ends_at: row.maybe_time(3)? };
            self.held.push((row.id(1)?, window));
        }
        if let Some(permission) = row.text(4)?
            && !self.permissions.contains(permission)
        {
            self.permissions.insert(permission.to_owned());
        }
        Ok(())
    }

    fn answer(self, now: Timestamp) -> Tried<Option<HookAnswer>> {
        let Some(role_version) = self.version else { return Ok(None) };
        let Standing { roles, not_after, renew_at } = Standing::of(self.held, now);
        let permissions = self.permissions.into_iter().map(Permission::try_from).collect::<Result<_, _>>();
        let permissions = permissions.map_err(|e| Fault::Damaged(e.to_string()))?;
        Ok(Some(HookAnswer { roles, permissions, role_version, not_after, renew_at }))
    }
}
