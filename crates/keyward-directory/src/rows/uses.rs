//! When roles were last named in a token.

use keyward_model::{Issuer, PersonId, RoleId, Subject, TenantId, Timestamp};

use super::written;
use crate::store::{Tried, Tx, values};

/// A role in a person's token, and when: tenant, issuer, subject, role, moment.
pub(crate) type Use<'u> = (&'u TenantId, &'u Issuer, &'u Subject, &'u RoleId, Timestamp);

impl Tx<'_> {
    /// Keeps uses, each of another role of somebody, where they are later than what is known. One that is of before
    /// the role was given is of an earlier giving.
    pub(crate) fn keep_uses(&self, uses: &[Use<'_>]) -> Tried<()> {
        let at = "CAST(j.value->>4 AS BIGINT)";
        // In order, so that two servers never want the same rows the other way round.
        let sql = format!(
            "INSERT INTO uses (tenant, person, role, at) SELECT a.tenant, a.person, a.role, {at} FROM {} \
             JOIN people p ON p.issuer = j.value->>1 AND p.subject = j.value->>2 \
             JOIN assignments a ON a.tenant = j.value->>0 AND a.person = p.id AND a.role = j.value->>3 \
             WHERE a.given_at <= {at} ORDER BY a.tenant, a.person, a.role \
             ON CONFLICT (tenant, person, role) DO UPDATE SET at = excluded.at WHERE uses.at < excluded.at",
            self.each_value("?1", "j")
        );
        self.run(&sql, values![written(&uses)?]).map(drop)
    }

    /// Since when a person is in the tenant, where they are.
    pub(crate) fn member_since(&self, tenant: &TenantId, person: &PersonId) -> Tried<Option<Timestamp>> {
        let sql = "SELECT since FROM memberships WHERE tenant = ? AND person = ?";
        self.first(sql, values![tenant, person], |row| row.time("since"))
    }

    /// The roles that a person came with, when the tenant was founded, and still holds.
    pub(crate) fn founded(&self, tenant: &TenantId, person: &PersonId) -> Tried<Vec<RoleId>> {
        let sql = "SELECT role FROM assignments WHERE tenant = ? AND person = ? AND given_by IS NULL";
        self.all(sql, values![tenant, person], |row| row.id("role"))
    }
}
