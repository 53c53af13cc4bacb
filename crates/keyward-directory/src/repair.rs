//! What the command line does to a directory: begins a tenant, gives a role where nobody is left who could, lists.
//!
//! Whoever holds the database may do anything to it; these do it so that the audit says so. Its entries need a person:
//! the command line is one, in no tenant and without a subject, so that nobody signs in as it.

use keyward_model::{
    AuditEntry, AuditedChange, EmailAddress, Error, ErrorCode, Issuer, Name, Person, PersonId, PersonRow,
    PlanId, Result, RoleId, Tenant, TenantId, TenantRow, TimeWindow, Timestamp, Timing, limit,
};

use crate::{
    Directory, RoleTemplate,
    edit::{new_id, version_after},
    permission,
    rows::{Gift, Given, Listing},
    store::{Scope, Tried, Tx},
};

/// People or tenants read at once.
const PAGE: u32 = 500;
/// By whom the command line is signed in: by nobody.
const NOBODY: &str = "https://command-line.keyward.invalid";

/// A tenant to begin with.
#[derive(Debug, Clone)]
pub struct TenantFounding {
    /// The tenant.
    pub tenant: Tenant,
    /// Its roles, best first.
    pub roles: Vec<RoleTemplate>,
    /// Its first admin's address, provider and name.
    pub admin: (EmailAddress, Issuer, Name),
}

/// A role to be given by the command line.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Where.
    pub tenant: TenantId,
    /// To whom.
    pub email: EmailAddress,
    /// Who signs them in, where the address alone does not say.
    pub issuer: Option<Issuer>,
    /// Which role.
    pub role: RoleId,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Who holds the role now.
    pub person: Person,
    /// The audit's entry.
    pub audit: u64,
    /// Whether they have yet to sign in for the first time.
    pub awaited: bool,
}

impl Directory {
    /// Begins a tenant, and invites its first admin, who gets the first of its roles that edits roles.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] where there is such a tenant, or none of the roles edits roles.
    pub fn begin_tenant(&self, founding: &TenantFounding) -> Result<Granted> {
        let TenantFounding { tenant, roles, admin: (email, issuer, name) } = founding;
        let role = roles.iter().find(|role| permission::makes_admin(&role.permissions)).ok_or_else(|| {
            let words = format!("None of the roles of {} has {}.", tenant.id, permission::ROLES_WRITE);
            Error::new(ErrorCode::InvalidRequest, words)
        })?;
        let now = self.now();
        self.store().write(Scope::Everything, |tx| {
            if tx.tenant(&tenant.id)?.is_some() {
                let words = format!(
                    "There is a tenant {} already. Nothing was changed: name another, or give a role in it with admin \
                     grant.",
                    tenant.id
                );
                return Err(Error::new(ErrorCode::InvalidRequest, words).into());
            }
            tx.found_tenant(tenant, roles)?;
            let person = invited(tx, issuer, email, name, &tenant.id)?;
            give(tx, tenant, &person, &role.id, now)
        })
    }

    /// Gives a role, from now on and for ever. Who is not in the tenant comes into it; who is not known is invited,
    /// where their provider is named.
    ///
    /// # Errors
    /// [`ErrorCode::TenantUnknown`], [`ErrorCode::NotFound`] for a role or an address that is not there;
    /// [`ErrorCode::InvalidRequest`] where it is so already, or the address is several people's.
    pub fn grant(&self, grant: &Grant) -> Result<Granted> {
        let Grant { tenant, email, issuer, role } = grant;
        let now = self.now();
        let granted = self.store().write(Scope::Tenant(tenant), |tx| {
            let tenant = tx.tenant(tenant)?.ok_or_else(|| unknown(tenant))?;
            let roles = tx.roles(&tenant.id)?;
            if !roles.iter().any(|one| one.id == *role) {
                let there: Vec<&str> = roles.iter().map(|role| role.id.as_str()).collect();
                let words = format!("There is no role {role} in {}. It has {}.", tenant.name, there.join(", "));
                return Err(Error::new(ErrorCode::NotFound, words).into());
            }
            let mut known = tx.people_at(email)?;
            known.retain(|(by, _)| issuer.as_ref().is_none_or(|issuer| by == issuer));
            let person = match (known.as_slice(), issuer) {
                ([(_, person)], _) => person.clone(),
                ([], Some(issuer)) => {
                    let name = Name::new(email.as_str()).map_err(|e| invalid(format!("{e}.")))?;
                    invited(tx, issuer, email, &name, &tenant.id)?
                }
                ([], None) => {
                    let words = format!(
                        "Nobody here has the address {email}. To invite them, name the provider that signs them in with \
                         --issuer."
                    );
                    return Err(Error::new(ErrorCode::NotFound, words).into());
                }
                (several, _) => {
                    let by: Vec<&str> = several.iter().map(|(issuer, _)| issuer.as_str()).collect();
                    let words = format!("{email} is several people\u{2019}s: name one of {} with --issuer.", by.join(", "));
                    return Err(invalid(words).into());
                }
            };
            give(tx, &tenant, &person, role, now)
        })?;
        self.growth().reached(tenant, granted.audit);
        Ok(granted)
    }

    /// Every tenant, by its id.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn every_tenant(&self) -> Result<Vec<TenantRow>> {
        let mut all: Vec<TenantRow> = Vec::new();
        loop {
            let after = all.last().map(|last| last.tenant.id.clone());
            let page = self.store().read(|tx| tx.tenants(after.as_ref(), self.now(), PAGE))?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Says everybody of a tenant, by name, one after the other.
    ///
    /// # Errors
    /// [`ErrorCode::TenantUnknown`]; a store that cannot be read; what `say` returns.
    pub fn each_of(&self, tenant: &TenantId, mut say: impl FnMut(PersonRow) -> Result<()>) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.store().read(|tx| {
                tx.tenant(tenant)?.ok_or_else(|| unknown(tenant))?;
                let after = after.clone();
                tx.list(
                    tenant,
                    &Listing { words: Vec::new(), role: None, now: self.now(), after, limit: PAGE },
                )
            })?;
            let Some((_, last)) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            page.into_iter().try_for_each(|(row, _)| say(row))?;
        }
    }
}

/// The command line, as the audit names it.
fn command_line() -> Tried<Person> {
    let id = PersonId::new("command-line").map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    Ok(Person {
        id,
        name: "keywardd, on the command line".to_owned(),
        email: "nobody@keyward.invalid".to_owned(),
    })
}

fn unknown(tenant: &TenantId) -> Error {
    Error::new(
        ErrorCode::TenantUnknown,
        format!("There is no tenant {tenant}. admin tenants lists those there are."),
    )
}

fn invalid(words: String) -> Error {
    Error::new(ErrorCode::InvalidRequest, words)
}

/// Somebody of this address, whom the directory knows from here on.
pub(crate) fn invited(
    tx: &Tx<'_>,
    issuer: &Issuer,
    email: &EmailAddress,
    name: &Name,
    tenant: &TenantId,
) -> Tried<Person> {
    let id = PersonId::new(new_id()?.as_str()).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    let person = Person { id, name: name.to_string(), email: email.to_string() };
    Ok(tx.invite(issuer, &[&person], tenant)?.pop().unwrap_or(person))
}

/// Gives the role for ever, as the command line.
fn give(tx: &Tx<'_>, tenant: &Tenant, person: &Person, role: &RoleId, now: Timestamp) -> Tried<Granted> {
    let actor = command_line()?;
    tx.know(NOBODY, &actor)?;
    let gift = Gift { by: &actor, at: now, reason: Some("admin on the command line") };
    granted(tx, tenant, person, role, &gift, new_id()?)
}

/// Gives the role for ever to somebody who comes into the tenant if need be, and writes the audit entry that says so.
/// The plan is what stands there in place of one.
pub(crate) fn granted(
    tx: &Tx<'_>,
    tenant: &Tenant,
    person: &Person,
    role: &RoleId,
    gift: &Gift<'_>,
    plan: PlanId,
) -> Tried<Granted> {
    let member = tx.member(&tenant.id, &person.id, gift.at)?;
    let held = member.as_ref().map(|member| member.held.clone()).unwrap_or_default();
    let before = held.get(role).copied();
    if before == Some(TimeWindow::ALWAYS) {
        let words = format!(
            "{} holds {role} in {} already, without an end. Nothing was changed.",
            person.name, tenant.name
        );
        return Err(invalid(words).into());
    }
    let most = limit::ROLES_OF_PERSON;
    if before.is_none() && held.len() >= most {
        let words = format!(
            "{} holds {most} roles in {}, and may hold no more. Take one first.",
            person.name, tenant.name
        );
        return Err(invalid(words).into());
    }
    let number = tx.next_entry(&tenant.id)?;
    let version = version_after(number);
    if member.is_none() {
        tx.join(&tenant.id, &[person], gift.at, version)?;
    }
    let given = Given { person: &person.id, role, window: TimeWindow::ALWAYS };
    tx.give(&tenant.id, vec![given], gift)?;
    tx.raise(&tenant.id, vec![person.id.clone()], version)?;
    let timing = before.map(|window| Timing {
        role: role.clone(),
        before: Some(window),
        after: Some(TimeWindow::ALWAYS),
    });
    let change = AuditedChange {
        person: person.clone(),
        gained: if before.is_none() { vec![role.clone()] } else { Vec::new() },
        lost: Vec::new(),
        removed: false,
        added: member.is_none(),
        arrived: false,
        timings: timing.into_iter().collect(),
    };
    tx.write_entry(
        &tenant.id,
        &AuditEntry {
            number,
            at: gift.at,
            actor: gift.by.clone(),
            plan,
            changes: vec![change],
            roles: Vec::new(),
            reason: gift.reason.map(str::to_owned),
            hash: None,
        },
    )?;
    let awaited = tx.member(&tenant.id, &person.id, gift.at)?.is_some_and(|member| !member.came);
    Ok(Granted { person: person.clone(), audit: number, awaited })
}
