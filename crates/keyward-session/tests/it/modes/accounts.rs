//! Several people at one connection, several connections, and a window for each.

use std::time::Duration;

use keyward_issuer::Endpoint;
use keyward_model::{ConnectionId, PeopleQuery};
use keyward_session::{AccountKey, SignedIn, WindowView};

use super::{
    part::{Part, each},
    presets::{Preset, named},
};
use crate::world::{ADA, Running, WINDOW, northwind, tenant};

/// In Acme, as Ada is.
const KINGA: &str = "kinga.nowicka@acme.example";
const SECOND: &str = "second";

async fn key_of(running: &Running, email: &str) -> AccountKey {
    let app = running.session.app().await.unwrap();
    app.accounts.into_iter().find(|entry| entry.email == email).expect("known here").account
}

fn who(view: &SignedIn) -> &str {
    &view.account.person.email
}

/// Ada in one window and Kinga in another.
async fn both(part: &Part) -> Running {
    let mut running = part.signed_in().await;
    part.world.person.becomes(KINGA);
    running.session.add_account(SECOND, northwind()).await.unwrap();
    running.work_in(SECOND, "Kinga at work", |view| who(view) == KINGA).await;
    running
}

#[tokio::test]
async fn two_people_at_one_connection_work_side_by_side_and_change_places_without_a_browser() {
    each(["auth0-api-per-tenant", "rfc8693", "workos"].map(named), side_by_side).await;
}

async fn side_by_side(preset: Preset) {
    let part = Part::play(preset).await;
    let (id, person) = (preset.id, &part.world.person);
    let mut running = both(&part).await;
    let asked = person.last_trip();
    assert!(asked["prompt"].split(' ').any(|word| word == "select_account"), "{id}: {asked:?}");
    assert!(!asked.contains_key("login_hint"), "{id}: nobody in particular");
    assert_eq!(who(&running.now().await), ADA, "{id}: her window is hers");
    assert_eq!(part.world.keychain.holds().len(), 2, "{id}: a chain each");
    let (ada, kinga) = (key_of(&running, ADA).await, key_of(&running, KINGA).await);

    for (account, email) in [(kinga, KINGA), (ada, ADA)] {
        running.session.switch_account(WINDOW, account, None).await.unwrap();
        running.work_in(WINDOW, email, |view| who(view) == email).await;
        assert_eq!(who(&running.now_in(SECOND).await), KINGA, "{id}: the other window stays");
    }
    // Both run out, and each is renewed for its own person.
    part.world.clock.by(600);
    for (window, email) in [(WINDOW, ADA), (SECOND, KINGA)] {
        let people = running.session.people(window, tenant("acme"), PeopleQuery::default()).await;
        assert!(!people.unwrap().people.is_empty(), "{id}: {email}");
        assert_eq!(who(&running.now_in(window).await), email, "{id}");
    }
    assert_eq!(person.trips(), 2, "{id}: one each");

    running.session.sign_out(SECOND).await.unwrap();
    let out = |view: &WindowView| matches!(view, WindowView::SignedOut { notice: None });
    running.until_in(SECOND, "Kinga signed out", out).await;
    assert_eq!(part.world.keychain.holds().len(), 1, "{id}: hers is left");
    part.renewed(&mut running, &[(WINDOW, "acme")]).await;
    assert_eq!((who(&running.now().await), person.trips()), (ADA, 2), "{id}");
}

#[tokio::test]
async fn two_connections_work_side_by_side_and_a_restart_takes_up_both() {
    let (one, other) =
        (Part::play(named("auth0-api-per-tenant")).await, Part::play(named("keycloak-organizations")).await);
    let elsewhere = other.configuration().replace("id = \"northwind\"", "id = \"elsewhere\"");
    let configuration = one.configuration() + &elsewhere;
    let elsewhere = ConnectionId::new("elsewhere").unwrap();
    let mut running = one.world.start_with(&configuration);
    running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
    running.work_in(WINDOW, "at work here", |_| true).await;
    running.session.sign_in(SECOND, elsewhere.clone(), None).await.unwrap();
    running.work_in(SECOND, "at work there", |_| true).await;
    for round in 0..2 {
        let here = running.work_in(WINDOW, "here", |_| true).await;
        let there = running.work_in(SECOND, "there", |_| true).await;
        one.proves(&here, "acme");
        other.proves(&there, "acme");
        assert_eq!((&here.account.connection, &there.account.connection), (&northwind(), &elsewhere));
        assert_eq!(one.world.keychain.holds().len(), 2, "a chain each");
        if round == 0 {
            drop(running);
            running = one.world.start_with(&configuration);
            running.session.look(WINDOW).await.unwrap();
            running.session.look(SECOND).await.unwrap();
        }
    }
    running.session.sign_out(WINDOW).await.unwrap();
    assert_eq!(one.world.keychain.holds().len(), 1);
    running.session.switch_tenant(SECOND, tenant("globex")).await.expect("the other goes on");
    assert_eq!(one.world.person.trips(), 2, "one for each connection");
}

/// One chain by refreshes, one by exchanges, one for each tenant.
const THREE_WAYS: [&str; 3] = ["auth0-api-per-tenant", "rfc8693", "auth0-organizations"];

/// Ada is at work; she signs in anew, and the browser comes back as Kinga.
async fn somebody_else(part: &Part) -> Running {
    let mut running = part.signed_in().await;
    part.world.person.becomes(KINGA);
    running.session.sign_in(WINDOW, northwind(), part.first()).await.unwrap();
    let stranger = |view: &WindowView| matches!(view, WindowView::SomebodyElse(_));
    let WindowView::SomebodyElse(view) = running.until("somebody else", stranger).await else {
        unreachable!()
    };
    assert_eq!((view.expected.email.as_str(), view.arrived.email.as_str()), (ADA, KINGA));
    assert_eq!(part.world.keychain.holds().len(), 1, "nothing of the stranger is saved");
    assert!(running.session.app().await.unwrap().accounts.iter().all(|known| known.email == ADA));
    running
}

/// Waits until the provider has been told so often that a session is over.
async fn revoked(part: &Part, times: u64) {
    let told = async {
        while part.asked(Endpoint::Revoke) < times {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), told).await.expect("the stranger's session is revoked");
}

#[tokio::test]
async fn somebody_else_than_expected_is_let_in_if_that_was_meant() {
    each(THREE_WAYS.map(named), |preset| async move {
        let part = Part::play(preset).await;
        let mut running = somebody_else(&part).await;
        running.session.accept_arrival(WINDOW).await.unwrap();
        running.work_in(WINDOW, "Kinga at work", |view| who(view) == KINGA).await;
        assert_eq!(part.world.keychain.holds().len(), 2, "kept, beside Ada's");
        let ada = key_of(&running, ADA).await;
        running.session.switch_account(WINDOW, ada, None).await.unwrap();
        running.work_in(WINDOW, "Ada again", |view| who(view) == ADA).await;
        assert_eq!((part.world.person.trips(), part.asked(Endpoint::Revoke)), (2, 0), "{}", preset.id);
    })
    .await;
}

#[tokio::test]
async fn somebody_else_than_expected_gives_way_to_whom_the_provider_is_asked_for() {
    each(THREE_WAYS.map(named), |preset| async move {
        let part = Part::play(preset).await;
        let person = &part.world.person;
        let mut running = somebody_else(&part).await;
        person.becomes(ADA);
        running.session.retry_as_expected(WINDOW).await.unwrap();
        running.work_in(WINDOW, "Ada at work", |view| who(view) == ADA).await;
        revoked(&part, 1).await;
        let asked = person.last_trip();
        assert!(asked["prompt"].split(' ').any(|word| word == "login"), "{}: {asked:?}", preset.id);
        assert_eq!((asked["login_hint"].as_str(), person.trips()), (ADA, 3), "{}", preset.id);
        assert_eq!(part.world.keychain.holds().len(), 1, "{}: hers alone", preset.id);
    })
    .await;
}

#[tokio::test]
async fn somebody_else_than_expected_is_sent_away_and_the_window_is_where_it_was() {
    each(THREE_WAYS.map(named), |preset| async move {
        let part = Part::play(preset).await;
        let mut running = somebody_else(&part).await;
        running.session.cancel_sign_in(WINDOW).await.unwrap();
        part.proves(&running.work_in(WINDOW, "Ada at work", |view| who(view) == ADA).await, "acme");
        revoked(&part, 1).await;
        part.renewed(&mut running, &[(WINDOW, "acme")]).await;
        assert_eq!(part.world.keychain.holds().len(), 1, "{}: hers alone", preset.id);
        assert_eq!(part.world.person.trips(), 2, "{}", preset.id);
    })
    .await;
}
