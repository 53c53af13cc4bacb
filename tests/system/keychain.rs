//! The real keychain standing in the way: locked, absent, come back.

use keyward_tests::{Browser, Desktop, KeychainUser, Keyring, Service, Window};
use serde_json::{Value, json};

use crate::people::{ADA, PASSWORD, sign_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_said_plainly_and_the_session_is_there_when_it_opens() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let window = Window::open(&desktop, &[]).await;
    let browser = sign_in(&mut desktop, &window, ADA).await;
    window.close().await;

    desktop.lock_keyring().await;
    let window = Window::open(&desktop, &[]).await;
    window.find("screen-keychain-blocked").await;
    window.reads("[data-testid='screen-keychain-blocked']", "Ada Lindqvist").await;
    window.find("unlock-keychain").await;
    desktop.start_keyring().await;
    window.click("retry").await;
    window.in_tenant("acme").await;
    window.close().await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_ada_goes_on_for_this_session_and_nothing_is_written() {
    let mut desktop = Desktop::start(Keyring::Absent).await;
    let mut service = Service::start().await;
    desktop.configure(&service.configuration());
    let window = Window::open(&desktop, &[]).await;
    window.click_css("[data-connection='northwind']").await;
    let link = desktop.opened_link().await;
    let browser = Browser::start(&desktop).await;
    browser.sign_in(&link, ADA, PASSWORD).await;
    window.find("screen-keychain-blocked").await;
    window.click("session-only").await;
    window.in_tenant("acme").await;
    window.find("session-only-badge").await;
    window.close().await;

    let mut watch = keyward_tests::Watch::default();
    watch.add(service.issued());
    assert!(!watch.is_empty(), "tokens were issued");
    assert_eq!(watch.in_files(desktop.home()), vec![], "no keychain is no reason to write a token down");
    let window = Window::open(&desktop, &[]).await;
    window.css("[data-testid='screen-keychain-blocked'], [data-testid='screen-signed-out']").await;
    window.close().await;
    browser.close().await;
}

/// Longer than Windows takes at once, and than any provider's token that we have met.
fn long_token(beginning: &str) -> String {
    beginning.chars().chain(('a'..='z').cycle()).take(3000).collect()
}

/// One process that uses the keychain for as long as all this goes on, as the app does.
async fn a_keychain_keeps_what_it_is_given_through(mut desktop: Desktop, name: &str) {
    let mut user = KeychainUser::start(&desktop, env!("CARGO_BIN_EXE_keychain-user"));
    let (first, second) = (long_token("first"), long_token("second"));
    let there = |token: &str| json!({ "found": token });
    let state = |health: &Value| (health["store"].clone(), health["state"].clone());
    let working = (json!(name), json!("working"));

    assert_eq!(state(&user.ask("examine").await), working);
    assert!(desktop.keychain_entries().await.is_empty(), "a self-test leaves nothing");
    assert_eq!(user.ask("place").await["answer"], "no_entry");
    assert_eq!(user.ask(&format!("write {first}")).await, "done");
    assert_eq!(user.ask("read").await, there(&first));
    let place = user.ask("place").await;
    assert_eq!(
        (&place["answer"], &place["pieces"], &place["store"]),
        (&json!("found"), &json!(1), &json!(name))
    );
    let entries = desktop.keychain_entries().await;
    assert_eq!(entries, [place["entry"].as_str().unwrap()], "it lies where the settings say");

    // Locked: said, and nothing changes.
    desktop.lock_keyring().await;
    assert_eq!(state(&user.ask("examine").await).1, "locked");
    assert_eq!(user.ask("place").await["answer"], "locked");
    for command in ["read", "delete", &format!("write {second}")] {
        let answer = user.ask(command).await;
        assert!(answer["fault"].as_str().unwrap().starts_with("locked"), "{command}: {answer}");
    }

    // Gone: not there, which says nothing of the entry.
    desktop.end_keyring().await;
    assert_eq!(state(&user.ask("examine").await).1, "unavailable");
    assert_eq!(user.ask("place").await["answer"], "unavailable");

    // Come back, and the bus with it: what was connected before is connected again.
    desktop.start_keyring().await;
    assert_eq!(user.ask("read").await, there(&first));
    desktop.restart_bus().await;
    assert!(user.ask("read").await["fault"].as_str().unwrap().starts_with("unavailable"));
    desktop.start_keyring().await;
    assert_eq!(user.ask(&format!("write {second}")).await, "done", "on a connection that has broken");
    assert_eq!(user.ask("read").await, there(&second));
    assert_eq!(state(&user.ask("examine").await), working);

    // Another process takes the entry away and makes it anew: where it was found before it is no more.
    let mut other = KeychainUser::start(&desktop, env!("CARGO_BIN_EXE_keychain-user"));
    assert_eq!(other.ask("delete").await, "done");
    assert_eq!(user.ask("read").await, json!({ "found": null }));
    assert_eq!(other.ask(&format!("write {first}")).await, "done");
    assert_eq!(user.ask("read").await, there(&first));
    assert_eq!(other.ask("delete").await, "done");
    assert_eq!(user.ask(&format!("write {second}")).await, "done");
    assert_eq!(other.ask("read").await, there(&second));

    assert_eq!(user.ask("delete").await, "done");
    assert_eq!(user.ask("place").await["answer"], "no_entry");
    assert!(desktop.keychain_entries().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn gnome_keyring_keeps_what_it_is_given_through_lock_loss_and_a_new_bus() {
    let desktop = Desktop::start(Keyring::Unlocked).await;
    a_keychain_keeps_what_it_is_given_through(desktop, "GNOME Keyring (Secret Service)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keepassxc_keeps_what_it_is_given_through_lock_loss_and_a_new_bus() {
    let desktop = Desktop::start(Keyring::KeePassXc).await;
    a_keychain_keeps_what_it_is_given_through(desktop, "KeePassXC (Secret Service)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_without_a_keyring_is_unavailable_and_not_signed_out() {
    let desktop = Desktop::start(Keyring::Absent).await;
    let mut user = KeychainUser::start(&desktop, env!("CARGO_BIN_EXE_keychain-user"));
    assert_eq!(user.ask("examine").await["state"], "unavailable");
    for command in ["read", "write x", "delete", "unlock"] {
        let answer = user.ask(command).await;
        assert!(answer["fault"].as_str().unwrap().starts_with("unavailable"), "{command}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_comes_to_nothing_leaves_the_keyring_locked_and_the_entry_there() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let mut user = KeychainUser::start(&desktop, env!("CARGO_BIN_EXE_keychain-user"));
    assert_eq!(user.ask("write x").await, "done");
    desktop.lock_keyring().await;
    // Nothing on this bus can show the prompt, which ends as though it had been dismissed.
    let answer = user.ask("unlock").await;
    assert!(answer["fault"].as_str().unwrap().starts_with("locked"), "{answer}");
    assert_eq!(user.ask("place").await["answer"], "locked");
    desktop.start_keyring().await;
    assert_eq!(user.ask("read").await, json!({ "found": "x" }));
}
