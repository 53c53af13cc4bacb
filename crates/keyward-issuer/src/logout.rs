//! `/logout`: RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).
//!
//! It ends the browser's session. Refresh tokens are the client's to revoke, at `/revoke`.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use keyward_model::{Result, Secret, Subject};
use subtle::ConstantTimeEq;
use url::Url;

use crate::{
    Provider,
    cookie::Cookie,
    door::Realm,
    guard, mint, page,
    params::Params,
    pending::Session,
    provider::{Core, lock, read},
    random,
    redirect::{after_logout, form_action, see_other},
};

/// `GET /logout`
pub(crate) async fn asked(
    State(provider): State<Provider>,
    realm: Realm,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    respond(provider, realm, params, headers).await
}

/// `POST /logout`, by a client or by the page that asks whether to.
pub(crate) async fn posted(
    State(provider): State<Provider>,
    realm: Realm,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    respond(provider, realm, Params::parse(&body), headers).await
}

async fn respond(provider: Provider, realm: Realm, params: Params, headers: HeaderMap) -> Response {
    let answer = move |core: &Core| {
        answer(core, &realm, &params, &headers)
            .unwrap_or_else(|error| page::fault(core, &error))
            .into_response()
    };
    provider.off_thread(answer).await
}

fn answer(core: &Core, realm: &Realm, params: &Params, headers: &HeaderMap) -> Result<Response> {
    let bad = |words| Ok(page::failure(core, StatusCode::BAD_REQUEST, words));
    if params.refuse_repeats().is_err() {
        return bad("The app's request to sign you out says something twice.");
    }
    if params.get("client_id").is_some_and(|client| core.door(Some(client), realm).is_none()) {
        return bad("The app that wants to sign you out is not known here.");
    }
    let hint = match params.get("id_token_hint").map(|token| hinted(core, realm, token)) {
        Some(None) => {
            return bad("The app's proof of who is signed in does not hold, so nobody was signed out.");
        }
        Some(Some(subject)) => Some(subject),
        None => None,
    };
    let back = match params.get("post_logout_redirect_uri").map(after_logout) {
        Some(None) => return bad("The address that the app wants you sent to is not on this computer."),
        // Without a proof of who asks, any page could have a browser sent on from here (§3).
        Some(Some(url)) => hint.as_ref().and(Some(url)),
        None => None,
    };
    let cookie = Cookie::session(&core.origin);
    let live = cookie.read(headers).zip(core.session(headers));
    let Some((secret, session)) = live else { return Ok(done(core, params, back)) };

    // Any page can send a browser here. Without a proof that its person wants it, they are asked.
    let confirmed = params.get("confirm").is_some_and(|given| {
        let same = given.as_bytes().ct_eq(confirmation(&secret).as_bytes());
        bool::from(same) && !guard::from_another_origin(headers)
    });
    if !confirmed && hint.as_ref() != Some(&session.subject) {
        return Ok(ask(core, params, back.as_ref(), &secret, &session));
    }
    lock(&core.sessions).take(&random::digest(secret.expose()), core.clock.now());
    let mut response = done(core, params, back);
    cookie.clear(&mut response)?;
    Ok(response)
}

/// The page that asks, and carries on what the client said.
fn ask(core: &Core, params: &Params, back: Option<&Url>, secret: &Secret, session: &Session) -> Response {
    let confirm = confirmation(secret);
    let mut hidden = vec![("confirm", confirm.as_str())];
    for name in ["id_token_hint", "post_logout_redirect_uri", "state"] {
        hidden.extend(params.get(name).map(|value| (name, value)));
    }
    // The page does without the name where it cannot be read.
    let account = core.accounts.account(&session.subject).ok().flatten();
    let name = account.map_or_else(|| session.subject.to_string(), |account| account.name);
    page::confirm_logout(core, &name, &hidden, &back.map(form_action).unwrap_or_default())
}

/// Back to the client, or a page that says it is done.
fn done(core: &Core, params: &Params, back: Option<Url>) -> Response {
    let Some(mut url) = back else { return page::signed_out(core) };
    if let Some(state) = params.get("state") {
        url.query_pairs_mut().append_pair("state", state);
    }
    see_other(&url)
}

/// What only a page of ours, shown in this session, can know.
fn confirmation(session: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(random::digest(&format!("logout {}", session.expose())))
}

/// Whom an ID token of ours, expired or not, is about (RP-Initiated Logout §2).
fn hinted(core: &Core, realm: &Realm, token: &str) -> Option<Subject> {
    let claims = read(&core.keys).claims(token, mint::ID)?;
    let said = |name: &str| claims.get(name).and_then(|value| value.as_str());
    let ours = said("iss")? == core.issuer_text(realm) && core.door(said("aud"), realm).is_some();
    ours.then(|| Subject::new(said("sub")?).ok())?
}
