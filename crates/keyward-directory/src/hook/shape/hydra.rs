//! Ory Hydra's token hook. 200 replaces what the consent put into both tokens, so that is sent back with ours;
//! 403 refuses; 204, which lets the token go as it is, is never sent.

use serde_json::{Map, Value, json};

use super::{Grant, Reply};
use crate::hook::{
    asked::{Asked, Field, Issued, text},
    refusal::Refusal,
};

pub(super) fn read(body: &Value) -> Result<Asked<'_>, Refusal> {
    let mut asked = Asked::about(body, "/session/id_token/subject", "/request/client_id")?
        .named(Field::Audience, body, "/request/granted_audience")
        .named(Field::Scope, body, "/request/granted_scopes")
        .reached(body, "/session/id_token/id_token_claims/ext");
    asked.issuer = Issued::By(text(body, "/session/id_token/id_token_claims/iss")?);
    Ok(asked)
}

pub(super) fn answer(body: &Value, grant: &Grant<'_>) -> Reply {
    let held = |place: &str| body.pointer(place).and_then(Value::as_object).cloned().unwrap_or_default();
    let mut access: Map<String, Value> = held("/session/extra");
    // At a refresh these are of the token before: what is not said anew must not stay.
    access.retain(|name, _| !grant.names.all().contains(&name.as_str()));
    access.extend(grant.claims.clone());
    let id_token = held("/session/id_token/id_token_claims/ext");
    Reply::ok(json!({ "session": { "access_token": access, "id_token": id_token } }))
}
