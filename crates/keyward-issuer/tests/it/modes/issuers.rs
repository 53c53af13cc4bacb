//! An issuer per tenant.

use keyward_issuer::{Endpoint, IssuerStyle, Mode};
use serde_json::{Value, json};
use url::Url;

use crate::world::{CALLBACK, DIRECTORY, VERIFIER, World, api, text};

/// A sign-in of Ada at a tenant's issuer.
async fn sign_in_at(world: &World, path: &str) -> Value {
    let url = world.authorize_url(&[]).as_str().replacen("/authorize", &format!("{path}/authorize"), 1);
    let back = world.browser().sign_in(&Url::parse(&url).unwrap()).await;
    assert_eq!(back.answer()["iss"], format!("{}{path}", world.base), "RFC 9207");
    let form = code_form(back.code());
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.token_at(path, &form).await.1
}

fn code_form(code: String) -> [(&'static str, String); 4] {
    [
        ("grant_type", "authorization_code".to_owned()),
        ("code", code),
        ("redirect_uri", CALLBACK.to_owned()),
        ("code_verifier", VERIFIER.to_owned()),
    ]
}

async fn refresh_at(world: &World, path: &str, token: &str) -> (u16, Value) {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let (status, answer) = world.token_at(path, &form).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn each_tenant_has_an_issuer_with_endpoints_that_are_there() {
    let world = World::playing(Mode::IssuerPerTenant(IssuerStyle::Okta)).await;
    let issuer = format!("{}/acme", world.base);
    let url = format!("{issuer}/.well-known/openid-configuration");
    let metadata: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert_eq!(metadata["issuer"], issuer);
    for name in
        ["authorization_endpoint", "token_endpoint", "revocation_endpoint", "userinfo_endpoint", "jwks_uri"]
    {
        let url = metadata[name].as_str().unwrap();
        assert!(url.starts_with(&format!("{issuer}/")), "{url}");
        assert_ne!(reqwest::get(url).await.unwrap().status(), 404, "{url}");
    }
    assert_eq!(world.metadata().await["issuer"], world.base, "the root has one too");
    assert_eq!(world.provider.requests(Endpoint::Discovery), 2);
    for path in ["/acme/else", "/A_B/token", "/acme/x/token", "/acme"] {
        let status = reqwest::get(format!("{}{path}", world.base)).await.unwrap().status();
        assert_eq!(status, 404, "{path}");
    }
}

#[tokio::test]
async fn in_the_default_mode_there_is_one_issuer() {
    let world = World::start().await;
    let url = format!("{}/acme/.well-known/openid-configuration", world.base);
    assert_eq!(reqwest::get(url).await.unwrap().status(), 404);
}

#[tokio::test]
async fn entras_refresh_token_is_good_at_every_tenants_endpoint() {
    let world = World::playing(Mode::IssuerPerTenant(IssuerStyle::Entra)).await;
    let mut tokens = sign_in_at(&world, "/acme").await;
    for tenant in ["acme", "globex", "acme"] {
        let (_, next) = refresh_at(&world, &format!("/{tenant}"), text(&tokens, "refresh_token")).await;
        let issuer = json!(format!("{}/{tenant}", world.base));
        let claims = world.claims_of(&next).await;
        assert_eq!((&claims["iss"], &claims["tid"]), (&issuer, &json!(tenant)));
        assert_eq!(claims["aud"], DIRECTORY, "one API for all");
        assert_eq!(world.prove(text(&next, "id_token")).await.0["iss"], issuer);
        tokens = next;
    }
    let token = text(&tokens, "refresh_token").to_owned();
    let api =
        [("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", "openid api://x/access")];
    let (status, next) = world.token_at("/acme", &api).await;
    assert_eq!(status, 200, "scopes of APIs are taken: {next}");
    let token = text(&next, "refresh_token").to_owned();
    let (_, refused) = refresh_at(&world, "/closed", &token).await;
    assert_eq!(refused["error"], "access_denied");
    let (_, root) = refresh_at(&world, "", &token).await;
    assert_eq!(world.claims_of(&root).await["iss"], world.base);
}

#[tokio::test]
async fn oktas_refresh_token_stays_with_its_server() {
    let world = World::playing(Mode::IssuerPerTenant(IssuerStyle::Okta)).await;
    let tokens = sign_in_at(&world, "/acme").await;
    let claims = world.claims_of(&tokens).await;
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!(format!("{}/acme", world.base)), &json!(api("acme")))
    );
    let who = [&claims["sub"], &claims["uid"], &claims["cid"]];
    assert_eq!(who, ["ada@northwind.example", "ada", "keyward-desktop"], "as Okta writes it");
    let (id, ..) = world.prove(text(&tokens, "id_token")).await;
    assert_eq!((&id["sub"], &id["aud"]), (&json!("ada"), &json!("keyward-desktop")));
    let token = text(&tokens, "refresh_token");
    for path in ["/globex", ""] {
        let (status, refused) = refresh_at(&world, path, token).await;
        assert_eq!((status, text(&refused, "error")), (400, "invalid_grant"), "{path}");
    }
    assert_eq!(refresh_at(&world, "/acme", token).await.0, 200, "trying elsewhere cost nothing");
}

#[tokio::test]
async fn a_code_is_good_at_its_own_issuer_only() {
    let world = World::playing(Mode::IssuerPerTenant(IssuerStyle::Entra)).await;
    let code = world.browser().sign_in(&world.authorize_url(&[])).await.code();
    let form = code_form(code);
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (_, refused) = world.token_at("/acme", &form).await;
    assert_eq!(refused["error"], "invalid_grant", "mix-up");
}
