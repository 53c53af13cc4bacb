//! A provider that does not answer, or refuses, and what becomes of the session.

use std::time::Duration;

use keyward_issuer::{Endpoint, Loss, Outage, Quirks};
use keyward_model::{Error, ErrorCode};

use crate::world::{Running, WINDOW, World, another, tenant};

/// Switches to a tenant that was not looked at yet; says how many requests that took.
async fn switches(world: &World, running: &Running, quirks: Quirks) -> (Result<(), Error>, u64) {
    let before = world.service.provider.requests(Endpoint::Token);
    world.service.provider.set_quirks(quirks);
    let outcome = running.session.switch_tenant(WINDOW, another(&running.now().await)).await;
    (outcome, world.service.provider.requests(Endpoint::Token) - before)
}

#[tokio::test]
async fn an_outage_that_passes_is_not_noticed() {
    for status in [429, 500, 503] {
        let world = World::new().await;
        let running = world.signed_in().await;
        let quirks = Quirks { outage: Outage { answers: 2, status }, ..Quirks::default() };
        let (outcome, requests) = switches(&world, &running, quirks).await;
        outcome.unwrap_or_else(|error| panic!("{status}: {error}"));
        assert_eq!(requests, 3, "{status}: two failed, one did not");
    }
}

#[tokio::test]
async fn an_outage_that_lasts_is_said_after_three_tries_and_ends_nothing() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let lasting = [
        Quirks { html_errors: true, ..Quirks::default() },
        Quirks { rate_limited: true, ..Quirks::default() },
        Quirks { outage: Outage { answers: 100, status: 502 }, ..Quirks::default() },
    ];
    for quirks in lasting {
        let (outcome, requests) = switches(&world, &running, quirks.clone()).await;
        assert_eq!(outcome.unwrap_err().code, ErrorCode::ProviderUnreachable, "{quirks:?}");
        assert_eq!(requests, 3, "{quirks:?}: neither given up at once nor tried for ever");
    }
    switches(&world, &running, Quirks::default()).await.0.expect("the session lives");
}

#[tokio::test]
async fn a_lost_answer_costs_nothing_within_a_grace_period() {
    let world = World::with_grace(Duration::from_secs(60)).await;
    let running = world.signed_in().await;
    let quirks = Quirks { loss: Loss::Next(1), ..Quirks::default() };
    let (outcome, requests) = switches(&world, &running, quirks).await;
    outcome.expect("the link is good once more");
    assert_eq!(requests, 2);
}

#[tokio::test]
async fn a_refusal_that_used_the_session_up_is_the_reason_given() {
    let world = World::new().await;
    let running = world.signed_in().await;
    world.service.provider.set_quirks(Quirks { burn_on_refusal: true, ..Quirks::default() });
    let before = world.service.provider.requests(Endpoint::Token);
    let refused = running.session.switch_tenant(WINDOW, tenant("nowhere")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::TenantUnknown, "{refused}");
    assert_eq!(world.service.provider.requests(Endpoint::Token), before + 1, "nothing is tried blindly");
    let (outcome, _) = switches(&world, &running, Quirks::default()).await;
    let ended = outcome.unwrap_err();
    assert_eq!(ended.code, ErrorCode::SessionEnded, "{ended}");
    assert!(ended.message.contains("after it refused “nowhere”"), "it says why: {ended}");
}

#[tokio::test]
async fn a_refusal_that_cost_nothing_is_no_reason_once_an_exchange_has_proven_it() {
    let world = World::new().await;
    let running = world.signed_in().await;
    running.session.switch_tenant(WINDOW, tenant("nowhere")).await.unwrap_err();
    switches(&world, &running, Quirks::default()).await.0.unwrap();
    let person = running.now().await.account.subject;
    world.service.provider.revoke_all(&person).unwrap();
    world.clock.by(3 * 3600);
    let (outcome, _) = switches(&world, &running, Quirks::default()).await;
    let ended = outcome.unwrap_err();
    assert_eq!(ended.code, ErrorCode::SessionEnded, "{ended}");
    assert!(!ended.message.contains("nowhere"), "the refusal has nothing to do with it: {ended}");
}
