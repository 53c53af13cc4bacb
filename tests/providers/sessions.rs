//! The session at each provider, with its preset.

use std::time::Duration;

use keyward_model::ErrorCode;
use keyward_tests::{
    Browser, Desktop, Keyring,
    provider::{
        DIRECTORY, RESOURCE,
        oidc_provider::{self, DENIED, OidcProvider},
    },
};

use super::journey::{Configured, Journey};

/// Access tokens that a test can outlive.
const BRIEF: Duration = Duration::from_secs(8);

fn at_oidc_provider(provider: &OidcProvider) -> Configured<'_> {
    let settings = &[("tenant_resource", RESOURCE), ("directory_resource", DIRECTORY)];
    Configured { provider, preset: "rfc8707", settings, closed: DENIED }
}

async fn through_oidc_provider(algorithm: &'static str) {
    let options = oidc_provider::Options { algorithm, ..oidc_provider::Options::default() };
    let Some(provider) = oidc_provider::start(&options).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let ada = provider.people[0];
    let sign_in = async |link: String| oidc_provider::sign_in(&browser, &link, ada).await;
    let mut journey = Journey::to(at_oidc_provider(&provider), sign_in).await;
    let mut running = journey.begin().await;
    journey.goes_through_three_tenants_and_back(&running).await;
    journey.is_refused_a_fourth(&running, ErrorCode::TenantForbidden).await;
    journey.has_lost_the_session(&mut running).await;
    let counts = provider.counts().await;
    assert_eq!((counts.sign_ins, counts.families_revoked_for_reuse), (1, 1), "{counts:?}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_through_three_tenants_of_oidc_provider_signed_with_rs256() {
    through_oidc_provider("RS256").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_through_three_tenants_of_oidc_provider_signed_with_ps256() {
    through_oidc_provider("PS256").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_through_three_tenants_of_oidc_provider_signed_with_es256() {
    through_oidc_provider("ES256").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_through_three_tenants_of_oidc_provider_signed_with_eddsa() {
    through_oidc_provider("EdDSA").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_at_oidc_provider_outlives_its_tokens_and_a_restart_until_it_is_signed_out() {
    let options = oidc_provider::Options { access_token: BRIEF, ..oidc_provider::Options::default() };
    let Some(provider) = oidc_provider::start(&options).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let ada = provider.people[0];
    let sign_in = async |link: String| oidc_provider::sign_in(&browser, &link, ada).await;
    let mut journey = Journey::to(at_oidc_provider(&provider), sign_in).await;
    let mut running = journey.begin().await;
    journey.outlives_its_token(&mut running).await;
    let mut running = journey.resumes(running).await;
    journey.signs_out(&mut running, Some("invalid_grant")).await;
    let counts = provider.counts().await;
    assert_eq!((counts.sign_ins, counts.families_revoked_for_reuse), (1, 0), "{counts:?}");
    browser.close().await;
}
