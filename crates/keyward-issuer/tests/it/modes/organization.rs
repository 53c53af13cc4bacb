//! Organizations: bound at the sign-in, or named at the refresh.

use keyward_issuer::{Mode, OrganizationStyle};
use serde_json::json;

use crate::world::{DIRECTORY, World, text};

#[tokio::test]
async fn an_organization_of_the_sign_in_is_for_good_and_another_one_at_a_refresh_is_ignored() {
    let world = World::playing(Mode::Organization).await;
    let browser = world.browser();
    let code = browser.sign_in(&world.authorize_url(&[("organization", "org_acme")])).await.code();
    let (_, tokens) = world.exchange(&code).await;
    assert_eq!(world.claims_of(&tokens).await["org_id"], "org_acme");
    assert_eq!(world.prove(text(&tokens, "id_token")).await.0["org_id"], "org_acme");
    let (status, next) =
        world.refresh(text(&tokens, "refresh_token"), &[("organization", "org_globex")]).await;
    assert_eq!(status, 200);
    let claims = world.claims_of(&next).await;
    assert_eq!((&claims["org_id"], &claims["aud"]), (&json!("org_acme"), &json!(DIRECTORY)));

    let silent = world.authorize_url(&[("organization", "org_globex"), ("prompt", "none")]);
    let (_, other) = world.exchange(&browser.get(silent).await.code()).await;
    assert_eq!(world.claims_of(&other).await["org_id"], "org_globex");
    let (_, next) = world.refresh(text(&next, "refresh_token"), &[]).await;
    assert_eq!(world.claims_of(&next).await["org_id"], "org_acme", "each has its own chain");
}

#[tokio::test]
async fn nobody_signs_in_with_an_organization_that_is_not_theirs() {
    let world = World::playing(Mode::Organization).await;
    let url = world.authorize_url(&[("organization", "acme")]);
    assert_eq!(world.browser().get(url).await.answer()["error"], "invalid_target");
    let url = world.authorize_url(&[("organization", "org_closed")]);
    assert_eq!(world.browser().sign_in(&url).await.answer()["error"], "access_denied");
    let tokens = world.signed_in(&[]).await;
    assert!(!world.claims_of(&tokens).await.contains_key("org_id"), "without one it is nobody's");
}

#[tokio::test]
async fn logtos_organization_is_the_audience_and_without_it_the_token_is_global() {
    let world = World::playing(Mode::OrganizationId(OrganizationStyle::Logto)).await;
    let mut tokens = world.signed_in(&[]).await;
    let (id, ..) = world.prove(text(&tokens, "id_token")).await;
    assert_eq!(id["organizations"], json!(["org_acme", "org_globex"]));
    for (organization, audience) in [
        ("org_acme", "urn:logto:organization:org_acme"),
        ("org_globex", "urn:logto:organization:org_globex"),
        ("", DIRECTORY),
    ] {
        let asked = [("organization_id", organization)];
        tokens = world.refresh(text(&tokens, "refresh_token"), &asked).await.1;
        assert_eq!(world.audience_of(&tokens).await, audience);
    }
    let asked = [("organization_id", "org_acme"), ("resource", DIRECTORY)];
    tokens = world.refresh(text(&tokens, "refresh_token"), &asked).await.1;
    let claims = world.claims_of(&tokens).await;
    assert_eq!((&claims["aud"], &claims["organization_id"]), (&json!(DIRECTORY), &json!("org_acme")));
    let token = text(&tokens, "refresh_token");
    let refused = world.refused(token, &[("organization_id", "org_closed")]).await;
    assert_eq!(refused, (400, "access_denied".to_owned()));
}

#[tokio::test]
async fn workos_remembers_the_last_organization() {
    let world = World::playing(Mode::OrganizationId(OrganizationStyle::WorkOs)).await;
    let mut tokens = world.signed_in(&[("organization_id", "org_acme")]).await;
    for (organization, claimed) in
        [("", "org_acme"), ("org_globex", "org_globex"), ("", "org_globex"), ("org_acme", "org_acme")]
    {
        let asked = [("organization_id", organization)];
        tokens = world.refresh(text(&tokens, "refresh_token"), &asked).await.1;
        assert_eq!(world.claims_of(&tokens).await["org_id"], claimed);
    }
    let token = text(&tokens, "refresh_token");
    world.refused(token, &[("organization_id", "org_closed")]).await;
    let (_, next) = world.refresh(token, &[]).await;
    assert_eq!(world.claims_of(&next).await["org_id"], "org_acme", "a refusal is not remembered");
}
