//! Signing out where there is nothing left to revoke with: who was told what.

use keyward_issuer::{Endpoint, Quirks};
use keyward_model::ErrorCode;

use crate::{
    modes::{Part, named},
    world::{WINDOW, World, tenant},
};

#[tokio::test]
async fn a_session_whose_entry_somebody_removed_is_not_called_revoked() {
    let world = World::new().await;
    let mut running = world.signed_in().await;
    world.keychain.secrets().clear();
    running.session.sign_out(WINDOW).await.unwrap();
    let told = running.signed_out().await.expect("it may go on at the provider, which nobody told");
    assert_eq!(told.code, ErrorCode::SignedOut, "{told}");
    for words in ["signed out here", "has not confirmed", "own account page"] {
        assert!(told.message.contains(words), "{told}");
    }
    assert_eq!(world.service.provider.requests(Endpoint::Revoke), 0, "there was nothing to revoke it with");
}

#[tokio::test]
async fn forgetting_an_account_whose_entry_somebody_removed_does_not_claim_that_it_is_revoked() {
    let world = World::new().await;
    let running = world.signed_in().await;
    world.keychain.secrets().clear();
    let forgotten = running.session.forget_account(WINDOW).await.unwrap();
    assert!(forgotten.gone && !forgotten.revoked, "{forgotten:?}");
}

#[tokio::test]
async fn a_tenants_session_that_the_provider_has_ended_is_over_there_and_no_reason_to_warn() {
    let part = Part::play(named("auth0-organizations")).await;
    let mut running = part.signed_in().await;
    part.go(&mut running, "globex").await;
    part.go(&mut running, "acme").await;
    part.world.clock.by(600);
    part.quirks(Quirks { drop_response_after_rotation: true, ..Quirks::default() });
    running.session.switch_tenant(WINDOW, tenant("globex")).await.expect_err("the provider ends that one");
    part.quirks(Quirks::default());
    assert_eq!(part.world.keychain.holds().len(), 1, "Acme's is left");
    running.session.sign_out(WINDOW).await.unwrap();
    assert_eq!(running.signed_out().await, None, "one is revoked, and the other was over");
    assert_eq!(part.asked(Endpoint::Revoke), 1);
}
