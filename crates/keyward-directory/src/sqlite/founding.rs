//! A company's first rows.

use keyward_model::{Error, ErrorCode, Issuer, Tenant, TenantClass, TenantId};
use rusqlite::params;

use super::{
    Fault, Tried, Tx,
    people::{fold_email, name_folded, search_words},
};
use crate::founding::{Founding, FoundingMember, FoundingPerson, RoleTemplate};

impl Tx<'_> {
    /// Whether there is neither a tenant nor a person.
    pub(crate) fn is_empty(&self) -> Tried<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM tenants) OR EXISTS (SELECT 1 FROM people) AS filled";
        Ok(!self.first(sql, [], |row| Ok(row.get("filled")?))?.unwrap_or(false))
    }

    /// Writes the company. What the schema's keys refuse is the company's own contradiction.
    pub(crate) fn found(&self, company: &Founding) -> Tried<()> {
        let write = || {
            for tenant in &company.tenants {
                self.found_tenant(tenant, &company.roles)?;
            }
            company.people.iter().try_for_each(|person| self.found_person(person))
        };
        write().map_err(|fault| contradiction(fault, "The company to be founded contradicts itself"))
    }

    /// Whether everybody signs in at this provider.
    pub(crate) fn is_at(&self, issuer: &Issuer) -> Tried<bool> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM people WHERE issuer <> ?) AS here";
        Ok(self.first(sql, [issuer.as_str()], |row| Ok(row.get("here")?))?.unwrap_or(true))
    }

    /// Lets everybody sign in at this provider.
    pub(crate) fn move_issuer(&self, issuer: &Issuer) -> Tried<()> {
        let moved = self.run("UPDATE people SET issuer = ?1 WHERE issuer <> ?1", [issuer.as_str()]);
        moved.map(drop).map_err(|fault| contradiction(fault, "Two people would become one"))
    }

    fn found_tenant(&self, tenant: &Tenant, roles: &[RoleTemplate]) -> Tried<()> {
        let class = match tenant.class {
            TenantClass::Production => "production",
            TenantClass::Sandbox => "sandbox",
        };
        let sql = "INSERT INTO tenants (id, name, hue, class) VALUES (?, ?, ?, ?)";
        self.run(sql, params![tenant.id.as_str(), tenant.name, tenant.hue, class])?;
        for (rank, role) in (0_i64..).zip(roles) {
            let sql = "INSERT INTO roles (tenant, id, name, description, rank) VALUES (?, ?, ?, ?, ?)";
            self.run(sql, params![tenant.id.as_str(), role.id.as_str(), role.name, role.description, rank])?;
            for permission in &role.permissions {
                let sql = "INSERT INTO role_permissions (tenant, role, permission) VALUES (?, ?, ?)";
                self.run(sql, [tenant.id.as_str(), role.id.as_str(), permission.as_str()])?;
            }
        }
        Ok(())
    }

    fn found_person(&self, person: &FoundingPerson) -> Tried<()> {
        let sql = "INSERT INTO people (id, issuer, subject, email, email_folded, name, default_tenant) \
                   VALUES (?, ?, ?, ?, ?, ?, ?)";
        let values = params![
            person.id.as_str(),
            person.issuer.as_str(),
            person.subject.as_str(),
            person.email,
            fold_email(&person.email),
            person.name,
            person.default_tenant.as_ref().map(TenantId::as_str),
        ];
        self.run(sql, values)?;
        person.tenants.iter().try_for_each(|(tenant, member)| self.found_member(tenant, person, member))
    }

    fn found_member(&self, tenant: &TenantId, person: &FoundingPerson, member: &FoundingMember) -> Tried<()> {
        let (tenant, id) = (tenant.as_str(), person.id.as_str());
        let sql =
            "INSERT INTO memberships (tenant, person, name_folded, since, version) VALUES (?, ?, ?, ?, 1)";
        self.run(sql, params![tenant, id, name_folded(&person.name), member.since.0])?;
        for word in search_words(&person.name, &person.email) {
            self.run(
                "INSERT OR IGNORE INTO words (tenant, person, word) VALUES (?, ?, ?)",
                [tenant, id, &word],
            )?;
        }
        for role in &member.roles {
            let sql = "INSERT INTO assignments (tenant, person, role, given_at) VALUES (?, ?, ?, ?)";
            self.run(sql, params![tenant, id, role.as_str(), member.since.0])?;
        }
        Ok(())
    }
}

/// A key that was refused, in words for whoever asked; any other fault as it is.
fn contradiction(fault: Fault, words: &str) -> Fault {
    match fault {
        Fault::Engine(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) =>
        {
            Error::new(ErrorCode::InvalidRequest, format!("{words} ({error}).")).into()
        }
        other => other,
    }
}
