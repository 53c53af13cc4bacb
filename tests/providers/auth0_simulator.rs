//! npm `@simulacrum/auth0-simulator`, asked by hand.

use keyward_tests::provider::auth0_simulator::{self, DEFAULT_AUDIENCE, ROLES_CLAIM};

use super::hand::Hand;

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

#[tokio::test(flavor = "multi_thread")]
async fn ada_goes_through_three_tenants_and_a_fourth_is_answered_with_the_default() {
    let Some(provider) = auth0_simulator::start(DAY).await else { return };
    assert!(provider.issuer.starts_with("https://") && provider.issuer.ends_with('/'), "{}", provider.issuer);
    let mut hand = Hand::of(&provider).await;
    let first = provider.audience("acme");
    let link = hand.link(&[("scope", "openid profile email offline_access"), ("audience", &first)]);
    auth0_simulator::sign_in(&provider, &link, provider.people[0]).await;
    let answer = hand.redeem().await;
    assert_eq!(hand.identity(answer.text("id_token"))["sub"], "auth0|ada");
    let link = answer.text("refresh_token").to_owned();

    for tenant in provider.tenants.into_iter().chain([provider.tenants[0]]) {
        let audience = provider.audience(tenant);
        let answer = hand.refresh(&link, &[("audience", &audience)]).await;
        let claims = hand.access(answer.text("access_token"));
        assert_eq!((&claims["aud"], &claims["sub"]), (&audience.into(), &"auth0|ada".into()));
        assert_eq!((&claims["azp"], &claims[ROLES_CLAIM][0]), (&provider.client_id.into(), &"owner".into()));
    }
    let refused = hand.refresh(&link, &[("audience", &provider.audience(provider.refused))]).await;
    assert_eq!(refused.status, 200, "it is no error");
    assert_eq!(hand.access(refused.text("access_token"))["aud"], DEFAULT_AUDIENCE);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_trust_its_authority_does_not_reach_it() {
    let Some(provider) = auth0_simulator::start(DAY).await else { return };
    let stranger = reqwest::Client::builder().no_proxy().build().unwrap();
    stranger.get(&provider.issuer).send().await.expect_err("nobody vouches for the certificate");
    provider.http().get(&provider.issuer).send().await.expect("its own authority does");
}
