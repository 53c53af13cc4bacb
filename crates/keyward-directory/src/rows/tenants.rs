//! All tenants, as those see them who run the service.

use keyward_model::{Tenant, TenantId, TenantRow, Timestamp};

use super::{roles::tenant, windows::HOLDS};
use crate::{
    permission,
    store::{Tried, Tx, values},
};

impl Tx<'_> {
    /// Tenants after one, by id, with how many are in each.
    pub(crate) fn tenants(
        &self,
        after: Option<&TenantId>,
        now: Timestamp,
        limit: u32,
    ) -> Tried<Vec<TenantRow>> {
        let sql = format!(
            "SELECT t.id, t.slug, t.name, t.hue, t.class, \
             (SELECT count(*) FROM memberships m WHERE m.tenant = t.id) AS people, \
             (SELECT count(DISTINCT a.person) FROM role_permissions g JOIN assignments a ON a.tenant = g.tenant \
              AND a.role = g.role JOIN people p ON p.id = a.person WHERE g.tenant = t.id AND g.permission = ?2 \
              AND p.subject IS NOT NULL AND {HOLDS}) AS admins \
             FROM tenants t WHERE t.id > ?1 ORDER BY t.id LIMIT ?4"
        );
        let after = after.map_or("", TenantId::as_str);
        self.all(&sql, values![after, permission::ROLES_WRITE, now, limit], |row| {
            Ok(TenantRow {
                tenant: tenant(row)?,
                people: row.number("people")?,
                admins: row.number("admins")?,
            })
        })
    }

    /// Writes a tenant's row, new or as it is from now on.
    pub(crate) fn write_tenant(&self, tenant: &Tenant) -> Tried<()> {
        let Tenant { id, slug, name, hue, class } = tenant;
        let sql = "INSERT INTO tenants (id, slug, name, hue, class) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE \
                   SET slug = excluded.slug, name = excluded.name, hue = excluded.hue, class = excluded.class";
        self.run(sql, values![id, slug.as_ref(), name, i64::from(*hue), class.as_str()]).map(drop)
    }

    /// Gives a tenant without roles those of another.
    pub(crate) fn copy_roles(&self, from: &TenantId, to: &TenantId) -> Tried<()> {
        let sql = "INSERT INTO roles (tenant, id, name, description, rank, template) \
                   SELECT CAST(?2 AS TEXT), id, name, description, rank, template FROM roles WHERE tenant = ?1";
        self.run(sql, values![from, to])?;
        let sql = "INSERT INTO role_permissions (tenant, role, permission) \
                   SELECT CAST(?2 AS TEXT), role, permission FROM role_permissions WHERE tenant = ?1";
        self.run(sql, values![from, to]).map(drop)
    }
}
