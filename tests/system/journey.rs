//! The main journey: Ada signs in in her browser, works in her tenants, restarts, and leaves nothing.

use fantoccini::key::Key;
use keyward_tests::{Browser, Desktop, Keyring, Service, Watch, Window};
use serde_json::json;

use crate::people::{ADA, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn ada_signs_in_works_in_her_tenants_restarts_and_leaves_nothing_behind() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let mut service = Service::start().await;
    desktop.configure(&service.configuration());
    let mut watch = Watch::default();

    // Sign in, in a real browser, to the default tenant.
    let window = Window::open(&desktop, &[]).await;
    window.find("screen-signed-out").await;
    watch.record(&window).await;
    window.click_css("[data-connection='northwind']").await;
    let link = desktop.opened_link().await;
    window.reads("[data-testid='sign-in-url']", &link).await;
    let browser = Browser::start(&desktop).await;
    browser.sign_in(&link, ADA, PASSWORD).await;
    browser.says("Signed in as Ada Lindqvist").await;
    window.in_tenant("acme").await;
    assert_eq!(desktop.keychain_entries().await.len(), 1, "one refresh token, in the keychain");

    // The palette finds a tenant by a few letters, and the window goes there.
    let elsewhere = other_tenant(&window).await;
    window.press(&[Key::Control], "k").await;
    window.fill("palette-input", &elsewhere).await;
    window.css(&format!("[data-testid='palette-item'][data-tenant='{elsewhere}']")).await;
    window.find("palette-input").await.send_keys(&char::from(Key::Enter).to_string()).await.unwrap();
    window.in_tenant(&elsewhere).await;

    // There Ada is no admin: she sees people read-only, is told why, and the directory refuses her.
    window.click("nav-people").await;
    window.css("[data-person]").await;
    window.find("read-only-reason").await;
    let person = window.run("return document.querySelector('[data-person]').dataset.person;", vec![]).await;
    let request = json!({ "changes": [{ "kind": "give", "person": person, "role": "owner" }], "seen": [], "reason": null });
    let refused =
        window.command("plan", json!({ "tenant": elsewhere, "request": request })).await.unwrap_err();
    assert_eq!(refused["code"], json!("forbidden"), "the directory decides, not a button: {refused}");
    let moved = window.command("people", json!({ "tenant": "acme", "query": {} })).await.unwrap_err();
    assert_eq!(moved["code"], json!("tenant_moved"), "no data of a tenant that the window has left");

    // Control and a number jumps along the rail.
    let script = "const tiles = [...document.querySelectorAll('[data-testid=\"tenant-tile\"]')]; \
        const at = tiles.findIndex(tile => !tile.hasAttribute('aria-current')); return [at + 1, tiles[at].dataset.tenant];";
    let target = window.run(script, vec![]).await;
    window.press(&[Key::Control], &target[0].to_string()).await;
    window.in_tenant(target[1].as_str().unwrap()).await;

    // Back in Acme she is owner: she gives a role and takes it again, each time through a plan.
    window.click_css("[data-testid='tenant-tile'][data-tenant='acme']").await;
    window.in_tenant("acme").await;
    let (ben, name) = somebody_without(&window, "billing-admin").await;
    give(&window, &ben, &name, "billing-admin").await;
    window.click("nav-audit").await;
    window.reads("[data-testid='view-audit']", &name).await;
    take(&window, &ben, &name, "billing-admin").await;

    // Restart: no browser, the same tenant.
    watch.add(service.issued());
    assert_eq!(watch.in_page(&window).await, vec![], "no token may be seen by the page");
    window.close().await;
    let window = Window::open(&desktop, &[]).await;
    window.in_tenant("acme").await;
    watch.record(&window).await;

    // Sign out: revoked at the provider, and gone from the keychain.
    window.click("nav-people").await;
    window.css("[data-person]").await;
    watch.add(service.issued());
    assert!(watch.len() > 8, "the provider has issued tokens to look for");
    assert_eq!(watch.in_page(&window).await, vec![], "nor after a restart");
    window.click("account-menu").await;
    window.click("sign-out").await;
    window.find("screen-signed-out").await;
    assert_eq!(desktop.keychain_entries().await, Vec::<String>::new(), "the keychain is empty");
    window.close().await;
    assert_eq!(watch.in_files(desktop.home()), vec![], "no token in any file of the person's home");
    browser.close().await;
}

/// A tenant of Ada's in which she may only look.
async fn other_tenant(window: &Window) -> String {
    let view = window.command("look", json!({})).await.unwrap();
    let tenants = view["tenants"].as_array().unwrap();
    let viewer =
        tenants.iter().find(|entry| entry["roles"] == json!(["Viewer"])).expect("Ada is a viewer somewhere");
    viewer["tenant"]["id"].as_str().unwrap().to_owned()
}

/// Somebody in Acme who is not Ada and does not hold the role.
async fn somebody_without(window: &Window, role: &str) -> (String, String) {
    let page = window.command("people", json!({ "tenant": "acme", "query": {} })).await.unwrap();
    let people = page["people"].as_array().unwrap();
    let without = |row: &&serde_json::Value| {
        row["person"]["email"] != json!(ADA) && !row["roles"].as_array().unwrap().contains(&json!(role))
    };
    let row = people.iter().find(without).expect("somebody without the role");
    (row["person"]["id"].as_str().unwrap().to_owned(), row["person"]["name"].as_str().unwrap().to_owned())
}

async fn open_person(window: &Window, person: &str, name: &str) {
    window.click("nav-people").await;
    window.open_person(person, name).await;
}

pub async fn give(window: &Window, person: &str, name: &str, role: &str) {
    open_person(window, person, name).await;
    window.click("give-role").await;
    window.click_css(&format!("[data-testid='role-item'][data-role='{role}']")).await;
    apply_plan(window).await;
    window.css(&format!("[data-testid='person-panel'] [data-testid='holding'][data-role='{role}']")).await;
}

pub async fn take(window: &Window, person: &str, name: &str, role: &str) {
    open_person(window, person, name).await;
    window
        .click_css(&format!("[data-testid='person-panel'] [data-testid='take-role'][data-role='{role}']"))
        .await;
    apply_plan(window).await;
    window.gone(&format!("[data-testid='person-panel'] [data-testid='holding'][data-role='{role}']")).await;
}

/// Reads the plan as a person does, then applies it by the button that names the tenant.
async fn apply_plan(window: &Window) {
    window.find("effect").await;
    window.reads("[data-testid='apply-plan']", "Acme").await;
    window.click("apply-plan").await;
}
