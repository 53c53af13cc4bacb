//! `GET /authorize`: the client asks for somebody to be signed in (RFC 6749 §4.1.1, OpenID Connect
//! Core §3.1.2.1).

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use subtle::ConstantTimeEq;

use crate::{
    Account, IssuedKind, Provider,
    cookie::Cookie,
    door::Realm,
    oauth_error::{ErrorName, OauthError},
    page,
    params::Params,
    pending::{AuthorizationRequest, Code, CodeGrant, Pending, Session},
    provider::{Core, lock},
    quirks::Silent,
    random,
    redirect::Redirect,
    request::Asked,
    scope,
    target::{Covers, Target},
};

/// The endpoint.
pub(crate) async fn authorize(
    State(provider): State<Provider>,
    realm: Realm,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    provider.off_thread(move |core| answer(core, &realm, &params, &headers)).await
}

fn answer(core: &Core, realm: &Realm, params: &Params, headers: &HeaderMap) -> Response {
    // Until client and redirect URI are known to be good, nothing is sent there (RFC 6749 §4.1.2.1).
    let Some(door) = core.door(params.get("client_id"), realm) else {
        let words = "The app that sent you here is not known to this sign-in.";
        return page::failure(core, StatusCode::BAD_REQUEST, words);
    };
    let redirect = params.get("redirect_uri");
    let redirect = redirect.and_then(|uri| Redirect::registered(uri, params.get("state"), realm));
    let Some(redirect) = redirect else {
        let words =
            "The address that the app wants you sent back to is not its own, so you were not sent there.";
        return page::failure(core, StatusCode::BAD_REQUEST, words);
    };
    let asked = match Asked::read(core, params, door, redirect.clone()) {
        Ok(asked) => asked,
        Err(error) => return redirect.refuse(core, &error),
    };
    let now = core.clock.now();
    let usable = core.session(headers).filter(|session| asked.request.accepts(session, now));
    let account = match usable.as_ref().map(|session| core.accounts.account(&session.subject)).transpose() {
        Ok(found) => found.flatten().filter(|account| {
            let hint = asked.request.login_hint.as_deref();
            hint.is_none_or(|hint| account.email.eq_ignore_ascii_case(hint))
        }),
        Err(error) if asked.silent => return redirect.refuse(core, &error.into()),
        Err(error) => return page::fault(core, &error),
    };
    match (usable, account) {
        (Some(session), Some(_)) if asked.silent => silently(core, asked.request, &session),
        _ if asked.silent => {
            let words = "Nobody is signed in in this browser, so the person has to be asked.";
            redirect.refuse(core, &OauthError::new(ErrorName::LoginRequired, words))
        }
        (_, account) => {
            open_page(core, asked.request, account.as_ref()).unwrap_or_else(|error| page::fault(core, &error))
        }
    }
}

/// Answers `prompt=none` for whoever is signed in.
fn silently(core: &Core, mut request: AuthorizationRequest, session: &Session) -> Response {
    let refuse = |name, words: &str| request.redirect.refuse(core, &OauthError::new(name, words));
    match core.quirks().silent {
        Silent::Answered | Silent::Ignored => {}
        Silent::WithoutRefreshToken => request.scope = request.scope.without(scope::OFFLINE_ACCESS),
        Silent::LoginRequired => return refuse(ErrorName::LoginRequired, "The person has to sign in again."),
        Silent::ConsentRequired => return refuse(ErrorName::ConsentRequired, "The person has to consent."),
        Silent::InteractionRequired => {
            return refuse(ErrorName::InteractionRequired, "A native client's person has to be asked.");
        }
    }
    match core.demand_silently(&request.terms.target, session.acr, &request.acrs) {
        Ok(()) => complete(core, request, session),
        Err(error) => request.redirect.refuse(core, &error),
    }
}

/// Opens a sign-in page that offers to continue as `account`, or asks for a password.
fn open_page(
    core: &Core,
    request: AuthorizationRequest,
    account: Option<&Account>,
) -> keyward_model::Result<Response> {
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
    let issued = admitted(core, &request, session).and_then(|()| {
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

/// Asks the directory about every tenant that the request names.
fn admitted(core: &Core, request: &AuthorizationRequest, session: &Session) -> Result<(), OauthError> {
    let ask = |target: &Target| core.entitle(&session.subject, &request.door, target).map(drop);
    ask(&request.terms.target)?;
    match &request.terms.covers {
        Covers::Only(tenants) => tenants.iter().try_for_each(|one| ask(&Target::Tenant(one.clone()))),
        Covers::Every => Ok(()),
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
