//! Tenants and their roles.

use std::collections::BTreeMap;

use keyward_model::{Permission, PersonId, Role, RoleId, Tenant, TenantClass, TenantId};

use crate::{
    permission,
    store::{Fault, Row, Tried, Tx, values},
};

/// A tenant from the columns of its table.
pub(super) fn tenant(row: &Row<'_>) -> Tried<Tenant> {
    let class = match row.get::<String>("class")?.as_str() {
        "production" => TenantClass::Production,
        "sandbox" => TenantClass::Sandbox,
        other => return Err(Fault::Damaged(format!("class {other}"))),
    };
    Ok(Tenant {
        id: row.id("id")?,
        slug: row.get::<Option<String>>("slug")?.map(|_| row.id("slug")).transpose()?,
        name: row.get("name")?,
        hue: row.number("hue")?,
        class,
    })
}

impl Tx<'_> {
    /// The tenant.
    pub(crate) fn tenant(&self, id: &TenantId) -> Tried<Option<Tenant>> {
        self.first("SELECT id, slug, name, hue, class FROM tenants WHERE id = ?", values![id], tenant)
    }

    /// The tenant that is called so in web addresses, or has this id.
    pub(crate) fn tenant_called(&self, name: &TenantId) -> Tried<Option<TenantId>> {
        self.first("SELECT id FROM tenants WHERE id = ?1 OR slug = ?1", values![name], |row| row.id("id"))
    }

    /// Every tenant that the person is in.
    pub(crate) fn tenants_of(&self, person: &PersonId) -> Tried<Vec<Tenant>> {
        let sql = "SELECT t.id, t.slug, t.name, t.hue, t.class FROM memberships m JOIN tenants t ON t.id = m.tenant \
                   WHERE m.person = ?";
        self.all(sql, values![person], tenant)
    }

    /// The tenant's roles, best first.
    pub(crate) fn roles(&self, tenant: &TenantId) -> Tried<Vec<Role>> {
        let mut permissions: BTreeMap<String, Vec<Permission>> = BTreeMap::new();
        let sql = "SELECT role, permission FROM role_permissions WHERE tenant = ? ORDER BY role, permission";
        let pairs: Vec<(String, Permission)> =
            self.all(sql, values![tenant], |row| Ok((row.get("role")?, row.id("permission")?)))?;
        for (role, one) in pairs {
            permissions.entry(role).or_default().push(one);
        }
        let sql = "SELECT id, name, description FROM roles WHERE tenant = ? ORDER BY rank, id";
        self.all(sql, values![tenant], |row| {
            let id: RoleId = row.id("id")?;
            let permissions = permissions.remove(id.as_str()).unwrap_or_default();
            let admin = permission::makes_admin(&permissions);
            Ok(Role { id, name: row.get("name")?, description: row.get("description")?, permissions, admin })
        })
    }
}
