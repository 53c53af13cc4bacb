//! Each way to misbehave, switched on alone.

use std::time::Duration;

use keyward_issuer::{Quirks, WrongIssuer};
use reqwest::{Client, StatusCode};

use crate::world::{CLIENT, DIRECTORY, PATIENCE, START, World, api, text};

async fn with(quirks: Quirks) -> (World, String) {
    let world = World::start().await;
    let tokens = world.signed_in(&[("audience", &api("acme"))]).await;
    world.provider.set_quirks(quirks.clone());
    assert_eq!(world.provider.quirks(), quirks);
    let token = text(&tokens, "refresh_token").to_owned();
    (world, token)
}

#[tokio::test]
async fn an_unknown_or_forbidden_audience_is_silently_swapped() {
    let (world, mut token) = with(Quirks { swap_unknown_audience: true, ..Quirks::default() }).await;
    for audience in [api("closed"), api("nowhere"), "https://else.example".to_owned()] {
        let (status, answer) = world.refresh(&token, &[("audience", &audience)]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(world.audience_of(&answer).await, DIRECTORY, "{audience}");
        token = text(&answer, "refresh_token").to_owned();
    }
    let (_, answer) = world.refresh(&token, &[("audience", &api("globex"))]).await;
    assert_eq!(world.audience_of(&answer).await, api("globex"), "a good one is not");
}

#[tokio::test]
async fn every_tenant_is_answered_with_another() {
    let globex = "globex".parse().unwrap();
    let (world, token) = with(Quirks { swap_every_audience_for: Some(globex), ..Quirks::default() }).await;
    let (_, answer) = world.refresh(&token, &[("audience", &api("acme"))]).await;
    assert_eq!(world.audience_of(&answer).await, api("globex"));
    let (_, answer) = world.refresh(text(&answer, "refresh_token"), &[("audience", DIRECTORY)]).await;
    assert_eq!(world.audience_of(&answer).await, DIRECTORY);
}

#[tokio::test]
async fn no_new_refresh_token_comes_and_the_old_one_stays_good() {
    let (world, token) = with(Quirks { omit_new_refresh_token: true, ..Quirks::default() }).await;
    for _ in 0..2 {
        let (status, answer) = world.refresh(&token, &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(answer.get("refresh_token").is_none());
    }
}

#[tokio::test]
async fn old_refresh_tokens_stay_good() {
    let (world, token) = with(Quirks { old_refresh_tokens_stay_good: true, ..Quirks::default() }).await;
    let (_, second) = world.refresh(&token, &[]).await;
    let (_, third) = world.refresh(text(&second, "refresh_token"), &[]).await;
    for old in [&token, text(&second, "refresh_token"), text(&third, "refresh_token")] {
        assert_eq!(world.refresh(old, &[]).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn without_consent_there_is_no_refresh_token() {
    let (world, _) = with(Quirks { offline_access_needs_consent: true, ..Quirks::default() }).await;
    assert!(world.signed_in(&[]).await.get("refresh_token").is_none());
    assert!(world.signed_in(&[("prompt", "consent")]).await.get("refresh_token").is_some());
}

#[tokio::test]
async fn answers_are_slow() {
    let (world, token) = with(Quirks { slow_by: Duration::from_millis(300), ..Quirks::default() }).await;
    let early = tokio::time::timeout(Duration::from_millis(150), world.refresh(&token, &[])).await;
    assert!(early.is_err(), "nothing comes before the time");
    let late = tokio::time::timeout(PATIENCE, world.refresh("unknown", &[])).await.unwrap();
    assert_eq!(late.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_answer_is_lost_after_the_rotation() {
    let (world, token) = with(Quirks { drop_response_after_rotation: true, ..Quirks::default() }).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", &token), ("client_id", CLIENT)];
    let request = Client::new().post(format!("{}/token", world.base)).form(&form);
    let lost = match request.send().await {
        Ok(response) => response.bytes().await.is_err(),
        Err(_) => true,
    };
    assert!(lost, "no whole answer arrives");
    world.provider.set_quirks(Quirks::default());
    let (_, answer) = world.refresh(&token, &[]).await;
    assert!(text(&answer, "error_description").contains("used before"), "{answer}");
}

#[tokio::test]
async fn its_clock_is_off() {
    for skew in [600, -600] {
        let (world, token) = with(Quirks { clock_skew: skew, ..Quirks::default() }).await;
        let (_, answer) = world.refresh(&token, &[]).await;
        for name in ["access_token", "id_token"] {
            let (claims, ..) = world.prove(text(&answer, name)).await;
            assert_eq!(
                (claims["iat"].as_i64(), claims["exp"].as_i64()),
                (Some(START + skew), Some(START + skew + 300))
            );
        }
        assert_eq!(answer["expires_in"], 300);
    }
}

#[tokio::test]
async fn the_issuer_is_somebody_else_in_one_place() {
    let (world, token) = with(Quirks { wrong_iss: Some(WrongIssuer::Tokens), ..Quirks::default() }).await;
    let (_, answer) = world.refresh(&token, &[]).await;
    for name in ["access_token", "id_token"] {
        assert_ne!(world.prove(text(&answer, name)).await.0["iss"], world.base);
    }
    let back = world.browser().sign_in(&world.authorize_url(&[])).await;
    assert_eq!(back.answer()["iss"], world.base);

    world.provider.set_quirks(Quirks { wrong_iss: Some(WrongIssuer::Redirect), ..Quirks::default() });
    let back = world.browser().sign_in(&world.authorize_url(&[])).await;
    assert_ne!(back.answer()["iss"], world.base);
    let (_, tokens) = world.exchange(&back.code()).await;
    assert_eq!(world.prove(text(&tokens, "id_token")).await.0["iss"], world.base);
}

#[tokio::test]
async fn a_refusal_spends_the_token() {
    let (world, token) = with(Quirks { burn_on_refusal: true, ..Quirks::default() }).await;
    let (_, answer) = world.refresh(&token, &[("audience", &api("closed"))]).await;
    assert_eq!(text(&answer, "error"), "invalid_target", "whatever it was");
    let (_, answer) = world.refresh(&token, &[]).await;
    assert!(text(&answer, "error_description").contains("used before"), "{answer}");
}

#[tokio::test]
async fn the_token_endpoint_answers_as_a_broken_proxy_or_a_busy_one() {
    let (world, token) = with(Quirks { html_errors: true, ..Quirks::default() }).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", &token), ("client_id", CLIENT)];
    let ask = async || Client::new().post(format!("{}/token", world.base)).form(&form).send().await.unwrap();
    let broken = ask().await;
    assert_eq!(broken.status(), 500);
    assert!(broken.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    world.provider.set_quirks(Quirks { rate_limited: true, ..Quirks::default() });
    let busy = ask().await;
    assert_eq!((busy.status().as_u16(), busy.headers()["retry-after"].to_str().unwrap()), (429, "5"));
    world.provider.set_quirks(Quirks::default());
    assert_eq!(ask().await.status(), 200, "neither cost the token");
}
