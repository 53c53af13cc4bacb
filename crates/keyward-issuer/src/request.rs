//! Reads an authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 7636 §4.3).

use std::time::Duration;

use crate::{
    acr::{Acr, AskedClaims},
    door::Door,
    mode::Mode,
    oauth_error::{ErrorName, OauthError},
    params::Params,
    pending::AuthorizationRequest,
    provider::Core,
    quirks::Silent,
    redirect::Redirect,
    scope::{self, Scope},
};

/// A request that is in order.
pub(crate) struct Asked {
    pub request: AuthorizationRequest,
    /// `prompt=none`: no page may be shown.
    pub silent: bool,
}

impl Asked {
    /// # Errors
    /// What is not in order, for the client.
    pub fn read(core: &Core, params: &Params, door: Door, redirect: Redirect) -> Result<Self, OauthError> {
        let refused = |name, words: &str| Err(OauthError::new(name, words));
        params.refuse_repeats()?;
        if params.get("request").is_some() {
            return refused(ErrorName::RequestNotSupported, "Request objects are not supported.");
        }
        if params.get("request_uri").is_some() {
            return refused(ErrorName::RequestUriNotSupported, "Request objects are not supported.");
        }
        if params.need("response_type")? != "code" {
            return refused(ErrorName::UnsupportedResponseType, "response_type must be code.");
        }
        if params.get("response_mode").is_some_and(|mode| mode != "query") {
            return refused(ErrorName::InvalidRequest, "response_mode must be query.");
        }
        let challenge = params.need("code_challenge")?;
        if params.get("code_challenge_method") != Some("S256") {
            return refused(ErrorName::InvalidRequest, "code_challenge_method must be S256.");
        }
        // SHA-256 in base64url without padding (RFC 7636 §4.2).
        let well_formed = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        if challenge.len() != 43 || !challenge.bytes().all(well_formed) {
            return refused(ErrorName::InvalidRequest, "code_challenge is no S256 challenge.");
        }
        let prompts = prompts(params)?;
        let silent = prompts.contains(&"none");
        let quirks = core.quirks();
        let max_age = match params.get("max_age").map(str::parse) {
            None => None,
            Some(Ok(seconds)) => Some(Duration::from_secs(seconds)),
            Some(Err(_)) => return refused(ErrorName::InvalidRequest, "max_age is not a number of seconds."),
        };
        let terms = core.terms(params, &door)?;
        let claims = params.get("claims").map(AskedClaims::read).transpose()?.unwrap_or_default();
        let stronger = !claims.acrs.is_empty() || (!silent && core.wants_second_factor(&terms.target));
        let mut scope = Scope::known_in(params.get("scope").unwrap_or_default());
        if quirks.offline_access_needs_consent && !prompts.contains(&"consent") {
            scope = scope.without(scope::OFFLINE_ACCESS);
        }
        let request = AuthorizationRequest {
            challenge: challenge.to_owned(),
            nonce: params.get("nonce").map(str::to_owned),
            scope,
            door,
            terms,
            // Resources of an authorization request say what may be asked for later, not whom a token is for.
            named: params.names_an_audience() && !matches!(core.config.mode, Mode::Resource(_)),
            acr: acr(params, &claims, stronger),
            acrs: claims.acrs,
            login_hint: params.get("login_hint").map(str::to_owned),
            max_age,
            // A sign-in of this very second is not one made for this request.
            force_login: prompts.contains(&"login") || max_age == Some(Duration::ZERO),
            redirect,
        };
        Ok(Self { request, silent: silent && quirks.silent != Silent::Ignored })
    }
}

fn prompts(params: &Params) -> Result<Vec<&str>, OauthError> {
    let prompts: Vec<&str> = params.get("prompt").unwrap_or_default().split_ascii_whitespace().collect();
    let known = |prompt: &&str| matches!(*prompt, "none" | "login" | "consent" | "select_account");
    if !prompts.iter().all(known) || (prompts.contains(&"none") && prompts.len() > 1) {
        let words = "prompt is none, or some of login, consent and select_account.";
        return Err(OauthError::new(ErrorName::InvalidRequest, words));
    }
    Ok(prompts)
}

/// The authentication context that the client wishes for, or a second factor where it is needed.
fn acr(params: &Params, claims: &AskedClaims, second_factor: bool) -> Option<Acr> {
    let wished = [claims.acr.as_str(), params.get("acr_values").unwrap_or_default()];
    let wished = wished.into_iter().find_map(Acr::first_in);
    if second_factor {
        return wished.filter(|acr| acr.has_second_factor()).or(Some(Acr::SecondFactor));
    }
    wished
}
