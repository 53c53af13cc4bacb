//! Which entries of the audit touched a person, without what each did to everybody else.

use keyward_model::{AuditedChange, PersonId, TenantId, Timestamp};

use crate::store::{Tried, Tx, values};

/// An entry that touched a person.
pub(crate) struct Touch {
    /// Its number.
    pub(crate) number: u64,
    /// When.
    pub(crate) at: Timestamp,
    /// Who did it.
    pub(crate) actor: PersonId,
}

impl Tx<'_> {
    /// The entries that touched a person, newest first.
    pub(crate) fn touches(&self, tenant: &TenantId, person: &PersonId) -> Tried<Vec<Touch>> {
        let sql = "SELECT w.number, a.at, a.actor FROM audit_people w JOIN audit a ON a.tenant = w.tenant \
                   AND a.number = w.number WHERE w.tenant = ? AND w.person = ? ORDER BY w.number DESC";
        self.all(sql, values![tenant, person], |row| {
            Ok(Touch { number: row.number("number")?, at: row.time("at")?, actor: row.id("actor")? })
        })
    }

    /// What an entry did.
    pub(crate) fn deeds(&self, tenant: &TenantId, number: u64) -> Tried<Vec<AuditedChange>> {
        let sql = "SELECT changes FROM audit WHERE tenant = ? AND number = ?";
        let changes = self.first(sql, values![tenant, number], |row| row.json("changes"))?;
        Ok(changes.unwrap_or_default())
    }
}
