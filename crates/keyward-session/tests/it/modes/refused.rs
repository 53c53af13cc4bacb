//! A provider that refuses a spent link by another name than `invalid_grant`: the session is not over by that,
//! and the person is not left with a window that tries for ever.

use keyward_issuer::{Endpoint, ErrorQuirks, Loss, Quirks};
use keyward_model::ErrorCode;
use keyward_session::{SignedIn, WindowView};

use super::{
    part::{HERS, Part, each},
    presets::named,
};
use crate::world::{Running, WINDOW};

/// The next new link is lost on the way, and the old one is refused like any wrong request.
fn spent() -> Quirks {
    let errors = ErrorQuirks { name: Some("invalid_request"), ..ErrorQuirks::default() };
    Quirks { loss: Loss::Next(1), errors, ..Quirks::default() }
}

/// Somebody acts in the window after so many seconds.
async fn acts_after(part: &Part, running: &Running, seconds: i64) {
    part.world.clock.by(seconds);
    running.session.in_use(WINDOW).await.unwrap();
}

/// Waits until the token endpoint has been asked again.
async fn asked_again(part: &Part, running: &mut Running, before: u64) -> SignedIn {
    running.work_in(WINDOW, "refused once more", |_| part.asked(Endpoint::Token) > before).await
}

#[tokio::test]
async fn after_three_refusals_nothing_is_tried_by_itself_and_the_person_signs_in_again() {
    each(["rfc8693", "auth0-api-per-tenant", "keycloak-scope-per-tenant"].map(named), |preset| async move {
        let part = Part::play(preset).await;
        let (id, here) = (preset.id, HERS[0].0);
        let mut running = part.signed_in().await;
        part.quirks(spent());
        acts_after(&part, &running, 600).await;
        let refused = |view: &SignedIn| {
            view.notice.as_ref().is_some_and(|notice| notice.code == ErrorCode::ProviderRefused)
        };
        let first = running.work_in(WINDOW, "refused", refused).await;
        assert_eq!(first.parked, None, "{id}: perhaps it passes");
        for _ in 0..2 {
            let before = part.asked(Endpoint::Token);
            acts_after(&part, &running, 61).await;
            asked_again(&part, &mut running, before).await;
        }
        let stuck = running.work_in(WINDOW, "waiting", |view| view.parked.is_some()).await;
        let waiting = stuck.parked.unwrap();
        assert_eq!(
            (waiting.problem.code, waiting.tenant.as_str()),
            (ErrorCode::ProviderRefused, here),
            "{id}"
        );
        for words in ["Northwind Cloud refused", "3 times in a row", "sign in again"] {
            assert!(waiting.problem.message.contains(words), "{id}: {}", waiting.problem);
        }
        assert_eq!((stuck.notice, part.told(), part.world.person.trips()), (None, 1, 1), "{id}: said once");

        let asked = part.asked(Endpoint::Token);
        acts_after(&part, &running, 300).await;
        running.session.in_use(WINDOW).await.unwrap();
        running.now().await;
        assert_eq!(part.asked(Endpoint::Token), asked, "{id}: nothing is tried by itself any more");
        assert_eq!(part.world.keychain.holds().len(), 1, "{id}: only invalid_grant ends a session");

        part.quirks(Quirks::default());
        running.session.continue_in_browser(WINDOW).await.unwrap();
        let back = part.back(&mut running).await;
        part.proves(&back, here);
        assert_eq!(back.parked, None, "{id}");
        part.renewed(&mut running, &[(WINDOW, here)]).await;
        assert_eq!(
            (part.world.keychain.holds().len(), part.told()),
            (1, 1),
            "{id}: a session in place of it"
        );
    })
    .await;
}

#[tokio::test]
async fn a_start_that_the_provider_refuses_offers_to_sign_in_again() {
    let part = Part::play(named("rfc8693")).await;
    let running = part.signed_in().await;
    running.session.leave().await;
    drop(running);
    part.quirks(spent());
    let mut running = part.start();
    running.session.look(WINDOW).await.unwrap();
    let offline = running.until("refused", |view| matches!(view, WindowView::Offline(_))).await;
    let WindowView::Offline(offline) = offline else { unreachable!() };
    assert_eq!(offline.problem.code, ErrorCode::ProviderRefused, "{}", offline.problem);
    assert_eq!(part.world.person.trips(), 1, "no browser opens by itself");
    part.quirks(Quirks::default());
    running.session.continue_in_browser(WINDOW).await.unwrap();
    part.proves(&part.back(&mut running).await, HERS[0].0);
    assert_eq!((part.world.person.trips(), part.world.keychain.holds().len()), (2, 1));
}
