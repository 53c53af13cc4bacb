//! A connection added in the window: checked line by line, tried, written into the person's own file.

use keyward_server::local;
use keyward_tests::{Browser, Desktop, Keyring, Service, Window};
use serde_json::json;

use crate::people::{ADA, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_checked_tried_saved_and_good_to_sign_in_with() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    let window = Window::open(&desktop, &[]).await;
    window.find("screen-signed-out").await;
    window.click("add-connection").await;

    // The provider is looked at while the person looks on.
    window.fill("issuer-input", "http://127.0.0.1:1").await;
    window.click("check-issuer").await;
    window.css("[data-testid='check-line'][data-outcome='failed']").await;
    let issuer = service.issuer();
    window.fill("issuer-input", &issuer).await;
    window.click("check-issuer").await;
    let passed = "return document.querySelectorAll('[data-testid=\"check-line\"][data-outcome=\"passed\"]').length >= 5 \
        && !document.querySelector('[data-testid=\"check-line\"][data-outcome=\"failed\"]');";
    window.until(passed, vec![], "every check passes").await;
    window.click("adding-next").await;

    // A preset, and what it wants to know.
    window.click_css("[data-testid='preset'][data-preset='auth0-api-per-tenant']").await;
    window.click("adding-next").await;
    window.fill("draft-name", "Northwind, typed in").await;
    window.fill("draft-client-id", local::CLIENT_ID).await;
    window.click("source-directory").await;
    window.fill("draft-directory", &issuer).await;
    window.fill("setting-tenant_audience", local::TENANT_AUDIENCE).await;
    window.fill("setting-directory_audience", local::DIRECTORY_AUDIENCE).await;
    window.click("adding-next").await;

    // A sign-in is tried, looked at, and nothing of it is kept.
    window.click("try-connection").await;
    let link = desktop.opened_link().await;
    let browser = Browser::start(&desktop).await;
    browser.sign_in(&link, ADA, PASSWORD).await;
    window.reads("[data-testid='tried']", "Ada Lindqvist").await;
    window.reads("[data-testid='tried-proof']", "aud").await;
    assert_eq!(desktop.keychain_entries().await, Vec::<String>::new(), "a trial keeps nothing");
    assert!(!desktop.config_file().exists(), "nothing is written before it is saved");
    window.click("save-connection").await;

    // It stands on the first screen, in the person's own file, and works.
    window.reads("[data-testid='connection']", "Northwind, typed in").await;
    let written = std::fs::read_to_string(desktop.config_file()).expect("the file is written");
    assert!(written.contains("id = \"northwind-typed-in\"") && written.contains(&issuer), "{written}");
    window.click_css("[data-connection='northwind-typed-in']").await;
    let link = desktop.opened_link().await;
    browser.go_on(&link).await;
    window.in_tenant("acme").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_secrets_lie_is_shown_and_their_deletion_proven() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let window = Window::open(&desktop, &[]).await;
    let browser = crate::people::sign_in(&mut desktop, &window, ADA).await;

    window.click("nav-secrets").await;
    window.css("[data-testid='keychain'][data-state='working']").await;
    window.css("[data-testid='secret'][data-state='found']").await;
    let entry = desktop.keychain_entries().await.remove(0);
    window.reads("[data-testid='secret-entry']", &entry).await;

    // A locked keychain is said to be locked, and says nothing of what is in it.
    desktop.lock_keyring().await;
    window.click("examine-keychain").await;
    window.css("[data-testid='keychain'][data-state='locked']").await;
    window.css("[data-testid='secret'][data-state='locked']").await;
    desktop.start_keyring().await;
    window.click("examine-keychain").await;
    window.css("[data-testid='keychain'][data-state='working']").await;

    window.click("delete-secret").await;
    window.click("forget-confirm").await;
    window.find("screen-signed-out").await;
    assert_eq!(desktop.keychain_entries().await, Vec::<String>::new());
    let secrets = window.command("secrets", json!({})).await.unwrap();
    assert_eq!(secrets["secrets"][0]["state"], json!("no_entry"), "asked again: {secrets}");
    browser.close().await;
}
