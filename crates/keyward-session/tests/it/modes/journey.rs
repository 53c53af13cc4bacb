//! From a sign-in to a sign-out, with every preset.

use super::{
    part::{self, HERS, NOT_HERS, Part},
    presets::{ALL, Preset},
};
use crate::world::WINDOW;

#[tokio::test]
async fn every_preset_goes_from_a_sign_in_through_three_tenants_a_refusal_an_expiry_and_a_restart_to_a_sign_out()
 {
    part::each(ALL, journey).await;
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
