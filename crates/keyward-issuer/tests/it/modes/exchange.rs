//! Token exchange (RFC 8693).

use keyward_issuer::{AnswerQuirks, Demand, ExchangeStyle, Mode, Quirks, Refusal, Store};
use serde_json::{Value, json};

use crate::world::{DIRECTORY, World, api, text};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

async fn exchange(world: &World, subject_token: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let usual =
        [("grant_type", GRANT), ("subject_token", subject_token), ("subject_token_type", ACCESS_TOKEN)];
    let (status, answer) = world.token(&[&usual, more].concat()).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn an_access_token_is_exchanged_for_each_tenants_and_no_refresh_token_comes() {
    let world = World::playing(Mode::Exchange(ExchangeStyle::Audience)).await;
    assert!(world.metadata().await["grant_types_supported"].as_array().unwrap().contains(&GRANT.into()));
    let tokens = world.signed_in(&[("audience", &api("acme"))]).await;
    assert_eq!(world.audience_of(&tokens).await, DIRECTORY, "the sign-in names no tenant");
    let subject = text(&tokens, "access_token");
    for (parameter, tenant) in [("audience", "acme"), ("resource", "globex"), ("audience", "acme")] {
        let (_, answer) = exchange(&world, subject, &[(parameter, &api(tenant))]).await;
        assert_eq!(world.audience_of(&answer).await, api(tenant));
        assert_eq!(answer["issued_token_type"], ACCESS_TOKEN);
        assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none(), "{answer}");
    }
    for (tenant, error) in [("closed", "access_denied"), ("nowhere", "invalid_target")] {
        assert_eq!(exchange(&world, subject, &[("audience", &api(tenant))]).await.1["error"], error);
    }
    let (_, next) = world.refresh(text(&tokens, "refresh_token"), &[("audience", &api("acme"))]).await;
    assert_eq!(world.audience_of(&next).await, DIRECTORY, "a refresh does not switch");
}

#[tokio::test]
async fn a_token_that_is_not_the_clients_own_good_and_global_one_is_not_exchanged() {
    let world = World::playing(Mode::Exchange(ExchangeStyle::Audience)).await;
    let tokens = world.signed_in(&[]).await;
    let subject = text(&tokens, "access_token");
    let to_acme = [("audience", &*api("acme"))];
    let (_, tenants) = exchange(&world, subject, &to_acme).await;
    for bad in
        [text(&tenants, "access_token"), text(&tokens, "id_token"), text(&tokens, "refresh_token"), "x"]
    {
        assert_eq!(exchange(&world, bad, &to_acme).await.1["error"], "invalid_grant");
    }
    let acting = exchange(&world, subject, &[("actor_token", "x")]).await;
    assert_eq!(acting.1["error"], "invalid_request");
    world.around.pass(300);
    assert_eq!(exchange(&world, subject, &to_acme).await.1["error"], "invalid_grant", "too old");
}

#[tokio::test]
async fn an_opaque_access_token_is_exchanged_as_well() {
    let world = World::playing(Mode::Exchange(ExchangeStyle::Audience)).await;
    let answer = AnswerQuirks { opaque_without_audience: true, ..AnswerQuirks::default() };
    world.provider.set_quirks(Quirks { answer, ..Quirks::default() });
    let tokens = world.signed_in(&[]).await;
    assert!(!text(&tokens, "access_token").contains('.'));
    let (_, answer) = exchange(&world, text(&tokens, "access_token"), &[("audience", &api("acme"))]).await;
    assert_eq!(world.audience_of(&answer).await, api("acme"));
}

#[tokio::test]
async fn a_tenant_that_wants_a_second_factor_refuses_the_exchange() {
    let world = World::playing(Mode::Exchange(ExchangeStyle::Audience)).await;
    let tokens = world.signed_in(&[]).await;
    let demand = Demand { tenant: "globex".parse().unwrap(), refusal: Refusal::SecondFactor };
    world.provider.set_quirks(Quirks { demand: Some(demand), ..Quirks::default() });
    let subject = text(&tokens, "access_token");
    let (status, refused) = exchange(&world, subject, &[("audience", &api("globex"))]).await;
    assert_eq!((status, text(&refused, "error")), (403, "mfa_required"));
    assert_eq!(exchange(&world, subject, &[("audience", &api("acme"))]).await.0, 200, "others do not");
}

#[tokio::test]
async fn in_the_default_mode_nothing_is_exchanged() {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    let (_, refused) = exchange(&world, text(&tokens, "access_token"), &[("audience", &api("acme"))]).await;
    assert_eq!(refused["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn zitadels_exchange_narrows_the_roles_to_one_organization() {
    let world = World::with(Store::Memory, |config| {
        config.mode = Mode::Exchange(ExchangeStyle::Zitadel);
        config.default_audience = "2873".to_owned();
    })
    .await;
    let tokens = world.signed_in(&[]).await;
    let claim = "urn:zitadel:iam:org:project:2873:roles";
    let jwt = "urn:ietf:params:oauth:token-type:jwt";
    for (scope, roles) in [
        ("openid urn:zitadel:iam:org:roles:id:org_acme", json!({ "editor": { "org_acme": "acme.example" } })),
        ("urn:zitadel:iam:org:roles:id:org_closed", Value::Null),
        ("openid", json!({ "editor": { "org_acme": "acme.example", "org_globex": "globex.example" } })),
    ] {
        let asked = [("scope", scope), ("requested_token_type", jwt)];
        let (_, answer) = exchange(&world, text(&tokens, "access_token"), &asked).await;
        let claims = world.claims_of(&answer).await;
        assert_eq!(claims.get(claim).cloned().unwrap_or_default(), roles, "{scope}");
        assert_eq!((&claims["aud"], &answer["issued_token_type"]), (&json!("2873"), &json!(jwt)));
    }
}
