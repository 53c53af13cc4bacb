//! What a provider may want before it gives a token for some tenant ([`Demand`]).

use serde_json::json;

use crate::{
    acr::Acr,
    oauth_error::{ErrorName, OauthError},
    provider::Core,
    quirks::{Demand, Refusal},
    random,
    target::Target,
};

/// The authentication context that [`Refusal::Claims`] wants.
const CONTEXT: &str = "c1";

/// What a sign-in has shown.
pub(crate) struct Passed<'a> {
    pub acr: Acr,
    /// Its authentication contexts, separated by spaces.
    pub acrs: &'a str,
    /// The audience that it named.
    pub named: &'a str,
}

impl Core {
    /// What is still wanted before a token for this target.
    fn wanted(&self, target: &Target, passed: &Passed<'_>) -> Option<Refusal> {
        let Demand { tenant, refusal } = self.quirks().demand?;
        let target = Some(target).filter(|target| **target == Target::Tenant(tenant))?;
        let met = match refusal {
            Refusal::SecondFactor => passed.acr.has_second_factor(),
            Refusal::Claims => passed.acrs.split(' ').any(|context| context == CONTEXT),
            Refusal::Login | Refusal::Consent | Refusal::Sso => passed.named == self.audience(target),
            Refusal::Unavailable => false,
        };
        (!met).then_some(refusal)
    }

    /// Refuses, as the token endpoint does, what is not to be had without the person.
    pub fn demand(&self, target: &Target, passed: &Passed<'_>) -> Result<(), OauthError> {
        let Some(refusal) = self.wanted(target, passed) else { return Ok(()) };
        let refused = |name, words: &str| OauthError::new(name, words);
        Err(match refusal {
            Refusal::SecondFactor => {
                let error = refused(ErrorName::MfaRequired, "This tenant wants a second factor.");
                error.with("mfa_token", random::secret()?.expose())
            }
            Refusal::Claims => {
                let claims = json!({ "access_token": { "acrs": { "essential": true, "value": CONTEXT } } });
                let error = refused(ErrorName::InteractionRequired, "This tenant wants a stronger sign-in.");
                error.with("claims", &claims.to_string())
            }
            Refusal::Login => refused(ErrorName::LoginRequired, "This tenant wants a sign-in of its own."),
            Refusal::Consent => refused(ErrorName::ConsentRequired, "This tenant wants consent."),
            Refusal::Sso => refused(ErrorName::SsoRequired, "This tenant wants its own single sign-on."),
            Refusal::Unavailable => {
                refused(ErrorName::TemporarilyUnavailable, "This tenant has no tokens now. Try again later.")
            }
        })
    }

    /// Refuses, as `prompt=none` does, what is not to be had without the person.
    pub fn demand_silently(&self, target: &Target, acr: Acr, acrs: &str) -> Result<(), OauthError> {
        let name = match self.wanted(target, &Passed { acr, acrs, named: "" }) {
            None => return Ok(()),
            Some(Refusal::Login) => ErrorName::LoginRequired,
            Some(Refusal::Consent) => ErrorName::ConsentRequired,
            Some(Refusal::Unavailable) => ErrorName::TemporarilyUnavailable,
            Some(Refusal::SecondFactor | Refusal::Claims | Refusal::Sso) => ErrorName::InteractionRequired,
        };
        Err(OauthError::new(name, "The person has to be asked for this tenant."))
    }

    /// Whether a sign-in for this target asks for a second factor by itself.
    pub fn wants_second_factor(&self, target: &Target) -> bool {
        let nothing = Passed { acr: Acr::Password, acrs: "", named: "" };
        self.wanted(target, &nothing) == Some(Refusal::SecondFactor)
    }
}
