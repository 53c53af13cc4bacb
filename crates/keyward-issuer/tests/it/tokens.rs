//! What tokens say, and with which keys.

use std::{sync::atomic::Ordering, time::Duration};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use keyward_issuer::{IssuedKind, SigningAlgorithm, Store};
use keyward_model::{AccessClaims, ClientId, Subject, TenantRule, claim};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::world::{CLIENT, DIRECTORY, START, World, api, text};

#[tokio::test]
async fn a_tenants_access_token_is_rfc_9068_and_proves_the_tenant_with_its_roles() {
    let world = World::start().await;
    let tokens = world.signed_in(&[("audience", &api("acme"))]).await;
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 300);
    let (claims, typ, _) = world.prove(text(&tokens, "access_token")).await;
    assert_eq!(typ, "at+jwt");
    for (name, value) in [
        ("iss", json!(world.base)),
        ("sub", json!("ada")),
        ("aud", json!(api("acme"))),
        ("client_id", json!(CLIENT)),
        ("azp", json!(CLIENT)),
        ("iat", json!(START)),
        ("exp", json!(START + 300)),
        ("auth_time", json!(START)),
        ("scope", json!("openid profile email offline_access")),
        (claim::TENANT, json!("acme")),
        (claim::ROLES, json!(["editor"])),
        (claim::PERMISSIONS, json!(["document:write"])),
        (claim::ROLE_VERSION, json!(7)),
    ] {
        assert_eq!(claims.get(name), Some(&value), "{name}");
    }
    assert!(claims["jti"].as_str().unwrap().len() >= 22, "an id of 128 bits");
    let claims: AccessClaims = serde_json::from_value(Value::Object(claims)).unwrap();
    let rule = TenantRule::Audience("https://api.example/{tenant}".parse().unwrap());
    assert_eq!(rule.prove(&claims, &"acme".parse().unwrap()), Ok(()));
    assert_eq!(claims.authorized_party(), Some(&ClientId::new(CLIENT).unwrap()));
    assert_eq!(claims.sub, Subject::new("ada").unwrap());
}

#[tokio::test]
async fn the_default_audience_names_no_tenant_and_holds_no_roles() {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    let (claims, ..) = world.prove(text(&tokens, "access_token")).await;
    assert_eq!(claims["aud"], DIRECTORY);
    for name in [claim::TENANT, claim::ROLES, claim::PERMISSIONS, claim::ROLE_VERSION] {
        assert!(!claims.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn a_token_does_not_outlive_the_role_it_names() {
    let world = World::start().await;
    world.around.not_after.store(START + 40, Ordering::SeqCst);
    let tokens = world.signed_in(&[("audience", &api("acme"))]).await;
    assert_eq!(tokens["expires_in"], 40);
    assert_eq!(world.prove(text(&tokens, "access_token")).await.0["exp"], START + 40);
    world.around.pass(40);
    let (status, _) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "an answer that is over is none");
}

#[tokio::test]
async fn a_token_is_renewed_when_a_role_begins() {
    let world = World::start().await;
    world.around.not_after.store(START + 90, Ordering::SeqCst);
    world.around.renew_at.store(START + 40, Ordering::SeqCst);
    let tokens = world.signed_in(&[("audience", &api("acme"))]).await;
    assert_eq!(world.prove(text(&tokens, "access_token")).await.0["exp"], START + 40);
}

#[tokio::test]
async fn an_id_token_says_who_for_whom_and_belongs_to_its_access_token() {
    let world = World::start().await;
    let tokens = world.signed_in(&[("audience", &api("acme"))]).await;
    let (claims, typ, _) = world.prove(text(&tokens, "id_token")).await;
    assert_eq!(typ, "JWT");
    let hash = digest::digest(&digest::SHA256, text(&tokens, "access_token").as_bytes());
    for (name, value) in [
        ("iss", json!(world.base)),
        ("sub", json!("ada")),
        ("aud", json!(CLIENT)),
        ("azp", json!(CLIENT)),
        ("iat", json!(START)),
        ("exp", json!(START + 300)),
        ("auth_time", json!(START)),
        ("nonce", json!("no-1")),
        ("email", json!("ada@northwind.example")),
        ("email_verified", json!(true)),
        ("name", json!("ada <b>\"L'indqvist\"</b>")),
        ("at_hash", json!(URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]))),
    ] {
        assert_eq!(claims.get(name), Some(&value), "{name}");
    }
    world.around.pass(100);
    let (_, next) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    let (claims, ..) = world.prove(text(&next, "id_token")).await;
    assert_eq!((claims["auth_time"].clone(), claims["iat"].clone()), (json!(START), json!(START + 100)));
    assert!(!claims.contains_key("nonce"), "OpenID Connect Core §12.2");
    let (_, bare) = world.refresh(text(&next, "refresh_token"), &[("scope", "openid")]).await;
    let (claims, ..) = world.prove(text(&bare, "id_token")).await;
    assert!(!claims.contains_key("email") && !claims.contains_key("name"), "scopes are heeded");
}

#[tokio::test]
async fn every_algorithm_signs_and_keys_before_a_rotation_stay_published() {
    let world = World::start().await;
    let old = world.signed_in(&[]).await;
    assert_eq!(world.prove(text(&old, "access_token")).await.2, Algorithm::RS256);
    let mut next = old.clone();
    for (algorithm, named) in [
        (SigningAlgorithm::Rs512, Algorithm::RS512),
        (SigningAlgorithm::Ps256, Algorithm::PS256),
        (SigningAlgorithm::EdDsa, Algorithm::EdDSA),
        (SigningAlgorithm::Es256, Algorithm::ES256),
    ] {
        world.provider.set_algorithm(algorithm);
        next = world.refresh(text(&next, "refresh_token"), &[]).await.1;
        assert_eq!(world.prove(text(&next, "access_token")).await.2, named);
        assert_eq!(world.prove(text(&next, "id_token")).await.2, named);
    }

    let provider = world.provider.clone();
    tokio::task::spawn_blocking(move || provider.rotate_keys()).await.unwrap().unwrap();
    let (_, newest) = world.refresh(text(&next, "refresh_token"), &[]).await;
    let kid = |tokens: &Value| jsonwebtoken::decode_header(text(tokens, "access_token")).unwrap().kid;
    assert_ne!(kid(&next), kid(&newest), "new keys sign");
    for tokens in [&old, &next, &newest] {
        world.prove(text(tokens, "access_token")).await;
    }
}

#[tokio::test]
async fn userinfo_answers_its_own_tokens_only() {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    let ask = async |token: &str| {
        let request = Client::new().get(format!("{}/userinfo", world.base));
        request.bearer_auth(token).send().await.unwrap()
    };
    let body: Value = ask(text(&tokens, "access_token")).await.json().await.unwrap();
    assert_eq!((body["sub"].as_str(), body["email"].as_str()), (Some("ada"), Some("ada@northwind.example")));
    let (_, tenant) = world.refresh(text(&tokens, "refresh_token"), &[("audience", &api("acme"))]).await;
    for bad in [text(&tenant, "access_token"), text(&tokens, "id_token"), "x.y.z", ""] {
        let refused = ask(bad).await;
        assert_eq!(refused.status(), 401);
        assert!(refused.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    }
    let bare = world.signed_in(&[("scope", "email")]).await;
    assert!(bare.get("id_token").is_none(), "no openid, no ID token");
    assert_eq!(ask(text(&bare, "access_token")).await.status(), 403);
    world.around.pass(300);
    assert_eq!(ask(text(&tokens, "access_token")).await.status(), 401, "expired");
}

#[tokio::test]
async fn an_observer_sees_every_secret_given_out() {
    let world = World::start().await;
    let mut observer = world.provider.observe();
    let code = world.browser().sign_in(&world.authorize_url(&[])).await.code();
    let (_, tokens) = world.exchange(&code).await;
    let mut seen = Vec::new();
    while let Ok(issued) = observer.try_recv() {
        seen.push((issued.kind, issued.secret.expose().to_owned()));
    }
    for (kind, secret) in [
        (IssuedKind::Code, code.as_str()),
        (IssuedKind::AccessToken, text(&tokens, "access_token")),
        (IssuedKind::IdToken, text(&tokens, "id_token")),
        (IssuedKind::RefreshToken, text(&tokens, "refresh_token")),
    ] {
        assert!(seen.contains(&(kind, secret.to_owned())), "{kind:?}");
    }
    assert_eq!(seen.len(), 4);
    assert_eq!(world.provider.requests(keyward_issuer::Endpoint::Token), 1);
    assert_eq!(world.provider.requests(keyward_issuer::Endpoint::SignIn), 1);
}

#[tokio::test]
async fn tokens_may_last_two_seconds() {
    let world = World::with(Store::Memory, |config| {
        config.access_token_lifetime = Duration::from_secs(2);
        config.refresh_token_lifetime = Duration::from_secs(2);
    })
    .await;
    let tokens = world.signed_in(&[("audience", &api("acme"))]).await;
    assert_eq!(tokens["expires_in"], 2);
    assert_eq!(world.claims_of(&tokens).await["exp"], START + 2);
    world.around.pass(1);
    let (_, next) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    world.around.pass(2);
    assert_eq!(world.refused(text(&next, "refresh_token"), &[]).await, (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn an_issuer_may_end_with_a_slash_and_is_written_so_everywhere() {
    let world = World::with(Store::Memory, |config| {
        config.issuer = format!("{}/", config.issuer).parse().unwrap();
    })
    .await;
    let issuer = format!("{}/", world.base);
    let metadata = world.metadata().await;
    assert_eq!(metadata["issuer"], issuer);
    assert_eq!(metadata["token_endpoint"], format!("{issuer}token"), "no slash too many");
    let back = world.browser().sign_in(&world.authorize_url(&[])).await;
    assert_eq!(back.answer()["iss"], issuer);
    let (_, tokens) = world.exchange(&back.code()).await;
    for name in ["access_token", "id_token"] {
        assert_eq!(world.prove(text(&tokens, name)).await.0["iss"], issuer);
    }
}
