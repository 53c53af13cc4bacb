//! Tenants and their roles.

use std::collections::BTreeMap;

use keyward_model::{
    Permission, PersonId, Role, RoleId, RoleTerms, Tenant, TenantClass, TenantId, Timestamp,
};

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
        let sql = "SELECT id, name, description, rank, version, template FROM roles WHERE tenant = ? ORDER BY rank, id";
        self.all(sql, values![tenant], |row| {
            let id: RoleId = row.id("id")?;
            let permissions = permissions.remove(id.as_str()).unwrap_or_default();
            let admin = permission::makes_admin(&permissions);
            let template: Option<String> = row.get("template")?;
            Ok(Role {
                id,
                name: row.get("name")?,
                description: row.get("description")?,
                permissions,
                admin,
                rank: row.number("rank")?,
                version: row.number("version")?,
                template: template.map(|_| row.id("template")).transpose()?,
            })
        })
    }

    /// The version of a role; none where it is not there.
    pub(crate) fn role_version(&self, tenant: &TenantId, role: &RoleId) -> Tried<Option<u64>> {
        let sql = "SELECT version FROM roles WHERE tenant = ? AND id = ?";
        self.first(sql, values![tenant, role], |row| row.number("version"))
    }

    /// How many hold a role, at this moment or later.
    pub(crate) fn holder_count(&self, tenant: &TenantId, role: &RoleId, now: Timestamp) -> Tried<u64> {
        let sql = "SELECT count(*) AS n FROM assignments WHERE tenant = ? AND role = ? \
                   AND (ends_at IS NULL OR ends_at > ?)";
        Ok(self.first(sql, values![tenant, role, now], |row| row.number("n"))?.unwrap_or_default())
    }

    /// So many of those who hold a role, at this moment or later.
    pub(crate) fn some_holders(
        &self,
        tenant: &TenantId,
        role: &RoleId,
        now: Timestamp,
        most: usize,
    ) -> Tried<Vec<PersonId>> {
        let sql = "SELECT person FROM assignments WHERE tenant = ? AND role = ? \
                   AND (ends_at IS NULL OR ends_at > ?) ORDER BY person LIMIT ?";
        self.all(sql, values![tenant, role, now, most as u64], |row| row.id("person"))
    }

    /// Makes a role, or makes it another. Nobody who holds it is written.
    pub(crate) fn define_role(
        &self,
        tenant: &TenantId,
        role: &RoleId,
        terms: &RoleTerms,
        version: u64,
    ) -> Tried<()> {
        let RoleTerms { name, description, permissions, rank, template } = terms;
        let sql = "INSERT INTO roles (tenant, id, name, description, rank, version, template) \
                   VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, \
                   description = excluded.description, rank = excluded.rank, version = excluded.version, \
                   template = excluded.template";
        self.run(sql, values![tenant, role, name, description, *rank, version, template.as_ref()])?;
        self.run("DELETE FROM role_permissions WHERE tenant = ? AND role = ?", values![tenant, role])?;
        for permission in permissions {
            let sql = "INSERT INTO role_permissions (tenant, role, permission) VALUES (?, ?, ?)";
            self.run(sql, values![tenant, role, permission])?;
        }
        Ok(())
    }

    /// Drops a role, and what is left of it with people whose time for it is over.
    pub(crate) fn drop_role(&self, tenant: &TenantId, role: &RoleId, version: u64) -> Tried<()> {
        let sql = "UPDATE memberships SET version = ?3 WHERE tenant = ?1 \
                   AND person IN (SELECT person FROM assignments WHERE tenant = ?1 AND role = ?2)";
        self.run(sql, values![tenant, role, version])?;
        for sql in [
            "DELETE FROM assignments WHERE tenant = ? AND role = ?",
            "DELETE FROM role_permissions WHERE tenant = ? AND role = ?",
            "DELETE FROM roles WHERE tenant = ? AND id = ?",
        ] {
            self.run(sql, values![tenant, role])?;
        }
        Ok(())
    }
}
