//! The real window, driven through WebKit's own WebDriver.

use std::{collections::HashMap, path::PathBuf, time::Duration};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, key::Key};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    PATIENCE,
    desktop::Desktop,
    process::{Process, free_port},
};

/// A started app with its window. Ends with it.
pub struct Window {
    /// For what the methods here do not cover.
    pub client: Client,
    driver: Process,
}

/// The app under test: what `cargo xtask test` built and named.
fn app() -> PathBuf {
    std::env::var_os("KEYWARD_APP")
        .map(PathBuf::from)
        .expect("KEYWARD_APP names the app to test; `cargo xtask test` builds it and sets this")
}

impl Window {
    /// Starts the app in `desktop`, with these arguments.
    pub async fn open(desktop: &Desktop, arguments: &[&str]) -> Self {
        Self::open_as(desktop, arguments, |_| ()).await
    }

    /// As [`open`](Self::open), in an environment changed by `change`.
    pub async fn open_as(desktop: &Desktop, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let port = free_port();
        let mut driver = desktop.command("WebKitWebDriver");
        // What tauri-driver sets: the webview lets itself be driven.
        driver
            .arg(format!("--port={port}"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
        change(&mut driver);
        let driver = Process::start(driver).listening(port).await;
        let capabilities = json!({ "webkitgtk:browserOptions": { "binary": app(), "args": arguments } });
        let capabilities = capabilities.as_object().cloned().expect("an object");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("the window opens");
        Self { client, driver }
    }

    /// Ends the app as the system does at the end of a desktop session, and waits until it is gone. (The
    /// driver's own way would kill it, in the middle of whatever it does.)
    pub async fn close(self) {
        self.driver.ask_to_end(&app()).await;
        self.driver.childless().await;
        // The session has nothing behind it any more, which the driver may say.
        let _ = self.client.close().await;
    }

    /// The element with this test id, waited for.
    pub async fn find(&self, id: &str) -> Element {
        self.css(&format!("[data-testid='{id}']")).await
    }

    /// The element that this selector names, waited for.
    pub async fn css(&self, selector: &str) -> Element {
        let found = self
            .client
            .wait()
            .at_most(Duration::from_secs(PATIENCE))
            .every(Duration::from_millis(50))
            .for_element(Locator::Css(selector))
            .await;
        match found {
            Ok(element) => element,
            Err(error) => {
                panic!("{selector} does not appear ({error}); the window shows:\n{}", self.text().await)
            }
        }
    }

    /// Whether the selector names anything now.
    pub async fn has(&self, selector: &str) -> bool {
        !self.client.find_all(Locator::Css(selector)).await.expect("the window answers").is_empty()
    }

    /// Clicks the element with this test id.
    pub async fn click(&self, id: &str) {
        self.click_css(&format!("[data-testid='{id}']")).await;
    }

    /// Clicks what this selector names. A list that is drawn anew meanwhile is looked at again.
    pub async fn click_css(&self, selector: &str) {
        let mut last = None;
        for _ in 0..PATIENCE * 4 {
            match self.css(selector).await.click().await {
                Ok(()) => return,
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        panic!("{selector} cannot be clicked: {last:?}\n{}", self.text().await);
    }

    /// Waits until what the selector names holds `text`.
    pub async fn reads(&self, selector: &str, text: &str) {
        let script = "const e = document.querySelector(arguments[0]); return !!e && (e.textContent || e.value || '').includes(arguments[1]);";
        self.until(script, vec![json!(selector), json!(text)], &format!("{selector} reads {text:?}")).await;
    }

    /// Waits until the selector names nothing.
    pub async fn gone(&self, selector: &str) {
        let script = "return document.querySelector(arguments[0]) === null;";
        self.until(script, vec![json!(selector)], &format!("{selector} is gone")).await;
    }

    /// Waits until a script returns true.
    pub async fn until(&self, script: &str, arguments: Vec<Value>, what: &str) {
        let holds = async {
            while self.run(script, arguments.clone()).await != json!(true) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(PATIENCE), holds).await.is_err() {
            panic!("never: {what}; the window shows:\n{}", self.text().await);
        }
    }

    /// Runs a script in the page and returns what it returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute(script, arguments)
            .await
            .unwrap_or_else(|e| panic!("script failed: {e}\n{script}"))
    }

    /// Types into the element with this test id, in place of what is there.
    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.find(id).await;
        field.clear().await.expect("the field can be cleared");
        field.send_keys(text).await.expect("the field takes keys");
    }

    /// Presses keys together in the page, such as Control and "k".
    pub async fn press(&self, held: &[Key], key: &str) {
        let keys: String = held.iter().map(|key| char::from(*key)).chain(key.chars()).collect();
        let body = self.css("body").await;
        body.send_keys(&keys).await.expect("the window takes keys");
    }

    /// What a person could read in the window.
    pub async fn text(&self) -> String {
        let text = self.client.execute("return document.body.innerText;", vec![]).await;
        text.ok()
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_else(|| "(no answer)".to_owned())
    }

    /// A picture of the page.
    pub async fn picture(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("a screenshot")
    }

    /// The tenant that the window says it is in.
    pub async fn tenant(&self) -> Option<String> {
        let script = "return document.querySelector('[data-testid=\"screen-signed-in\"]')?.dataset.currentTenant ?? null;";
        self.run(script, vec![]).await.as_str().map(str::to_owned)
    }

    /// Waits until the window is in the tenant.
    pub async fn in_tenant(&self, tenant: &str) {
        self.css(&format!("[data-testid='screen-signed-in'][data-current-tenant='{tenant}']")).await;
    }

    /// In People, searches for somebody by name and opens them, as soon as the list holds nobody else: a click
    /// on a list that is about to shrink lands beside the row.
    pub async fn open_person(&self, person: &str, name: &str) {
        self.fill("people-search", name).await;
        let alone = "const rows = [...document.querySelectorAll('[data-testid=\"person-row\"]')]; \
            return rows.length === 1 && rows[0].dataset.person === arguments[0];";
        self.until(alone, vec![json!(person)], &format!("the list holds {name} alone")).await;
        self.click_css(&format!("[data-testid='person-row'][data-person='{person}']")).await;
        self.reads("[data-testid='person-panel']", name).await;
    }

    /// Calls a command as a script in the page would, and returns its answer or its refusal.
    pub async fn command(&self, name: &str, arguments: Value) -> Result<Value, Value> {
        let script = "const [name, args, done] = arguments; \
            window.__TAURI_INTERNALS__.invoke(name, args).then(ok => done({ ok }), error => done({ error }));";
        let answer = self
            .client
            .execute_async(script, vec![json!(name), arguments])
            .await
            .expect("the window answers");
        let mut answer: HashMap<String, Value> = serde_json::from_value(answer).expect("an answer");
        match answer.remove("error") {
            Some(error) => Err(error),
            None => Ok(answer.remove("ok").unwrap_or_default()),
        }
    }
}
