//! The one function: a tenant, a person and a client in; what the person holds there out.

use keyward_model::{HookAnswer, HookRefusal, HookRequest, Result, TokenHook};

use crate::{Caller, Directory, caller::member, rows::Whom, store::Fault};

impl TokenHook for Directory {
    fn answer(&self, request: &HookRequest) -> std::result::Result<HookAnswer, HookRefusal> {
        let HookRequest { issuer, subject, tenant, client: _, verified_email } = request;
        let whom = Whom::Subject(issuer, subject);
        let held = || self.store().glance(|tx| tx.token(tenant, &whom, self.now()));
        let known = || self.store().glance(|tx| Ok(tx.tenant(tenant)?.is_some()));
        let unavailable = |error: keyward_model::Error| HookRefusal::Unavailable(error.message);
        let mut answer = held().map_err(unavailable)?;
        if answer.is_none()
            && let Some(email) = verified_email
            && self.arrive(issuer, subject, email).map_err(unavailable)?
        {
            answer = held().map_err(unavailable)?;
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
            let (tenant, person, _) = member(tx, caller)?;
            let answer = tx.token(&tenant.id, &Whom::Person(&person.id), self.now())?;
            answer.ok_or_else(|| Fault::Damaged(format!("{} was in {}, and is not", person.id, tenant.id)))
        })
    }
}
