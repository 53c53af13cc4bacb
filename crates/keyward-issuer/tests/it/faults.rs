//! A token endpoint that fails: oddly, for a while, or after the rotation; and other endpoints' oddities.

use std::time::Duration;

use keyward_issuer::{ErrorBody, ErrorQuirks, Loss, Outage, Quirks, Store};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::Value;

use crate::world::{CLIENT, World, text};

async fn with(quirks: Quirks) -> (World, String) {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    world.provider.set_quirks(quirks);
    (world, text(&tokens, "refresh_token").to_owned())
}

/// A refresh, to be read by hand.
async fn refresh(world: &World, token: &str) -> Response {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", CLIENT)];
    Client::new().post(format!("{}/token", world.base)).form(&form).send().await.unwrap()
}

fn media_type(response: &Response) -> &str {
    response.headers().get("content-type").map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn a_refusal_has_an_odd_status_or_an_odd_name() {
    for status in [401, 403, 500] {
        let errors = ErrorQuirks { status: Some(status), ..ErrorQuirks::default() };
        let (world, _) = with(Quirks { errors, ..Quirks::default() }).await;
        assert_eq!(world.refused("unknown", &[]).await, (status, "invalid_grant".to_owned()));
    }
    let errors = ErrorQuirks { name: Some("unauthorized"), ..ErrorQuirks::default() };
    let (world, _) = with(Quirks { errors, ..Quirks::default() }).await;
    assert_eq!(world.refused("unknown", &[]).await, (400, "unauthorized".to_owned()));
}

#[tokio::test]
async fn a_refusal_is_no_json() {
    for (body, media, holds) in [
        (ErrorBody::PlainText, "text/plain; charset=utf-8", "\"error\":\"invalid_grant\""),
        (ErrorBody::Html, "text/html; charset=utf-8", "<h1>invalid_grant</h1>"),
        (ErrorBody::Empty, "", ""),
    ] {
        let errors = ErrorQuirks { body, ..ErrorQuirks::default() };
        let (world, token) = with(Quirks { errors, ..Quirks::default() }).await;
        let answer = refresh(&world, "unknown").await;
        assert_eq!((answer.status().as_u16(), media_type(&answer)), (400, media));
        let text = answer.text().await.unwrap();
        assert!(text.contains(holds) && text.is_empty() == holds.is_empty(), "{text}");
        assert_eq!(refresh(&world, &token).await.status(), 200, "success is as ever");
    }
}

#[tokio::test]
async fn it_fails_for_some_answers_and_then_works() {
    let outage = Outage { answers: 2, status: 502 };
    let (world, token) = with(Quirks { outage, ..Quirks::default() }).await;
    for status in [502, 502, 200] {
        assert_eq!(refresh(&world, &token).await.status(), status);
    }
    world.provider.set_quirks(Quirks { outage: Outage { answers: 1, status: 0 }, ..Quirks::default() });
    assert_eq!(refresh(&world, &token).await.status(), 503, "set again, counted again");
}

/// Whether the answer was lost; the new refresh token where it was not.
async fn lost(world: &World, token: &str) -> Option<String> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", CLIENT)];
    let sent = Client::new().post(format!("{}/token", world.base)).form(&form).send().await.ok()?;
    let answer: Value = sent.json().await.ok()?;
    Some(text(&answer, "refresh_token").to_owned())
}

#[tokio::test]
async fn the_next_answers_are_lost_and_the_grace_gives_them_again() {
    let world = World::with(Store::Memory, |config| config.reuse_grace = Duration::from_secs(30)).await;
    let tokens = world.signed_in(&[]).await;
    let token = text(&tokens, "refresh_token");
    world.provider.set_quirks(Quirks { loss: Loss::Next(2), ..Quirks::default() });
    assert_eq!(lost(&world, token).await, None);
    world.around.pass(10);
    assert_eq!(lost(&world, token).await, None);
    world.around.pass(19);
    let next = lost(&world, token).await.expect("still within the grace");
    assert_ne!(next, token);
    assert_eq!(refresh(&world, &next).await.status(), 200, "and it is good");
    assert_eq!(world.refused(token, &[]).await.1, "invalid_grant", "two behind is reuse");
    assert_eq!(world.refused(&next, &[]).await.1, "invalid_grant", "which ends the family");
}

#[tokio::test]
async fn a_lost_answer_that_is_asked_for_after_the_grace_is_reuse() {
    let world = World::with(Store::Memory, |config| config.reuse_grace = Duration::from_secs(30)).await;
    let tokens = world.signed_in(&[]).await;
    let token = text(&tokens, "refresh_token");
    world.provider.set_quirks(Quirks { loss: Loss::Next(1), ..Quirks::default() });
    assert_eq!(lost(&world, token).await, None);
    world.around.pass(30);
    let (_, answer) = world.refresh(token, &[]).await;
    assert!(text(&answer, "error_description").contains("used before"), "{answer}");
}

#[tokio::test]
async fn a_share_of_the_answers_is_lost() {
    let loss = Loss::Share { permille: 500, seed: 1 };
    let (world, mut token) = with(Quirks { omit_new_refresh_token: true, loss, ..Quirks::default() }).await;
    for _ in 0..10 {
        assert!(refresh(&world, &token).await.text().await.is_ok(), "without a rotation none is");
    }
    world.provider.set_quirks(Quirks { loss, ..Quirks::default() });
    let mut losses = 0;
    for _ in 0..20 {
        match lost(&world, &token).await {
            Some(next) => token = next,
            None => {
                losses += 1;
                token = text(&world.signed_in(&[]).await, "refresh_token").to_owned();
            }
        }
    }
    assert!((1..20).contains(&losses), "{losses} of 20");
}

#[tokio::test]
async fn discovery_is_a_redirect_away() {
    let (world, _) = with(Quirks { discovery_redirects: true, ..Quirks::default() }).await;
    let url = format!("{}/.well-known/openid-configuration", world.base);
    let strict = Client::builder().redirect(Policy::none()).build().unwrap();
    assert_eq!(strict.get(&url).send().await.unwrap().status(), 307);
    assert_eq!(world.metadata().await["issuer"], world.base, "whoever follows gets there");
}

#[tokio::test]
async fn revocation_refuses_public_clients_and_says_so() {
    let (world, token) = with(Quirks { revocation_refuses: true, ..Quirks::default() }).await;
    let form = [("token", token.as_str()), ("client_id", CLIENT)];
    let refused = Client::new().post(format!("{}/revoke", world.base)).form(&form).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let methods = &world.metadata().await["revocation_endpoint_auth_methods_supported"];
    assert_eq!(methods[0], "client_secret_basic");
    assert_eq!(refresh(&world, &token).await.status(), 200, "the token lives on");
}
