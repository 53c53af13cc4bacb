//! Several people in one app, and a provider that wants the person.

use keyward_issuer::{Demand, Quirks, Refusal};
use keyward_model::TenantId;
use keyward_tests::{Browser, Desktop, Keyring, Service, Window};
use serde_json::json;

use crate::people::{ADA, PASSWORD, YASMIN, account, add_account, sign_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_signs_in_and_the_window_goes_back_and_forth_without_signing_out() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let window = Window::open(&desktop, &[]).await;
    let browser = sign_in(&mut desktop, &window, ADA).await;

    add_account(&mut desktop, &window, &browser, YASMIN).await;
    assert_eq!(account(&window).await, YASMIN);
    assert_eq!(desktop.keychain_entries().await.len(), 2, "nobody was signed out");

    // Back to Ada: no browser, no prompt.
    window.click("account-menu").await;
    window.click_css("[data-testid='account-item']:not([aria-current]):not([data-state='checked'])").await;
    let is_ada =
        "return document.querySelector('[data-testid=\"who\"]')?.textContent.includes('Ada') ?? false;";
    window.until(is_ada, vec![], "the window is Ada's, and says so").await;
    assert_eq!(account(&window).await, ADA);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_wants_a_second_factor_waits_until_the_person_says_so() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let window = Window::open(&desktop, &[]).await;
    let browser = sign_in(&mut desktop, &window, ADA).await;
    let here = window.tenant().await.unwrap();
    let view = window.command("look", json!({})).await.unwrap();
    let other = view["tenants"].as_array().unwrap().iter().find(|entry| entry["tenant"]["id"] != json!(here));
    let other = other.unwrap()["tenant"]["id"].as_str().unwrap().to_owned();
    let tenant = TenantId::new(other.clone()).unwrap();
    let demand = Some(Demand { tenant, refusal: Refusal::SecondFactor });
    service.provider().set_quirks(Quirks { demand, ..Quirks::default() });

    // The switch is refused, the tenant waits, and nothing opens by itself.
    window.click_css(&format!("[data-testid='tenant-tile'][data-tenant='{other}']")).await;
    window.css(&format!("[data-testid='parked'][data-tenant='{other}']")).await;
    assert_eq!(window.tenant().await.as_deref(), Some(here.as_str()), "the window stays where it was");
    window.find("parked-dot").await;

    window.click("continue-in-browser").await;
    let link = desktop.opened_link().await;
    browser.client.goto(&link).await.unwrap();
    browser.css("#password").await.send_keys(PASSWORD).await.unwrap();
    browser.css("#code").await.send_keys("keyward").await.unwrap();
    browser.css("#continue").await.click().await.unwrap();
    window.in_tenant(&other).await;
    window.gone("[data-testid='parked']").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_than_expected_is_shown_before_anything_is_kept() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let window = Window::open(&desktop, &[]).await;
    sign_in(&mut desktop, &window, ADA).await.close().await;

    // Ada's session is revoked elsewhere; she goes on from the first screen, in a browser that is Yasmin's.
    window.click("account-menu").await;
    window.click("sign-out").await;
    window.click("kept-account").await;
    let link = desktop.opened_link().await;
    let yasmins = Browser::start(&desktop).await;
    yasmins.sign_in(&link, YASMIN, PASSWORD).await;
    window.find("screen-somebody-else").await;
    window.reads("[data-testid='expected']", "Ada").await;
    window.reads("[data-testid='arrived']", "Yasmin").await;
    assert_eq!(desktop.keychain_entries().await, Vec::<String>::new(), "nothing is kept before it is meant");
    window.click("accept-arrival").await;
    window.find("screen-signed-in").await;
    assert_eq!(account(&window).await, YASMIN);
    assert_eq!(desktop.keychain_entries().await.len(), 1);
    yasmins.close().await;
}
