//! The session at each provider, with the preset for it.

use std::time::Duration;

use keyward_model::ErrorCode;
use keyward_tests::{
    Browser, Desktop, Keyring,
    provider::{
        DIRECTORY, RESOURCE, Running as Provider, auth0_simulator, idpyoidc,
        keycloak::{self, BRIEF_CLIENT_ID, Realm},
        oidc_provider::{self, DENIED},
    },
};

use super::journey::{Configured, Journey};

/// Access tokens that a test can outlive.
const BRIEF: Duration = Duration::from_secs(8);

/// Tokens run out, the app is closed and started, and in the end the person signs out.
async fn lasts_until_signed_out<S: AsyncFn(String)>(mut journey: Journey<'_, S>, dead: Option<&str>) {
    let mut running = journey.begin().await;
    journey.outlives_its_token(&mut running).await;
    let mut running = journey.resumes(running).await;
    journey.signs_out(&mut running, dead).await;
}

/// Three tenants and back, a fourth that stays closed, and on.
async fn goes_where_it_may<S: AsyncFn(String)>(mut journey: Journey<'_, S>, refusal: ErrorCode) {
    let running = journey.begin().await;
    journey.goes_through_three_tenants_and_back(&running).await;
    journey.is_refused_a_fourth(&running, refusal).await;
    journey.has_lost_nothing(&running).await;
}

// ---- oidc-provider, rfc8707 --------------------------------------------------------------------

fn by_resource(provider: &Provider) -> Configured<'_> {
    let settings = &[("tenant_resource", RESOURCE), ("directory_resource", DIRECTORY)];
    Configured { provider, preset: "rfc8707", settings, tenants_from: "list", closed: DENIED }
}

async fn through_oidc_provider(algorithm: &'static str) {
    let options = oidc_provider::Options { algorithm, ..oidc_provider::Options::default() };
    let Some(provider) = oidc_provider::start(&options).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let ada = provider.people[0];
    let sign_in = async |link: String| oidc_provider::sign_in(&browser, &link, ada).await;
    let mut journey = Journey::to(by_resource(&provider), sign_in).await;
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
    lasts_until_signed_out(Journey::to(by_resource(&provider), sign_in).await, Some("invalid_grant")).await;
    let counts = provider.counts().await;
    assert_eq!((counts.sign_ins, counts.families_revoked_for_reuse), (1, 0), "{counts:?}");
    browser.close().await;
}

// ---- Keycloak, both presets --------------------------------------------------------------------

fn in_realm(provider: &Provider, realm: Realm) -> Configured<'_> {
    let closed = provider.refused;
    match realm {
        Realm::Organizations => Configured {
            provider,
            preset: "keycloak-organizations",
            settings: &[],
            tenants_from: "claim",
            closed,
        },
        Realm::Scopes => Configured {
            provider,
            preset: "keycloak-scope-per-tenant",
            settings: &[("tenant_scope", "tenant:{tenant}"), ("tenant_audience", RESOURCE)],
            tenants_from: "list",
            closed,
        },
    }
}

/// What Keycloak calls the kept link: one that ends with the browser's session, or one that does not.
fn kind_of_link(realm: Realm) -> &'static str {
    match realm {
        Realm::Organizations => "Refresh",
        Realm::Scopes => "Offline",
    }
}

async fn through_keycloak(realm: Realm) {
    let Some(mut provider) = keycloak::start(realm).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let ann = provider.people[0];
    let sign_in = async |link: String| keycloak::sign_in(&browser, &link, ann).await;
    let journey = Journey::to(in_realm(&provider, realm), sign_in).await;
    goes_where_it_may(journey, ErrorCode::WrongTenantToken).await;

    // An offline link leaves no session behind in the browser; after a plain one it asks for nothing.
    provider.client_id = BRIEF_CLIENT_ID;
    let sign_in = async |link: String| match realm {
        Realm::Organizations => browser.client.goto(&link).await.unwrap(),
        Realm::Scopes => keycloak::sign_in(&browser, &link, ann).await,
    };
    let mut journey = Journey::to(in_realm(&provider, realm), sign_in).await;
    let mut running = journey.begin().await;
    assert_eq!(journey.link_says("typ"), kind_of_link(realm));
    journey.outlives_its_token(&mut running).await;
    let mut running = journey.resumes(running).await;
    journey.signs_out(&mut running, Some("invalid_grant")).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_through_organizations_of_keycloak_until_it_is_signed_out() {
    through_keycloak(Realm::Organizations).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_through_tenants_of_keycloak_that_are_scopes_until_it_is_signed_out() {
    through_keycloak(Realm::Scopes).await;
}

// ---- idpyoidc, rfc8693 -------------------------------------------------------------------------

async fn at_idpyoidc<'p>(
    provider: &'p Provider,
    browser: &'p Browser,
) -> Journey<'p, impl AsyncFn(String) + 'p> {
    let ada = provider.people[0];
    let settings = &[("tenant_audience", RESOURCE)];
    let at =
        Configured { provider, preset: "rfc8693", settings, tenants_from: "list", closed: provider.refused };
    Journey::to(at, async move |link: String| idpyoidc::sign_in(browser, &link, ada).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_exchanges_its_token_at_idpyoidc_for_three_tenants() {
    let Some(provider) = idpyoidc::start(&idpyoidc::Options::default()).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    goes_where_it_may(at_idpyoidc(&provider, &browser).await, ErrorCode::TenantUnknown).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_at_idpyoidc_outlives_its_tokens_and_a_restart_until_it_is_signed_out() {
    let options = idpyoidc::Options { access_token: BRIEF, ..idpyoidc::Options::default() };
    let Some(provider) = idpyoidc::start(&options).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    lasts_until_signed_out(at_idpyoidc(&provider, &browser).await, Some("invalid_request")).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_link_idpyoidc_refuses_is_signed_in_again() {
    let Some(provider) = idpyoidc::start(&idpyoidc::Options::default()).await else { return };
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let mut journey = at_idpyoidc(&provider, &browser).await;
    let mut running = journey.begin().await;
    journey.is_refused_until_signed_in_again(&mut running).await;
    journey.has_lost_nothing(&running).await;
    drop(journey);
    browser.close().await;
}

// ---- auth0-simulator, auth0-api-per-tenant -----------------------------------------------------

async fn at_auth0(provider: &Provider) -> Journey<'_, impl AsyncFn(String)> {
    let settings = &[("tenant_audience", RESOURCE), ("directory_audience", DIRECTORY)];
    let (preset, closed) = ("auth0-api-per-tenant", provider.refused);
    let at = Configured { provider, preset, settings, tenants_from: "list", closed };
    let ada = provider.people[0];
    Journey::to(at, async move |link: String| auth0_simulator::sign_in(provider, &link, ada).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_through_three_tenants_of_auth0s_shape() {
    let Some(provider) = auth0_simulator::start(Duration::from_secs(300)).await else { return };
    goes_where_it_may(at_auth0(&provider).await, ErrorCode::WrongTenantToken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_auth0s_shape_outlives_its_tokens_and_says_that_nobody_could_be_told_of_its_end() {
    let Some(provider) = auth0_simulator::start(BRIEF).await else { return };
    // It has nothing to revoke a session with.
    lasts_until_signed_out(at_auth0(&provider).await, None).await;
}
