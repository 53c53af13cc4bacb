//! From a sign-in to a sign-out, and what stands in the way.

use std::sync::atomic::Ordering;

use keyward_issuer::Quirks;
use keyward_model::{Change, ErrorCode, PeopleQuery, PlanRequest, RoleId, Seen};
use keyward_session::{Kept, WindowView};

use crate::world::{Mood, WINDOW, World, another, fill_in, northwind, tenant};

/// A tenant of Northwind that Ada is not in.
const NOT_ADAS: &str = "verdant-foods";

#[tokio::test]
async fn the_default_tenant_opens_and_only_the_refresh_token_is_kept() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let view = running.now().await;
    assert_eq!(view.tenant.id, tenant("acme"));
    assert_eq!(view.account.person.name, "Ada Lindqvist");
    assert_eq!(view.kept, Kept::Keychain);
    assert!(view.token.audience.iter().any(|aud| aud.ends_with("/acme")), "{:?}", view.token.audience);
    assert!(view.roles.iter().any(|role| role.id.as_str() == "owner"), "{:?}", view.roles);
    let held = world.keychain.holds();
    assert_eq!(held.len(), 1);
    assert!(!held[0].contains('.'), "a refresh token, and no JWT beside it");
}

#[tokio::test]
async fn a_tenant_chosen_before_signing_in_opens() {
    let world = World::new().await;
    let wanted = another(&world.signed_in().await.now().await);
    let mut running = world.start();
    running.session.sign_in("second", northwind(), Some(wanted.clone())).await.unwrap();
    assert_eq!(running.work().await.tenant.id, wanted);
}

#[tokio::test]
async fn the_next_start_resumes_in_the_last_tenant_without_a_browser() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let other = another(&running.now().await);
    running.session.switch_tenant(WINDOW, other.clone()).await.unwrap();
    running.session.leave().await;
    drop(running);
    let mut running = world.start();
    running.session.look(WINDOW).await.unwrap();
    assert_eq!(running.work().await.tenant.id, other);
    assert_eq!(world.person.opened.load(Ordering::SeqCst), 1, "the browser opened once, for the sign-in");
}

#[tokio::test]
async fn a_warm_switch_asks_nobody() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let (home, other) = (running.now().await.tenant.id, another(&running.now().await));
    running.session.switch_tenant(WINDOW, other.clone()).await.unwrap();
    let writes = world.keychain.writes.load(Ordering::SeqCst);
    world.service.provider.set_quirks(Quirks { html_errors: true, ..Quirks::default() });
    running.session.switch_tenant(WINDOW, home.clone()).await.unwrap();
    running.session.switch_tenant(WINDOW, other).await.unwrap();
    running.session.switch_tenant(WINDOW, home.clone()).await.unwrap();
    assert_eq!(running.now().await.tenant.id, home);
    assert_eq!(world.keychain.writes.load(Ordering::SeqCst), writes, "no link was spent");
}

#[tokio::test]
async fn a_switch_that_cannot_be_leaves_the_window_where_it_is() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let home = running.now().await;
    let elsewhere = another(&home);
    let refused = |code| {
        let session = running.session.clone();
        let elsewhere = elsewhere.clone();
        async move {
            let error = session.switch_tenant(WINDOW, elsewhere).await.unwrap_err();
            assert_eq!(error.code, code, "{error}");
        }
    };
    let unknown = running.session.switch_tenant(WINDOW, tenant("nowhere")).await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::TenantUnknown, "{unknown}");
    world
        .service
        .provider
        .set_quirks(Quirks { swap_every_audience_for: Some(tenant("acme")), ..Quirks::default() });
    refused(ErrorCode::WrongTenantToken).await;
    world.service.provider.set_quirks(Quirks { html_errors: true, ..Quirks::default() });
    refused(ErrorCode::ProviderUnreachable).await;
    world.service.provider.set_quirks(Quirks { rate_limited: true, ..Quirks::default() });
    refused(ErrorCode::ProviderUnreachable).await;
    world.service.provider.set_quirks(Quirks::default());
    let now = running.now().await;
    assert_eq!(
        (now.tenant, now.token),
        (home.tenant, home.token),
        "nothing of the wrong token reached the window"
    );
    running.session.switch_tenant(WINDOW, elsewhere.clone()).await.expect("nothing was lost by the refusals");
}

#[tokio::test]
async fn a_tenant_the_person_is_not_in_says_so() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let mine: Vec<_> = running.now().await.tenants.iter().map(|entry| entry.tenant.id.clone()).collect();
    assert_eq!(mine.len(), 10, "Ada is in ten of twelve tenants");
    let theirs = tenant(NOT_ADAS);
    assert!(!mine.contains(&theirs));
    let error = running.session.switch_tenant(WINDOW, theirs).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TenantForbidden, "{error}");
    assert_eq!(world.keychain.holds().len(), 1, "being refused costs nothing");
}

#[tokio::test]
async fn an_edit_to_myself_is_in_my_next_token_at_once() {
    let world = World::new().await;
    let mut running = world.signed_in().await;
    let acme = tenant("acme");
    let me = running.now().await.account.person.id;
    let row = running.session.person(WINDOW, acme.clone(), me.clone()).await.unwrap().row;
    let request = PlanRequest {
        changes: vec![Change::give(me.clone(), RoleId::new("billing-admin").unwrap())],
        seen: vec![Seen { person: me, version: row.version }],
        reason: Some("to see it".to_owned()),
        ..PlanRequest::default()
    };
    let plan = running.session.plan(WINDOW, acme.clone(), request.clone()).await.unwrap();
    running.session.apply(WINDOW, acme.clone(), plan.id).await.unwrap();
    let billing = RoleId::new("billing-admin").unwrap();
    let view = running
        .until(
            "the new role",
            |view| matches!(view, WindowView::SignedIn(view) if view.token.roles.contains(&billing)),
        )
        .await;
    assert!(matches!(view, WindowView::SignedIn(view) if view.roles.iter().any(|role| role.id == billing)));
    let stale = running.session.plan(WINDOW, acme, request).await.unwrap_err();
    assert_eq!(stale.code, ErrorCode::PlanStale, "what was on the screen is no longer so: {stale}");
}

#[tokio::test]
async fn a_question_about_a_tenant_the_window_has_left_is_not_asked() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let other = another(&running.now().await);
    let error = running.session.people(WINDOW, other, PeopleQuery::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TenantMoved);
}

#[tokio::test]
async fn signing_out_revokes_and_forgets() {
    let world = World::new().await;
    let mut running = world.signed_in().await;
    let link = world.keychain.holds().remove(0);
    running.session.sign_out(WINDOW).await.unwrap();
    assert_eq!(running.signed_out().await, None);
    assert!(world.keychain.holds().is_empty());
    let body = format!(
        "grant_type=refresh_token&client_id={}&refresh_token={link}",
        keyward_server::local::CLIENT_ID
    );
    let answer = reqwest::Client::new()
        .post(format!("{}/token", world.service.issuer))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap();
    assert!(
        answer.text().await.unwrap().contains("invalid_grant"),
        "revoked at the provider, not only forgotten here"
    );
    let app = running.session.app().await.unwrap();
    assert_eq!(
        app.connections[0].last.as_ref().unwrap().person,
        "Ada Lindqvist",
        "signing out is not forgetting"
    );
}

#[tokio::test]
async fn forgetting_an_account_proves_that_the_entry_is_gone() {
    let world = World::new().await;
    let running = world.signed_in().await;
    let forgotten = running.session.forget_account(WINDOW).await.unwrap();
    assert!(forgotten.gone && forgotten.revoked, "{forgotten:?}");
    assert_eq!(running.session.app().await.unwrap().connections[0].last, None);
}

#[tokio::test]
async fn a_cancelled_sign_in_frees_its_port_and_leaves_no_session() {
    let world = World::new().await;
    *world.person.acts.lock().unwrap() = false;
    let mut running = world.start();
    running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
    let waiting = running.until("the link", |view| matches!(view, WindowView::SigningIn(_))).await;
    let WindowView::SigningIn(waiting) = waiting else { unreachable!() };
    running.session.cancel_sign_in(WINDOW).await.unwrap();
    assert_eq!(running.signed_out().await, None, "cancelling is no error");
    let late = tokio::spawn(fill_in(waiting.url, crate::world::ADA.to_owned())).await;
    assert!(late.is_err(), "nobody listens any more");
    assert!(world.keychain.holds().is_empty());
}

#[tokio::test]
async fn a_locked_keychain_is_not_a_person_signed_out() {
    let world = World::new().await;
    drop(world.signed_in().await);
    world.keychain.becomes(Mood::Locked);
    let mut running = world.start();
    running.session.look(WINDOW).await.unwrap();
    let blocked = running.until("blocked", |view| matches!(view, WindowView::KeychainBlocked(_))).await;
    let WindowView::KeychainBlocked(blocked) = blocked else { unreachable!() };
    assert_eq!(blocked.problem.code, ErrorCode::KeychainLocked);
    assert_eq!(blocked.person.as_deref(), Some("Ada Lindqvist"));
    running.session.unlock_keychain(WINDOW).await.unwrap();
    assert_eq!(running.work().await.tenant.id, tenant("acme"));
    assert_eq!(world.person.opened.load(Ordering::SeqCst), 1, "no second sign-in");
}

#[tokio::test]
async fn without_a_keychain_the_person_may_go_on_for_this_session() {
    let world = World::new().await;
    world.keychain.becomes(Mood::Absent);
    let mut running = world.start();
    running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
    let blocked = running.until("blocked", |view| matches!(view, WindowView::KeychainBlocked(_))).await;
    assert!(matches!(blocked, WindowView::KeychainBlocked(view) if view.after_sign_in));
    running.session.continue_without_keychain(WINDOW).await.unwrap();
    let view = running.work().await;
    assert_eq!(view.kept, Kept::ThisSession);
    running.session.switch_tenant(WINDOW, another(&view)).await.expect("the chain goes on in memory");
    assert!(world.keychain.holds().is_empty());
    let written = std::fs::read_dir(world.data()).unwrap().flatten().filter(|entry| entry.path().is_file());
    for file in written {
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(!text.contains("token"), "nothing secret in {}", file.path().display());
    }
}

#[tokio::test]
async fn a_provider_that_is_away_at_start_is_said_and_tried_again() {
    let world = World::new().await;
    drop(world.signed_in().await);
    world.service.provider.set_quirks(Quirks { html_errors: true, ..Quirks::default() });
    let mut running = world.start();
    running.session.look(WINDOW).await.unwrap();
    running.until("offline", |view| matches!(view, WindowView::Offline(_))).await;
    assert_eq!(world.keychain.holds().len(), 1, "the session is kept");
    world.service.provider.set_quirks(Quirks::default());
    running.session.retry(WINDOW).await.unwrap();
    assert_eq!(running.work().await.tenant.id, tenant("acme"));
}

#[tokio::test]
async fn a_session_ended_elsewhere_is_said_and_can_be_begun_again() {
    let world = World::new().await;
    let mut running = world.signed_in().await;
    let view = running.now().await;
    world.service.provider.revoke_all(&view.account.subject).unwrap();
    let error = running.session.switch_tenant(WINDOW, another(&view)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SessionEnded, "{error}");
    assert_eq!(running.signed_out().await.unwrap().code, ErrorCode::SessionEnded);
    running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
    running.work().await;
}

#[tokio::test]
async fn a_clock_ten_minutes_off_is_named() {
    let world = World::new().await;
    world.apart.by(-600);
    let mut running = world.start();
    running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
    let notice = running.signed_out().await.expect("a reason");
    assert_eq!(notice.code, ErrorCode::ClockSkew);
    assert!(notice.message.contains("10 minutes behind"), "{notice}");
}

#[tokio::test]
async fn a_provider_that_names_another_issuer_in_the_redirect_is_refused() {
    let world = World::new().await;
    let wrong = Quirks { wrong_iss: Some(keyward_issuer::WrongIssuer::Redirect), ..Quirks::default() };
    world.service.provider.set_quirks(wrong);
    let mut running = world.start();
    running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
    assert_eq!(running.signed_out().await.unwrap().code, ErrorCode::SignInDenied);
    assert!(world.keychain.holds().is_empty());
}

#[tokio::test]
async fn two_windows_in_two_tenants_never_mix() {
    let world = World::new().await;
    let mut running = world.signed_in().await;
    let (acme, other) = (tenant("acme"), another(&running.now().await));
    running.session.look("second").await.unwrap();
    running.session.sign_in("second", northwind(), Some(other.clone())).await.unwrap();
    let there = other.clone();
    let second =
        move |view: &WindowView| matches!(view, WindowView::SignedIn(view) if view.tenant.id == there);
    running.until("the second window at work", &second).await;
    for _ in 0..3 {
        // Both tokens run out, and both windows renew theirs at once.
        world.clock.by(600);
        let (one, two) = tokio::join!(
            running.session.people(WINDOW, acme.clone(), PeopleQuery::default()),
            running.session.people("second", other.clone(), PeopleQuery::default()),
        );
        assert_ne!(one.unwrap().people, two.unwrap().people, "each sees its own tenant's people");
        for (window, here) in [(WINDOW, &acme), ("second", &other)] {
            let WindowView::SignedIn(view) = running.session.look(window).await.unwrap() else {
                panic!("{window}")
            };
            assert_eq!(view.tenant.id, *here, "{window} stays where it is");
            let audience = format!("/{here}");
            assert!(
                view.token.audience.iter().all(|aud| aud.ends_with(&audience)),
                "{:?}",
                view.token.audience
            );
        }
    }
    let mixed = running.session.people("second", acme, PeopleQuery::default()).await.unwrap_err();
    assert_eq!(mixed.code, ErrorCode::TenantMoved, "the second window is not in the first one's tenant");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_costs_convenience_and_no_session() {
    let world = World::new().await;
    let mut running = world.signed_in().await;
    // Where the file would be replaced there is a folder now: writing fails as it does on a full disk.
    std::fs::remove_file(world.data().join("windows.json")).unwrap();
    std::fs::create_dir_all(world.data().join("windows.json/in-the-way")).unwrap();
    let home = running.now().await;
    let error = running.session.set_favourite(WINDOW, home.tenant.id.clone(), true).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::StorageFull);
    assert!(error.message.contains("windows.json"), "{error}");
    let other = another(&home);
    running.session.switch_tenant(WINDOW, other.clone()).await.expect("work goes on");
    let told = move |view: &WindowView| matches!(view, WindowView::SignedIn(view) if view.tenant.id == other && view.notice.is_some());
    running.until("a notice", told).await;
}

#[tokio::test]
async fn the_last_wish_counts() {
    let world = World::new().await;
    let mut running = world.signed_in().await;
    let others: Vec<_> = running.now().await.tenants.into_iter().map(|entry| entry.tenant.id).collect();
    let cold: Vec<_> = others.iter().filter(|id| **id != tenant("acme")).cloned().collect();
    let slow = Quirks { slow_by: std::time::Duration::from_millis(300), ..Quirks::default() };
    world.service.provider.set_quirks(slow);
    let wish = |to: &keyward_model::TenantId| {
        let (session, to) = (running.session.clone(), to.clone());
        tokio::spawn(async move { session.switch_tenant(WINDOW, to).await })
    };
    let first = wish(&cold[0]);
    tokio::task::yield_now().await;
    running.session.switch_tenant(WINDOW, tenant("acme")).await.expect("warm: at once");
    let last = wish(&cold[1]);
    first.await.unwrap().unwrap();
    last.await.unwrap().unwrap();
    let wanted = cold[1].clone();
    let there =
        move |view: &WindowView| matches!(view, WindowView::SignedIn(view) if view.tenant.id == wanted);
    running.until("the tenant wished for last", there).await;
    assert_eq!(running.now().await.tenant.id, cold[1], "and the window stays there");
}

#[tokio::test]
async fn a_link_is_shown_to_nobody_but_the_provider_that_made_it() {
    let world = World::new().await;
    drop(world.signed_in().await);
    let edited = world.configuration().replace(keyward_server::local::CLIENT_ID, "another-client");
    let asked = world.service.provider.requests(keyward_issuer::Endpoint::Token);
    let mut running = world.start_with(&edited);
    running.session.look(WINDOW).await.unwrap();
    assert_eq!(running.signed_out().await.unwrap().code, ErrorCode::SessionEnded);
    assert_eq!(world.service.provider.requests(keyward_issuer::Endpoint::Token), asked, "nothing was sent");
}

#[tokio::test]
async fn a_sign_in_that_proves_nothing_leaves_no_session_behind() {
    let world = World::new().await;
    let swap = Quirks { swap_every_audience_for: Some(tenant("acme")), ..Quirks::default() };
    world.service.provider.set_quirks(swap);
    let mut running = world.start();
    running.session.sign_in(WINDOW, northwind(), Some(tenant("globex"))).await.unwrap();
    assert_eq!(running.signed_out().await.unwrap().code, ErrorCode::WrongTenantToken);
    assert!(world.keychain.holds().is_empty(), "no window knows of it, so it must not lie about");
}

#[tokio::test]
async fn cancelling_a_second_sign_in_goes_back_to_work() {
    let world = World::new().await;
    let mut running = world.signed_in().await;
    *world.person.acts.lock().unwrap() = false;
    running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
    running.until("the link", |view| matches!(view, WindowView::SigningIn(_))).await;
    running.session.cancel_sign_in(WINDOW).await.unwrap();
    assert_eq!(running.work().await.tenant.id, tenant("acme"));
}

#[tokio::test]
async fn forgetting_does_not_claim_what_a_locked_keychain_cannot_confirm() {
    let world = World::new().await;
    drop(world.signed_in().await);
    world.keychain.becomes(Mood::Locked);
    let mut running = world.start();
    running.session.look(WINDOW).await.unwrap();
    running.until("blocked", |view| matches!(view, WindowView::KeychainBlocked(_))).await;
    running.session.continue_without_keychain(WINDOW).await.unwrap();
    assert_eq!(running.work().await.kept, Kept::ThisSession);
    let forgotten = running.session.forget_account(WINDOW).await.unwrap();
    assert!(!forgotten.gone, "the entry of last time is still in there: {forgotten:?}");
    assert_eq!(world.keychain.holds().len(), 1);
}

#[tokio::test]
async fn signing_out_where_the_directory_is_down_still_revokes() {
    let world = World::new().await;
    drop(world.signed_in().await);
    let directory = format!("directory = \"{}\"", world.service.issuer);
    let down = world.configuration().replace(&directory, "directory = \"http://127.0.0.1:1\"");
    let mut running = world.start_with(&down);
    running.session.look(WINDOW).await.unwrap();
    running.until("offline", |view| matches!(view, WindowView::Offline(_))).await;
    let revoked = world.service.provider.requests(keyward_issuer::Endpoint::Revoke);
    running.session.sign_out(WINDOW).await.unwrap();
    assert_eq!(running.signed_out().await, None, "nothing is left to say");
    assert_eq!(world.service.provider.requests(keyward_issuer::Endpoint::Revoke), revoked + 1);
    assert!(world.keychain.holds().is_empty());
}
