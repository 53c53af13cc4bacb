//! PyPI `idpyoidc`, asked by hand.

use keyward_tests::{
    Browser, Desktop, Keyring,
    provider::{
        Running,
        idpyoidc::{self, Options},
    },
};

use super::hand::{Answer, Hand};

async fn ada(browser: &Browser, provider: &Running) -> (Hand, Answer) {
    let mut hand = Hand::of(provider).await;
    let link = hand.link(&[("scope", "openid profile email offline_access"), ("prompt", "consent")]);
    idpyoidc::sign_in(browser, &link, provider.people[0]).await;
    let answer = hand.redeem().await;
    (hand, answer)
}

async fn exchange(hand: &Hand, subject: &str, kind: &str, audience: &str) -> Answer {
    let kind = format!("urn:ietf:params:oauth:token-type:{kind}");
    hand.token(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", subject),
        ("subject_token_type", &kind),
        ("audience", audience),
    ])
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ada_exchanges_her_token_for_three_tenants_and_back_and_is_refused_a_fourth() {
    let Some(provider) = idpyoidc::start(&Options::default()).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let (hand, first) = ada(&browser, &provider).await;
    let identity = hand.identity(first.text("id_token"));
    assert_eq!((&identity["sub"], &identity["name"]), (&"ada".into(), &"Ada".into()));
    let subject = first.text("access_token");
    for tenant in provider.tenants.into_iter().chain([provider.tenants[0]]) {
        let audience = provider.audience(tenant);
        let answer = exchange(&hand, subject, "access_token", &audience).await;
        let claims = hand.access(answer.text("access_token"));
        assert_eq!((&claims["aud"][0], &claims["aud"][1]), (&audience.into(), &serde_json::Value::Null));
        assert_eq!((&claims["sub"], &claims["client_id"]), (&"ada".into(), &provider.client_id.into()));
        assert!(answer.body.get("refresh_token").is_none(), "the chain is the first token's");
    }
    let refused = exchange(&hand, subject, "access_token", &provider.audience(provider.refused)).await;
    assert_eq!((refused.status, refused.text("error")), (400, "invalid_target"));
    let by_refresh =
        exchange(&hand, first.text("refresh_token"), "refresh_token", &provider.audience("acme")).await;
    assert_eq!(by_refresh.status, 400, "a refresh token is no subject here: {by_refresh:?}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_refresh_token_is_refused_and_its_successor_goes_on() {
    let Some(provider) = idpyoidc::start(&Options::default()).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let (hand, first) = ada(&browser, &provider).await;
    let second = hand.refresh(first.text("refresh_token"), &[]).await;
    let again = hand.refresh(first.text("refresh_token"), &[]).await;
    assert_eq!((again.status, again.text("error")), (400, "invalid_request"), "not invalid_grant");
    let third = hand.refresh(second.text("refresh_token"), &[]).await;
    let answer =
        exchange(&hand, third.text("access_token"), "access_token", &provider.audience("globex")).await;
    assert_eq!(hand.access(answer.text("access_token"))["aud"][0], provider.audience("globex"));
    browser.close().await;
}
