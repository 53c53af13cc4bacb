//! Who signs in, and how.

use fantoccini::Locator;
use keyward_tests::{Browser, Desktop, Window};
use serde_json::json;

/// Owner of Acme, editor and viewer elsewhere.
pub const ADA: &str = "ada@northwind.example";
/// Another of Northwind's own people.
pub const YASMIN: &str = "yasmin.nasser@northwind.example";
/// Everybody's password at Northwind.
pub const PASSWORD: &str = keyward_server::local::PASSWORD;

/// Signs in at the configured service, in a new browser, and waits for the tenant that opens.
pub async fn sign_in(desktop: &mut Desktop, window: &Window, email: &str) -> Browser {
    window.click_css("[data-connection='northwind']").await;
    let link = desktop.opened_link().await;
    let browser = Browser::start(desktop).await;
    browser.sign_in(&link, email, PASSWORD).await;
    window.find("screen-signed-in").await;
    browser
}

/// Signs in as somebody else from the account menu, in the browser of whoever is at work, and waits for them.
pub async fn add_account(desktop: &mut Desktop, window: &Window, browser: &Browser, email: &str) {
    window.click("account-menu").await;
    window.click("add-account").await;
    // The provider is asked to let the person choose, though somebody is signed in in the browser.
    let link = desktop.opened_link().await;
    assert!(link.contains("prompt=select_account"), "{link}");
    browser.client.goto(&link).await.unwrap();
    if let Ok(other) = browser.client.find(Locator::Css("#other")).await {
        other.click().await.unwrap();
    }
    browser.css("#email").await.clear().await.unwrap();
    browser.css("#email").await.send_keys(email).await.unwrap();
    browser.css("#password").await.send_keys(PASSWORD).await.unwrap();
    browser.css("#continue").await.click().await.unwrap();
    let arrived = "return document.querySelector('[data-testid=\"screen-signed-in\"]') !== null;";
    window.until(arrived, vec![], "the second person is at work").await;
}

/// The e-mail address of whom the window is at work as.
pub async fn account(window: &Window) -> String {
    let view = window.command("look", json!({})).await.unwrap();
    view["account"]["person"]["email"].as_str().unwrap_or_default().to_owned()
}
