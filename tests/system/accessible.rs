//! axe-core, inside the real window, on every main screen, light and dark: WCAG 2.2 A and AA.

use std::{fs, path::Path};

use keyward_tests::{Desktop, Keyring, Service, Window};
use serde_json::{Value, json};

use crate::people::{ADA, sign_in};

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");

/// What axe holds against the page: rule, elements, reason. Its experimental rule on names that do not begin
/// with the visible text is left out: a tenant's tile shows initials as a picture of its name, which a screen
/// reader is told in full.
async fn complaints(window: &Window, screen: &str) -> Vec<String> {
    if window.run("return typeof window.axe;", vec![]).await != json!("object") {
        let axe = fs::read_to_string(Path::new(AXE)).expect("axe-core is among the UI's packages");
        window.run(&axe, vec![]).await;
    }
    let script = "const done = arguments[0]; const still = () => document.getAnimations().some(a => \
        a.playState === 'running' && a.effect?.getTiming().iterations !== Infinity) \
        ? setTimeout(still, 20) : axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], \
        rules: { 'label-content-name-mismatch': { enabled: false } } }) \
        .then(r => done(r.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 200)).join(' | '), v.nodes[0].failureSummary])), \
        e => done([['axe failed', String(e)]])); requestAnimationFrame(() => requestAnimationFrame(still));";
    let found = window.client.execute_async(script, vec![]).await.expect("axe runs");
    let found: Vec<Value> = serde_json::from_value(found).expect("a list");
    found.into_iter().map(|complaint| format!("{screen}: {complaint}")).collect()
}

async fn walk(gtk_theme: &str) -> Vec<String> {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    desktop.without_motion();
    let in_theme = |driver: &mut tokio::process::Command| {
        driver.env("GTK_THEME", gtk_theme);
    };
    let window = Window::open_as(&desktop, &[], in_theme).await;
    window.css("[data-connection='northwind']").await;
    let mut found = complaints(&window, "signed out").await;
    window.click_css("[data-connection='northwind']").await;
    window.find("sign-in-url").await;
    found.extend(complaints(&window, "signing in").await);
    let _ = desktop.opened_link().await;
    window.click("cancel").await;
    let browser = sign_in(&mut desktop, &window, ADA).await;
    for (view, ready) in
        [("people", "row-roles"), ("me", "me-countdown"), ("roles", "role"), ("audit", "audit-entry")]
    {
        window.click(&format!("nav-{view}")).await;
        window.find(ready).await;
        found.extend(complaints(&window, view).await);
    }
    window.click("nav-people").await;
    window.click_css("[data-person]:nth-of-type(3)").await;
    window.find("holding").await;
    found.extend(complaints(&window, "person").await);
    window.click("give-role").await;
    window.find("role-item").await;
    found.extend(complaints(&window, "give a role").await);
    window.click_css("[data-testid='role-item'][data-role='admin']").await;
    window.find("effect").await;
    window.css("[data-testid='apply-plan']:not([disabled], [aria-disabled='true'])").await;
    found.extend(complaints(&window, "plan").await);
    window.click_css("label:has([data-testid='span-choice'][data-choice='own'])").await;
    window.fill("span-until", "2099-12-24 18:00\u{e007}").await;
    window.reads("[data-testid='plan-title']", "until 24 Dec 2099").await;
    window.css("[data-testid='apply-plan']:not([disabled], [aria-disabled='true'])").await;
    found.extend(complaints(&window, "plan for a time").await);
    window.click("apply-plan").await;
    window.find("chip-time").await;
    window.gone("[data-testid='plan-drawer']").await;
    found.extend(complaints(&window, "held for a time").await);
    window.click("add-person").await;
    window.find("add-email").await;
    window.click("add-next").await;
    found.extend(complaints(&window, "add a person").await);
    window.fill("add-email", "zoe@northwind.example").await;
    window.fill("add-name", "Zoë Smit").await;
    window.click("add-next").await;
    window.find("effect").await;
    window.click("apply-plan").await;
    window.gone("[data-testid='plan-drawer']").await;
    window.fill("people-search", "zoe@").await;
    window.find("invited").await;
    found.extend(complaints(&window, "invited").await);
    window.click("open-palette").await;
    window.find("palette-item").await;
    found.extend(complaints(&window, "palette").await);
    window.fill("palette-input", "verdant-foods").await;
    window.click_css("[data-testid='palette-item'][data-tenant='verdant-foods']").await;
    window.find("error-dialog").await;
    found.extend(complaints(&window, "refused switch").await);
    window.click("error-close").await;
    window.close().await;
    browser.close().await;
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_in_the_light_is_accessible() {
    assert_eq!(walk("Adwaita").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_in_the_dark_is_accessible() {
    assert_eq!(walk("Adwaita:dark").await, Vec::<String>::new());
}
