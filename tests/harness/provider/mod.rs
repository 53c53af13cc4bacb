//! OpenID providers that others wrote, started for a test. `cargo xtask test` installs them; where it could
//! not, or has not, a test that asks for one is told why and passes, unless all of them are required.
//!
//! Each module has a `start`, which gives a [`Running`] provider or nothing, and a `sign_in`, which does what
//! a person does on that provider's pages. What is started lies in `tests/providers/`, a folder for each.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::Process;

pub mod auth0_simulator;
pub mod idpyoidc;
pub mod keycloak;
pub mod oidc_provider;

/// The client that every one of them knows: native, public, PKCE, `http://127.0.0.1/callback` at any port.
pub const CLIENT_ID: &str = "keyward-desktop";
/// A tenant's API.
pub const RESOURCE: &str = "https://api.example/{tenant}";
/// The role directory's API, where a provider wants to know of it.
pub const DIRECTORY: &str = "https://roles.example";
/// Tenants that the person may enter.
pub const TENANTS: [&str; 3] = ["acme", "globex", "initech"];

/// What a JWT says, whoever signed it.
pub fn words_of(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("a JWT")).expect("base64url");
    serde_json::from_slice(&payload).expect("JSON")
}

/// Somebody who can sign in.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// What they type as their name.
    pub login: &'static str,
    /// What they type as their password.
    pub password: &'static str,
    /// Whom the tokens say they are.
    pub subject: &'static str,
}

/// A started provider. Ends with it.
pub struct Running {
    /// Its issuer, to the letter.
    pub issuer: String,
    /// The client registered there.
    pub client_id: &'static str,
    /// What tokens are for: a tenant's API, with `{tenant}` in it.
    pub resource: &'static str,
    /// Tenants that the people may enter.
    pub tenants: [&'static str; 3],
    /// A tenant that it knows nothing of, or gives nobody.
    pub refused: &'static str,
    /// Two people.
    pub people: [Person; 2],
    /// The certificate authority that a client must trust, where it speaks TLS.
    pub ca: Option<PathBuf>,
    // None where others live on it.
    _process: Option<Process>,
    // What it keeps on disk, where it keeps anything.
    _folder: Option<TempDir>,
}

impl Running {
    /// What a token of this tenant is for.
    pub fn audience(&self, tenant: &str) -> String {
        self.resource.replace("{tenant}", tenant)
    }

    /// A client that trusts this provider, and no proxy.
    pub fn http(&self) -> reqwest::Client {
        let mut http = reqwest::Client::builder().no_proxy();
        if let Some(ca) = &self.ca {
            let pem = std::fs::read(ca).expect("the authority's certificate");
            http = http.tls_certs_only([reqwest::Certificate::from_pem(&pem).expect("a certificate")]);
        }
        http.build().expect("a client")
    }
}

/// The folder that `cargo xtask test` prepared for this provider. Where there is none, says why on the error
/// output, which no test runner swallows.
///
/// # Panics
/// Where every provider is required.
pub fn installed(name: &str) -> Option<PathBuf> {
    let why = match std::env::var_os("KEYWARD_PROVIDERS") {
        None => "only `cargo xtask test` installs it".to_owned(),
        Some(folders) => {
            let folder = Path::new(&folders).join(name);
            match std::fs::read_to_string(folder.join("absent")) {
                Ok(why) => why,
                Err(_) => return Some(folder),
            }
        }
    };
    let required = std::env::var_os("KEYWARD_REQUIRE_PROVIDERS").is_some();
    assert!(!required, "{name} is required, and is not here: {why}");
    let _ = writeln!(std::io::stderr(), "skipped, because {name} is not here: {why}");
    None
}

/// The folder with what we wrote around a provider.
fn sources(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("providers").join(name)
}

/// Starts a server that prints a line of JSON as soon as it listens.
async fn launch(command: Command) -> (Process, Value) {
    let (process, line) = Process::start_and_read_line(command, None).await;
    let said = serde_json::from_str(&line);
    (process, said.unwrap_or_else(|error| panic!("the provider starts and says {line:?} ({error})")))
}

/// What the line says under this name.
fn said(line: &Value, name: &str) -> String {
    line[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {line}")).to_owned()
}
