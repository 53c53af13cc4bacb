//! A company's first rows.

use keyward_model::{Issuer, Person, Tenant, TenantId};

use super::fold_email;
use crate::{
    founding::{Founding, FoundingMember, FoundingPerson, RoleTemplate},
    store::{Tried, Tx, values},
};

impl Tx<'_> {
    /// Whether there is neither a tenant nor a person.
    pub(crate) fn is_empty(&self) -> Tried<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM tenants) OR EXISTS (SELECT 1 FROM people) AS filled";
        Ok(!self.first(sql, values![], |row| row.get("filled"))?.unwrap_or(false))
    }

    /// Writes the company. What the schema's keys refuse is the company's own contradiction.
    pub(crate) fn found(&self, company: &Founding) -> Tried<()> {
        let write = || {
            for tenant in &company.tenants {
                self.found_tenant(tenant, &company.roles)?;
            }
            company.people.iter().try_for_each(|person| self.found_person(person))
        };
        write().map_err(|fault| fault.or_contradiction("The company to be founded contradicts itself"))
    }

    /// Whether everybody signs in at this provider.
    pub(crate) fn is_at(&self, issuer: &Issuer) -> Tried<bool> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM people WHERE issuer <> ?) AS here";
        Ok(self.first(sql, values![issuer], |row| row.get("here"))?.unwrap_or(true))
    }

    /// Lets everybody sign in at this provider.
    pub(crate) fn move_issuer(&self, issuer: &Issuer) -> Tried<()> {
        let moved = self.run("UPDATE people SET issuer = ?1 WHERE issuer <> ?1", values![issuer]);
        moved.map(drop).map_err(|fault| fault.or_contradiction("Two people would become one"))
    }

    /// Writes a tenant that has nobody yet.
    pub(crate) fn found_tenant(&self, tenant: &Tenant, roles: &[RoleTemplate]) -> Tried<()> {
        self.write_tenant(tenant)?;
        for (rank, role) in (0_i64..).zip(roles) {
            let sql = "INSERT INTO roles (tenant, id, name, description, rank, template) VALUES (?1, ?2, ?3, ?4, ?5, ?2)";
            self.run(sql, values![&tenant.id, &role.id, &role.name, &role.description, rank])?;
            for permission in &role.permissions {
                let sql = "INSERT INTO role_permissions (tenant, role, permission) VALUES (?, ?, ?)";
                self.run(sql, values![&tenant.id, &role.id, permission])?;
            }
        }
        Ok(())
    }

    fn found_person(&self, person: &FoundingPerson) -> Tried<()> {
        let sql = "INSERT INTO people (id, issuer, subject, email, email_folded, name, default_tenant) \
                   VALUES (?, ?, ?, ?, ?, ?, ?)";
        let values = values![
            &person.id,
            &person.issuer,
            &person.subject,
            &person.email,
            fold_email(&person.email),
            &person.name,
            person.default_tenant.as_ref(),
        ];
        self.run(sql, values)?;
        person.tenants.iter().try_for_each(|(tenant, member)| self.found_member(tenant, person, member))
    }

    fn found_member(&self, tenant: &TenantId, person: &FoundingPerson, member: &FoundingMember) -> Tried<()> {
        let id = &person.id;
        let named = Person { id: id.clone(), name: person.name.clone(), email: person.email.clone() };
        self.join(tenant, &[&named], member.since, 1)?;
        for role in &member.roles {
            let sql = "INSERT INTO assignments (tenant, person, role, given_at) VALUES (?, ?, ?, ?)";
            self.run(sql, values![tenant, id, role, member.since])?;
        }
        Ok(())
    }
}
