//! Authorization requests that are not in order.

use reqwest::StatusCode;

use crate::world::World;

#[tokio::test]
async fn an_unknown_client_or_redirect_sends_nobody_anywhere() {
    let world = World::start().await;
    for change in [
        ("client_id", "somebody"),
        ("client_id", ""),
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", "http://127.0.0.1:49152/elsewhere"),
        ("redirect_uri", "http://localhost:49152/callback"),
        ("redirect_uri", ""),
    ] {
        let page = world.browser().get(world.authorize_url(&[change])).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{change:?}");
        assert!(page.headers.get("location").is_none(), "{change:?} is no open redirect");
        assert!(page.text.contains("This did not work"), "{change:?} is said on a page");
    }
    let twice = format!("{}&redirect_uri=https://evil.example/", world.authorize_url(&[]));
    assert_eq!(world.browser().get(twice).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn any_other_fault_goes_back_to_the_client_with_its_state() {
    let world = World::start().await;
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "invalid_request"),
        (("response_mode", "fragment"), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("prompt", "shout"), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
        (("request", "ey"), "request_not_supported"),
        (("request_uri", "urn:x"), "request_uri_not_supported"),
        (("audience", "https://api.example/"), "invalid_target"),
        (("audience", "https://api.example/ACME"), "invalid_target"),
        (("resource", "https://else.example"), "invalid_target"),
    ] {
        let page = world.browser().get(world.authorize_url(&[change])).await;
        let answer = page.answer();
        assert_eq!((answer["error"].as_str(), answer["state"].as_str()), (error, "st-1"), "{change:?}");
        assert_eq!(answer["iss"], world.base);
    }
    let twice = format!("{}&nonce=2", world.authorize_url(&[]));
    assert_eq!(world.browser().get(twice).await.answer()["error"], "invalid_request", "RFC 6749 §3.1");
}

#[tokio::test]
async fn an_ipv6_loopback_is_as_good() {
    let world = World::start().await;
    let url = world.authorize_url(&[("redirect_uri", "http://[::1]:5000/callback")]);
    let back = world.browser().sign_in(&url).await;
    assert!(back.location().as_str().starts_with("http://[::1]:5000/callback?code="));
}
