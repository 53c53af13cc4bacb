//! The refresh chain under strain.

mod faults;
mod processes;

use std::sync::{Arc, atomic::Ordering};

use keyward_issuer::Quirks;
use keyward_model::{ClientId, ErrorCode, Subject};
use keyward_session::{AccountKey, SignedIn, WindowView, chain::Chain, provider::Provider};

use crate::world::{Mood, WINDOW, World, another, tenant};

#[tokio::test]
async fn many_tenants_at_once_spend_one_link_after_another() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let tenants: Vec<_> = running.now().await.tenants.iter().map(|entry| entry.tenant.id.clone()).collect();
    let switches: Vec<_> = tenants
        .iter()
        .cycle()
        .take(tenants.len() * 4)
        .map(|tenant| {
            let (session, tenant) = (running.session.clone(), tenant.clone());
            tokio::spawn(async move { session.switch_tenant(WINDOW, tenant).await })
        })
        .collect();
    for switch in switches {
        switch.await.unwrap().expect("no exchange may meet a spent link");
    }
    let exchanges = world.service.provider.requests(keyward_issuer::Endpoint::Token);
    // The code, the default tenant, and each of the nine others once.
    assert_eq!(exchanges, 11, "one exchange serves all who want the same tenant");
}

#[tokio::test]
async fn two_processes_share_one_chain() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let view = running.now().await;
    let (provider, key) = provider_and_key(&world, &view).await;
    // A chain of its own, as another process would have: only the keychain and the lock file are shared.
    let chains: Vec<_> = (0..8)
        .map(|_| {
            let chain =
                Chain::kept(key.clone().into(), provider.clone(), world.connection_ports(), &world.data());
            tokio::spawn(async move { chain.exchange(Some(&tenant("acme"))).await.map(|_| ()) })
        })
        .collect();
    for chain in chains {
        chain.await.unwrap().expect("a link spent twice would revoke the family");
    }
    running.session.switch_tenant(WINDOW, another(&view)).await.expect("the family lives");
}

#[tokio::test]
async fn the_old_link_is_kept_when_none_comes_back() {
    let world = World::new().await;
    let running = world.signed_in().await;
    world.service.provider.set_quirks(Quirks { omit_new_refresh_token: true, ..Quirks::default() });
    let before = world.keychain.holds();
    running.session.switch_tenant(WINDOW, another(&running.now().await)).await.unwrap();
    assert_eq!(world.keychain.holds(), before);
}

#[tokio::test]
async fn a_link_that_cannot_be_stored_is_held_and_stored_later() {
    let world = World::new().await;
    let mut running = world.signed_in().await;
    let (home, other) = (running.now().await.tenant.id, another(&running.now().await));
    world.keychain.becomes(Mood::WriteFails);
    running.session.switch_tenant(WINDOW, other.clone()).await.expect("the switch itself is done");
    let told = |view: &WindowView| matches!(view, WindowView::SignedIn(view) if view.notice.is_some());
    running.until("a notice", told).await;
    world.keychain.becomes(Mood::Willing);
    world.clock.by(3 * 3600);
    running.session.switch_tenant(WINDOW, home).await.unwrap();
    drop(running);
    let mut running = world.start();
    running.session.look(WINDOW).await.unwrap();
    running.work().await;
    assert_eq!(world.person.opened.load(Ordering::SeqCst), 1, "nothing was lost");
}

#[tokio::test]
async fn a_lost_answer_ends_the_session_in_words_and_not_in_a_loop() {
    let world = World::new().await;
    let mut running = world.signed_in().await;
    let other = another(&running.now().await);
    world.service.provider.set_quirks(Quirks { drop_response_after_rotation: true, ..Quirks::default() });
    let error = running.session.switch_tenant(WINDOW, other).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SessionEnded, "the provider saw a link twice: {error}");
    assert!(error.message.contains("an answer was lost on the way"), "it says why: {error}");
    assert_eq!(running.signed_out().await.unwrap().code, ErrorCode::SessionEnded);
    assert_eq!(world.person.opened.load(Ordering::SeqCst), 1, "no browser opens by itself");
}

#[tokio::test]
async fn who_asks_after_the_end_is_told_of_it_and_the_provider_is_not_asked_again() {
    let world = World::new().await;
    let view = world.signed_in().await.now().await;
    let (provider, key) = provider_and_key(&world, &view).await;
    let kept = || Chain::kept(key.clone().into(), provider.clone(), world.connection_ports(), &world.data());
    let acme = tenant("acme");
    world.service.provider.set_quirks(Quirks { drop_response_after_rotation: true, ..Quirks::default() });
    kept().exchange(Some(&acme)).await.expect_err("the provider saw a link twice");
    let asked = world.service.provider.requests(keyward_issuer::Endpoint::Token);
    let error = kept().exchange(Some(&acme)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SessionEnded);
    assert!(error.message.contains("has found this session ended"), "nobody removed the entry: {error}");
    assert_eq!(world.service.provider.requests(keyward_issuer::Endpoint::Token), asked);
}

#[tokio::test]
async fn an_expired_token_is_never_lent() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let before = running.now().await.token;
    world.clock.by(before.expires_at.0 - before.issued_at.0);
    let asked = world.service.provider.requests(keyward_issuer::Endpoint::Token);
    running.session.people(WINDOW, tenant("acme"), Default::default()).await.expect("with a new token");
    assert_eq!(world.service.provider.requests(keyward_issuer::Endpoint::Token), asked + 1);
    assert!(running.now().await.token.expires_at > before.expires_at);
}

async fn provider_and_key(world: &World, view: &SignedIn) -> (Arc<Provider>, AccountKey) {
    let provider = Arc::new(Provider::discover(world.connection(), world.connection_ports()).await.unwrap());
    let key = AccountKey {
        issuer: view.account.issuer.clone(),
        client: ClientId::new(keyward_server::local::CLIENT_ID).unwrap(),
        subject: view.account.subject.clone(),
    };
    (provider, key)
}

#[tokio::test]
async fn another_persons_token_proves_nothing() {
    let world = World::new().await;
    let view = world.signed_in().await.now().await;
    let (provider, key) = provider_and_key(&world, &view).await;
    let chain = Chain::kept(key.clone().into(), provider.clone(), world.connection_ports(), &world.data());
    let acme = tenant("acme");
    let access = chain.exchange(Some(&acme)).await.unwrap().proven.access;
    assert!(provider.prove(&access, &key.subject, Some(&acme)).await.is_ok());
    let somebody = Subject::new("somebody-else").unwrap();
    let error = provider.prove(&access, &somebody, Some(&acme)).await.unwrap_err();
    assert_eq!(
        error.code,
        ErrorCode::WrongTenantToken,
        "a good token of the right tenant, and not ours: {error}"
    );
    assert!(error.message.contains("it is about another person"), "{error}");
    assert!(!error.message.contains("You may not be in"), "whose the tenant is, nobody doubts: {error}");
}

#[tokio::test]
async fn leaving_waits_for_the_exchange_under_way() {
    let world = Arc::new(World::new().await);
    // The app: when its runtime is gone, so is all that it had under way.
    let app = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let in_app = world.clone();
    let running = app.spawn(async move { in_app.signed_in().await }).await.unwrap();
    let other = another(&running.now().await);
    world.keychain.becomes(Mood::Slow);
    let before = world.keychain.writes.load(Ordering::SeqCst);
    let session = running.session.clone();
    app.spawn(async move { session.switch_tenant(WINDOW, other).await });
    while world.keychain.writes.load(Ordering::SeqCst) == before {
        tokio::task::yield_now().await;
    }
    running.session.leave().await;
    app.shutdown_background();
    world.keychain.becomes(Mood::Willing);
    let mut running = world.start();
    running.session.look(WINDOW).await.unwrap();
    running.work().await;
    assert_eq!(world.person.opened.load(Ordering::SeqCst), 1, "the rotated link was stored before the end");
}
