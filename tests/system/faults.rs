//! A provider that swaps, refuses or is down; two admins at once; a configuration that is wrong: each has
//! its own words in the window, and nothing is lost.

use keyward_issuer::Quirks;
use keyward_model::TenantId;
use keyward_tests::{Desktop, Keyring, Service, Window};
use serde_json::{Value, json};

use crate::people::{ADA, sign_in};

async fn try_tenant(window: &Window, tenant: &str) -> String {
    window.click("open-palette").await;
    window.fill("palette-input", tenant).await;
    window.click_css(&format!("[data-testid='palette-item'][data-tenant='{tenant}']")).await;
    let dialog = window.find("error-dialog").await;
    dialog.attr("data-code").await.unwrap().expect("the dialog says which error it is about")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_switch_has_its_own_words_and_the_window_stays() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let window = Window::open(&desktop, &[]).await;
    let browser = sign_in(&mut desktop, &window, ADA).await;
    let close = async || window.click("error-close").await;

    assert_eq!(try_tenant(&window, "verdant-foods").await, "tenant_forbidden");
    close().await;
    assert_eq!(try_tenant(&window, "no-such-tenant").await, "tenant_unknown");
    close().await;
    let swap = Some(TenantId::new("acme").unwrap());
    service.provider().set_quirks(Quirks { swap_every_audience_for: swap, ..Quirks::default() });
    assert_eq!(try_tenant(&window, "globex").await, "wrong_tenant_token");
    assert!(window.text().await.contains("dropped"), "the person is told that nothing of it was used");
    close().await;
    service.provider().set_quirks(Quirks { html_errors: true, ..Quirks::default() });
    assert_eq!(try_tenant(&window, "globex").await, "provider_unreachable");
    close().await;
    assert_eq!(window.tenant().await.as_deref(), Some("acme"), "the window stays where it was");
    service.provider().set_quirks(Quirks::default());
    window.click("open-palette").await;
    window.fill("palette-input", "globex").await;
    window.click_css("[data-testid='palette-item'][data-tenant='globex']").await;
    window.in_tenant("globex").await;
    window.close().await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_who_edit_one_person_get_a_conflict_and_lose_nothing() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let window = Window::open(&desktop, &[]).await;
    let browser = sign_in(&mut desktop, &window, ADA).await;
    window.click("nav-people").await;
    let page =
        window.command("people", json!({ "tenant": "acme", "query": { "role": "viewer" } })).await.unwrap();
    let row = page["people"][0].clone();
    let (person, name) = (row["person"]["id"].as_str().unwrap(), row["person"]["name"].as_str().unwrap());

    // Ada has the plan in front of her …
    window.open_person(person, name).await;
    window.click("give-role").await;
    window.click_css("[data-testid='role-item'][data-role='editor']").await;
    window.find("effect").await;
    // … when another edit of the same person is applied.
    apply(&window, json!([{ "kind": "give", "person": person, "role": "support" }])).await;
    window.click("apply-plan").await;
    window.find("conflict").await;
    window.reads("[data-testid='conflict']", name).await;
    window.click("look-again").await;
    window.gone("[data-testid='conflict']").await;
    window.find("effect").await;
    window.click("apply-plan").await;
    window.css("[data-testid='person-panel'] [data-testid='holding'][data-role='editor']").await;
    window.css("[data-testid='person-panel'] [data-testid='holding'][data-role='support']").await;
    window.close().await;
    browser.close().await;
}

async fn apply(window: &Window, changes: Value) {
    let request = json!({ "changes": changes, "seen": [], "reason": null });
    let plan = window.command("plan", json!({ "tenant": "acme", "request": request })).await.unwrap();
    window.command("apply", json!({ "tenant": "acme", "plan": plan["id"] })).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_of_a_tenant_cannot_be_taken_out() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let window = Window::open(&desktop, &[]).await;
    let browser = sign_in(&mut desktop, &window, ADA).await;
    let me = window.command("look", json!({})).await.unwrap()["account"]["person"]["id"].clone();
    // Everybody else who can edit roles is demoted first.
    for role in ["owner", "admin"] {
        let page =
            window.command("people", json!({ "tenant": "acme", "query": { "role": role } })).await.unwrap();
        let others = page["people"].as_array().unwrap().iter().filter(|row| row["person"]["id"] != me);
        let changes: Vec<Value> = others
            .map(|row| json!({ "kind": "take", "person": row["person"]["id"], "role": role }))
            .collect();
        if !changes.is_empty() {
            apply(&window, json!(changes)).await;
        }
    }
    for change in
        [json!({ "kind": "take", "person": me, "role": "owner" }), json!({ "kind": "remove", "person": me })]
    {
        let request = json!({ "changes": [change], "seen": [], "reason": null });
        let plan = window.command("plan", json!({ "tenant": "acme", "request": request })).await.unwrap();
        assert!(
            plan["warnings"].as_array().unwrap().iter().any(|w| w["kind"] == json!("last_admin")),
            "{plan}"
        );
        let refused =
            window.command("apply", json!({ "tenant": "acme", "plan": plan["id"] })).await.unwrap_err();
        assert_eq!(refused["code"], json!("last_admin"), "{change}");
    }
    // In the window: the plan says so, in words, and stops.
    window.click("nav-people").await;
    window.open_person(me.as_str().unwrap(), "Ada Lindqvist").await;
    window.click_css("[data-testid='person-panel'] [data-testid='take-role'][data-role='owner']").await;
    window.reads("[data-testid='plan-drawer']", "Ada Lindqvist").await;
    window
        .css("[data-testid='apply-plan'][disabled], [data-testid='apply-plan'][aria-disabled='true']")
        .await;
    window.close().await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_configuration_names_its_file_line_and_key() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration().replace("client_id", "cliend_id"));
    let window = Window::open(&desktop, &[]).await;
    for text in ["keyward.toml", "line 6", "cliend_id"] {
        window.reads("[data-testid='screen-signed-out']", text).await;
    }
    window.css("[data-connection='local']").await;
    window.close().await;

    // A provider that is not there is named, and the sign-in can be tried again.
    let nowhere = keyward_tests::free_port();
    let there = service.configuration();
    let issuer = there.lines().find(|line| line.starts_with("issuer")).unwrap().to_owned();
    desktop.configure(&there.replace(&issuer, &format!("issuer = \"http://127.0.0.1:{nowhere}\"")));
    let window = Window::open(&desktop, &[]).await;
    window.click_css("[data-connection='northwind']").await;
    window.reads("[data-testid='screen-signed-out']", &nowhere.to_string()).await;
    window.close().await;

    desktop.configure(&there);
    let window = Window::open(&desktop, &[]).await;
    let browser = sign_in(&mut desktop, &window, ADA).await;
    browser.close().await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_cannot_be_led_to_another_page_nor_frame_one() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let window = Window::open(&desktop, &[]).await;
    window.click_css("[data-connection='northwind']").await;
    let page = desktop.opened_link().await;
    window.find("sign-in-url").await;
    window.run("location.href = arguments[0];", vec![json!(page)]).await;
    let frame = "const frame = document.createElement('iframe'); frame.src = arguments[0]; frame.id = 'frame'; \
        document.body.append(frame);";
    let asked = service.provider().requests(keyward_issuer::Endpoint::Authorize);
    window.run(frame, vec![json!(page)]).await;
    // The app's own page is still there, and answers.
    window.click("cancel").await;
    window.css("[data-connection='northwind']").await;
    let here = window.run("return location.href;", vec![]).await;
    assert!(here.as_str().unwrap().starts_with("tauri://"), "{here}");
    assert_eq!(service.provider().requests(keyward_issuer::Endpoint::Authorize), asked, "nothing was loaded");
    assert_eq!(asked, 0, "neither by the page itself");
    window.close().await;
}
