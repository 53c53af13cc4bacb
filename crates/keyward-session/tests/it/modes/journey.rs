//! From a sign-in to a sign-out, with every preset.

use keyward_model::ErrorCode;

use super::{
    part::{HERS, NOT_HERS, Part, each},
    presets::{ALL, Preset, named},
};
use crate::world::{WINDOW, northwind, tenant};

#[tokio::test]
async fn every_preset_goes_from_a_sign_in_through_three_tenants_a_refusal_an_expiry_and_a_restart_to_a_sign_out()
 {
    each(ALL, journey).await;
}

async fn journey(preset: Preset) {
    let part = Part::play(preset).await;
    let (id, person) = (preset.id, part.world.person.clone());
    let [(first, _), (second, _), (third, _)] = HERS;

    let mut running = part.signed_in().await;
    part.proves(&running.now().await, first);
    for there in [second, third, first] {
        part.proves(&part.go(&mut running, there).await, there);
    }
    let trips = if preset.trip_per_tenant { 3 } else { 1 };
    assert_eq!(person.trips(), trips, "{id}: one trip, or one for each tenant");

    let before = running.now().await;
    let error = part.refused(&mut running, NOT_HERS).await;
    assert_eq!(error.code, preset.refused, "{id}: {error}");
    let after = running.now().await;
    assert_eq!((&after.tenant, &after.token), (&before.tenant, &before.token), "{id}: the window stays");
    let trips = trips + usize::from(preset.trip_per_tenant);

    part.renewed(&mut running, &[(WINDOW, first)]).await;
    part.proves(&part.go(&mut running, second).await, second);

    drop(running);
    part.world.clock.by(600);
    let mut running = part.start();
    running.session.look(WINDOW).await.unwrap();
    part.proves(&running.work().await, second);
    part.proves(&part.go(&mut running, third).await, third);
    assert_eq!(person.trips(), trips, "{id}: neither an expiry nor a restart opens a browser");

    running.session.sign_out(WINDOW).await.unwrap();
    assert_eq!(running.signed_out().await, None, "{id}");
    assert!(part.world.keychain.holds().is_empty(), "{id}: nothing is left in the keychain");
    assert_eq!(person.trips(), trips, "{id}");
}

#[tokio::test]
async fn a_tenant_named_at_the_sign_in_opens_though_the_connection_does_not_list_it() {
    // A tenant of hers that no configuration here lists.
    let unlisted = "copperfield";
    each(
        ["auth0-api-per-tenant", "rfc8707", "rfc8693", "keycloak-scope-per-tenant"].map(named),
        move |preset| async move {
            let part = Part::play(preset).await;
            let mut running = part.start();
            running.session.sign_in(WINDOW, northwind(), Some(tenant(unlisted))).await.unwrap();
            let view = part.back(&mut running).await;
            assert_eq!((view.tenant.id.as_str(), view.notice), (unlisted, None), "{}", preset.id);
        },
    )
    .await;
}

#[tokio::test]
async fn a_tenant_without_an_application_is_said_before_a_browser_opens() {
    let part = Part::play(named("auth0-application-per-tenant")).await;
    let mut running = part.signed_in().await;
    running.session.switch_tenant(WINDOW, tenant("copperfield")).await.unwrap();
    let view = running.work_in(WINDOW, "why not", |view| view.notice.is_some()).await;
    assert_eq!(view.notice.unwrap().code, ErrorCode::TenantUnknown);
    assert_eq!((view.tenant.id.as_str(), part.world.person.trips()), ("acme", 1));
}
