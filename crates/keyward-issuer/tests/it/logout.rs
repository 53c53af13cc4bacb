//! RP-initiated logout.

use reqwest::StatusCode;
use url::Url;

use crate::world::{CLIENT, World, text};

async fn is_signed_in(world: &World, browser: &crate::world::Browser) -> bool {
    let page = browser.get(world.authorize_url(&[("prompt", "none")])).await;
    page.answer().contains_key("code")
}

fn logout(world: &World, params: &[(&str, &str)]) -> Url {
    Url::parse_with_params(&format!("{}/logout", world.base), params).unwrap()
}

#[tokio::test]
async fn with_the_id_token_it_ends_the_session_and_goes_back_with_the_state() {
    let world = World::start().await;
    let browser = world.browser();
    let code = browser.sign_in(&world.authorize_url(&[])).await.code();
    let (_, tokens) = world.exchange(&code).await;
    world.around.pass(3600);
    assert!(is_signed_in(&world, &browser).await);
    let url = logout(
        &world,
        &[
            ("id_token_hint", text(&tokens, "id_token")),
            ("post_logout_redirect_uri", "http://127.0.0.1:5000/bye?x=1"),
            ("state", "s 2"),
            ("client_id", CLIENT),
        ],
    );
    let back = browser.get(url).await;
    assert_eq!(back.location().as_str(), "http://127.0.0.1:5000/bye?x=1&state=s+2");
    assert!(!is_signed_in(&world, &browser).await);
    assert_eq!(
        world.refresh(text(&tokens, "refresh_token"), &[]).await.0,
        StatusCode::OK,
        "offline access is ended by revocation"
    );
}

#[tokio::test]
async fn without_it_the_person_is_asked_first() {
    let world = World::start().await;
    let browser = world.browser();
    browser.sign_in(&world.authorize_url(&[])).await;
    let page = browser.get(logout(&world, &[])).await;
    assert!(page.text.contains("Sign out of Northwind Cloud?"), "{}", page.text);
    assert!(is_signed_in(&world, &browser).await, "a link on some page signs nobody out");
    browser.post("/logout", &[("confirm", "guess")]).await;
    assert!(is_signed_in(&world, &browser).await, "nor does a form on some page");
    let done = browser.post("/logout", &[("confirm", &page.field("confirm"))]).await;
    assert!(done.text.contains("You are signed out"), "{}", done.text);
    assert!(!is_signed_in(&world, &browser).await);
    let again = browser.get(logout(&world, &[])).await;
    assert!(again.text.contains("You are signed out"), "once more is no error");
}

#[tokio::test]
async fn a_false_proof_or_an_address_elsewhere_is_refused() {
    let world = World::start().await;
    let browser = world.browser();
    let code = browser.sign_in(&world.authorize_url(&[])).await.code();
    let (_, tokens) = world.exchange(&code).await;
    for params in [
        [("id_token_hint", "x.y.z")],
        [("id_token_hint", text(&tokens, "access_token"))],
        [("post_logout_redirect_uri", "https://evil.example/")],
        [("client_id", "somebody")],
    ] {
        let page = browser.get(logout(&world, &params)).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{params:?}");
        assert!(page.headers.get("location").is_none());
    }
    assert!(is_signed_in(&world, &browser).await);
}

#[tokio::test]
async fn without_a_proof_the_browser_is_sent_nowhere() {
    let world = World::start().await;
    let browser = world.browser();
    browser.sign_in(&world.authorize_url(&[])).await;
    let url = logout(&world, &[("post_logout_redirect_uri", "http://127.0.0.1:5000/bye")]);
    let page = browser.get(url.clone()).await;
    let back = ("post_logout_redirect_uri", "http://127.0.0.1:5000/bye");
    let done = browser.post("/logout", &[("confirm", &page.field("confirm")), back]).await;
    for page in [done, browser.get(url).await] {
        assert!(page.headers.get("location").is_none());
        assert!(page.text.contains("You are signed out"), "{}", page.text);
    }
    assert!(!is_signed_in(&world, &browser).await);
}

#[tokio::test]
async fn with_somebody_elses_proof_the_person_is_asked_and_then_sent_back() {
    let world = World::start().await;
    let (browser, other) = (world.browser(), world.browser());
    browser.sign_in(&world.authorize_url(&[])).await;
    let form = other.get(world.authorize_url(&[])).await;
    let code = other.enter(&form, "ann@northwind.example", crate::world::PASSWORD).await.code();
    let (_, ann) = world.exchange(&code).await;
    let back = "http://127.0.0.1:5000/bye";
    let params = [("id_token_hint", text(&ann, "id_token")), ("post_logout_redirect_uri", back)];
    let page = browser.get(logout(&world, &params)).await;
    assert!(is_signed_in(&world, &browser).await);
    let names = ["confirm", "id_token_hint", "post_logout_redirect_uri"];
    let fields = names.map(|name| (name, page.field(name)));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = browser.post("/logout", &fields).await;
    assert_eq!(done.location().as_str(), back);
    assert!(!is_signed_in(&world, &browser).await);
}
