//! RFC 8707.

use keyward_issuer::{Coverage, Mode};
use serde_json::Value;

use crate::world::{CALLBACK, DIRECTORY, VERIFIER, World, api, text};

/// Signs in with these tenants' resources, and exchanges the code naming one or none.
async fn sign_in(world: &World, tenants: &[&str], at_exchange: Option<&str>) -> Value {
    let mut url = world.authorize_url(&[]);
    for tenant in tenants {
        url.query_pairs_mut().append_pair("resource", &api(tenant));
    }
    let code = world.browser().sign_in(&url).await.code();
    let resource = at_exchange.map(api).unwrap_or_default();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("resource", &resource),
    ];
    world.token(&form).await.1
}

#[tokio::test]
async fn a_resource_names_the_tenant_and_without_one_the_token_is_for_the_default_audience() {
    let world = World::playing(Mode::Resource(Coverage::Every)).await;
    let mut tokens = world.signed_in(&[("resource", &api("acme"))]).await;
    assert_eq!(world.audience_of(&tokens).await, DIRECTORY);
    for (resource, audience) in
        [(api("acme"), api("acme")), (api("globex"), api("globex")), (String::new(), DIRECTORY.to_owned())]
    {
        tokens = world.refresh(text(&tokens, "refresh_token"), &[("resource", &resource)]).await.1;
        assert_eq!(world.audience_of(&tokens).await, audience);
    }
    let token = text(&tokens, "refresh_token");
    for (tenant, error) in [("closed", "access_denied"), ("nowhere", "invalid_target")] {
        assert_eq!(world.refused(token, &[("resource", &api(tenant))]).await, (400, error.to_owned()));
    }
    let (acme, globex) = (api("acme"), api("globex"));
    let both = world.refused(token, &[("resource", &acme), ("resource", &globex)]).await;
    assert_eq!(both.1, "invalid_target", "one token, one resource");
    let (_, ignored) = world.refresh(token, &[("audience", &api("acme"))]).await;
    assert_eq!(world.audience_of(&ignored).await, DIRECTORY, "audience is another mode's parameter");
}

#[tokio::test]
async fn an_unknown_resource_is_refused_at_the_sign_in() {
    let world = World::playing(Mode::Resource(Coverage::Requested)).await;
    let url = world.authorize_url(&[("resource", "https://else.example")]);
    assert_eq!(world.browser().get(url).await.answer()["error"], "invalid_target");
    for (tenant, error) in [("nowhere", "invalid_target"), ("closed", "access_denied")] {
        let url = world.authorize_url(&[("resource", &api(tenant))]);
        assert_eq!(world.browser().sign_in(&url).await.answer()["error"], error);
    }
}

#[tokio::test]
async fn a_refresh_token_is_good_for_what_its_sign_in_covers() {
    // Coverage, resource of the code exchange, then which of acme, globex and initech a refresh may name.
    let cases: [(_, _, [bool; 3]); 4] = [
        (Coverage::Requested, Some("acme"), [true, true, false]),
        (Coverage::Exchanged, Some("acme"), [true, false, false]),
        (Coverage::Exchanged, None, [true, true, false]),
        (Coverage::First, None, [true, false, false]),
    ];
    for (coverage, at_exchange, good) in cases {
        let world = World::playing(Mode::Resource(coverage)).await;
        let mut tokens = sign_in(&world, &["acme", "globex"], at_exchange).await;
        for (tenant, good) in ["acme", "globex", "initech"].into_iter().zip(good) {
            let resource = api(tenant);
            let (_, answer) = world.refresh(text(&tokens, "refresh_token"), &[("resource", &resource)]).await;
            if good {
                assert_eq!(world.audience_of(&answer).await, api(tenant), "{coverage:?}");
                tokens = answer;
            } else {
                assert_eq!(answer["error"], "invalid_target", "{coverage:?} {at_exchange:?} {tenant}");
            }
        }
    }
}

#[tokio::test]
async fn a_refresh_token_of_one_resource_gives_that_one_where_none_is_named() {
    let world = World::playing(Mode::Resource(Coverage::First)).await;
    let tokens = sign_in(&world, &["acme", "globex"], None).await;
    assert_eq!(world.audience_of(&tokens).await, api("acme"));
    let (_, next) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    assert_eq!(world.audience_of(&next).await, api("acme"));
}
