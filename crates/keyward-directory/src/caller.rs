//! Who asks, and whether they may.
//!
//! A token proves who the caller is and which tenant they are in. What they may do is what the token
//! says *and* the directory still says: someone demoted a second ago is refused with their old token,
//! and a token made for less stays one made for less.

use std::collections::BTreeSet;

use keyward_model::{
    AccessClaims, Error, ErrorCode, Issuer, Permission, Person, Subject, Tenant, TenantId, Timestamp,
};

use crate::{
    guard::admin_names,
    store::{Tried, Tx},
};

/// A person proven to be in a tenant, and the permissions that their token carries.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who made the token.
    pub issuer: Issuer,
    /// Whom it is about.
    pub subject: Subject,
    /// The tenant it is for.
    pub tenant: TenantId,
    /// What it allows at most.
    pub permissions: BTreeSet<Permission>,
}

impl Caller {
    /// The caller of a verified token that has been proven to be `tenant`'s.
    pub fn proven(claims: AccessClaims, tenant: TenantId) -> Self {
        Self {
            issuer: claims.iss,
            subject: claims.sub,
            tenant,
            permissions: claims.permissions.into_iter().collect(),
        }
    }
}

/// A caller as the directory knows them now, allowed to do what they ask.
pub(crate) struct Actor {
    pub(crate) person: Person,
    /// Who signs them in.
    pub(crate) issuer: Issuer,
    pub(crate) tenant: Tenant,
    /// What the directory says they may do now, whatever the token says.
    pub(crate) permissions: BTreeSet<Permission>,
}

/// Finds the caller in their tenant, with the version that they are at.
pub(crate) fn member(tx: &Tx<'_>, caller: &Caller) -> Tried<(Tenant, Person, u64)> {
    let tenant = tx.tenant(&caller.tenant)?.ok_or_else(|| {
        Error::new(ErrorCode::TenantUnknown, format!("There is no tenant {}.", caller.tenant))
    })?;
    if let Some(person) = tx.person_by_subject(&caller.issuer, &caller.subject)?
        && let Some(version) = tx.version(&tenant.id, &person.id)?
    {
        return Ok((tenant, person, version));
    }
    Err(Error::new(ErrorCode::TenantForbidden, format!("You are not in {}.", tenant.name)).into())
}

/// Finds the caller and checks that they may do what needs `needed`, as of the transaction and of this moment: a
/// role that has ended, or has not begun, allows nothing.
pub(crate) fn authorise(tx: &Tx<'_>, caller: &Caller, needed: &str, now: Timestamp) -> Tried<Actor> {
    let (tenant, member, _) = member(tx, caller)?;
    let permissions = tx.permissions(&tenant.id, &member.id, now)?;
    let has = |set: &BTreeSet<Permission>| set.iter().any(|one| one.as_str() == needed);
    if !has(&permissions) {
        let words = format!(
            "This needs the permission {needed} in {}, which you do not hold. {}",
            tenant.name,
            who_can_give(tx, &tenant)?
        );
        return Err(Error::new(ErrorCode::Forbidden, words).into());
    }
    if !has(&caller.permissions) {
        let words = format!(
            "This needs the permission {needed} in {}. You hold it, and this token does not carry it: it was \
             made before you did, or for less. Renew it.",
            tenant.name
        );
        return Err(Error::new(ErrorCode::Forbidden, words).into());
    }
    Ok(Actor { person: member, issuer: caller.issuer.clone(), tenant, permissions })
}

/// "Ask somebody who is Owner or Admin of Acme."
fn who_can_give(tx: &Tx<'_>, tenant: &Tenant) -> Tried<String> {
    Ok(format!("Ask somebody who is {} of {}.", admin_names(&tx.roles(&tenant.id)?), tenant.name))
}
