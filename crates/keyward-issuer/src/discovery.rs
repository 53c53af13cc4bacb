//! What the provider says of itself: OpenID Connect Discovery §3 (with RFC 8414 and RFC 9207), and its keys.

use axum::{Json, extract::State};
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};

use crate::{Endpoint, Provider, provider::read, scope};

/// `GET /.well-known/openid-configuration`
pub(crate) async fn metadata(State(provider): State<Provider>) -> Json<Value> {
    let core = provider.core();
    let at = |endpoint: Endpoint| format!("{}{}", core.origin.base, endpoint.path());
    Json(json!({
        "issuer": core.config.issuer,
        "authorization_endpoint": at(Endpoint::Authorize),
        "token_endpoint": at(Endpoint::Token),
        "revocation_endpoint": at(Endpoint::Revoke),
        "end_session_endpoint": at(Endpoint::Logout),
        "userinfo_endpoint": at(Endpoint::UserInfo),
        "jwks_uri": at(Endpoint::Keys),
        "scopes_supported": scope::ALL,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            "iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "email", "email_verified",
        ],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    }))
}

/// `GET /jwks.json`
pub(crate) async fn keys(State(provider): State<Provider>) -> Json<JwkSet> {
    Json(read(&provider.core().keys).public())
}
