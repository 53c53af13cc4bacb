//! Roles that end, while the store is there and while it is away.

use std::{collections::BTreeMap, time::Duration};

use http::StatusCode;
use keyward_model::{HookCallerId, Issuer, RoleId, Secret, claim};
use serde_json::json;

use super::*;
use crate::{ClaimNames, Field, HookSecrets, Proof, Shape, TenantName, USUAL_BUDGET};

const NOW: i64 = 1_795_335_000;
const ISSUER: &str = "https://id.example";

/// A directory that says this.
struct Says(Result<HookAnswer, HookRefusal>);

impl TokenHook for Says {
    fn answer(&self, _: &HookRequest) -> Result<HookAnswer, HookRefusal> {
        self.0.clone()
    }
}

fn until(not_after: Option<i64>) -> Says {
    let roles = vec![RoleId::new("editor").unwrap()];
    let not_after = not_after.map(Timestamp);
    Says(Ok(HookAnswer { roles, permissions: Vec::new(), role_version: 7, not_after, renew_at: None }))
}

fn post() -> Post {
    let tenant =
        TenantName { field: Field::Tenant, template: "{tenant}".parse().unwrap(), known: BTreeMap::new() };
    let caller = HookCaller {
        name: HookCallerId::new("script").unwrap(),
        shape: Shape::Generic,
        issuer: Issuer::new(ISSUER).unwrap(),
        tenant,
        without_tenant: WithoutTenant::Refuse,
        proof: Proof::Bearer(HookSecrets::new(vec![Secret::new("s".repeat(32))]).unwrap()),
        claims: ClaimNames::default(),
        budget: USUAL_BUDGET,
        when_away: WhenAway::LastKnown(Duration::from_secs(900)),
    };
    Post { caller, manner: Manner::usual("https://roles.example"), memory: Memory::new() }
}

fn ask(post: &Post, hook: &Says, now: i64) -> (StatusCode, Value) {
    let question = json!({ "issuer": ISSUER, "subject": "ann", "client": "app", "tenant": "acme" });
    let (Reply { status, body }, _) =
        post.reply(hook, Timestamp(now), question.to_string().as_bytes()).unwrap();
    (status, body)
}

#[test]
fn a_role_that_ends_bounds_the_token_and_one_that_has_ended_makes_none() {
    let (status, body) = ask(&post(), &until(Some(NOW + 60)), NOW);
    assert_eq!((status, &body["lasts"]), (StatusCode::OK, &json!(60)));
    assert_eq!(body["claims"][claim::NOT_AFTER], NOW + 60);
    let (status, body) = ask(&post(), &until(None), NOW);
    assert_eq!(
        (status, body.get("lasts"), body["claims"].get(claim::NOT_AFTER)),
        (StatusCode::OK, None, None)
    );
    for end in [NOW, NOW - 1, 0] {
        let (status, body) = ask(&post(), &until(Some(end)), NOW);
        assert_eq!((status, &body["code"]), (StatusCode::FORBIDDEN, &json!("tenant_forbidden")), "{end}");
    }
}

#[test]
fn a_role_ends_when_it_should_with_the_store_away() {
    let (post, away) = (post(), Says(Err(HookRefusal::Unavailable("no disk".to_owned()))));
    assert_eq!(ask(&post, &away, NOW).0, StatusCode::SERVICE_UNAVAILABLE, "nothing is known yet");
    ask(&post, &until(Some(NOW + 60)), NOW);
    let (status, body) = ask(&post, &away, NOW + 59);
    assert_eq!((status, &body["lasts"]), (StatusCode::OK, &json!(1)));
    assert_eq!(body["claims"][claim::STALE_SINCE], NOW);
    let (status, body) = ask(&post, &away, NOW + 60);
    assert_eq!((status, &body["code"]), (StatusCode::FORBIDDEN, &json!("tenant_forbidden")));
}
