//! Entra's custom claims provider, at `onTokenIssuanceStart`. Where the answer is no 200, no token is made.
//!
//! Claims are texts or arrays of texts there, and reach the token by the names that the application's
//! claims mapping policy gives them. A person is known by their object id: `sub` differs from
//! application to application and is not in the question.

use serde_json::{Value, json};

use super::{Grant, Reply};
use crate::hook::{
    asked::{Asked, Field, Issued, text},
    refusal::Refusal,
};

const EVENT: &str = "microsoft.graph.authenticationEvent.tokenIssuanceStart";

pub(super) fn read(body: &Value) -> Result<Asked<'_>, Refusal> {
    if text(body, "/type")? != EVENT {
        return Err(Refusal::Misread(format!("/type: it must be {EVENT}.")));
    }
    let context = "/data/authenticationContext";
    let mut asked = Asked::about(
        body,
        "/data/authenticationContext/user/id",
        "/data/authenticationContext/clientServicePrincipal/appId",
    )?
    .named(Field::Resource, body, &format!("{context}/resourceServicePrincipal/appId"))
    .named(Field::Tenant, body, "/data/tenantId");
    asked.issuer = Issued::Within(text(body, "/data/tenantId")?);
    Ok(asked)
}

pub(super) fn answer(grant: &Grant<'_>) -> Reply {
    Reply::ok(json!({ "data": {
        "@odata.type": "microsoft.graph.onTokenIssuanceStartResponseData",
        "actions": [{
            "@odata.type": "microsoft.graph.tokenIssuanceStart.provideClaimsForToken",
            "claims": grant.claims,
        }],
    } }))
}
