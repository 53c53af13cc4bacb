//! What waits for the person: second factors, consent, a tenant's own sign-in. Nothing opens before they say so.

use keyward_issuer::{Demand, Endpoint, Quirks, Refusal, Silent};
use keyward_model::ErrorCode;
use keyward_session::SignedIn;

use super::{
    part::{HERS, Part, each},
    presets::{ALL, Preset, named},
};
use crate::world::{ADA, Running, WINDOW, northwind, tenant};

const SECOND: &str = HERS[1].0;
/// What [`Refusal::Claims`] wants of the next sign-in.
const CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;

fn demand(tenant_id: &str, refusal: Refusal) -> Quirks {
    Quirks { demand: Some(Demand { tenant: tenant(tenant_id), refusal }), ..Quirks::default() }
}

fn parked(view: &SignedIn) -> Option<&str> {
    view.parked.as_ref().map(|parked| parked.tenant.as_str())
}

/// Goes to the browser for what waits, and comes back.
async fn in_browser(part: &Part, running: &mut Running) -> SignedIn {
    running.session.continue_in_browser(WINDOW).await.unwrap();
    part.back(running).await
}

#[tokio::test]
async fn a_challenged_switch_waits_and_one_trip_that_answers_it_opens_the_tenant() {
    let answered_by_naming_it = ["auth0-api-per-tenant", "auth0-tenant-claim", "workos", "entra-id"];
    for refusal in [Refusal::SecondFactor, Refusal::Login, Refusal::Consent, Refusal::Sso] {
        each(answered_by_naming_it.map(named), move |preset| challenged(preset, refusal)).await;
    }
    let answered_by_claims =
        ["auth0-api-per-tenant", "keycloak-organizations", "rfc8707", "logto", "entra-id"];
    each(answered_by_claims.map(named), |preset| challenged(preset, Refusal::Claims)).await;
}

async fn challenged(preset: Preset, refusal: Refusal) {
    let part = Part::play(preset).await;
    let (id, person) = (preset.id, &part.world.person);
    let mut running = part.signed_in().await;
    let before = running.now().await;
    part.quirks(demand(SECOND, refusal));
    for _ in 0..2 {
        let error = part.refused(&mut running, SECOND).await;
        assert_eq!(error.code, ErrorCode::InteractionRequired, "{id}, {refusal:?}: {error}");
        let view = running.now().await;
        assert_eq!((&view.tenant, &view.token), (&before.tenant, &before.token), "{id}: the window stays");
        assert_eq!(parked(&view), Some(SECOND), "{id}, {refusal:?}");
        assert_eq!((part.told(), person.trips()), (1, 1), "{id}: told once, and no browser");
    }

    part.world.clock.by(2);
    let there = in_browser(&part, &mut running).await;
    part.proves(&there, SECOND);
    assert_eq!(parked(&there), None, "{id}, {refusal:?}");
    assert_eq!((part.told(), person.trips()), (1, 2), "{id}: one trip");
    let sent = person.last_trip();
    let claims = (refusal == Refusal::Claims).then_some(CLAIMS);
    assert_eq!(sent.get("claims").map(String::as_str), claims, "{id}, {refusal:?}");
    assert_eq!(sent["login_hint"], ADA, "{id}");
    assert_ne!(sent.get("prompt").map(String::as_str), Some("none"), "{id}: the person is to be asked");
    let nothing = running.session.continue_in_browser(WINDOW).await.unwrap_err();
    assert_eq!(nothing.code, ErrorCode::NotFound, "{id}: nothing waits any more");

    // The session goes on, with the link that the trip brought.
    part.renewed(&mut running, &[(WINDOW, SECOND)]).await;
    part.proves(&part.go(&mut running, HERS[2].0).await, HERS[2].0);
    assert_eq!(person.trips(), 2, "{id}");
}

#[tokio::test]
async fn a_provider_that_asks_for_ever_is_stopped_after_two_trips_and_the_session_goes_on() {
    // No sign-in of theirs names the tenant, so none of them satisfies it.
    each(["rfc8707", "rfc8693", "keycloak-organizations", "logto", "zitadel"].map(named), for_ever).await;
}

async fn for_ever(preset: Preset) {
    let part = Part::play(preset).await;
    let (id, person) = (preset.id, &part.world.person);
    let mut running = part.signed_in().await;
    part.quirks(demand(SECOND, Refusal::Login));
    part.refused(&mut running, SECOND).await;
    let first = in_browser(&part, &mut running).await;
    assert_eq!((parked(&first), &first.notice), (Some(SECOND), &None), "{id}: perhaps the next one");
    let second = in_browser(&part, &mut running).await;
    assert_eq!(second.notice.as_ref().unwrap().code, ErrorCode::ProviderRefused, "{id}: {:?}", second.notice);
    assert_eq!((second.tenant.id.as_str(), parked(&second)), (HERS[0].0, None), "{id}: no third");
    assert!(running.session.continue_in_browser(WINDOW).await.is_err(), "{id}");
    assert_eq!((person.trips(), part.told()), (3, 1), "{id}");

    part.world.clock.by(600);
    part.proves(&part.go(&mut running, HERS[2].0).await, HERS[2].0);
    assert_eq!((person.trips(), part.world.keychain.holds().len()), (3, 1), "{id}: the session is kept");
}

#[tokio::test]
async fn a_renewal_that_meets_a_challenge_waits_too_and_is_not_tried_again() {
    let part = Part::play(named("auth0-api-per-tenant")).await;
    let mut running = part.signed_in().await;
    running.session.open_window("second", WINDOW, None, None).await.unwrap();
    running.session.look("second").await.unwrap();
    running.session.switch_tenant("second", tenant(SECOND)).await.unwrap();
    part.quirks(demand(HERS[0].0, Refusal::SecondFactor));
    for spent in [2, 1, 1] {
        let asked = part.asked(Endpoint::Token);
        running.session.in_use(WINDOW).await.unwrap();
        part.renewed(&mut running, &[("second", SECOND)]).await;
        running.work_in(WINDOW, "waiting", |view| view.parked.is_some()).await;
        assert_eq!(part.asked(Endpoint::Token) - asked, spent, "only the other window's is asked for again");
    }
    let view = running.now().await;
    assert_eq!((parked(&view), view.tenant.id.as_str()), (Some(HERS[0].0), HERS[0].0));
    assert_eq!((part.told(), part.world.person.trips()), (1, 1));
    // What it waits for is shown in the other window as well, and can be answered there.
    assert_eq!(parked(&running.now_in("second").await), Some(HERS[0].0));
    let back = in_browser(&part, &mut running).await;
    part.proves(&back, HERS[0].0);
    assert_eq!(parked(&running.now_in("second").await), None);
}

#[tokio::test]
async fn windows_in_other_tenants_work_on_after_a_step_up() {
    each(["auth0-api-per-tenant", "rfc8693", "auth0-organizations"].map(named), |preset| async move {
        let part = Part::play(preset).await;
        let mut running = part.signed_in().await;
        running.session.open_window("second", WINDOW, None, None).await.unwrap();
        running.session.look("second").await.unwrap();
        part.go(&mut running, HERS[2].0).await;
        let trips = part.world.person.trips();
        running.session.sign_in(WINDOW, northwind(), Some(tenant(SECOND))).await.unwrap();
        part.back(&mut running).await;
        part.renewed(&mut running, &[(WINDOW, SECOND), ("second", HERS[0].0)]).await;
        assert_eq!(part.world.person.trips(), trips + 1, "{}", preset.id);
    })
    .await;
}

#[tokio::test]
async fn a_silent_switch_that_the_provider_will_not_answer_silently_waits_for_the_person() {
    let silences = [
        Silent::LoginRequired,
        Silent::ConsentRequired,
        Silent::InteractionRequired,
        Silent::WithoutRefreshToken,
    ];
    for silent in silences {
        let in_browser = ALL.into_iter().filter(|preset| preset.trip_per_tenant);
        each(in_browser, move |preset| unanswered(preset, silent)).await;
    }
}

async fn unanswered(preset: Preset, silent: Silent) {
    let part = Part::play(preset).await;
    let (id, person) = (preset.id, &part.world.person);
    let mut running = part.signed_in().await;
    part.quirks(Quirks { silent, ..Quirks::default() });
    running.session.switch_tenant(WINDOW, tenant(SECOND)).await.unwrap();
    let view = part.back(&mut running).await;
    assert_eq!((parked(&view), view.notice.as_ref()), (Some(SECOND), None), "{id}, {silent:?}");
    assert_eq!(view.tenant.id.as_str(), HERS[0].0, "{id}: the window stays");
    assert_eq!((part.told(), person.trips()), (1, 2), "{id}, {silent:?}");
    assert_eq!(person.last_trip()["prompt"], "none", "{id}");

    part.world.clock.by(2);
    let there = in_browser(&part, &mut running).await;
    part.proves(&there, SECOND);
    assert_eq!((parked(&there), part.told(), person.trips()), (None, 1, 3), "{id}, {silent:?}");
    assert!(!person.last_trip().contains_key("prompt"), "{id}: the person is to be asked");
    assert_eq!(part.world.keychain.holds().len(), 2, "{id}: a chain for each tenant, and no more");
}
