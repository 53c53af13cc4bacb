//! `GET /userinfo` (OpenID Connect Core §5.3): for tokens of the default audience.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    Provider,
    door::Realm,
    provider::Core,
    scope::{self, Scope},
};

/// The endpoint.
pub(crate) async fn userinfo(State(provider): State<Provider>, realm: Realm, headers: HeaderMap) -> Response {
    provider.off_thread(move |core| answer(core, &realm, &headers)).await
}

/// Why the token does not do (RFC 6750 §3.1).
enum Refused {
    NoToken,
    InvalidToken,
    InsufficientScope,
    /// Nothing is wrong with it: the accounts cannot be read.
    Unavailable,
}

fn answer(core: &Core, realm: &Realm, headers: &HeaderMap) -> Result<Json<Value>, Refused> {
    let text =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or(Refused::NoToken)?;
    let (scheme, token) = text.split_once(' ').ok_or(Refused::NoToken)?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(Refused::NoToken);
    }
    let claims = core.own_claims(token.trim()).ok_or(Refused::InvalidToken)?;
    if claims.iss.as_str() != core.issuer_text(realm) {
        return Err(Refused::InvalidToken);
    }
    let scope = Scope::known_in(claims.other.get("scope").and_then(Value::as_str).unwrap_or_default());
    if !scope.has(scope::OPENID) {
        return Err(Refused::InsufficientScope);
    }
    let found = core.accounts.account(&claims.sub).map_err(|error| {
        tracing::error!(code = ?error.code, "{error}");
        Refused::Unavailable
    })?;
    let account = found.ok_or(Refused::InvalidToken)?;
    let mut body = json!({ "sub": account.subject });
    if scope.has(scope::PROFILE) {
        body["name"] = account.name.into();
    }
    if scope.has(scope::EMAIL) {
        body["email"] = account.email.into();
        body["email_verified"] = true.into();
    }
    Ok(Json(body))
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, words) = match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, "Bearer"),
            Self::InvalidToken => (StatusCode::UNAUTHORIZED, "Bearer error=\"invalid_token\""),
            Self::InsufficientScope => {
                (StatusCode::FORBIDDEN, "Bearer error=\"insufficient_scope\", scope=\"openid\"")
            }
            Self::Unavailable => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        };
        (status, [(header::WWW_AUTHENTICATE, HeaderValue::from_static(words))]).into_response()
    }
}
