//! `POST /revoke`: ends a refresh token and its family (RFC 7009).

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};

use crate::{
    Provider,
    door::Realm,
    oauth_error::{ErrorName, OauthError},
    provider::Core,
    random,
    token::client_form,
};

/// The endpoint.
pub(crate) async fn revoke(
    State(provider): State<Provider>,
    realm: Realm,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    provider.off_thread(move |core| answer(core, &realm, &headers, &body)).await
}

fn answer(core: &Core, realm: &Realm, headers: &HeaderMap, body: &[u8]) -> Result<Response, OauthError> {
    let (params, door) = client_form(core, realm, headers, body)?;
    if core.quirks().revocation_refuses {
        return Err(OauthError::new(ErrorName::InvalidClient, "Only clients with a secret can revoke."));
    }
    let token = params.need("token")?;
    // Refresh tokens have no dot, signed tokens have two. Those are checked without asking here, so
    // saying yes would be a lie (RFC 7009 §2.2.1).
    if token.contains('.') {
        let words = "Only refresh tokens can be revoked. Access tokens end by themselves within minutes.";
        return Err(OauthError::new(ErrorName::UnsupportedTokenType, words));
    }
    core.families.revoke_token(&door.client, &random::digest(token), core.clock.now())?;
    // A token that is not known is as revoked as it can be (RFC 7009 §2.2).
    Ok(StatusCode::OK.into_response())
}
