//! Scopes that name tenants.

use keyward_issuer::{Mode, ScopeStyle};
use serde_json::json;

use crate::world::{DIRECTORY, World, api, text};

#[tokio::test]
async fn all_organizations_are_listed_until_a_refresh_names_one() {
    let world = World::playing(Mode::Scope(ScopeStyle::Organization)).await;
    let mut tokens = world.signed_in(&[("scope", "openid offline_access organization:*")]).await;
    let claims = world.claims_of(&tokens).await;
    assert_eq!((&claims["aud"], &claims["organization"]), (&json!(DIRECTORY), &json!(["acme", "globex"])));
    for tenant in ["globex", "acme"] {
        let scope = format!("openid organization:{tenant}");
        tokens = world.refresh(text(&tokens, "refresh_token"), &[("scope", &scope)]).await.1;
        assert_eq!(world.claims_of(&tokens).await["organization"], json!([tenant]));
        assert_eq!(text(&tokens, "scope"), scope);
    }
    let (_, all) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    assert_eq!(world.claims_of(&all).await["organization"], json!(["acme", "globex"]));
}

#[tokio::test]
async fn an_organization_that_was_not_granted_or_is_not_the_persons_is_silently_absent() {
    let world = World::playing(Mode::Scope(ScopeStyle::Organization)).await;
    let scope = "openid offline_access organization:acme organization:closed";
    let tokens = world.signed_in(&[("scope", scope)]).await;
    assert_eq!(world.claims_of(&tokens).await["organization"], json!(["acme"]));
    let mut token = text(&tokens, "refresh_token").to_owned();
    for tenant in ["globex", "closed", "nowhere"] {
        let scope = format!("openid organization:{tenant}");
        let (status, answer) = world.refresh(&token, &[("scope", &scope)]).await;
        assert_eq!(status, 200, "{tenant}");
        assert!(!world.claims_of(&answer).await.contains_key("organization"), "{tenant}");
        assert_eq!(text(&answer, "scope"), "openid");
        token = text(&answer, "refresh_token").to_owned();
    }
    world.around.directory_down.store(true, std::sync::atomic::Ordering::SeqCst);
    let refused = world.refused(&token, &[("scope", "openid organization:acme")]).await;
    assert_eq!(refused, (503, "temporarily_unavailable".to_owned()), "not knowing is no silent no");
}

#[tokio::test]
async fn a_refresh_token_comes_without_offline_access() {
    let world = World::playing(Mode::Scope(ScopeStyle::Organization)).await;
    let tokens = world.signed_in(&[("scope", "openid organization:*")]).await;
    let (_, next) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    assert_eq!(text(&next, "scope"), "openid organization:acme organization:globex");
}

#[tokio::test]
async fn a_scope_per_tenant_narrows_the_audience() {
    let world = World::playing(Mode::Scope(ScopeStyle::Audience)).await;
    let mut tokens = world.signed_in(&[("scope", "openid offline_access tenant-acme tenant-globex")]).await;
    assert_eq!(world.claims_of(&tokens).await["aud"], json!([api("acme"), api("globex")]));
    for (scope, audience) in [
        ("openid tenant-globex", json!(api("globex"))),
        ("openid tenant-acme", json!(api("acme"))),
        ("openid tenant-initech", json!(DIRECTORY)),
        ("openid", json!(DIRECTORY)),
        ("", json!([api("acme"), api("globex")])),
    ] {
        tokens = world.refresh(text(&tokens, "refresh_token"), &[("scope", scope)]).await.1;
        assert_eq!(world.claims_of(&tokens).await["aud"], audience, "{scope}");
    }
}
