//! A real browser in which the person signs in: Chromium, driven through its WebDriver.

use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    PATIENCE,
    desktop::Desktop,
    process::{Process, free_port},
};

/// A browser with its own profile. Ends with it.
pub struct Browser {
    /// For what the methods here do not cover.
    pub client: Client,
    _driver: Process,
    // The browser's own files: it keeps its history, and with it spent codes, as it does for any site.
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser in `desktop`.
    pub async fn start(desktop: &Desktop) -> Self {
        Self::start_as(desktop, false).await
    }

    /// As [`start`](Self::start), in a dark theme where that is asked for.
    pub async fn start_as(desktop: &Desktop, dark: bool) -> Self {
        let port = free_port();
        let mut driver = desktop.command("chromedriver");
        driver.arg(format!("--port={port}")).stdout(std::process::Stdio::null());
        let driver = Process::start(driver).listening(port).await;
        let profile = TempDir::with_prefix("keyward-browser-").expect("a folder");
        // Without these, Chromium waits for a keyring's password or for hosts that a test must not reach.
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--password-store=basic".to_owned(),
            "--window-size=1100,800".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        if dark {
            arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        let capabilities = json!({ "browserName": "chrome", "goog:chromeOptions": { "args": arguments } });
        let capabilities = capabilities.as_object().cloned().expect("an object");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("the browser starts");
        Self { client, _driver: driver, _profile: profile }
    }

    /// Opens the link and signs in on the provider's page, up to Keyward's last page.
    pub async fn sign_in(&self, link: &str, email: &str, password: &str) {
        self.client.goto(link).await.expect("the provider's page");
        let email_field = self.css("#email").await;
        email_field.clear().await.expect("the field can be cleared");
        email_field.send_keys(email).await.expect("the field takes keys");
        self.css("#password").await.send_keys(password).await.expect("the field takes keys");
        self.css("#continue").await.click().await.expect("the button");
    }

    /// Opens the link where the browser is signed in at the provider already, and goes on as that person.
    pub async fn go_on(&self, link: &str) {
        self.client.goto(link).await.expect("the provider's page");
        self.css("#continue").await.click().await.expect("the button");
    }

    /// The element that this selector names, waited for.
    pub async fn css(&self, selector: &str) -> Element {
        let wait = self.client.wait().at_most(Duration::from_secs(PATIENCE)).every(Duration::from_millis(50));
        match wait.for_element(Locator::Css(selector)).await {
            Ok(element) => element,
            Err(error) => {
                panic!("{selector} does not appear in the browser ({error}):\n{}", self.text().await)
            }
        }
    }

    /// Waits until the page says `text`.
    pub async fn says(&self, text: &str) {
        let said = async {
            while !self.text().await.contains(text) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(PATIENCE), said).await.is_err() {
            panic!("the browser never says {text:?}:\n{}", self.text().await);
        }
    }

    /// What a person could read in the page.
    pub async fn text(&self) -> String {
        let text = self.client.execute("return document.body ? document.body.innerText : '';", vec![]).await;
        text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// A picture of the page.
    pub async fn picture(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("a screenshot")
    }

    /// Ends the browser.
    pub async fn close(self) {
        let _ = self.client.close().await;
    }
}
