//! Refresh tokens: rotation, reuse, switching, revocation.

use std::sync::atomic::Ordering;

use keyward_model::Subject;
use reqwest::{Client, StatusCode};

use crate::world::{CLIENT, DIRECTORY, World, api, text};

async fn dead(world: &World, token: &str) -> bool {
    let (status, answer) = world.refresh(token, &[]).await;
    status == StatusCode::BAD_REQUEST && text(&answer, "error") == "invalid_grant"
}

#[tokio::test]
async fn each_refresh_gives_a_new_token_and_using_an_old_one_ends_the_family() {
    let world = World::start().await;
    let first = world.signed_in(&[]).await;
    let (_, second) = world.refresh(text(&first, "refresh_token"), &[]).await;
    let (_, third) = world.refresh(text(&second, "refresh_token"), &[]).await;
    assert_ne!(text(&second, "refresh_token"), text(&third, "refresh_token"));
    let other = world.signed_in(&[]).await;
    assert!(dead(&world, text(&first, "refresh_token")).await, "reuse");
    assert!(dead(&world, text(&third, "refresh_token")).await, "and the newest with it");
    assert!(!dead(&world, text(&other, "refresh_token")).await, "another sign-in is another family");
}

#[tokio::test]
async fn of_many_refreshes_at_once_one_wins() {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    let token = text(&tokens, "refresh_token");
    let (a, b, c, d) = tokio::join!(
        world.refresh(token, &[]),
        world.refresh(token, &[]),
        world.refresh(token, &[]),
        world.refresh(token, &[])
    );
    let won = [&a, &b, &c, &d].into_iter().filter(|(status, _)| *status == StatusCode::OK).count();
    assert_eq!(won, 1, "{a:?} {b:?} {c:?} {d:?}");
}

#[tokio::test]
async fn a_switch_gets_that_tenants_token_and_the_sign_ins_audience_stays_the_default() {
    let world = World::start().await;
    let mut tokens = world.signed_in(&[("audience", &api("acme"))]).await;
    for (asked, got) in [
        (vec![("audience", api("globex"))], api("globex")),
        (vec![("resource", api("acme"))], api("acme")),
        (vec![("audience", DIRECTORY.to_owned())], DIRECTORY.to_owned()),
        (vec![], api("acme")),
    ] {
        let asked: Vec<(&str, &str)> = asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (status, next) = world.refresh(text(&tokens, "refresh_token"), &asked).await;
        assert_eq!(status, StatusCode::OK, "{next}");
        assert_eq!(world.audience_of(&next).await, got, "{asked:?}");
        tokens = next;
    }
}

#[tokio::test]
async fn a_refused_switch_burns_nothing() {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    let token = text(&tokens, "refresh_token");
    for (audience, status, error) in [
        (api("closed"), 400, "access_denied"),
        (api("nowhere"), 400, "invalid_target"),
        ("https://else.example".to_owned(), 400, "invalid_target"),
    ] {
        let (got, answer) = world.refresh(token, &[("audience", &audience)]).await;
        assert_eq!((got.as_u16(), text(&answer, "error")), (status, error), "{audience}");
    }
    world.around.directory_down.store(true, Ordering::SeqCst);
    let (status, answer) = world.refresh(token, &[("audience", &api("acme"))]).await;
    assert_eq!((status.as_u16(), text(&answer, "error")), (503, "temporarily_unavailable"));
    let (_, answer) = world.refresh(token, &[("scope", "openid admin")]).await;
    assert_eq!(text(&answer, "error"), "invalid_scope");
    let (_, answer) = world.refresh(token, &[("audience", "a"), ("resource", "b")]).await;
    assert_eq!(text(&answer, "error"), "invalid_target");
    assert_eq!(world.refresh(token, &[]).await.0, StatusCode::OK, "the same token is still good");
}

#[tokio::test]
async fn a_refresh_may_ask_for_less_and_have_it_all_again_later() {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    let (_, less) = world.refresh(text(&tokens, "refresh_token"), &[("scope", "openid")]).await;
    assert_eq!(text(&less, "scope"), "openid");
    let (_, again) = world.refresh(text(&less, "refresh_token"), &[]).await;
    assert_eq!(text(&again, "scope"), "openid profile email offline_access");
}

#[tokio::test]
async fn an_unused_token_ends_after_its_lifetime() {
    let world = World::start().await;
    let month = 30 * 24 * 3600;
    let tokens = world.signed_in(&[]).await;
    world.around.pass(month - 1);
    let (status, next) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    assert_eq!(status, StatusCode::OK, "a second before its end");
    world.around.pass(month);
    assert!(dead(&world, text(&next, "refresh_token")).await);
}

#[tokio::test]
async fn without_offline_access_there_is_none() {
    let world = World::start().await;
    let tokens = world.signed_in(&[("scope", "openid")]).await;
    assert!(tokens.get("refresh_token").is_none(), "{tokens}");
    assert_eq!(text(&tokens, "scope"), "openid");
}

#[tokio::test]
async fn revoking_ends_the_family_and_says_yes_to_what_it_does_not_know() {
    let world = World::start().await;
    let first = world.signed_in(&[]).await;
    let (_, second) = world.refresh(text(&first, "refresh_token"), &[]).await;
    let revoke = async |token: &str, client: &str| {
        let form = [("token", token), ("client_id", client), ("token_type_hint", "refresh_token")];
        Client::new().post(format!("{}/revoke", world.base)).form(&form).send().await.unwrap().status()
    };
    assert_eq!(revoke("unknown", CLIENT).await, 200, "RFC 7009 §2.2");
    assert_eq!(revoke(text(&second, "refresh_token"), "somebody").await, 401);
    assert_eq!(revoke(text(&second, "access_token"), CLIENT).await, 400, "it would be a lie");
    assert_eq!(revoke(text(&second, "refresh_token"), CLIENT).await, 200);
    assert!(dead(&world, text(&second, "refresh_token")).await);
}

#[tokio::test]
async fn a_persons_tokens_and_sessions_can_be_ended_at_once() {
    let world = World::start().await;
    let browser = world.browser();
    let code = browser.sign_in(&world.authorize_url(&[])).await.code();
    let (_, ada) = world.exchange(&code).await;
    let waiting = world.browser().sign_in(&world.authorize_url(&[])).await.code();
    let page = world.browser();
    let form = page.get(world.authorize_url(&[])).await;
    let code = page.enter(&form, "ann@northwind.example", crate::world::PASSWORD).await.code();
    let (_, ann) = world.exchange(&code).await;

    world.provider.revoke_all(&Subject::new("ada").unwrap()).unwrap();
    assert!(dead(&world, text(&ada, "refresh_token")).await);
    assert_eq!(world.exchange(&waiting).await.0, StatusCode::BAD_REQUEST, "nor does a code bring her back");
    let silent = browser.get(world.authorize_url(&[("prompt", "none")])).await;
    assert_eq!(silent.answer()["error"], "login_required");
    assert!(!dead(&world, text(&ann, "refresh_token")).await, "others stay");
}

#[tokio::test]
async fn an_account_that_is_gone_gets_no_more_tokens() {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    world.around.gone.store(true, Ordering::SeqCst);
    assert!(dead(&world, text(&tokens, "refresh_token")).await);
}

#[tokio::test]
async fn accounts_that_cannot_be_read_cost_neither_token_nor_session() {
    let world = World::start().await;
    let browser = world.browser();
    let tokens = world.signed_in(&[]).await;
    let code = browser.sign_in(&world.authorize_url(&[])).await.code();
    let form = world.browser();
    let page = form.get(world.authorize_url(&[])).await;

    world.around.accounts_down.store(true, Ordering::SeqCst);
    let refused = [world.refresh(text(&tokens, "refresh_token"), &[]).await, world.exchange(&code).await];
    for (status, answer) in &refused {
        assert_eq!((status.as_u16(), text(answer, "error")), (500, "server_error"));
    }
    let entered = form.enter(&page, "ada@northwind.example", crate::world::PASSWORD).await;
    assert_eq!(entered.status, 500, "not “password is not right”: {}", entered.text);
    assert_eq!(browser.get(world.authorize_url(&[])).await.status, 500);
    let silent = browser.get(world.authorize_url(&[("prompt", "none")])).await;
    assert_eq!(silent.answer()["error"], "server_error", "nobody is told to sign in");
    let userinfo = Client::new().get(format!("{}/userinfo", world.base));
    let userinfo = userinfo.bearer_auth(text(&tokens, "access_token")).send().await.unwrap();
    assert_eq!(userinfo.status(), 503, "the token is good");

    world.around.accounts_down.store(false, Ordering::SeqCst);
    assert_eq!(world.refresh(text(&tokens, "refresh_token"), &[]).await.0, StatusCode::OK);
    assert_eq!(world.exchange(&code).await.0, StatusCode::OK);
    let entered = form.enter(&page, "ada@northwind.example", crate::world::PASSWORD).await;
    assert!(entered.answer().contains_key("code"), "the page is still good");
}
