//! `POST /token`: codes, refresh tokens and, where the mode says so, access tokens become access tokens
//! (RFC 6749 §4.1.3 and §6, RFC 8693).

mod answer;
mod code;
mod exchange;
mod refresh;

use axum::{
    body::Bytes,
    extract::State,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{
    Provider,
    door::{Door, Realm},
    mode::Mode,
    oauth_error::{ErrorName, OauthError},
    params::Params,
    provider::Core,
};

/// The grant type of a token exchange (RFC 8693 §2.1).
pub(crate) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The endpoint.
pub(crate) async fn token(
    State(provider): State<Provider>,
    realm: Realm,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let quirks = provider.quirks();
    if provider.core().tally.answer() < u64::from(quirks.outage.answers) {
        let status = StatusCode::from_u16(quirks.outage.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        return (status, "The service is being restarted.\n").into_response();
    }
    if quirks.rate_limited {
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, HeaderValue::from_static("5"))])
            .into_response();
    }
    if quirks.html_errors {
        return (StatusCode::INTERNAL_SERVER_ERROR, Html("<h1>Internal Server Error</h1>")).into_response();
    }
    provider
        .off_thread(move |core| {
            answer(core, &realm, &headers, &body).unwrap_or_else(|error| error.quirky(&quirks.errors))
        })
        .await
}

fn answer(core: &Core, realm: &Realm, headers: &HeaderMap, body: &[u8]) -> Result<Response, OauthError> {
    let (params, door) = client_form(core, realm, headers, body)?;
    match (params.need("grant_type")?, core.config.mode) {
        ("authorization_code", _) => code::exchange(core, &params, &door),
        ("refresh_token", _) => refresh::refresh(core, &params, &door),
        (TOKEN_EXCHANGE, Mode::Exchange(style)) => exchange::exchange(core, &params, &door, style),
        _ => {
            let words = "Discovery lists the grant types there are.";
            Err(OauthError::new(ErrorName::UnsupportedGrantType, words))
        }
    }
}

/// The form of a request by a client, which is public here (RFC 6749 §3.2.1).
pub(crate) fn client_form(
    core: &Core,
    realm: &Realm,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Params, Door), OauthError> {
    let params = Params::from_form(headers, body)?;
    if headers.contains_key(header::AUTHORIZATION) || params.get("client_secret").is_some() {
        let words = "This client is public: it has no secret to authenticate with.";
        return Err(OauthError::new(ErrorName::InvalidClient, words));
    }
    let unknown = || OauthError::new(ErrorName::InvalidClient, "client_id is missing or not known here.");
    let door = core.door(params.get("client_id"), realm).ok_or_else(unknown)?;
    Ok((params, door))
}

fn invalid_grant(words: &str) -> OauthError {
    OauthError::new(ErrorName::InvalidGrant, words)
}
