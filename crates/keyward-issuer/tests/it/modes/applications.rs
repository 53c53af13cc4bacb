//! An application per tenant.

use keyward_issuer::Mode;
use serde_json::{Value, json};

use crate::world::{Browser, CALLBACK, DIRECTORY, VERIFIER, World, text};

async fn exchange(world: &World, client: &str, code: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", client),
    ];
    let (status, answer) = world.token(&form).await;
    (status.as_u16(), answer)
}

/// A sign-in as this application in a browser where Ada is signed in.
async fn silently(world: &World, browser: &Browser, client: &str) -> Value {
    let url = world.authorize_url(&[("client_id", client), ("prompt", "none")]);
    exchange(world, client, &browser.get(url).await.code()).await.1
}

#[tokio::test]
async fn each_application_has_its_tenant_and_its_own_refresh_tokens() {
    let world = World::playing(Mode::ApplicationPerTenant).await;
    let browser = world.browser();
    browser.sign_in(&world.authorize_url(&[])).await;
    let acme = silently(&world, &browser, "app_acme").await;
    let globex = silently(&world, &browser, "app_globex").await;
    for (tokens, client) in [(&acme, "app_acme"), (&globex, "app_globex")] {
        let claims = world.claims_of(tokens).await;
        assert_eq!((&claims["azp"], &claims["aud"]), (&json!(client), &json!(DIRECTORY)));
        assert!(claims.values().any(|value| *value == json!(["editor"])), "the tenant's roles");
        assert_eq!(world.prove(text(tokens, "id_token")).await.0["aud"], client);
    }
    let acmes = text(&acme, "refresh_token");
    let stolen = world.refused(acmes, &[("client_id", "app_globex")]).await;
    assert_eq!(stolen, (400, "invalid_grant".to_owned()));
    let (status, next) = world.refresh(acmes, &[("client_id", "app_acme")]).await;
    assert_eq!(status, 200, "and nothing was lost: {next}");
    assert_eq!(world.claims_of(&next).await["azp"], "app_acme");
}

#[tokio::test]
async fn an_application_of_a_tenant_that_is_not_the_persons_is_refused() {
    let world = World::playing(Mode::ApplicationPerTenant).await;
    let url = world.authorize_url(&[("client_id", "app_closed")]);
    assert_eq!(world.browser().sign_in(&url).await.answer()["error"], "access_denied");
    let url = world.authorize_url(&[("client_id", "somebody")]);
    assert_eq!(world.browser().get(url).await.status, 400);
    let code = world.browser().sign_in(&world.authorize_url(&[])).await.code();
    let (_, refused) = exchange(&world, "app_acme", &code).await;
    assert_eq!(refused["error"], "invalid_grant", "a code is its client's");
}

#[tokio::test]
async fn in_the_default_mode_there_is_one_application() {
    let world = World::start().await;
    let page = world.browser().get(world.authorize_url(&[("client_id", "app_acme")])).await;
    assert_eq!(page.status, 400);
}
