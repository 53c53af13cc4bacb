//! npm `oidc-provider`, asked by hand.

use std::time::Duration;

use keyward_tests::{
    Browser, Desktop, Keyring,
    provider::oidc_provider::{self, Answer, DENIED, Fault, OidcProvider, Options, Strikes},
};

use super::hand::Hand;

/// Signs Ada in for every tenant, the one she is refused later included; gives the hand and the first link.
async fn ada(browser: &Browser, provider: &OidcProvider) -> (Hand, String) {
    let mut hand = Hand::of(provider).await;
    let audiences: Vec<String> =
        provider.tenants.iter().chain([&DENIED]).map(|tenant| provider.audience(tenant)).collect();
    let mut more = vec![("scope", "openid profile email offline_access"), ("prompt", "consent")];
    more.extend(audiences.iter().map(|audience| ("resource", audience.as_str())));
    oidc_provider::sign_in(browser, &hand.link(&more), provider.people[0]).await;
    let answer = hand.redeem().await;
    let identity = hand.identity(answer.text("id_token"));
    assert_eq!((&identity["sub"], &identity["name"]), (&"ada".into(), &"Ada".into()));
    let link = answer.text("refresh_token").to_owned();
    (hand, link)
}

#[tokio::test(flavor = "multi_thread")]
async fn ada_goes_through_three_tenants_and_back_whatever_signs_the_tokens() {
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let options = Options { algorithm, ..Options::default() };
        let Some(provider) = oidc_provider::start(&options).await else { return };
        let desktop = Desktop::start(Keyring::Absent).await;
        let browser = Browser::start(&desktop).await;
        let (hand, mut link) = ada(&browser, &provider).await;
        for tenant in provider.tenants.into_iter().chain([provider.tenants[0]]) {
            let audience = provider.audience(tenant);
            let answer = hand.refresh(&link, &[("resource", &audience)]).await;
            let claims = hand.access(answer.text("access_token"));
            assert_eq!((&claims["aud"], &claims["sub"]), (&audience.into(), &"ada".into()), "{algorithm}");
            let role = if tenant == "acme" { "owner" } else { "viewer" };
            assert_eq!(claims["roles"][0], role, "{tenant}");
            link = answer.text("refresh_token").to_owned();
        }
        let none = hand.refresh(&link, &[]).await;
        assert!(
            !none.text("access_token").contains('.'),
            "who names no tenant gets a token that says nothing"
        );
        let counts = provider.counts().await;
        assert_eq!((counts.token_requests, counts.sign_ins, counts.spent), (6, 1, 5));
        assert_eq!((counts.issued["acme"], counts.issued["none"]), (2, 2));
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_switch_spends_the_link_and_using_it_again_ends_the_family() {
    let Some(provider) = oidc_provider::start(&Options::default()).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    for (tenant, refusal) in [(DENIED, "access_denied"), (provider.refused, "invalid_target")] {
        let before = provider.counts().await.families_revoked_for_reuse;
        let (hand, link) = ada(&browser, &provider).await;
        let refused = hand.refresh(&link, &[("resource", &provider.audience(tenant))]).await;
        assert_eq!((refused.status, refused.text("error")), (400, refusal));
        let again = hand.refresh(&link, &[("resource", &provider.audience("acme"))]).await;
        assert_eq!((again.status, again.text("error")), (400, "invalid_grant"), "the link was spent");
        assert_eq!(provider.counts().await.families_revoked_for_reuse, before + 1);
        // The next sign-in finds nobody signed in.
        browser.client.delete_all_cookies().await.unwrap();
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_refreshes_at_once_with_one_link_neither_goes_on() {
    let Some(provider) = oidc_provider::start(&Options::default()).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let (hand, link) = ada(&browser, &provider).await;
    let (one, other) = tokio::join!(hand.refresh(&link, &[]), hand.refresh(&link, &[]));
    for answer in [one, other] {
        if answer.status == 200 {
            let after = hand.refresh(answer.text("refresh_token"), &[]).await;
            assert_eq!(after.text("error"), "invalid_grant", "the family is gone, for the winner too");
        }
    }
    assert_eq!(provider.counts().await.families_revoked_for_reuse, 1);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn within_the_grace_a_lost_answer_is_given_again_and_a_link_two_behind_is_not() {
    let grace = Duration::from_secs(3600);
    let Some(provider) = oidc_provider::start(&Options { grace, ..Options::default() }).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let (hand, first) = ada(&browser, &provider).await;
    provider.misbehave(Fault { strikes: Strikes::Times(2), after: true, answer: Answer::Broken }).await;
    for _ in 0..2 {
        hand.try_refresh(&first, &[]).await.expect_err("the connection breaks");
    }
    let second = hand.refresh(&first, &[]).await;
    let third = hand.refresh(second.text("refresh_token"), &[]).await;
    assert_eq!(third.status, 200, "{third:?}");
    let counts = provider.counts().await;
    assert_eq!((counts.faults, counts.spent, counts.spent_again_in_grace), (2, 4, 2));

    let behind = hand.refresh(&first, &[]).await;
    assert_eq!(behind.text("error"), "invalid_grant", "two behind");
    assert_eq!(hand.refresh(third.text("refresh_token"), &[]).await.text("error"), "invalid_grant");
    assert_eq!(provider.counts().await.families_revoked_for_reuse, 1);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_misbehaves_as_often_as_it_is_told_and_the_link_is_as_good_as_before() {
    let Some(provider) = oidc_provider::start(&Options::default()).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let (hand, link) = ada(&browser, &provider).await;
    let faults = [
        (Answer::Json(429, r#"{"error":"too_many_requests"}"#), 429),
        (Answer::Html(502, "<h1>Bad gateway</h1>"), 502),
    ];
    for (answer, status) in faults {
        provider.misbehave(Fault { strikes: Strikes::Times(1), after: false, answer }).await;
        assert_eq!(hand.refresh(&link, &[]).await.status, status);
    }
    provider
        .misbehave(Fault { strikes: Strikes::Chance(1.0, 7), after: false, answer: Answer::Broken })
        .await;
    hand.try_refresh(&link, &[]).await.expect_err("the connection breaks");
    provider.behave().await;
    let next = hand.refresh(&link, &[]).await;
    assert_eq!(next.status, 200, "none of them was seen by the provider");

    provider.revoke_all().await;
    assert_eq!(hand.refresh(next.text("refresh_token"), &[]).await.text("error"), "invalid_grant");
    assert_eq!(provider.counts().await.families_revoked_for_reuse, 0, "an administrator did it");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_native_client_is_refused_a_silent_sign_in_unless_that_is_allowed() {
    for (silent, brought) in [(false, "error"), (true, "code")] {
        let options = Options { silent, ..Options::default() };
        let Some(provider) = oidc_provider::start(&options).await else { return };
        let desktop = Desktop::start(Keyring::Absent).await;
        let browser = Browser::start(&desktop).await;
        let (mut hand, _) = ada(&browser, &provider).await;
        let link = hand.link(&[("scope", "openid profile email"), ("prompt", "none")]);
        browser.client.goto(&link).await.unwrap();
        let back = hand.redirected().await;
        assert!(back.iter().any(|(name, _)| name == brought), "silent: {silent}, and back came {back:?}");
        browser.close().await;
    }
}
