//! The tour: the real window through the whole journey, a picture of every screen, light and dark, in
//! `target/tour/`. `cargo xtask tour` runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a tour that cannot go on says where"
)]

use std::{fs, path::PathBuf};

use keyward_issuer::{Demand, Quirks, Refusal};
use keyward_model::TenantId;
use keyward_tests::{Browser, Desktop, Keyring, Service, Window};
use serde_json::json;

const ADA: &str = "ada@northwind.example";
const PASSWORD: &str = keyward_server::local::PASSWORD;

/// One tour in one theme.
struct Tour {
    theme: &'static str,
    folder: PathBuf,
    taken: usize,
}

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::var_os("KEYWARD_TOUR").unwrap_or_else(|| "target/tour".into()));
    // Pictures of screens that are no more would mislead.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the pictures");
    for (theme, gtk) in [("light", "Adwaita"), ("dark", "Adwaita:dark")] {
        Tour { theme, folder: folder.clone(), taken: 0 }.go(gtk).await;
    }
    println!("Pictures are in {}", folder.display());
}

impl Tour {
    async fn go(mut self, gtk: &str) {
        let mut desktop = Desktop::start(Keyring::Unlocked).await;
        let service = Service::start().await;
        desktop.configure(&service.configuration());
        let open = async |desktop: &Desktop| {
            let in_theme = |driver: &mut tokio::process::Command| {
                driver.env("GTK_THEME", gtk);
            };
            Window::open_as(desktop, &[], in_theme).await
        };

        let window = open(&desktop).await;
        window.css("[data-connection='northwind']").await;
        self.shot(&window, "signed-out").await;
        self.adds_a_connection(&window, &service).await;
        window.click("sign-in-to-tenant").await;
        window.find("tenant-input").await;
        self.shot(&window, "sign-in-to-a-tenant").await;
        window.click_css("[data-connection='northwind']").await;
        let link = desktop.opened_link().await;
        window.find("sign-in-url").await;
        self.shot(&window, "signing-in").await;
        let browser = Browser::start_as(&desktop, self.theme == "dark").await;
        browser.client.goto(&link).await.unwrap();
        browser.css("#email").await;
        self.page(&browser, "provider-sign-in").await;
        browser.sign_in(&link, ADA, PASSWORD).await;
        browser.says("Signed in as").await;
        self.page(&browser, "browser-signed-in").await;

        window.in_tenant("acme").await;
        self.views(&window).await;
        self.edits(&window).await;
        self.switches(&window, &service).await;
        self.waits(&window, &service).await;
        self.secrets(&window).await;

        window.click("account-menu").await;
        window.find("forget-account").await;
        self.shot(&window, "account-menu").await;
        window.click("forget-account").await;
        window.find("forget-confirm").await;
        self.shot(&window, "forget-this-account").await;
        window.close().await;

        let window = open(&desktop).await;
        self.somebody_else(&mut desktop, &window).await;
        window.close().await;
        service.provider().set_quirks(Quirks { html_errors: true, ..Quirks::default() });
        let window = open(&desktop).await;
        window.find("screen-offline").await;
        self.shot(&window, "offline").await;
        window.close().await;
        service.provider().set_quirks(Quirks::default());
        desktop.lock_keyring().await;
        let window = open(&desktop).await;
        window.find("screen-keychain-blocked").await;
        self.shot(&window, "keychain-locked").await;
        window.close().await;
        browser.close().await;
    }

    async fn views(&mut self, window: &Window) {
        window.click("nav-people").await;
        window.css("[data-person]").await;
        self.shot(window, "people").await;
        window.click("nav-me").await;
        window.find("me-countdown").await;
        self.shot(window, "me").await;
        window.click("nav-roles").await;
        window.find("role").await;
        self.shot(window, "roles").await;
        window.click("nav-audit").await;
        window.find("audit-entry").await;
        self.shot(window, "audit").await;
        window.click("open-palette").await;
        window.find("palette-item").await;
        self.shot(window, "palette").await;
        window.fill("palette-input", "har").await;
        window.css("[data-testid='palette-item'][data-tenant='harbourline']").await;
        self.shot(window, "palette-search").await;
        window.fill("palette-input", "glo").await;
        window.click_css("[data-testid='palette-item'][data-tenant='globex']").await;
        window.in_tenant("globex").await;
        window.click("nav-people").await;
        window.find("read-only-reason").await;
        window.css("[data-person]").await;
        self.shot(window, "people-read-only").await;
        window.click("open-palette").await;
        window.fill("palette-input", "staging").await;
        window.click_css("[data-testid='palette-item'][data-tenant='acme-staging']").await;
        window.in_tenant("acme-staging").await;
        window.reads("[data-person] [data-testid='row-roles']", "Editor").await;
        self.shot(window, "sandbox").await;
        window.click_css("[data-testid='tenant-tile'][data-tenant='acme']").await;
        window.in_tenant("acme").await;
    }

    async fn edits(&mut self, window: &Window) {
        window.click("nav-people").await;
        let people = window
            .command("people", json!({ "tenant": "acme", "query": { "role": "viewer" } }))
            .await
            .unwrap();
        let row = &people["people"][0];
        let person = row["person"]["id"].as_str().unwrap();
        window.css("[data-person]").await;
        window.click_css("[data-person]:nth-of-type(3)").await;
        window.find("holding").await;
        self.shot(window, "person").await;
        window.open_person(person, row["person"]["name"].as_str().unwrap()).await;
        window.find("holding").await;
        window.click("give-role").await;
        window.find("role-item").await;
        self.shot(window, "give-role").await;
        window.click_css("[data-testid='role-item'][data-role='admin']").await;
        window.find("effect").await;
        self.shot(window, "plan").await;
        // Meanwhile the same person is edited by somebody else.
        let request = json!({ "changes": [{ "kind": "give", "person": person, "role": "support" }], "seen": [], "reason": "Covers the help desk" });
        let plan = window.command("plan", json!({ "tenant": "acme", "request": request })).await.unwrap();
        window.command("apply", json!({ "tenant": "acme", "plan": plan["id"] })).await.unwrap();
        window.click("apply-plan").await;
        window.find("conflict").await;
        self.shot(window, "conflict").await;
        window.click("look-again").await;
        window.gone("[data-testid='conflict']").await;
        window.find("effect").await;
        window.click("apply-plan").await;
        window.find("toast").await;
        window.reads("[data-testid='person-panel']", "Given by Ada Lindqvist on").await;
        self.shot(window, "applied").await;
        self.for_a_time(window, row["person"]["name"].as_str().unwrap()).await;
        self.adds_somebody(window).await;
    }

    /// A role until a moment: chosen, planned, held.
    async fn for_a_time(&mut self, window: &Window, name: &str) {
        window.gone("[data-testid='toast']").await;
        window.click("give-role").await;
        window.click_css("[data-testid='menu-span'][data-choice='week']").await;
        self.shot(window, "give-role-for-a-time").await;
        window.click_css("[data-testid='role-item'][data-role='billing-admin']").await;
        window.find("timing").await;
        window.click_css("label:has([data-testid='span-choice'][data-choice='own'])").await;
        window.fill("span-until", "18:00\u{e007}").await;
        window.reads("[data-testid='plan-title']", "18:00").await;
        window.css("[data-testid='apply-plan']:not([disabled])").await;
        self.shot(window, "plan-for-a-time").await;
        window.fill("plan-reason", "Covers the close of the year").await;
        window.click("apply-plan").await;
        window.reads("[data-testid='holding'][data-role='billing-admin']", "18:00").await;
        window.reads("[data-testid='panel-name']", name).await;
        self.shot(window, "held-for-a-time").await;
    }

    /// Somebody who has not been here yet.
    async fn adds_somebody(&mut self, window: &Window) {
        window.click("panel-close").await;
        window.click("add-person").await;
        window.fill("add-email", "zoe.smit@northwind.example").await;
        window.fill("add-name", "Zoë Smit").await;
        window.click_css("[data-testid='add-role'][data-role='support']").await;
        self.shot(window, "add-person").await;
        window.click("add-next").await;
        window.find("effect").await;
        window.css("[data-testid='apply-plan']:not([disabled])").await;
        self.shot(window, "add-person-plan").await;
        window.click("apply-plan").await;
        window.gone("[data-testid='plan-drawer']").await;
        window.fill("people-search", "zoe.smit").await;
        window.find("invited").await;
        window.click_css("[data-testid='person-row']:has([data-testid='invited'])").await;
        window.find("holding").await;
        self.shot(window, "invited").await;
        window.click("panel-close").await;
        window.fill("people-search", "").await;
    }

    async fn switches(&mut self, window: &Window, service: &Service) {
        self.refused(window, "verdant-foods", "not-in-this-tenant").await;
        let swap = Some(TenantId::new("acme").unwrap());
        service.provider().set_quirks(Quirks { swap_every_audience_for: swap, ..Quirks::default() });
        self.refused(window, "meridian-health", "wrong-tenant-token").await;
        service.provider().set_quirks(Quirks { html_errors: true, ..Quirks::default() });
        self.refused(window, "meridian-health", "provider-down").await;
        service.provider().set_quirks(Quirks::default());
    }

    async fn adds_a_connection(&mut self, window: &Window, service: &Service) {
        window.click("add-connection").await;
        window.find("issuer-input").await;
        self.shot(window, "add-a-connection").await;
        window.fill("issuer-input", &service.issuer()).await;
        window.click("check-issuer").await;
        window.css("[data-testid='adding-next']:not([disabled])").await;
        window.css("[data-testid='check-line'][data-outcome='passed']:nth-of-type(3)").await;
        self.shot(window, "provider-checked").await;
        window.click("adding-next").await;
        window.click_css("[data-testid='preset'][data-preset='rfc8707']").await;
        self.shot(window, "preset").await;
        window.click("adding-next").await;
        window.fill("draft-name", "Northwind Cloud").await;
        window.fill("setting-tenant_resource", "https://api.northwind.example/{tenant}").await;
        self.shot(window, "preset-details").await;
        for _ in 0..3 {
            window.click("adding-back").await;
        }
        window.find("screen-signed-out").await;
    }

    /// A tenant that wants a second factor: it waits.
    async fn waits(&mut self, window: &Window, service: &Service) {
        let demand =
            Demand { tenant: TenantId::new("meridian-health").unwrap(), refusal: Refusal::SecondFactor };
        service.provider().set_quirks(Quirks { demand: Some(demand), ..Quirks::default() });
        window.click("open-palette").await;
        window.fill("palette-input", "meridian").await;
        window.click_css("[data-testid='palette-item'][data-tenant='meridian-health']").await;
        window.find("parked").await;
        self.shot(window, "waits-for-you").await;
        service.provider().set_quirks(Quirks::default());
    }

    async fn secrets(&mut self, window: &Window) {
        window.click("nav-secrets").await;
        window.css("[data-testid='secret'][data-state='found']").await;
        self.shot(window, "where-secrets-lie").await;
    }

    /// Forgets nobody, signs out, and has the browser come back as somebody else.
    async fn somebody_else(&mut self, desktop: &mut Desktop, window: &Window) {
        window.find("screen-signed-in").await;
        window.click("account-menu").await;
        window.click("sign-out").await;
        window.find("kept-account").await;
        self.shot(window, "known-here").await;
        window.click("kept-account").await;
        let link = desktop.opened_link().await;
        let browser = Browser::start(desktop).await;
        browser.sign_in(&link, "yasmin.nasser@northwind.example", PASSWORD).await;
        window.find("screen-somebody-else").await;
        self.shot(window, "somebody-else").await;
        window.click("accept-arrival").await;
        window.find("screen-signed-in").await;
        self.shot(window, "second-person").await;
        browser.close().await;
    }

    async fn refused(&mut self, window: &Window, tenant: &str, name: &str) {
        window.click("open-palette").await;
        window.fill("palette-input", tenant).await;
        window.click_css(&format!("[data-testid='palette-item'][data-tenant='{tenant}']")).await;
        window.find("error-dialog").await;
        self.shot(window, name).await;
        window.click("error-close").await;
        window.gone("[data-testid='error-dialog']").await;
    }

    async fn shot(&mut self, window: &Window, name: &str) {
        window.until(
            "return document.fonts.status === 'loaded' && document.getAnimations().every(a => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity);",
            vec![],
            "the window is still",
        )
        .await;
        // What the script sees is painted two frames later.
        let painted = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)));";
        window.client.execute_async(painted, vec![]).await.unwrap();
        self.save(name, &window.picture().await);
    }

    async fn page(&mut self, browser: &Browser, name: &str) {
        self.save(name, &browser.picture().await);
    }

    fn save(&mut self, name: &str, picture: &[u8]) {
        self.taken += 1;
        let file = self.folder.join(format!("{:02}-{name}-{}.png", self.taken, self.theme));
        fs::write(&file, picture).expect("the picture is written");
        println!("{}", file.display());
    }
}
