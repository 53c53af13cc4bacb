//! The authorization request (OpenID Connect Core §3.1.2.1, RFC 7636): what the browser is sent with.

use std::sync::Arc;

use keyward_model::{ClientId, Result, TenantAlias, TenantId};
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};

use super::{Provider, StepUp, endpoints::Endpoints, oauth, plain, refusal};
use crate::{OneTime, preset::Switch};

/// What a trip to the browser is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// The tenant; none: the one that opens when none is named.
    pub tenant: Option<TenantId>,
    /// Who is expected, as the provider's page may fill it in (`login_hint`).
    pub hint: Option<String>,
    /// Whether the provider should let the person choose among accounts, or sign in anew.
    pub who: Who,
    /// Whether the provider binds refresh tokens to tenants and this trip is to get another tenant's.
    pub switch: bool,
    /// What was wanted of the person.
    pub step_up: StepUp,
}

/// Whom the provider should let in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Who {
    /// Whoever is signed in in the browser.
    #[default]
    Anybody,
    /// Somebody whom the person chooses (`prompt=select_account`).
    Choose,
    /// Whoever signs in now (`prompt=login`).
    Anew,
}

/// A sign-in that has been sent to the browser: what must come back with it.
#[derive(Debug)]
pub struct Outgoing {
    /// The address for the browser.
    pub url: String,
    /// Comes back in the redirect.
    pub state: OneTime,
    /// Comes back in the ID token.
    pub nonce: OneTime,
    /// Proves at the token endpoint that this sign-in was ours (RFC 7636).
    pub(super) verifier: PkceCodeVerifier,
    pub(super) redirect: String,
    pub(super) client: ClientId,
    pub(super) endpoints: Arc<Endpoints>,
}

impl Outgoing {
    /// Who must answer, and whether it promised to say so (RFC 9207 §2.4).
    pub fn answered_by(&self) -> (&keyward_model::Issuer, bool) {
        let endpoints = &self.endpoints;
        (&endpoints.issuer, endpoints.metadata.authorization_response_iss_parameter_supported)
    }
}

impl Provider {
    /// A new trip to the browser.
    ///
    /// # Errors
    /// Without randomness; as [`discover`](super::discover) where the tenant has an issuer of its own;
    /// [`TenantUnknown`](keyward_model::ErrorCode::TenantUnknown) where it would have to have an application
    /// of its own and the configuration lists none.
    pub async fn authorize(&self, redirect: &str, ask: &Ask) -> Result<Outgoing> {
        let tenant = ask.tenant.as_ref();
        if let Some(unlisted) = tenant.filter(|tenant| self.connection.listed(tenant).is_none())
            && self.mode().has_applications()
        {
            return Err(refusal::no_application(&self.connection, unlisted));
        }
        let endpoints = self.endpoints(tenant).await?;
        let client = self.connection.client(tenant).clone();
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (state, nonce) = (OneTime::random()?, OneTime::random()?);
        let sent_state = state.expose().to_owned();
        let oauth = oauth::client(&endpoints.metadata, &client, Some(redirect))?;
        let mut request = oauth
            .authorize_url(|| CsrfToken::new(sent_state))
            .add_scopes(self.scopes(ask).into_iter().map(Scope::new))
            .add_extra_param("nonce", nonce.expose().to_owned())
            .set_pkce_challenge(challenge);
        for (name, value) in self.authorize_parameters(ask) {
            request = request.add_extra_param(name, value);
        }
        let (url, _) = request.url();
        Ok(Outgoing {
            url: url.into(),
            state,
            nonce,
            verifier,
            redirect: redirect.to_owned(),
            client,
            endpoints,
        })
    }

    /// What the provider calls every tenant that this sign-in may lead to: those known, and the one asked for.
    fn beforehand(&self, ask: &Ask) -> Vec<TenantAlias> {
        let mut aliases = self.aliases();
        if let Some(alias) = ask.tenant.as_ref().map(|tenant| self.alias(tenant))
            && !aliases.contains(&alias)
        {
            aliases.push(alias);
        }
        aliases
    }

    fn scopes(&self, ask: &Ask) -> Vec<String> {
        let tenants = self.beforehand(ask);
        let words =
            self.mode().sign_in.scope.iter().flat_map(|scope| scope.for_each(&tenants)).collect::<Vec<_>>();
        // A setting may hold several.
        words.iter().flat_map(|words| words.split_whitespace()).map(str::to_owned).collect()
    }

    fn authorize_parameters(&self, ask: &Ask) -> Vec<(String, String)> {
        let sign_in = &self.mode().sign_in;
        let known = self.beforehand(ask);
        let mut parameters: Vec<(String, String)> = sign_in
            .parameters
            .iter()
            .flat_map(|(name, value)| value.for_each(&known).map(|value| (name.clone(), value)))
            .collect();
        let switching = match &self.mode().switch {
            Switch::Browser { tenant, .. } if ask.switch => Some(tenant),
            _ => None,
        };
        match ask.tenant.as_ref().map(|tenant| self.alias(tenant)) {
            Some(alias) => {
                let both = sign_in.tenant.iter().chain(switching.into_iter().flatten());
                parameters.extend(both.map(|(name, value)| (name.clone(), value.render(&alias))));
            }
            None => parameters.extend(plain(&sign_in.no_tenant)),
        }
        if let Some(hint) = ask.hint.as_ref().filter(|hint| !hint.is_empty()) {
            parameters.push(("login_hint".to_owned(), hint.clone()));
        }
        let StepUp { acr_values, max_age, claims } = &ask.step_up;
        let max_age = max_age.map(|seconds| seconds.to_string());
        for (name, value) in
            [("acr_values", acr_values.as_ref()), ("max_age", max_age.as_ref()), ("claims", claims.as_ref())]
        {
            parameters.extend(value.map(|value| (name.to_owned(), value.clone())));
        }
        match ask.who {
            Who::Anybody => {}
            Who::Choose => prompt(&mut parameters, "select_account"),
            Who::Anew => prompt(&mut parameters, "login"),
        }
        parameters
    }
}

/// Adds to `prompt`, which is one parameter of several words, and `none` only alone.
fn prompt(parameters: &mut Vec<(String, String)>, word: &str) {
    match parameters.iter_mut().find(|(name, value)| name == "prompt" && value != "none") {
        Some((_, words)) => *words = format!("{word} {words}"),
        None => {
            parameters.retain(|(name, _)| name != "prompt");
            parameters.push(("prompt".to_owned(), word.to_owned()));
        }
    }
}
