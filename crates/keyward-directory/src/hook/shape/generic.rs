//! Our own shape: the question as it is, and the claims as they are.

use serde_json::{Value, json};

use super::{Grant, Reply};
use crate::hook::{
    asked::{Asked, Field, Issued, text},
    refusal::Refusal,
};

/// `{"issuer", "subject", "client", "tenant"}`, and `email` with `email_verified` where the provider has them.
pub(super) fn read(body: &Value) -> Result<Asked<'_>, Refusal> {
    let mut asked =
        Asked::about(body, "/subject", "/client")?.named(Field::Tenant, body, "/tenant").reached(body, "");
    asked.issuer = Issued::By(text(body, "/issuer")?);
    Ok(asked)
}

/// `{"claims": {…}}`, and how many seconds the token may last where it must end or is to be renewed. A refusal is a status of its
/// own, with `{"code", "message"}`.
pub(super) fn answer(grant: &Grant<'_>) -> Reply {
    let mut body = json!({ "claims": grant.claims });
    if let Some(seconds) = grant.lasts.into_iter().chain(grant.renew_in).min() {
        body["lasts"] = seconds.into();
    }
    Reply::ok(body)
}
