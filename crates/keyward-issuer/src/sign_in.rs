//! `POST /sign-in`: the sign-in page's forms.

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use keyward_model::{Result, Secret};
use subtle::ConstantTimeEq;

use crate::{
    Provider,
    acr::Acr,
    authorize::complete,
    cookie::Cookie,
    guard, page,
    params::Params,
    pending::{AuthorizationRequest, Session},
    provider::{Core, lock},
    random,
};

/// The endpoint.
pub(crate) async fn sign_in(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    let answer =
        move |core: &Core| answer(core, &headers, &body).unwrap_or_else(|error| page::fault(core, &error));
    provider.off_thread(answer).await
}

fn answer(core: &Core, headers: &HeaderMap, body: &[u8]) -> Result<Response> {
    let over = || {
        let words = "This sign-in page is no longer valid: it was used, is too old, or was opened in another browser. \
                     Go back to the app and sign in again.";
        page::failure(core, StatusCode::FORBIDDEN, words)
    };
    let Ok(params) = Params::from_form(headers, body) else { return Ok(over()) };
    if guard::from_another_origin(headers) {
        return Ok(over());
    }
    let Some(id) = params.get("request") else { return Ok(over()) };
    let key = random::digest(id);
    let cookie = Cookie::form(&core.origin, id).read(headers);
    let now = core.clock.now();
    let opened = lock(&core.pending)
        .get(&key, now)
        .map(|pending| (pending.cookie, pending.request.clone(), pending.offered.clone()));
    let (Some(cookie), Some((digest, request, offered))) = (cookie, opened) else { return Ok(over()) };
    if !bool::from(random::digest(cookie.expose()).ct_eq(&digest)) {
        return Ok(over());
    }

    let form = page::Form { id, request: &request };
    let hint = request.login_hint.as_deref();
    let session = match params.get("choice") {
        Some("other") => {
            if let Some(pending) = lock(&core.pending).get(&key, now) {
                pending.offered = None;
            }
            return Ok(form.password(core, StatusCode::OK, hint, None));
        }
        Some("continue") => {
            let session = core.session(headers).filter(|session| {
                offered.as_ref() == Some(&session.subject) && request.accepts(session, now)
            });
            let Some(session) = session else { return Ok(form.password(core, StatusCode::OK, hint, None)) };
            Entered { session, cookie: None }
        }
        _ => match enter(core, &params, &form)? {
            Ok(entered) => entered,
            Err(again) => return Ok(again),
        },
    };
    // The page is used up here: of two that come at once, one goes on.
    let Some(pending) = lock(&core.pending).take(&key, now) else { return Ok(over()) };
    finish(core, pending.request, &session, &Cookie::form(&core.origin, id), headers)
}

/// Somebody who proved who they are.
struct Entered {
    session: Session,
    /// The secret of their new session; none where it is the one that the browser has.
    cookie: Option<Secret>,
}

/// Checks e-mail and password; the form again where they are not right.
fn enter(
    core: &Core,
    params: &Params,
    form: &page::Form<'_>,
) -> Result<std::result::Result<Entered, Response>> {
    let email = params.get("email").unwrap_or_default().trim();
    let password = Secret::new(params.get("password").unwrap_or_default());
    let now = core.clock.now();
    let again = |status, words: &str| form.password(core, status, Some(email), Some(words));
    let counted = email.to_lowercase();
    let throttled = lock(&core.throttle).begin(&counted, now);
    if let Err(wait) = throttled {
        let seconds = wait.as_secs();
        let words = format!("Too many tries for this e-mail. Wait {seconds} seconds, then try again.");
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, &words);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return Ok(Err(response));
    }
    let Some(account) = core.accounts.sign_in(email, &password)? else {
        return Ok(Err(again(StatusCode::FORBIDDEN, "E-mail or password is not right.")));
    };
    let acr = if form.request.wants_second_factor() {
        if params.get("code") != Some(page::SECOND_FACTOR) {
            return Ok(Err(again(StatusCode::FORBIDDEN, "The one-time code is not right.")));
        }
        Acr::SecondFactor
    } else {
        Acr::Password
    };
    lock(&core.throttle).succeeded(&counted, now);
    let session = Session { subject: account.subject, auth_time: now, acr };
    Ok(Ok(Entered { session, cookie: Some(random::secret()?) }))
}

/// Remembers a new session in place of the browser's before, forgets the form, and goes back to the
/// client.
fn finish(
    core: &Core,
    request: AuthorizationRequest,
    entered: &Entered,
    form: &Cookie,
    headers: &HeaderMap,
) -> Result<Response> {
    let mut response = complete(core, request, &entered.session).into_response();
    form.clear(&mut response)?;
    if let Some(secret) = &entered.cookie {
        let cookie = Cookie::session(&core.origin);
        let lifetime = core.config.session_lifetime;
        let expires = core.clock.now().plus(lifetime);
        let mut sessions = lock(&core.sessions);
        if let Some(before) = cookie.read(headers) {
            sessions.take(&random::digest(before.expose()), core.clock.now());
        }
        sessions.put(random::digest(secret.expose()), entered.session.clone(), expires);
        cookie.set(&mut response, secret, lifetime)?;
    }
    Ok(response)
}
