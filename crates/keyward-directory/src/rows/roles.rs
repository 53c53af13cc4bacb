//! Tenants, their roles, and what a person holds and may do there.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{Permission, PersonId, Role, RoleId, Tenant, TenantClass, TenantId};

use crate::{
    permission,
    store::{Fault, Row, Tried, Tx, values},
};

fn tenant(row: &Row<'_>) -> Tried<Tenant> {
    let class = match row.get::<String>("class")?.as_str() {
        "production" => TenantClass::Production,
        "sandbox" => TenantClass::Sandbox,
        other => return Err(Fault::Damaged(format!("class {other}"))),
    };
    Ok(Tenant { id: row.id("id")?, name: row.get("name")?, hue: row.number("hue")?, class })
}

impl Tx<'_> {
    /// The tenant.
    pub(crate) fn tenant(&self, id: &TenantId) -> Tried<Option<Tenant>> {
        self.first("SELECT id, name, hue, class FROM tenants WHERE id = ?", values![id], tenant)
    }

    /// Every tenant that the person is in.
    pub(crate) fn tenants_of(&self, person: &PersonId) -> Tried<Vec<Tenant>> {
        let sql = "SELECT t.id, t.name, t.hue, t.class FROM memberships m JOIN tenants t ON t.id = m.tenant \
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

    /// The roles that a person holds, best first.
    pub(crate) fn held(&self, tenant: &TenantId, person: &PersonId) -> Tried<Vec<RoleId>> {
        let sql = "SELECT r.id FROM assignments a JOIN roles r ON r.tenant = a.tenant AND r.id = a.role \
                   WHERE a.tenant = ? AND a.person = ? ORDER BY r.rank, r.id";
        self.all(sql, values![tenant, person], |row| row.id("id"))
    }

    /// The roles that a person holds, by id: what a token names, without a look at the roles themselves.
    pub(crate) fn held_by_id(&self, tenant: &TenantId, person: &PersonId) -> Tried<Vec<RoleId>> {
        let sql = "SELECT role FROM assignments WHERE tenant = ? AND person = ? ORDER BY role";
        self.all(sql, values![tenant, person], |row| row.id("role"))
    }

    /// What a person may do.
    pub(crate) fn permissions(&self, tenant: &TenantId, person: &PersonId) -> Tried<BTreeSet<Permission>> {
        let sql = "SELECT DISTINCT p.permission FROM assignments a JOIN role_permissions p \
                   ON p.tenant = a.tenant AND p.role = a.role WHERE a.tenant = ? AND a.person = ?";
        self.all(sql, values![tenant, person], |row| row.id("permission"))
    }

    /// Everybody who can edit the tenant's roles.
    pub(crate) fn admins(&self, tenant: &TenantId) -> Tried<BTreeSet<PersonId>> {
        let sql = "SELECT DISTINCT a.person FROM role_permissions p JOIN assignments a \
                   ON a.tenant = p.tenant AND a.role = p.role WHERE p.tenant = ? AND p.permission = ?";
        self.all(sql, values![tenant, permission::ROLES_WRITE], |row| row.id("person"))
    }
}
