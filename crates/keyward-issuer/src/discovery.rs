//! What the provider says of itself: OpenID Connect Discovery §3 (with RFC 8414 and RFC 9207), and its keys.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use jsonwebtoken::jwk::JwkSet;
use serde_json::json;

use crate::{
    Endpoint, Provider, SigningAlgorithm,
    acr::Acr,
    door::Realm,
    mode::{Mode, ScopeStyle},
    names,
    provider::{Core, read},
    scope,
    token::TOKEN_EXCHANGE,
};

/// `GET /.well-known/openid-configuration`
pub(crate) async fn metadata(
    State(provider): State<Provider>,
    realm: Realm,
    RawQuery(query): RawQuery,
) -> Response {
    let core = provider.core();
    if core.quirks().discovery_redirects && query.is_none() {
        return Redirect::temporary(&format!("{}?again=1", at(core, &realm, Endpoint::Discovery)))
            .into_response();
    }
    let at = |endpoint| at(core, &realm, endpoint);
    let mut metadata = json!({
        "issuer": core.issuer_text(&realm),
        "authorization_endpoint": at(Endpoint::Authorize),
        "token_endpoint": at(Endpoint::Token),
        "revocation_endpoint": at(Endpoint::Revoke),
        "end_session_endpoint": at(Endpoint::Logout),
        "userinfo_endpoint": at(Endpoint::UserInfo),
        "jwks_uri": at(Endpoint::Keys),
        "scopes_supported": scopes(core),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": SigningAlgorithm::ALL.map(SigningAlgorithm::name),
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": Acr::ALL.map(Acr::as_str),
        "claims_supported": claims(core),
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    if matches!(core.config.mode, Mode::Exchange(_)) {
        metadata["grant_types_supported"] = json!(["authorization_code", "refresh_token", TOKEN_EXCHANGE]);
    }
    if core.quirks().revocation_refuses {
        metadata["revocation_endpoint_auth_methods_supported"] = json!(["client_secret_basic"]);
    }
    Json(metadata).into_response()
}

fn at(core: &Core, realm: &Realm, endpoint: Endpoint) -> String {
    let tenant = realm.0.as_ref().map(|tenant| format!("/{tenant}")).unwrap_or_default();
    format!("{}{tenant}{}", core.origin.base, endpoint.path())
}

/// The tenants' own scopes are not listed: who has which is nobody else's business.
fn scopes(core: &Core) -> Vec<&'static str> {
    let organizations = core.config.mode == Mode::Scope(ScopeStyle::Organization);
    scope::ALL.into_iter().chain(organizations.then_some(names::EVERY_ORGANIZATION)).collect()
}

fn claims(core: &Core) -> Vec<&'static str> {
    let usual = [
        "iss",
        "sub",
        "aud",
        "azp",
        "exp",
        "iat",
        "auth_time",
        "acr",
        "nonce",
        "at_hash",
        "name",
        "email",
        "email_verified",
    ];
    usual.into_iter().chain(core.config.mode.id_token_claims().iter().copied()).collect()
}

/// `GET /jwks.json`
pub(crate) async fn keys(State(provider): State<Provider>) -> Json<JwkSet> {
    Json(read(&provider.core().keys).public())
}
