//! Answers and tokens as other providers write them.

use keyward_issuer::{AnswerQuirks, AuthTime, Quirks, TokenQuirks, Typ};
use reqwest::Client;
use serde_json::{Value, json};

use crate::world::{DIRECTORY, START, World, api, text};

/// A refresh for Acme by a provider that answers so; and the tokens of the sign-in.
async fn answered(answer: AnswerQuirks) -> (World, Value, Value) {
    let world = World::start().await;
    world.provider.set_quirks(Quirks { answer, ..Quirks::default() });
    let tokens = world.signed_in(&[("audience", &api("acme"))]).await;
    let (_, next) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    (world, tokens, next)
}

async fn written(token: TokenQuirks) -> (World, Value) {
    let world = World::start().await;
    world.provider.set_quirks(Quirks { token, ..Quirks::default() });
    let tokens = world.signed_in(&[]).await;
    (world, tokens)
}

#[tokio::test]
async fn the_token_type_is_in_any_case_and_what_is_optional_is_left_out() {
    let quirks = AnswerQuirks {
        token_type: Some("bEARER"),
        without_scope: true,
        without_expires_in: true,
        without_id_token_on_refresh: true,
        ..AnswerQuirks::default()
    };
    let (_, tokens, next) = answered(quirks).await;
    assert_eq!(next["token_type"], "bEARER");
    assert!(tokens.get("id_token").is_some(), "a sign-in has one");
    for name in ["scope", "expires_in", "id_token"] {
        assert!(next.get(name).is_none(), "{name}");
    }
    assert!(next.get("refresh_token").is_some());
}

#[tokio::test]
async fn a_refresh_is_about_somebody_else() {
    let quirks = AnswerQuirks { other_subject_on_refresh: true, ..AnswerQuirks::default() };
    let (world, tokens, next) = answered(quirks).await;
    assert_eq!(world.prove(text(&tokens, "id_token")).await.0["sub"], "ada");
    assert_eq!(world.prove(text(&next, "id_token")).await.0["sub"], "somebody-else");
}

#[tokio::test]
async fn without_an_audience_the_access_token_is_opaque_and_good_at_userinfo() {
    let quirks = AnswerQuirks { opaque_without_audience: true, ..AnswerQuirks::default() };
    let (world, tokens, next) = answered(quirks).await;
    assert_eq!(world.audience_of(&tokens).await, api("acme"), "the sign-in named one");
    assert!(!text(&next, "access_token").contains('.'), "the refresh did not");
    let tokens = world.signed_in(&[]).await;
    let request = Client::new().get(format!("{}/userinfo", world.base));
    let answer = request.bearer_auth(text(&tokens, "access_token")).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["sub"], "ada");
}

#[tokio::test]
async fn an_audience_is_an_array_of_one() {
    let (world, tokens) = written(TokenQuirks { audience_array: true, ..TokenQuirks::default() }).await;
    assert_eq!(world.claims_of(&tokens).await["aud"], json!([DIRECTORY]));
}

#[tokio::test]
async fn an_access_tokens_type_is_jwt_or_none_and_userinfo_takes_it() {
    for (typ, named) in [(Typ::AtJwt, "at+jwt"), (Typ::Jwt, "JWT"), (Typ::None, "")] {
        let (world, tokens) = written(TokenQuirks { typ, ..TokenQuirks::default() }).await;
        assert_eq!(world.prove(text(&tokens, "access_token")).await.1, named);
        let ask = async |token: &str| {
            let request = Client::new().get(format!("{}/userinfo", world.base));
            request.bearer_auth(token).send().await.unwrap().status()
        };
        assert_eq!(ask(text(&tokens, "access_token")).await, 200);
        assert_eq!(ask(text(&tokens, "id_token")).await, 401, "{named}: an ID token is none");
    }
}

#[tokio::test]
async fn the_time_of_the_sign_in_has_a_fraction_or_is_zero() {
    for (auth_time, said) in [
        (AuthTime::Seconds, json!(START)),
        (AuthTime::Fraction, json!(START as f64 + 0.25)),
        (AuthTime::Zero, json!(0)),
    ] {
        let (world, tokens) = written(TokenQuirks { auth_time, ..TokenQuirks::default() }).await;
        for name in ["access_token", "id_token"] {
            assert_eq!(world.prove(text(&tokens, name)).await.0["auth_time"], said);
        }
    }
}
