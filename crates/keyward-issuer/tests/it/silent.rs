//! `prompt=none` in a browser where somebody is signed in, as providers differ on it.

use keyward_issuer::{Quirks, Silent};
use reqwest::StatusCode;

use crate::world::{Browser, Page, World, text};

async fn signed_in(silent: Silent) -> (World, Browser) {
    let world = World::start().await;
    let browser = world.browser();
    browser.sign_in(&world.authorize_url(&[])).await;
    world.provider.set_quirks(Quirks { silent, ..Quirks::default() });
    (world, browser)
}

async fn ask(world: &World, browser: &Browser) -> Page {
    browser.get(world.authorize_url(&[("prompt", "none")])).await
}

#[tokio::test]
async fn usually_it_is_worth_as_much_as_any_sign_in() {
    let (world, browser) = signed_in(Silent::Answered).await;
    let (_, tokens) = world.exchange(&ask(&world, &browser).await.code()).await;
    assert_eq!(world.refresh(text(&tokens, "refresh_token"), &[]).await.0, StatusCode::OK);
}

#[tokio::test]
async fn it_gives_no_refresh_token() {
    let (world, browser) = signed_in(Silent::WithoutRefreshToken).await;
    let (_, tokens) = world.exchange(&ask(&world, &browser).await.code()).await;
    assert!(tokens.get("refresh_token").is_none(), "{tokens}");
    assert_eq!(text(&tokens, "scope"), "openid profile email", "and the answer says so");
}

#[tokio::test]
async fn it_is_refused() {
    for (silent, error) in [
        (Silent::LoginRequired, "login_required"),
        (Silent::ConsentRequired, "consent_required"),
        (Silent::InteractionRequired, "interaction_required"),
    ] {
        let (world, browser) = signed_in(silent).await;
        let answer = ask(&world, &browser).await.answer();
        assert_eq!((answer["error"].as_str(), answer["state"].as_str()), (error, "st-1"));
        let nobody = world.browser();
        assert_eq!(ask(&world, &nobody).await.answer()["error"], "login_required", "nobody is signed in");
    }
}

#[tokio::test]
async fn it_is_ignored_and_a_page_comes() {
    let (world, browser) = signed_in(Silent::Ignored).await;
    let page = ask(&world, &browser).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Continue as"), "{}", page.text);
}

#[tokio::test]
async fn select_account_always_asks_who() {
    let (world, browser) = signed_in(Silent::Answered).await;
    let page = browser.get(world.authorize_url(&[("prompt", "select_account")])).await;
    assert!(page.text.contains("id=\"continue\"") && page.text.contains("id=\"other\""), "{}", page.text);
}
