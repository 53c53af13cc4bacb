//! The one function: a tenant, a person and a client in; what the person holds there out.

use keyward_model::{HookAnswer, HookRefusal, HookRequest, PersonId, Result, TenantId, Timestamp, TokenHook};

use crate::{
    Caller, Directory,
    caller::member,
    rows::Standing,
    store::{Tried, Tx},
};

impl TokenHook for Directory {
    fn answer(&self, request: &HookRequest) -> std::result::Result<HookAnswer, HookRefusal> {
        let HookRequest { issuer, subject, tenant, client: _, verified_email } = request;
        let held = |tx: &Tx<'_>| match tx.member_by_subject(tenant, issuer, subject)? {
            Some((person, role_version)) => holds(tx, tenant, &person, role_version, self.now()).map(Some),
            None => Ok(None),
        };
        let known = || self.store().read(|tx| Ok(tx.tenant(tenant)?.is_some()));
        let unavailable = |error: keyward_model::Error| HookRefusal::Unavailable(error.message);
        let mut answer = self.store().read(held).map_err(unavailable)?;
        if answer.is_none()
            && let Some(email) = verified_email
            && self.arrive(issuer, subject, email).map_err(unavailable)?
        {
            answer = self.store().read(held).map_err(unavailable)?;
        }
        match answer {
            Some(answer) => {
                self.uses().named(request, &answer.roles, self.now());
                Ok(answer)
            }
            None if known().map_err(unavailable)? => Err(HookRefusal::NotAMember(tenant.clone())),
            None => Err(HookRefusal::UnknownTenant(tenant.clone())),
        }
    }
}

impl Directory {
    /// All that the caller's own token would say now, if it were large enough. Needs to be in the tenant, and
    /// nothing more.
    ///
    /// # Errors
    /// Refused as [`Caller`] says.
    pub fn held(&self, caller: &Caller) -> Result<HookAnswer> {
        self.store().read(|tx| {
            let (tenant, person, role_version) = member(tx, caller)?;
            holds(tx, &tenant.id, &person.id, role_version, self.now())
        })
    }
}

/// What a member holds at this moment, as a token says it.
pub(super) fn holds(
    tx: &Tx<'_>,
    tenant: &TenantId,
    person: &PersonId,
    role_version: u64,
    now: Timestamp,
) -> Tried<HookAnswer> {
    let Standing { roles, not_after, renew_at } = tx.standing(tenant, person, now)?;
    let permissions = tx.permissions(tenant, person, now)?.into_iter().collect();
    Ok(HookAnswer { roles, permissions, role_version, not_after, renew_at })
}
