//! The one function: a tenant, a person and a client in; what the person holds there out.

use keyward_model::{HookAnswer, HookRefusal, HookRequest, PersonId, Result, TenantId, TokenHook};

use crate::{
    Caller, Directory,
    caller::member,
    store::{Tried, Tx},
};

impl TokenHook for Directory {
    fn answer(&self, request: &HookRequest) -> std::result::Result<HookAnswer, HookRefusal> {
        let HookRequest { issuer, subject, tenant, client: _ } = request;
        let read = self.store().read(|tx| match tx.member_by_subject(tenant, issuer, subject)? {
            Some((person, role_version)) => holds(tx, tenant, &person, role_version).map(Some),
            None => Ok(None),
        });
        let known = || self.store().read(|tx| Ok(tx.tenant(tenant)?.is_some()));
        let unavailable = |error: keyward_model::Error| HookRefusal::Unavailable(error.message);
        match read.map_err(unavailable)? {
            Some(answer) => Ok(answer),
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
            holds(tx, &tenant.id, &person.id, role_version)
        })
    }
}

/// What a member holds, as a token says it.
pub(super) fn holds(
    tx: &Tx<'_>,
    tenant: &TenantId,
    person: &PersonId,
    role_version: u64,
) -> Tried<HookAnswer> {
    let roles = tx.held_by_id(tenant, person)?;
    let permissions = tx.permissions(tenant, person)?.into_iter().collect();
    Ok(HookAnswer { roles, permissions, role_version, not_after: None })
}
