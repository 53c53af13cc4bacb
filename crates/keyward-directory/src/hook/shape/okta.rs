//! Okta's token inline hook (`com.okta.oauth2.tokens.transform`), which custom authorization servers call.
//!
//! Okta issues the token without us where the answer is no 200: a refusal is a 200 with an `error`.

use serde_json::{Map, Value, json};

use super::{Grant, Reply};
use crate::hook::{
    asked::{Asked, Field, Issued, text},
    refusal::Refusal,
};

/// Seconds that an Okta token lasts at least and at most.
const LASTS: std::ops::RangeInclusive<i64> = 300..=86_400;

pub(super) fn read(body: &Value) -> Result<Asked<'_>, Refusal> {
    let mut asked = Asked::about(body, "/data/access/claims/sub", "/data/context/protocol/client/id")?
        .named(Field::Audience, body, "/data/access/claims/aud")
        .named(Field::Issuer, body, "/data/access/claims/iss");
    asked.issuer = Issued::By(text(body, "/data/access/claims/iss")?);
    let scopes = body.pointer("/data/access/scopes").and_then(Value::as_object);
    asked.names.extend(scopes.into_iter().flat_map(Map::keys).map(|scope| (Field::Scope, scope.as_str())));
    Ok(asked)
}

pub(super) fn answer(body: &Value, grant: &Grant<'_>) -> Result<Reply, Refusal> {
    let there = |name: &str| body["data"]["access"]["claims"].get(name).is_some();
    let mut steps = Vec::new();
    for name in grant.names.all() {
        // A claim's name is one step of the path (RFC 6901 §3).
        let path = format!("/claims/{}", name.replace('~', "~0").replace('/', "~1"));
        match (grant.claims.get(name), there(name)) {
            (Some(value), false) => steps.push(json!({ "op": "add", "path": path, "value": value })),
            (Some(value), true) => steps.push(json!({ "op": "replace", "path": path, "value": value })),
            (None, true) => steps.push(json!({ "op": "remove", "path": path })),
            (None, false) => {}
        }
    }
    if let Some(seconds) = grant.lasts.filter(|lasts| lasts < LASTS.start()) {
        return Err(Refusal::TooShort { seconds, least: *LASTS.start() });
    }
    // A token that says too little is made all the same, and as short as may be.
    let renew_in = grant.renew_in.map(|seconds| seconds.max(*LASTS.start()));
    if let Some(lasts) = grant.lasts.into_iter().chain(renew_in).min() {
        let usual = body.pointer("/data/access/token/lifetime/expiration").and_then(Value::as_i64);
        if usual.is_none_or(|usual| lasts < usual) {
            let lasts = lasts.min(*LASTS.end());
            steps.push(json!({ "op": "replace", "path": "/token/lifetime/expiration", "value": lasts }));
        }
    }
    let patch = json!({ "type": "com.okta.access.patch", "value": steps });
    Ok(Reply::ok(json!({ "commands": if steps.is_empty() { vec![] } else { vec![patch] } })))
}

pub(super) fn refuse(refusal: &Refusal) -> Reply {
    Reply::ok(json!({ "error": { "errorSummary": refusal.told().message } }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClaimNames;

    fn lifetime(usual: Value, lasts: Option<i64>, renew_in: Option<i64>) -> Result<Option<i64>, Refusal> {
        let body = json!({ "data": { "access": { "claims": {}, "token": { "lifetime": { "expiration": usual } } } } });
        let grant = Grant { names: &ClaimNames::default(), claims: &Map::new(), lasts, renew_in };
        let reply = answer(&body, &grant)?;
        let Some(steps) = reply.body.pointer("/commands/0/value").and_then(Value::as_array) else {
            return Ok(None);
        };
        let cut = steps.iter().find(|step| step["path"] == "/token/lifetime/expiration");
        Ok(cut.and_then(|step| step["value"].as_i64()))
    }

    #[test]
    fn a_token_is_cut_to_the_end_of_what_it_says_and_not_made_where_it_cannot_be_so_short() {
        assert_eq!(lifetime(json!(3600), None, None), Ok(None));
        assert_eq!(lifetime(json!(3600), Some(3600), None), Ok(None), "it ends in time by itself");
        assert_eq!(lifetime(json!(3600), Some(3599), None), Ok(Some(3599)));
        assert_eq!(lifetime(json!(3600), Some(300), None), Ok(Some(300)));
        assert_eq!(
            lifetime(json!(3600), Some(299), None),
            Err(Refusal::TooShort { seconds: 299, least: 300 })
        );
        assert_eq!(
            lifetime(Value::Null, Some(500_000), None),
            Ok(Some(86_400)),
            "no longer than Okta allows"
        );
        let begins = |seconds| lifetime(json!(3600), None, Some(seconds));
        assert_eq!(
            (begins(900), begins(20)),
            (Ok(Some(900)), Ok(Some(300))),
            "a role that begins refuses nobody"
        );
        assert_eq!(lifetime(json!(3600), Some(900), Some(20)), Ok(Some(300)));
    }
}
