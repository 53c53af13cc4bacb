//! Codes at the token endpoint.

use reqwest::{Client, StatusCode};

use crate::world::{CALLBACK, VERIFIER, World, text};

const GRANT: (&str, &str) = ("grant_type", "authorization_code");

#[tokio::test]
async fn a_code_needs_its_verifier_and_its_redirect_and_a_wrong_try_costs_it() {
    let world = World::start().await;
    let other = "http://127.0.0.1:49153/callback";
    let wrong = VERIFIER.replace('d', "e");
    for (redirect, verifier) in [(CALLBACK, wrong.as_str()), (other, VERIFIER), (CALLBACK, "short")] {
        let code = world.browser().sign_in(&world.authorize_url(&[])).await.code();
        let form = [GRANT, ("code", &code), ("redirect_uri", redirect), ("code_verifier", verifier)];
        let (status, answer) = world.token(&form).await;
        assert_eq!((status, text(&answer, "error")), (StatusCode::BAD_REQUEST, "invalid_grant"));
        let (_, answer) = world.exchange(&code).await;
        assert_eq!(text(&answer, "error"), "invalid_grant", "the right one comes too late");
    }
    let code = world.browser().sign_in(&world.authorize_url(&[])).await.code();
    let (_, answer) = world.token(&[GRANT, ("code", &code), ("redirect_uri", CALLBACK)]).await;
    assert_eq!(text(&answer, "error"), "invalid_request", "PKCE is no option");
}

#[tokio::test]
async fn a_code_used_twice_ends_what_the_first_use_gave() {
    let world = World::start().await;
    let code = world.browser().sign_in(&world.authorize_url(&[])).await.code();
    let (_, tokens) = world.exchange(&code).await;
    let (_, answer) = world.exchange(&code).await;
    assert_eq!(text(&answer, "error"), "invalid_grant");
    let (_, answer) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    assert_eq!(text(&answer, "error"), "invalid_grant", "RFC 6749 §4.1.2");
}

#[tokio::test]
async fn of_many_exchanges_at_once_one_wins_and_its_tokens_do_not_last() {
    let world = World::start().await;
    let code = world.browser().sign_in(&world.authorize_url(&[])).await.code();
    let (a, b, c, d) = tokio::join!(
        world.exchange(&code),
        world.exchange(&code),
        world.exchange(&code),
        world.exchange(&code)
    );
    let won: Vec<_> = [a, b, c, d].into_iter().filter(|(status, _)| *status == StatusCode::OK).collect();
    assert_eq!(won.len(), 1);
    let (_, answer) = world.refresh(text(&won[0].1, "refresh_token"), &[]).await;
    assert_eq!(text(&answer, "error"), "invalid_grant", "the code had been copied");
}

#[tokio::test]
async fn a_code_lasts_a_minute() {
    let world = World::start().await;
    for (seconds, status) in [(59, StatusCode::OK), (60, StatusCode::BAD_REQUEST)] {
        let code = world.browser().sign_in(&world.authorize_url(&[])).await.code();
        world.around.pass(seconds);
        assert_eq!(world.exchange(&code).await.0, status, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_directory_that_is_down_does_not_cost_the_code() {
    let world = World::start().await;
    let url = world.authorize_url(&[("audience", "https://api.example/acme")]);
    let code = world.browser().sign_in(&url).await.code();
    world.around.directory_down.store(true, std::sync::atomic::Ordering::SeqCst);
    let (status, answer) = world.exchange(&code).await;
    assert_eq!((status.as_u16(), text(&answer, "error")), (503, "temporarily_unavailable"));
    world.around.directory_down.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(world.exchange(&code).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_endpoint_takes_one_clients_forms_and_nothing_else() {
    let world = World::start().await;
    let (status, answer) = world.token(&[GRANT, ("client_id", "somebody")]).await;
    assert_eq!((status.as_u16(), text(&answer, "error")), (401, "invalid_client"));
    let (status, answer) = world.token(&[GRANT, ("client_secret", "x")]).await;
    assert_eq!((status.as_u16(), text(&answer, "error")), (401, "invalid_client"), "there is no secret");
    let (_, answer) = world.token(&[("grant_type", "password")]).await;
    assert_eq!(text(&answer, "error"), "unsupported_grant_type");
    let (_, answer) = world.token(&[]).await;
    assert_eq!(text(&answer, "error"), "invalid_request");
    let (_, answer) = world.token(&[GRANT, ("code", "x"), ("extra", "1"), ("extra", "2")]).await;
    assert_eq!(text(&answer, "error_description"), "The parameter extra is there more than once.");
    let url = format!("{}/token", world.base);
    assert_eq!(Client::new().get(&url).send().await.unwrap().status(), 405);
    let json = Client::new().post(&url).json(&serde_json::json!({ "grant_type": "refresh_token" }));
    assert_eq!(json.send().await.unwrap().status(), 400);
}
