//! PyPI `idpyoidc`: token exchange (RFC 8693) for a public client, an `audience` for each tenant. It wants an
//! access token as the subject; a spent refresh token is refused with `invalid_request`, and ends nothing.

use std::time::Duration;

use serde_json::json;
use tokio::process::Command;

use super::{CLIENT_ID, Person, RESOURCE, Running, TENANTS, installed, launch, said, sources};
use crate::Browser;

const NAME: &str = "idpyoidc";

/// How it is to behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether each refresh spends its refresh token.
    pub rotate: bool,
    /// How long an access token lives, in whole seconds. An exchanged one lives no longer than its subject.
    pub access_token: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { rotate: true, access_token: Duration::from_secs(300) }
    }
}

/// Starts it, where it is installed.
pub async fn start(options: &Options) -> Option<Running> {
    let installed = installed(NAME)?;
    let people = ["ada", "ben"].map(|name| Person { login: name, password: "northwind", subject: name });
    let passwords = people.map(|person| (person.login.to_owned(), json!(person.password)));
    let words = json!({
        "client_id": CLIENT_ID,
        "resource": RESOURCE,
        "tenants": TENANTS,
        "people": serde_json::Map::from_iter(passwords),
        "access_token_seconds": options.access_token.as_secs(),
        "rotate": options.rotate,
    });
    let mut python = Command::new(installed.join("venv/bin/python"));
    // Nothing is written beside the sources.
    python.arg("-B").arg(sources(NAME).join("server.py")).arg(words.to_string());
    let (process, line) = launch(python).await;
    Some(Running {
        issuer: said(&line, "issuer"),
        client_id: CLIENT_ID,
        resource: RESOURCE,
        tenants: TENANTS,
        refused: "umbrella",
        people,
        ca: None,
        _process: Some(process),
        _folder: None,
    })
}

/// Opens the link and signs in. It remembers nobody, and asks for no consent.
pub async fn sign_in(browser: &Browser, link: &str, person: Person) {
    browser.client.goto(link).await.expect("the provider's page");
    browser.css("[name='username']").await.send_keys(person.login).await.expect("the field takes keys");
    browser.css("[name='password']").await.send_keys(person.password).await.expect("the field takes keys");
    browser.css("[type='submit']").await.click().await.expect("the button");
}
