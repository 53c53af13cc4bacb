//! Who signs in, and how.

use keyward_tests::{Browser, Desktop, Window};

/// Owner of Acme, editor and viewer elsewhere.
pub const ADA: &str = "ada@northwind.example";
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
