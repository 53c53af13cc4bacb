//! The audit read forwards, by those who follow it.

use keyward_model::{AuditedChange, AuditedRole, TenantId};

use super::written;
use crate::store::{Tried, Tx, values};

/// What an entry did.
pub(crate) struct Deeds {
    /// Its number.
    pub(crate) number: u64,
    /// To people.
    pub(crate) changes: Vec<AuditedChange>,
    /// To roles.
    pub(crate) roles: Vec<AuditedRole>,
}

impl Tx<'_> {
    /// The number of each tenant's newest entry; 0 where there is none.
    pub(crate) fn reached(&self, tenants: &[TenantId]) -> Tried<Vec<(TenantId, u64)>> {
        let sql = format!(
            "SELECT t.value AS tenant, coalesce((SELECT max(number) FROM audit WHERE tenant = t.value), 0) AS newest \
             FROM {}",
            self.each_text("?1", "t")
        );
        self.all(&sql, values![written(&tenants)?], |row| Ok((row.id("tenant")?, row.number("newest")?)))
    }

    /// What entries after a number did, oldest first.
    pub(crate) fn changes_after(&self, tenant: &TenantId, after: u64, limit: u32) -> Tried<Vec<Deeds>> {
        let sql = "SELECT number, changes, roles FROM audit WHERE tenant = ? AND number > ? ORDER BY number LIMIT ?";
        self.all(sql, values![tenant, after, limit], |row| {
            Ok(Deeds {
                number: row.number("number")?,
                changes: row.json("changes")?,
                roles: row.maybe_json("roles")?.unwrap_or_default(),
            })
        })
    }
}
