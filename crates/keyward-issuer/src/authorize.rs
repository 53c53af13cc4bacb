//! `GET /authorize`: the client asks for somebody to be signed in (RFC 6749 §4.1.1, OpenID Connect
//! Core §3.1.2.1).

use std::time::Duration;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use keyward_model::Result;
use subtle::ConstantTimeEq;

use crate::{
    Account, IssuedKind, Provider,
    cookie::Cookie,
    oauth_error::{ErrorName, OauthError},
    page,
    params::Params,
    pending::{AuthorizationRequest, Code, CodeGrant, Pending, Session},
    provider::{Core, lock},
    random,
    redirect::Redirect,
    scope::Scope,
};

/// The endpoint.
pub(crate) async fn authorize(
    State(provider): State<Provider>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    provider.off_thread(move |core| answer(core, &params, &headers)).await
}

fn answer(core: &Core, params: &Params, headers: &HeaderMap) -> Response {
    // Until client and redirect URI are known to be good, nothing is sent there (RFC 6749 §4.1.2.1).
    if params.get("client_id") != Some(core.config.client.as_str()) {
        let words = "The app that sent you here is not known to this sign-in.";
        return page::failure(core, StatusCode::BAD_REQUEST, words);
    }
    let redirect = params.get("redirect_uri").and_then(|uri| Redirect::registered(uri, params.get("state")));
    let Some(redirect) = redirect else {
        let words =
            "The address that the app wants you sent back to is not its own, so you were not sent there.";
        return page::failure(core, StatusCode::BAD_REQUEST, words);
    };
    let asked = match read(core, params, redirect.clone()) {
        Ok(asked) => asked,
        Err(error) => return redirect.refuse(core, &error),
    };
    let usable =
        core.session(headers).filter(|session| asked.request.accepts(session.auth_time, core.clock.now()));
    let account = match usable.as_ref().map(|session| core.accounts.account(&session.subject)).transpose() {
        Ok(found) => found.flatten().filter(|account| {
            let hint = asked.request.login_hint.as_deref();
            hint.is_none_or(|hint| account.email.eq_ignore_ascii_case(hint))
        }),
        Err(error) if asked.silent => return redirect.refuse(core, &error.into()),
        Err(error) => return page::fault(core, &error),
    };
    match (usable, account) {
        (Some(session), Some(_)) if asked.silent => complete(core, asked.request, &session),
        _ if asked.silent => {
            let words = "Nobody is signed in in this browser, so the person has to be asked.";
            redirect.refuse(core, &OauthError::new(ErrorName::LoginRequired, words))
        }
        (_, account) => {
            open_page(core, asked.request, account.as_ref()).unwrap_or_else(|error| page::fault(core, &error))
        }
    }
}

/// A request that is in order.
struct Asked {
    request: AuthorizationRequest,
    /// `prompt=none`: no page may be shown.
    silent: bool,
}

fn read(core: &Core, params: &Params, redirect: Redirect) -> std::result::Result<Asked, OauthError> {
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
    let prompts: Vec<&str> = params.get("prompt").unwrap_or_default().split_ascii_whitespace().collect();
    let known = |prompt: &&str| matches!(*prompt, "none" | "login" | "consent" | "select_account");
    let silent = prompts.contains(&"none");
    if !prompts.iter().all(known) || (silent && prompts.len() > 1) {
        return refused(
            ErrorName::InvalidRequest,
            "prompt is none, or some of login, consent and select_account.",
        );
    }
    let max_age = match params.get("max_age").map(str::parse) {
        None => None,
        Some(Ok(seconds)) => Some(Duration::from_secs(seconds)),
        Some(Err(_)) => return refused(ErrorName::InvalidRequest, "max_age is not a number of seconds."),
    };
    let request = AuthorizationRequest {
        challenge: challenge.to_owned(),
        nonce: params.get("nonce").map(str::to_owned),
        scope: Scope::known_in(params.get("scope").unwrap_or_default()),
        target: core.target(params.audience()?)?,
        login_hint: params.get("login_hint").map(str::to_owned),
        max_age,
        // A sign-in of this very second is not one made for this request.
        force_login: prompts.contains(&"login") || max_age == Some(Duration::ZERO),
        redirect,
    };
    Ok(Asked { request, silent })
}

/// Opens a sign-in page that offers to continue as `account`, or asks for a password.
fn open_page(core: &Core, request: AuthorizationRequest, account: Option<&Account>) -> Result<Response> {
    let id = random::name()?;
    let secret = random::secret()?;
    let lifetime = core.config.sign_in_lifetime;
    let form = page::Form { id: &id, request: &request };
    let mut response = match account {
        Some(account) => form.continue_as(core, account),
        None => form.password(core, StatusCode::OK, request.login_hint.as_deref(), None),
    };
    Cookie::form(&core.origin, &id).set(&mut response, &secret, lifetime)?;
    let pending = Pending {
        cookie: random::digest(secret.expose()),
        offered: account.map(|account| account.subject.clone()),
        request,
    };
    lock(&core.pending).put(random::digest(&id), pending, core.clock.now().plus(lifetime));
    Ok(response)
}

/// The person is known: back to the client with a code, or with the directory's no.
pub(crate) fn complete(core: &Core, request: AuthorizationRequest, session: &Session) -> Response {
    let redirect = request.redirect.clone();
    let issued = core.entitle(&session.subject, &request.target).and_then(|_| {
        let code = random::secret()?;
        let grant = CodeGrant { request, session: session.clone() };
        let expires = core.clock.now().plus(core.config.code_lifetime);
        lock(&core.codes).put(random::digest(code.expose()), Code::Fresh(Box::new(grant)), expires);
        core.observed.issued(IssuedKind::Code, code.expose());
        Ok(code)
    });
    match issued {
        Ok(code) => redirect.answer(core, &[("code", code.expose())]).into_response(),
        Err(error) => redirect.refuse(core, &error),
    }
}

/// Whether a code verifier belongs to a challenge (RFC 7636 §4.6).
pub(crate) fn verifies(verifier: &str, challenge: &str) -> bool {
    let unreserved = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
    let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    let made = URL_SAFE_NO_PAD.encode(random::digest(verifier));
    well_formed && bool::from(made.as_bytes().ct_eq(challenge.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::verifies;

    #[test]
    fn the_standards_own_example_verifies_and_a_change_does_not() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"; // RFC 7636 appendix B
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(verifies(verifier, challenge));
        assert!(!verifies(&verifier.to_lowercase(), challenge));
        assert!(!verifies("short", challenge));
    }
}
