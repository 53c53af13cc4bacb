//! The answer of success (RFC 6749 §5.1).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use keyward_model::Secret;
use serde_json::{Value, json};

use crate::{IssuedKind, mint::Minted, provider::Core};

/// The answer with these tokens.
pub(super) fn tokens(core: &Core, minted: &Minted, refresh: Option<&Secret>) -> Response {
    Json(body(core, minted, refresh)).into_response()
}

/// Its body. Whoever makes one gives it out: the tokens count as issued from here on.
pub(super) fn body(core: &Core, minted: &Minted, refresh: Option<&Secret>) -> Value {
    let quirks = core.quirks().answer;
    let mut body = json!({
        "access_token": minted.access.expose(),
        "token_type": quirks.token_type.unwrap_or("Bearer"),
    });
    if !quirks.without_expires_in {
        body["expires_in"] = minted.expires_in.into();
    }
    if !quirks.without_scope {
        body["scope"] = minted.scope.as_str().into();
    }
    core.observed.issued(IssuedKind::AccessToken, minted.access.expose());
    let others = [
        ("id_token", IssuedKind::IdToken, minted.id.as_ref()),
        ("refresh_token", IssuedKind::RefreshToken, refresh),
    ];
    for (name, kind, token) in others {
        if let Some(token) = token {
            core.observed.issued(kind, token.expose());
            body[name] = token.expose().into();
        }
    }
    body
}
