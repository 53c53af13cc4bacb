//! What a provider asks at every issuance.

use keyward_model::{HookAnswer, HookRefusal, HookRequest, TokenHook};

use crate::Directory;

impl TokenHook for Directory {
    fn answer(&self, request: &HookRequest) -> Result<HookAnswer, HookRefusal> {
        let HookRequest { issuer, subject, tenant, client: _, verified_email } = request;
        let read = || {
            self.store().read(|tx| {
                let Some((person, role_version)) = tx.member_by_subject(tenant, issuer, subject)? else {
                    return Ok(None);
                };
                let now = self.now();
                let (roles, not_after) = tx.held_until(tenant, &person, now)?;
                let permissions = tx.permissions(tenant, &person, now)?.into_iter().collect();
                Ok(Some(HookAnswer { roles, permissions, role_version, not_after }))
            })
        };
        let known = || self.store().read(|tx| Ok(tx.tenant(tenant)?.is_some()));
        let unavailable = |error: keyward_model::Error| HookRefusal::Unavailable(error.message);
        let mut answer = read().map_err(unavailable)?;
        if answer.is_none()
            && let Some(email) = verified_email
            && self.arrive(issuer, subject, email).map_err(unavailable)?
        {
            answer = read().map_err(unavailable)?;
        }
        match answer {
            Some(answer) => Ok(answer),
            None if known().map_err(unavailable)? => Err(HookRefusal::NotAMember(tenant.clone())),
            None => Err(HookRefusal::UnknownTenant(tenant.clone())),
        }
    }
}
