//! Whom a token is for, and what the person may do there.

use keyward_model::{HookAnswer, HookRefusal, HookRequest, Subject, TenantId};

use crate::{
    oauth_error::{ErrorName, OauthError},
    provider::Core,
};

/// An audience of this provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The default audience.
    Default,
    /// A tenant's API. Whether there is such a tenant, the directory says later.
    Tenant(TenantId),
}

/// A target that the directory has agreed to.
pub(crate) struct Entitlement {
    pub audience: String,
    /// The tenant and the person's roles there; none for the default audience.
    pub tenant: Option<(TenantId, HookAnswer)>,
}

impl Core {
    /// The target that an audience names; the default one where none is asked for.
    pub fn target(&self, audience: Option<&str>) -> Result<Target, OauthError> {
        match audience {
            None => Ok(Target::Default),
            Some(audience) if audience == self.config.default_audience => Ok(Target::Default),
            Some(audience) => match self.config.tenant_audience.tenant_in(audience) {
                Some(tenant) => Ok(Target::Tenant(tenant)),
                None if self.quirks().swap_unknown_audience => Ok(Target::Default),
                None => Err(OauthError::new(ErrorName::InvalidTarget, "There is no API of this audience.")),
            },
        }
    }

    /// The audience of a target, as a token names it.
    pub fn audience(&self, target: &Target) -> String {
        match target {
            Target::Default => self.config.default_audience.clone(),
            Target::Tenant(tenant) => self.config.tenant_audience.render(tenant),
        }
    }

    /// Asks the directory whether, and as what, the person may have a token for the target. Blocks.
    ///
    /// # Errors
    /// `invalid_target`, `access_denied`, or `temporarily_unavailable` where it does not know.
    pub fn entitle(&self, subject: &Subject, target: &Target) -> Result<Entitlement, OauthError> {
        let quirks = self.quirks();
        let on_default = || Entitlement { audience: self.config.default_audience.clone(), tenant: None };
        let Target::Tenant(asked) = target else { return Ok(on_default()) };
        let tenant = quirks.swap_every_audience_for.unwrap_or_else(|| asked.clone());
        let request = HookRequest {
            issuer: self.config.issuer.clone(),
            subject: subject.clone(),
            tenant: tenant.clone(),
            client: self.config.client.clone(),
        };
        let unavailable = |why: &str| {
            tracing::warn!(%tenant, why, "no token: the role directory cannot answer");
            let words = "The role directory cannot answer now. Try again later.";
            Err(OauthError::new(ErrorName::TemporarilyUnavailable, words))
        };
        let refusal = match self.hook.answer(&request) {
            Ok(answer) if answer.not_after.is_some_and(|end| end <= self.clock.now()) => {
                return unavailable("its answer is already over");
            }
            Ok(answer) => {
                let audience = self.config.tenant_audience.render(&tenant);
                return Ok(Entitlement { audience, tenant: Some((tenant, answer)) });
            }
            Err(HookRefusal::Unavailable(why)) => return unavailable(&why),
            Err(HookRefusal::UnknownTenant(tenant)) => {
                OauthError::new(ErrorName::InvalidTarget, format!("There is no tenant {tenant}."))
            }
            Err(HookRefusal::NotAMember(tenant)) => {
                OauthError::new(ErrorName::AccessDenied, format!("You are not a member of tenant {tenant}."))
            }
        };
        if quirks.swap_unknown_audience { Ok(on_default()) } else { Err(refusal) }
    }
}
