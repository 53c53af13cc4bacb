//! npm `oidc-provider`: a resource (RFC 8707) for each tenant, rotation, reuse detection. It can be asked what
//! happened so far, and to misbehave.

use std::{collections::BTreeMap, ops::Deref, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::Command;

use super::{CLIENT_ID, DIRECTORY, Person, RESOURCE, Running, TENANTS, installed, launch, said, sources};
use crate::Browser;

const NAME: &str = "oidc-provider";

/// A tenant that may be asked for at sign-in, and is refused at the switch (`access_denied`).
pub const DENIED: &str = "hooli";

/// How it is to behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// RS256, PS256, ES256 or EdDSA.
    pub algorithm: &'static str,
    /// Whether each refresh spends its refresh token, and using one again ends the family.
    pub rotate: bool,
    /// How long a spent refresh token is answered again, while no successor was used.
    pub grace: Duration,
    /// How long an access token lives, in whole seconds.
    pub access_token: Duration,
    /// Whether `prompt=none` is answered. Native clients are refused it by default.
    pub silent: bool,
    /// Tenants beside [`TENANTS`].
    pub more_tenants: &'static [&'static str],
    /// Who holds which roles where, as `{"ada": {"acme": ["owner"]}}`; everybody else is a viewer.
    pub roles: Value,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            algorithm: "RS256",
            rotate: true,
            grace: Duration::ZERO,
            access_token: Duration::from_secs(300),
            silent: false,
            more_tenants: &[],
            roles: json!({ "ada": { "acme": ["owner"] } }),
        }
    }
}

/// The provider, and the strings it can be pulled by.
pub struct OidcProvider {
    running: Running,
    http: reqwest::Client,
}

impl Deref for OidcProvider {
    type Target = Running;
    fn deref(&self) -> &Running {
        &self.running
    }
}

/// What happened at the provider since it started.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Counts {
    /// Requests at the token endpoint, of every kind and outcome.
    pub token_requests: u64,
    /// Codes exchanged.
    pub sign_ins: u64,
    /// Refreshes that gave a token.
    pub refreshes: u64,
    /// Tokens given, by tenant; `none` names no tenant.
    pub issued: BTreeMap<String, u64>,
    /// Refusals of the token endpoint, by their code.
    pub refused: BTreeMap<String, u64>,
    /// Refresh tokens spent, whether or not a new one reached anybody.
    pub spent: u64,
    /// Refresh tokens spent again within the grace.
    pub spent_again_in_grace: u64,
    /// Families ended because a spent refresh token was used again.
    pub families_revoked_for_reuse: u64,
    /// Faults that struck.
    pub faults: u64,
}

/// When a fault strikes.
#[derive(Debug, Clone, Copy)]
pub enum Strikes {
    /// The next so many requests.
    Times(u32),
    /// Each request with this probability; the same seed, the same luck.
    Chance(f64, u32),
}

/// What a request at the token endpoint meets in place of its answer.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// The connection breaks.
    Broken,
    /// This status, with a body of JSON.
    Json(u16, &'static str),
    /// This status, with a page.
    Html(u16, &'static str),
}

/// A misbehaviour of the token endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// When.
    pub strikes: Strikes,
    /// Whether it strikes refreshes only, and these are done first: the link has rotated, and nobody is told.
    pub after: bool,
    /// What is answered.
    pub answer: Answer,
}

/// Starts it, where it is installed.
pub async fn start(options: &Options) -> Option<OidcProvider> {
    installed(NAME)?;
    let mut node = Command::new("node");
    let tenants = [&TENANTS, options.more_tenants].concat();
    let words = json!({
        "algorithm": options.algorithm,
        "rotate": options.rotate,
        "grace_ms": options.grace.as_millis(),
        "access_token_seconds": options.access_token.as_secs(),
        "silent": options.silent,
        "client_id": CLIENT_ID,
        "resource": RESOURCE,
        "tenants": tenants,
        "directory": DIRECTORY,
        "denied": [DENIED],
        "roles": options.roles,
    });
    node.arg(sources(NAME).join("server.mjs")).arg(words.to_string());
    let (process, line) = launch(node).await;
    let running = Running {
        issuer: said(&line, "issuer"),
        client_id: CLIENT_ID,
        resource: RESOURCE,
        tenants: TENANTS,
        refused: "umbrella",
        // It asks for a name and takes any password.
        people: ["ada", "ben"].map(|name| Person { login: name, password: "northwind", subject: name }),
        ca: None,
        _process: Some(process),
        _folder: None,
    };
    Some(OidcProvider { http: running.http(), running })
}

impl OidcProvider {
    /// What happened so far.
    pub async fn counts(&self) -> Counts {
        let answer = self.http.get(self.control("counts")).send().await.expect("the provider answers");
        answer.json().await.expect("counts")
    }

    /// Has the token endpoint misbehave.
    pub async fn misbehave(&self, fault: Fault) {
        let answer = match fault.answer {
            Answer::Broken => Value::Null,
            Answer::Json(status, body) => answer(status, "application/json", body),
            Answer::Html(status, body) => answer(status, "text/html", body),
        };
        let mut words = json!({ "after": fault.after, "answer": answer });
        match fault.strikes {
            Strikes::Times(times) => words["times"] = json!(times),
            Strikes::Chance(chance, seed) => {
                words["chance"] = json!(chance);
                words["seed"] = json!(seed);
            }
        }
        self.tell("fault", words).await;
    }

    /// Has it behave again.
    pub async fn behave(&self) {
        self.tell("fault", Value::Null).await;
    }

    /// Ends every family of refresh tokens, as an administrator does.
    pub async fn revoke_all(&self) {
        self.tell("revoke", Value::Null).await;
    }

    async fn tell(&self, what: &str, words: Value) {
        let answer = self.http.post(self.control(what)).json(&words).send().await;
        assert!(answer.is_ok_and(|answer| answer.status().is_success()), "the provider does as it is told");
    }

    fn control(&self, what: &str) -> String {
        format!("{}/test/{what}", self.issuer)
    }
}

fn answer(status: u16, content_type: &str, body: &str) -> Value {
    json!({ "status": status, "headers": { "content-type": content_type }, "body": body })
}

/// Opens the link, signs in and agrees.
pub async fn sign_in(browser: &Browser, link: &str, person: Person) {
    browser.client.goto(link).await.expect("the provider's page");
    browser.css("[name='login']").await.send_keys(person.login).await.expect("the field takes keys");
    browser.css("[name='password']").await.send_keys(person.password).await.expect("the field takes keys");
    browser.css("[type='submit']").await.click().await.expect("the button");
    agree(browser).await;
}

/// Opens the link where the browser is signed in already, and agrees.
pub async fn go_on(browser: &Browser, link: &str) {
    browser.client.goto(link).await.expect("the provider's page");
    agree(browser).await;
}

async fn agree(browser: &Browser) {
    browser.css("[name='prompt'][value='consent']").await;
    browser.css("[type='submit']").await.click().await.expect("the button");
}
