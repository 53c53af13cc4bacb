//! Windows in which nobody acts: their tokens are let go, and had again when somebody does.

use keyward_issuer::Endpoint;
use keyward_model::Clock;

use super::{
    part::{Part, each},
    presets::{ALL, Preset, named},
};
use crate::world::{Running, WINDOW};

/// A second window, in another tenant.
const IDLE: &str = "idle";

/// The first window in Globex, and one in Acme in which nobody does anything.
async fn two_windows(part: &Part) -> Running {
    let mut running = part.signed_in().await;
    running.session.open_window(IDLE, WINDOW, None, None).await.unwrap();
    running.session.look(IDLE).await.unwrap();
    part.go(&mut running, "globex").await;
    running
}

/// Requests to the token endpoint that one tenant's token costs.
fn cost(preset: &Preset) -> u64 {
    if ["rfc8693", "zitadel"].contains(&preset.id) { 2 } else { 1 }
}

#[tokio::test]
async fn a_window_in_which_nobody_acts_is_not_renewed_until_somebody_does() {
    let part = Part::play(named("auth0-api-per-tenant")).await;
    let mut running = two_windows(&part).await;
    // Nobody has acted there for sixteen minutes, and in the first window they do all along.
    part.world.clock.by(16 * 60);
    let (before, asked) = (running.now_in(IDLE).await.token, part.asked(Endpoint::Token));
    for _ in 0..3 {
        part.renewed(&mut running, &[(WINDOW, "globex")]).await;
    }
    assert_eq!(running.now_in(IDLE).await.token, before, "let go, though others' turns came");
    assert_eq!(part.asked(Endpoint::Token) - asked, 3, "three for the window in use");
    part.renewed(&mut running, &[(IDLE, "acme")]).await;
}

#[tokio::test]
async fn after_a_long_sleep_each_windows_tenant_costs_one_exchange_once_the_person_acts() {
    each(ALL, slept).await;
}

async fn slept(preset: Preset) {
    let part = Part::play(preset).await;
    let mut running = two_windows(&part).await;
    let (asked, trips) = (part.asked(Endpoint::Token), part.world.person.trips());
    part.world.clock.by(7 * 60 * 60);
    assert_eq!(part.asked(Endpoint::Token), asked, "{}: nobody has acted", preset.id);
    let woken = part.world.clock.now();
    for _ in 0..5 {
        running.session.in_use(WINDOW).await.unwrap();
        running.session.in_use(IDLE).await.unwrap();
    }
    for (window, here) in [(WINDOW, "globex"), (IDLE, "acme")] {
        part.proves(&running.work_in(window, "renewed", |view| view.token.issued_at >= woken).await, here);
    }
    let spent = part.asked(Endpoint::Token) - asked;
    assert_eq!(spent, 2 * cost(&preset), "{}: one exchange for each window's tenant", preset.id);
    assert_eq!(part.world.person.trips(), trips, "{}: and no browser", preset.id);
}
