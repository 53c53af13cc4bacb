//! `keywardd admin`: how a directory begins, and how it is put right where nobody can get in any more. Whoever may open
//! the database may do this; the audit says that it was the command line.

use std::{io::Write, sync::Arc};

use keyward_directory::{Database, Directory, Grant, RoleTemplate, TenantFounding, permission};
use keyward_model::{
    Clock, EmailAddress, Error, ErrorCode, Issuer, Name, Permission, PersonRow, Result, RoleId, Tenant,
    TenantClass, TenantId,
};

use crate::tasks::open;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Admin {
    /// Begin a tenant, and invite its first admin.
    Found(Beginning),
    /// Give a role.
    Grant {
        /// Where.
        tenant: TenantId,
        /// To whom.
        email: EmailAddress,
        /// Which.
        role: RoleId,
        /// Who signs them in.
        issuer: Option<Issuer>,
    },
    /// List the tenants.
    Tenants,
    /// List a tenant’s people.
    People(TenantId),
    /// Look whether all is well.
    Check,
}

/// A tenant to begin with.
#[derive(Debug, PartialEq, Eq)]
pub struct Beginning {
    /// Its id.
    pub tenant: TenantId,
    /// Its name.
    pub name: Name,
    /// How careful people must be there.
    pub class: TenantClass,
    /// Its first admin’s address.
    pub email: EmailAddress,
    /// Their name; else their address.
    pub admin: Option<Name>,
    /// Who signs them in; else the one issuer of the configuration.
    pub issuer: Option<Issuer>,
}

/// Does it, and says on `out` what was done. `issuers` are those of the configuration. Blocks.
///
/// # Errors
/// As [`Directory::open`] and what is done; [`ErrorCode::ConfigInvalid`] where nobody says who signs in a first admin;
/// [`ErrorCode::StorageCorrupt`] where a check finds something wrong.
pub fn run(
    database: &Database,
    issuers: &[Issuer],
    admin: Admin,
    clock: Arc<dyn Clock>,
    out: &mut dyn Write,
) -> Result<()> {
    match admin {
        // The one thing that may make the database.
        Admin::Found(beginning) => found(&Directory::open(database, clock)?, issuers, beginning, out),
        Admin::Grant { tenant, email, role, issuer } => {
            let issuer = issuer.or_else(|| only(issuers));
            let grant = Grant { tenant, email, issuer, role };
            let granted = open(database, clock)?.grant(&grant)?;
            let Grant { tenant, role, .. } = grant;
            let yet = if granted.awaited { AWAITED } else { "" };
            let (name, email) = (granted.person.name, granted.person.email);
            say(
                out,
                &format!(
                    "{name} ({email}) holds {role} in {tenant}; entry {} of its audit.{yet}",
                    granted.audit
                ),
            )
        }
        Admin::Tenants => {
            let tenants = open(database, clock)?.every_tenant()?;
            tenants.into_iter().try_for_each(|known| {
                let Tenant { id, name, class, .. } = known.tenant;
                let class = class.as_str();
                say(out, &format!("{id}\t{name}\t{class}\t{} people\t{} admins", known.people, known.admins))
            })
        }
        Admin::People(tenant) => {
            open(database, clock)?.each_of(&tenant, |PersonRow { person, roles, invited, .. }| {
                let roles: Vec<&str> = roles.iter().map(RoleId::as_str).collect();
                let invited = if invited { "\tinvited" } else { "" };
                say(out, &format!("{}\t{}\t{}{invited}", person.email, person.name, roles.join(",")))
            })
        }
        Admin::Check => check(database, clock, out),
    }
}

const AWAITED: &str = " It counts from their first sign-in on.";

fn found(directory: &Directory, issuers: &[Issuer], beginning: Beginning, out: &mut dyn Write) -> Result<()> {
    let Beginning { tenant, name, class, email, admin, issuer } = beginning;
    let issuer = issuer.or_else(|| only(issuers)).ok_or_else(|| {
        let words = "Nobody says who signs the admin in. Name the provider with --issuer, or its [[issuer]] in keywardd.toml.";
        Error::new(ErrorCode::ConfigInvalid, words)
    })?;
    let unnamed =
        |e: keyward_model::InvalidId| Error::new(ErrorCode::InvalidRequest, format!("--admin-name: {e}."));
    let admin = admin.map_or_else(|| Name::new(email.as_str()).map_err(unnamed), Ok)?;
    // Neighbours in the list are far apart in colour: the golden angle.
    let hue = u16::try_from(directory.every_tenant()?.len() * 137 % 360).unwrap_or_default();
    let tenant = Tenant { id: tenant, slug: None, name: name.to_string(), hue, class };
    let said = format!(
        "{} ({}) is founded. Its first admin is {email}, and comes in with the first sign-in at {issuer} under that \
         address, if it is verified.",
        tenant.name, tenant.id
    );
    directory.begin_tenant(&TenantFounding {
        tenant,
        roles: first_roles()?,
        admin: (email, issuer, admin),
    })?;
    say(out, &said)
}

/// What a tenant of the command line begins with: as much as its admin needs to make the rest.
fn first_roles() -> Result<Vec<RoleTemplate>> {
    let role = |id: &str, name: &str, description: &str, permissions: &[&str]| -> Result<RoleTemplate> {
        let fault = |e: keyward_model::InvalidId| Error::new(ErrorCode::Internal, e.to_string());
        Ok(RoleTemplate {
            id: RoleId::new(id).map_err(fault)?,
            name: name.to_owned(),
            description: description.to_owned(),
            permissions: permissions
                .iter()
                .map(|one| Permission::new(*one).map_err(fault))
                .collect::<Result<_>>()?,
        })
    };
    let reads = [permission::PEOPLE_READ, permission::ROLES_READ];
    let all =
        [permission::PEOPLE_READ, permission::ROLES_READ, permission::ROLES_WRITE, permission::AUDIT_READ];
    Ok(vec![
        role("admin", "Admin", "Gives and takes roles, and reads the audit.", &all)?,
        role("viewer", "Viewer", "Sees who is here, and with which roles.", &reads)?,
    ])
}

fn check(database: &Database, clock: Arc<dyn Clock>, out: &mut dyn Write) -> Result<()> {
    let checked = open(database, clock)?.check()?;
    checked.wrong.iter().chain(&checked.notes).try_for_each(|line| say(out, line))?;
    let looked =
        format!("{} tenants and {} entries of their audits were looked at", checked.tenants, checked.entries);
    match checked.wrong.len() {
        0 => say(out, &format!("{looked}: all is well.")),
        wrong => {
            let words = format!("{looked}: {wrong} things are wrong in {database}. Nothing was changed.");
            Err(Error::new(ErrorCode::StorageCorrupt, words))
        }
    }
}

fn only(issuers: &[Issuer]) -> Option<Issuer> {
    match issuers {
        [only] => Some(only.clone()),
        _ => None,
    }
}

fn say(out: &mut dyn Write, line: &str) -> Result<()> {
    writeln!(out, "{line}")
        .map_err(|e| Error::new(ErrorCode::Internal, format!("Nothing can be printed: {e}.")))
}
