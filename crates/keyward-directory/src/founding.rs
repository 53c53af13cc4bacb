//! How a directory begins: a company with its tenants, roles and people, written in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{
    EmailAddress, Error, ErrorCode, Issuer, Name, Permission, PersonId, Result, RoleId, Subject, Tenant,
    TenantId, Timestamp, limit,
};

use crate::{Directory, permission, store::Scope};

/// Everything a new directory is told.
#[derive(Debug, Clone)]
pub struct Founding {
    /// The tenants.
    pub tenants: Vec<Tenant>,
    /// The roles that every tenant begins with, best first.
    pub roles: Vec<RoleTemplate>,
    /// The people, with where they are and what they hold there.
    pub people: Vec<FoundingPerson>,
}

/// A role as every tenant begins with it.
#[derive(Debug, Clone)]
pub struct RoleTemplate {
    /// Its short name.
    pub id: RoleId,
    /// Its name for people.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// What it allows.
    pub permissions: BTreeSet<Permission>,
}

/// A person of the founding.
#[derive(Debug, Clone)]
pub struct FoundingPerson {
    /// Stable id.
    pub id: PersonId,
    /// The provider that signs them in.
    pub issuer: Issuer,
    /// The provider's name for them.
    pub subject: Subject,
    /// E-mail address, unique at its issuer whatever its case.
    pub email: String,
    /// Name for people.
    pub name: String,
    /// The tenant that opens when none is named; one of `tenants`.
    pub default_tenant: Option<TenantId>,
    /// Where they are.
    pub tenants: BTreeMap<TenantId, FoundingMember>,
}

/// A person's place in one tenant.
#[derive(Debug, Clone)]
pub struct FoundingMember {
    /// In the tenant since; their roles are given then, with the tenant itself, by nobody.
    pub since: Timestamp,
    /// Roles held.
    pub roles: BTreeSet<RoleId>,
}

impl Founding {
    /// Checks what rows and keys cannot: that every tenant has an admin, and a default tenant its person.
    fn check(&self) -> Result<()> {
        let invalid = |words: String| Err(Error::new(ErrorCode::InvalidRequest, words));
        self.check_limits()?;
        let admin_roles: BTreeSet<&RoleId> =
            self.roles.iter().filter(|r| permission::makes_admin(&r.permissions)).map(|r| &r.id).collect();
        let admin_of = |person: &FoundingPerson, tenant: &TenantId| {
            person.tenants.get(tenant).is_some_and(|m| m.roles.iter().any(|role| admin_roles.contains(role)))
        };
        for Tenant { id, .. } in &self.tenants {
            if !self.people.iter().any(|person| admin_of(person, id)) {
                return invalid(format!("Tenant {id} has nobody with {}.", permission::ROLES_WRITE));
            }
        }
        let taken = |slug: &TenantId| self.tenants.iter().any(|other| other.id == *slug);
        if let Some(slug) =
            self.tenants.iter().filter_map(|tenant| tenant.slug.as_ref()).find(|slug| taken(slug))
        {
            return invalid(format!("slug: {slug} is the id of a tenant."));
        }
        for FoundingPerson { id, default_tenant, tenants, .. } in &self.people {
            if let Some(tenant) = default_tenant.as_ref().filter(|tenant| !tenants.contains_key(tenant)) {
                return invalid(format!("{id}'s default tenant {tenant} is none of theirs."));
            }
        }
        Ok(())
    }

    /// Checks that nothing is larger than it may be.
    fn check_limits(&self) -> Result<()> {
        let invalid = |words: String| Err(Error::new(ErrorCode::InvalidRequest, words));
        let (roles, most) = (self.roles.len(), limit::ROLES_OF_TENANT);
        if roles > most {
            return invalid(format!("roles: {roles} are more than {most}, the most of a tenant."));
        }
        for RoleTemplate { id, description, .. } in &self.roles {
            let (length, most) = (description.chars().count(), limit::DESCRIPTION);
            if length > most {
                return invalid(format!(
                    "The description of {id}: {length} characters are more than {most}."
                ));
            }
        }
        for FoundingPerson { id, tenants, .. } in &self.people {
            let most = limit::ROLES_OF_PERSON;
            if let Some((tenant, member)) = tenants.iter().find(|(_, member)| member.roles.len() > most) {
                let count = member.roles.len();
                return invalid(format!(
                    "{id} holds {count} roles in {tenant}, more than {most}, the most there."
                ));
            }
        }
        let names = self.tenants.iter().map(|tenant| &tenant.name);
        let mut names =
            names.chain(self.roles.iter().map(|role| &role.name)).chain(self.people.iter().map(|p| &p.name));
        let unnamed = names.find_map(|name| Name::new(name).err());
        let unreached = self.people.iter().find_map(|person| EmailAddress::new(&person.email).err());
        unnamed.or(unreached).map_or(Ok(()), |e| invalid(format!("{e}.")))
    }
}

impl Directory {
    /// Whether nothing has been written yet.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn is_empty(&self) -> Result<bool> {
        self.store().read(|tx| tx.is_empty())
    }

    /// Writes the company into an empty directory, all of it or nothing. Everybody begins at version 1.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] where the directory is not empty, or the company contradicts itself: a
    /// tenant without an admin, an e-mail twice, a role or tenant that is not there; or exceeds a
    /// [`limit`].
    pub fn found(&self, company: &Founding) -> Result<()> {
        company.check()?;
        self.store().write(Scope::Everything, |tx| {
            if !tx.is_empty()? {
                let words = "This directory is not empty; a company is founded in a new one.";
                return Err(Error::new(ErrorCode::InvalidRequest, words).into());
            }
            tx.found(company)
        })
    }

    /// Says that everybody signs in at this provider from now on, because it has moved: a local workspace's
    /// issuer has its port in its name. Subjects stay as they are.
    ///
    /// # Errors
    /// A store that cannot be written; [`ErrorCode::InvalidRequest`] where people of several providers would
    /// get the same subject or e-mail.
    pub fn move_issuer(&self, issuer: &Issuer) -> Result<()> {
        if self.store().read(|tx| tx.is_at(issuer))? {
            return Ok(());
        }
        self.store().write(Scope::Everything, |tx| tx.move_issuer(issuer))
    }
}
