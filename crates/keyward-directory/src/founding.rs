//! How a directory begins: a company with its tenants, roles and people, written in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{
    Error, ErrorCode, Issuer, Permission, PersonId, Result, RoleId, Subject, Tenant, TenantId, Timestamp,
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
        for FoundingPerson { id, default_tenant, tenants, .. } in &self.people {
            if let Some(tenant) = default_tenant.as_ref().filter(|tenant| !tenants.contains_key(tenant)) {
                return invalid(format!("{id}'s default tenant {tenant} is none of theirs."));
            }
        }
        Ok(())
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
    /// tenant without an admin, an e-mail twice, a role or tenant that is not there.
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
