//! Providers that answer a wrong request with success and another tenant's token.

use keyward_issuer::{Endpoint, Quirks};
use keyward_model::{ErrorCode, PeopleQuery};

use super::{
    part::{HERS, NOT_HERS, Part, each},
    presets::{ALL, Preset, named},
};
use crate::world::{WINDOW, tenant};

#[tokio::test]
async fn a_token_of_another_tenant_is_neither_shown_nor_kept_nor_lent() {
    // An application's token names that application, whoever's roles are in it.
    each(ALL.into_iter().filter(|preset| preset.id != "auth0-application-per-tenant"), swapped).await;
}

async fn swapped(preset: Preset) {
    let part = Part::play(preset).await;
    let id = preset.id;
    let [(first, _), (second, _), _] = HERS;
    let swap = Quirks { swap_every_audience_for: Some(tenant(first)), ..Quirks::default() };
    let mut running = part.signed_in().await;
    let before = running.now().await;
    let (chains, revoked) = (part.world.keychain.holds().len(), part.asked(Endpoint::Revoke));

    part.quirks(swap.clone());
    let error = part.refused(&mut running, second).await;
    assert_eq!(error.code, ErrorCode::WrongTenantToken, "{id}: {error}");
    let after = running.now().await;
    assert_eq!((after.tenant, after.token), (before.tenant, before.token), "{id}: not shown");
    assert_eq!(part.world.keychain.holds().len(), chains, "{id}: nothing new lies about");
    let unwanted = u64::from(preset.trip_per_tenant);
    assert_eq!(part.asked(Endpoint::Revoke), revoked + unwanted, "{id}: an unwanted sign-in is ended");

    // Were the wrong one in the cache, it would be shown now.
    part.quirks(Quirks::default());
    let there = part.go(&mut running, second).await;
    part.proves(&there, second);

    part.quirks(swap);
    part.world.clock.by(600);
    running.session.in_use(WINDOW).await.unwrap();
    let told = running.work_in(WINDOW, "not renewed", |view| view.notice.is_some()).await;
    assert_eq!(told.notice.unwrap().code, ErrorCode::WrongTenantToken, "{id}");
    assert_eq!(told.token, there.token, "{id}: not shown");
    if preset.directory {
        let people = || running.session.people(WINDOW, tenant(second), PeopleQuery::default());
        let error = people().await.unwrap_err();
        assert_eq!(error.code, ErrorCode::WrongTenantToken, "{id}: not lent: {error}");
        part.quirks(Quirks::default());
        assert!(!people().await.unwrap().people.is_empty(), "{id}");
        part.proves(&running.now().await, second);
    }
}

#[tokio::test]
async fn a_provider_that_ignores_what_it_does_not_grant_is_not_believed() {
    // There the issuer or the application that was asked is the proof, and it was the tenant's.
    let others =
        |preset: &Preset| !["okta-server-per-tenant", "auth0-application-per-tenant"].contains(&preset.id);
    each(ALL.into_iter().filter(others), ignored).await;
}

async fn ignored(preset: Preset) {
    let part = Part::play(preset).await;
    part.quirks(Quirks { swap_unknown_audience: true, ..Quirks::default() });
    let mut running = part.signed_in().await;
    let before = running.now().await;
    let error = part.refused(&mut running, NOT_HERS).await;
    assert_eq!(error.code, ErrorCode::WrongTenantToken, "{}: {error}", preset.id);
    let after = running.now().await;
    assert_eq!((after.tenant, after.token), (before.tenant, before.token), "{}", preset.id);
}

#[tokio::test]
async fn the_words_say_which_tenant_was_asked_for_what_came_and_what_to_do() {
    let part = Part::play(named("auth0-api-per-tenant")).await;
    let mut running = part.signed_in().await;
    part.quirks(Quirks { swap_every_audience_for: Some(tenant(HERS[0].0)), ..Quirks::default() });
    let another = part.refused(&mut running, HERS[1].0).await;
    assert_eq!(
        another.message,
        "Northwind Cloud was asked for “globex” and gave another token. Keyward dropped it. You may not be in \
         “globex”: ask one of its admins to add you. If you are, tell whoever runs Northwind Cloud.\n\
         aud should be \"https://api.northwind.example/t/globex\" and is \"https://api.northwind.example/t/acme\""
    );

    // Not a member: the claim is left out.
    let part = Part::play(named("keycloak-organizations")).await;
    let mut running = part.signed_in().await;
    let left_out = part.refused(&mut running, NOT_HERS).await;
    let why = "\norganization should be \"verdant-foods\" and is missing";
    assert!(left_out.message.ends_with(why), "{left_out}");
    assert!(left_out.message.contains("You may not be in “verdant-foods”"), "{left_out}");
}
