//! Several windows of one app: each pinned to its own account and tenant, none in the way of another.

use fantoccini::key::Key;
use keyward_tests::{Desktop, Keyring, Service, Window};
use serde_json::json;

use crate::people::{ADA, YASMIN, account, add_account, sign_in};

/// Goes there by the palette, in this window or in one of its own.
async fn go(window: &Window, tenant: &str, apart: bool) {
    window.click("open-palette").await;
    window.fill("palette-input", tenant).await;
    window.css(&format!("[data-testid='palette-item'][data-tenant='{tenant}']")).await;
    let keys = if apart { vec![Key::Control, Key::Enter] } else { vec![Key::Enter] };
    let keys: String = keys.into_iter().map(char::from).collect();
    window.find("palette-input").await.send_keys(&keys).await.unwrap();
}

/// What the window shows, and whether it may ask for this tenant's people: only where it is.
async fn is_at_work_in(window: &Window, tenant: &str) {
    window.in_tenant(tenant).await;
    for asked in ["acme", "globex", "quarrystone"] {
        let answer = window.command("people", json!({ "tenant": asked, "query": {} })).await;
        match answer {
            Ok(_) => assert_eq!(asked, tenant, "no other tenant's people are shown"),
            Err(refused) => {
                assert_ne!(asked, tenant, "{refused}");
                assert_eq!(refused["code"], json!("tenant_moved"), "{refused}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_in_a_window_of_its_own_stays_there_whatever_the_other_window_does() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let manager = desktop.manage_windows().await;
    let window = Window::open(&desktop, &[]).await;
    let browser = sign_in(&mut desktop, &window, ADA).await;
    let first = window.here().await;

    // Another tenant in a window of its own: this one stays.
    go(&window, "globex", true).await;
    let second = window.go_to_the_one_beside(&[&first]).await;
    is_at_work_in(&window, "globex").await;
    window.go_to(&first).await;
    is_at_work_in(&window, "acme").await;
    desktop.windows_are_called(&["Acme", "Globex"]).await;

    // One of them moves on.
    go(&window, "quarrystone", false).await;
    is_at_work_in(&window, "quarrystone").await;
    window.go_to(&second).await;
    is_at_work_in(&window, "globex").await;
    desktop.windows_are_called(&["Globex", "Quarry"]).await;

    // The first closes, the other goes on, and it alone comes back with the next start.
    desktop.close_window("Quarry").await;
    assert_eq!(window.windows(1).await, [second]);
    is_at_work_in(&window, "globex").await;
    go(&window, "acme", false).await;
    is_at_work_in(&window, "acme").await;
    window.close().await;
    let window = Window::open(&desktop, &[]).await;
    is_at_work_in(&window, "acme").await;
    desktop.windows_are_called(&["Acme"]).await;
    assert_eq!(window.windows(1).await.len(), 1);
    window.close().await;
    browser.close().await;
    manager.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_in_two_windows_come_back_where_they_were_and_one_signs_out_alone() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let manager = desktop.manage_windows().await;
    let window = Window::open(&desktop, &[]).await;
    let browser = sign_in(&mut desktop, &window, ADA).await;
    go(&window, "globex", false).await;
    window.in_tenant("globex").await;
    add_account(&mut desktop, &window, &browser, YASMIN).await;
    let yasmins_tenant = window.tenant().await.unwrap();
    let yasmins = window.here().await;

    // Ada's account in a window of its own, where she was.
    window.click("account-menu").await;
    let adas_row = "[data-testid='account-item']:not([aria-current]) + [data-testid='account-new-window']";
    window.click_css(adas_row).await;
    let adas = window.go_to_the_one_beside(&[&yasmins]).await;
    window.in_tenant("globex").await;
    assert_eq!(account(&window).await, ADA);
    // A third, as this one is.
    window.press(&[Key::Control, Key::Shift], "n").await;
    window.go_to_the_one_beside(&[&yasmins, &adas]).await;
    window.in_tenant("globex").await;
    go(&window, "quarrystone", false).await;
    window.in_tenant("quarrystone").await;
    window.go_to(&yasmins).await;
    assert_eq!(account(&window).await, YASMIN, "her window is hers still");
    window.close().await;

    // Started again: each is where it was, and nobody is asked for anything.
    let window = Window::open(&desktop, &[]).await;
    let mut found = Vec::new();
    let mut adas = None;
    for handle in window.windows(3).await {
        window.go_to(&handle).await;
        window.find("screen-signed-in").await;
        let whose = account(&window).await;
        found.push((whose.clone(), window.tenant().await.unwrap()));
        if whose == ADA {
            adas = Some(handle);
        }
    }
    found.sort();
    let place = |who: &str, tenant: &str| (who.to_owned(), tenant.to_owned());
    assert_eq!(found, [place(ADA, "globex"), place(ADA, "quarrystone"), place(YASMIN, &yasmins_tenant)]);

    // Ada signs out: both of her windows say so, and Yasmin's works on.
    window.go_to(&adas.unwrap()).await;
    window.click("account-menu").await;
    window.click("sign-out").await;
    window.find("screen-signed-out").await;
    let mut at_work = Vec::new();
    for handle in window.windows(3).await {
        window.go_to(&handle).await;
        window.css("[data-testid='screen-signed-out'], [data-testid='screen-signed-in']").await;
        at_work.extend(window.tenant().await);
        if window.has("[data-testid='screen-signed-in']").await {
            window.click("nav-people").await;
            window.css("[data-person]").await;
            assert_eq!(account(&window).await, YASMIN);
        }
    }
    assert_eq!(at_work, [yasmins_tenant], "Yasmin's alone");
    assert_eq!(desktop.keychain_entries().await.len(), 1);
    window.close().await;
    browser.close().await;
    manager.end().await;
}
