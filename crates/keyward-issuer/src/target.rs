//! Whom a token is for, and what the person may do there.

use std::{collections::BTreeSet, fmt};

use keyward_model::{Audience, HookAnswer, HookRefusal, HookRequest, Issuer, Subject, TenantId};
use serde_json::{Map, Value};

use crate::{
    door::Door,
    mode::{ExchangeStyle, Mode},
    oauth_error::{ErrorName, OauthError},
    provider::Core,
};

/// Whom a token is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The default audience.
    Default,
    /// A tenant. Whether there is such a tenant, the directory says later.
    Tenant(TenantId),
    /// Those of these tenants, more than one, that let the person in.
    Several(BTreeSet<TenantId>),
    /// All the person's tenants.
    Every,
}

impl Target {
    /// Those of these tenants that let the person in.
    pub fn these(tenants: BTreeSet<TenantId>) -> Self {
        match tenants.len() {
            0 => Self::Default,
            1 => tenants.into_iter().next().map_or(Self::Default, Self::Tenant),
            _ => Self::Several(tenants),
        }
    }
}

/// The tenants that a refresh token is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Covers {
    /// Whichever let the person in.
    Every,
    /// These.
    Only(BTreeSet<TenantId>),
}

impl Covers {
    pub fn has(&self, tenant: &TenantId) -> bool {
        match self {
            Self::Every => true,
            Self::Only(tenants) => tenants.contains(tenant),
        }
    }

    /// Reads what [`to_string`](ToString::to_string) wrote.
    pub fn read(text: &str) -> Self {
        match text {
            "*" => Self::Every,
            tenants => {
                Self::Only(tenants.split_ascii_whitespace().filter_map(|one| one.parse().ok()).collect())
            }
        }
    }
}

impl fmt::Display for Covers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every => f.write_str("*"),
            Self::Only(tenants) => {
                f.write_str(&tenants.iter().map(TenantId::as_str).collect::<Vec<_>>().join(" "))
            }
        }
    }
}

/// A target that the directory has agreed to.
pub(crate) struct Entitlement {
    pub issuer: Issuer,
    pub audience: Audience,
    /// The tenant and the person's roles there, where the token is for exactly one.
    pub tenant: Option<(TenantId, HookAnswer)>,
    /// What else tells the tenant, as this provider has it.
    pub claims: Map<String, Value>,
    /// The tenants' scopes, where they have some.
    pub scopes: Vec<String>,
}

impl Core {
    /// The target that an audience names; the default one where none is asked for.
    pub fn target(&self, audience: Option<&str>) -> Result<Target, OauthError> {
        match audience {
            None => Ok(Target::Default),
            Some(audience) if audience == self.config.default_audience => Ok(Target::Default),
            Some(audience) => match self.config.tenant_audience.tenant_in(audience) {
                Some(tenant) => Ok(Target::Tenant(tenant)),
                None => self.unknown("There is no API of this audience."),
            },
        }
    }

    /// What becomes of a request for something that is not there.
    pub fn unknown(&self, words: &str) -> Result<Target, OauthError> {
        if self.quirks().swap_unknown_audience {
            return Ok(Target::Default);
        }
        Err(OauthError::new(ErrorName::InvalidTarget, words))
    }

    /// The target's name in the store, in every mode.
    pub fn audience(&self, target: &Target) -> String {
        match target {
            Target::Tenant(tenant) => self.config.tenant_audience.render(tenant),
            Target::Default | Target::Several(_) | Target::Every => self.config.default_audience.clone(),
        }
    }

    /// Asks the directory whether, and as what, the person may have a token for the target. Blocks.
    ///
    /// # Errors
    /// `invalid_target`, `access_denied`, or `temporarily_unavailable` where it does not know.
    pub fn entitle(
        &self,
        subject: &Subject,
        door: &Door,
        target: &Target,
    ) -> Result<Entitlement, OauthError> {
        let quirks = self.quirks();
        let tenants = match target {
            Target::Default => Vec::new(),
            Target::Tenant(asked) => {
                vec![quirks.swap_every_audience_for.clone().unwrap_or_else(|| asked.clone())]
            }
            Target::Several(tenants) => tenants.iter().cloned().collect(),
            Target::Every => self.accounts.tenants(subject)?,
        };
        let lenient = quirks.swap_unknown_audience
            || matches!(self.config.mode, Mode::Scope(_) | Mode::Exchange(ExchangeStyle::Zitadel));
        let mut held = Vec::new();
        for tenant in tenants {
            match self.held(subject, door, &tenant) {
                Ok(answer) => held.push((tenant, answer)),
                Err(refusal) if lenient && refusal.name != ErrorName::TemporarilyUnavailable => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(self.proof(door, held)?)
    }

    /// What the person holds in a tenant.
    fn held(&self, subject: &Subject, door: &Door, tenant: &TenantId) -> Result<HookAnswer, OauthError> {
        let request = HookRequest {
            issuer: self.config.issuer.clone(),
            subject: subject.clone(),
            tenant: tenant.clone(),
            client: door.client.clone(),
            verified_email: None,
        };
        let unavailable = |why: &str| {
            tracing::warn!(%tenant, why, "no token: the role directory cannot answer");
            let words = "The role directory cannot answer now. Try again later.";
            Err(OauthError::new(ErrorName::TemporarilyUnavailable, words))
        };
        match self.hook.answer(&request) {
            Ok(answer) if answer.lasts_until().is_some_and(|end| end <= self.clock.now()) => {
                unavailable("its answer is already over")
            }
            Ok(answer) => Ok(answer),
            Err(HookRefusal::Unavailable(why)) => unavailable(&why),
            Err(HookRefusal::UnknownTenant(tenant)) => {
                Err(OauthError::new(ErrorName::InvalidTarget, format!("There is no tenant {tenant}.")))
            }
            Err(HookRefusal::NotAMember(tenant)) => Err(OauthError::new(
                ErrorName::AccessDenied,
                format!("You are not a member of tenant {tenant}."),
            )),
        }
    }
}
