//! An access token becomes a tenant's (RFC 8693), for a public client.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use keyward_model::Timestamp;
use serde_json::Value;

use super::{answer::body, invalid_grant};
use crate::{
    acr::Acr,
    demand::Passed,
    door::Door,
    mint::{Kind, Occasion, mint},
    mode::ExchangeStyle,
    oauth_error::{ErrorName, OauthError},
    params::Params,
    provider::Core,
    scope::Scope,
};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

pub(super) fn exchange(
    core: &Core,
    params: &Params,
    door: &Door,
    style: ExchangeStyle,
) -> Result<Response, OauthError> {
    let refused = |words: &str| Err(OauthError::new(ErrorName::InvalidRequest, words));
    if params.get("actor_token").is_some() {
        return refused("Nobody can act for somebody else here.");
    }
    if ![ACCESS_TOKEN, JWT].contains(&params.need("subject_token_type")?) {
        return refused("subject_token_type must be that of an access token.");
    }
    let issued = params.get("requested_token_type").unwrap_or(ACCESS_TOKEN);
    if ![ACCESS_TOKEN, JWT].contains(&issued) {
        return refused("requested_token_type must be that of an access token.");
    }
    let Some(claims) = core.own_claims(params.need("subject_token")?) else {
        return Err(invalid_grant(
            "The subject token is not good: it is too old, or not of the default audience.",
        ));
    };
    let target = core.target_of_exchange(params, style)?;
    let said = |name: &str| claims.other.get(name).and_then(Value::as_str).unwrap_or_default();
    let auth_time = claims.other.get("auth_time").and_then(Value::as_i64);
    let acr = Acr::first_in(said("acr")).unwrap_or(Acr::Password);
    core.demand(&target, &Passed { acr, acrs: "", named: "" })?;
    let entitlement = core.entitle(&claims.sub, door, &target)?;
    let gone = || invalid_grant("The account is gone.");
    let account = core.accounts.account(&claims.sub)?.ok_or_else(gone)?;
    let occasion = Occasion {
        account: &account,
        door,
        scope: &Scope::known_in(said("scope")),
        auth_time: auth_time.map_or(claims.iat, Timestamp),
        acr,
        acrs: "",
        named: true,
        kind: Kind::Exchange,
    };
    let minted = mint(core, &occasion, &entitlement)?;
    // No refresh token: the sign-in's own goes on giving tokens to exchange.
    let mut body = body(core, &minted, None);
    body["issued_token_type"] = issued.into();
    Ok(Json(body).into_response())
}
