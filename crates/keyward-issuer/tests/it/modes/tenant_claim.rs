//! One API, and a claim that names the tenant.

use keyward_issuer::Mode;
use keyward_model::claim;
use serde_json::json;

use crate::world::{DIRECTORY, World, api, text};

#[tokio::test]
async fn the_tenant_parameter_sets_the_claim_and_the_audience_stays() {
    let world = World::playing(Mode::TenantClaim).await;
    let mut tokens = world.signed_in(&[("audience", DIRECTORY), ("tenant", "acme")]).await;
    for (tenant, claimed) in [("", "acme"), ("globex", "globex"), ("acme", "acme"), ("", "acme")] {
        tokens = world.refresh(text(&tokens, "refresh_token"), &[("tenant", tenant)]).await.1;
        let claims = world.claims_of(&tokens).await;
        assert_eq!((&claims["aud"], &claims[claim::TENANT]), (&json!(DIRECTORY), &json!(claimed)));
        assert_eq!(claims[claim::ROLES], json!(["editor"]));
    }
    let token = text(&tokens, "refresh_token");
    for (tenant, error) in
        [("closed", "access_denied"), ("nowhere", "invalid_target"), ("A_B", "invalid_target")]
    {
        assert_eq!(world.refused(token, &[("tenant", tenant)]).await, (400, error.to_owned()));
    }
}

#[tokio::test]
async fn without_a_tenant_the_token_names_none_and_there_is_no_other_api() {
    let world = World::playing(Mode::TenantClaim).await;
    let tokens = world.signed_in(&[]).await;
    assert!(!world.claims_of(&tokens).await.contains_key(claim::TENANT));
    let url = world.authorize_url(&[("audience", &api("acme"))]);
    assert_eq!(world.browser().get(url).await.answer()["error"], "invalid_target");
}
