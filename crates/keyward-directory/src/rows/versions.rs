//! The version of (tenant, person), and of whom an edit of a role moves.

use keyward_model::{PersonId, RoleId, TenantId};

use super::written;
use crate::store::{Tried, Tx, values};

/// The column `version` of a membership `m`: its own, or that of the latest edit of a role that its person has a row
/// of, whichever is higher. A role is edited without a row for everybody who holds it, and everybody's version rises.
/// It never falls: a row counts when its time is over too, and whatever deletes one raises the membership's own.
macro_rules! version {
    () => {
        "coalesce((SELECT max(v.version) FROM assignments h JOIN roles v ON v.tenant = h.tenant AND v.id = h.role \
         WHERE h.tenant = m.tenant AND h.person = m.person AND v.version > m.version), m.version) AS version"
    };
}
pub(super) use version;

impl Tx<'_> {
    /// The version of (tenant, person), where the person is in the tenant.
    pub(crate) fn version(&self, tenant: &TenantId, person: &PersonId) -> Tried<Option<u64>> {
        let sql = concat!("SELECT ", version!(), " FROM memberships m WHERE m.tenant = ? AND m.person = ?");
        self.first(sql, values![tenant, person], |row| row.number("version"))
    }

    /// Whether an edit of one of these roles moves the person's version.
    pub(crate) fn is_moved_by(&self, tenant: &TenantId, person: &PersonId, roles: &[&RoleId]) -> Tried<bool> {
        if roles.is_empty() {
            return Ok(false);
        }
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {} JOIN assignments a ON a.tenant = ?1 AND a.person = ?2 \
             AND a.role = r.value) AS moved",
            self.each_text("?3", "r")
        );
        Ok(self
            .first(&sql, values![tenant, person, written(&roles)?], |row| row.get("moved"))?
            .unwrap_or(false))
    }
}
