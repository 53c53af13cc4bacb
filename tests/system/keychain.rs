//! The real keychain standing in the way: locked, absent, come back.

use keyward_tests::{Browser, Desktop, Keyring, Service, Window};

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
