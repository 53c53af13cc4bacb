//! The local workspace, in the app's own process: first start, restart, `--fresh`, a port that is taken.

use std::{fs, net::TcpListener};

use keyward_tests::{Browser, Desktop, Keyring, Window};
use serde_json::json;

use crate::people::{ADA, PASSWORD};

async fn enter(desktop: &mut Desktop, window: &Window, browser: &Browser) {
    window.click_css("[data-connection='local']").await;
    let link = desktop.opened_link().await;
    browser.sign_in(&link, ADA, PASSWORD).await;
    window.in_tenant("acme").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_workspace_survives_a_restart_and_starts_anew_when_asked() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let browser = Browser::start(&desktop).await;
    let window = Window::open(&desktop, &[]).await;
    enter(&mut desktop, &window, &browser).await;
    window.click("nav-people").await;
    window.reads("[data-testid='people-count']", "people").await;
    give_first_support(&window).await;
    window.close().await;

    let window = Window::open(&desktop, &[]).await;
    window.in_tenant("acme").await;
    let audit = window.command("audit", json!({ "tenant": "acme", "cursor": null })).await.unwrap();
    assert_eq!(audit["entries"][0]["reason"], json!("kept over a restart"), "{audit}");
    window.close().await;

    let window = Window::open(&desktop, &["--fresh"]).await;
    window.find("screen-signed-out").await;
    browser.client.delete_all_cookies().await.unwrap();
    enter(&mut desktop, &window, &browser).await;
    let audit = window.command("audit", json!({ "tenant": "acme", "cursor": null })).await.unwrap();
    assert_ne!(audit["entries"][0]["reason"], json!("kept over a restart"), "begun anew");
    window.close().await;
    browser.close().await;
}

async fn give_first_support(window: &Window) {
    let page = window.command("people", json!({ "tenant": "acme", "query": {} })).await.unwrap();
    let rows = page["people"].as_array().unwrap();
    let row = rows.iter().find(|row| !row["roles"].as_array().unwrap().contains(&json!("support"))).unwrap();
    let person = &row["person"]["id"];
    let request = json!({
        "changes": [{ "kind": "give", "person": person, "role": "support" }],
        "seen": [{ "person": person, "version": row["version"] }],
        "reason": "kept over a restart"
    });
    let plan = window.command("plan", json!({ "tenant": "acme", "request": request })).await.unwrap();
    window.command("apply", json!({ "tenant": "acme", "plan": plan["id"] })).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named_and_another_one_offered() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let browser = Browser::start(&desktop).await;
    let window = Window::open(&desktop, &[]).await;
    enter(&mut desktop, &window, &browser).await;
    let view = window.command("look", json!({})).await.unwrap();
    let issuer = view["account"]["issuer"].as_str().unwrap().to_owned();
    window.close().await;

    let port: u16 = issuer.rsplit(':').next().unwrap().parse().unwrap();
    let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let window = Window::open(&desktop, &[]).await;
    window.reads("[data-testid='screen-signed-out']", &port.to_string()).await;
    window.click("move-port").await;
    let link = desktop.opened_link().await;
    assert!(!link.starts_with(&issuer), "the workspace has moved: {link}");
    browser.client.delete_all_cookies().await.unwrap();
    browser.sign_in(&link, ADA, PASSWORD).await;
    window.in_tenant("acme").await;
    window.close().await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_directory_file_is_named_and_left_as_it_is() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let browser = Browser::start(&desktop).await;
    let window = Window::open(&desktop, &[]).await;
    enter(&mut desktop, &window, &browser).await;
    window.close().await;

    let folder = desktop.data_folder().join("local");
    let directory = folder.join("directory.db");
    for rest in ["directory.db-wal", "directory.db-shm"] {
        let _ = fs::remove_file(folder.join(rest));
    }
    let mut bytes = fs::read(&directory).unwrap();
    for byte in &mut bytes[4096..12288] {
        *byte ^= 0x5a;
    }
    fs::write(&directory, &bytes).unwrap();
    let window = Window::open(&desktop, &[]).await;
    window.reads("body", "directory.db").await;
    assert!(!window.has("[data-testid='screen-signed-in']").await, "nothing of a damaged file is shown");
    window.close().await;
    assert_eq!(fs::read(&directory).unwrap(), bytes, "left for whoever can mend it");
    browser.close().await;
}
