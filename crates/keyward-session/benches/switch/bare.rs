//! The two parts of a cold switch that nobody can leave out, and nothing else: a token request over a
//! connection that is kept alive, its answer parsed, and one write to the same store.

use std::{sync::Arc, time::Instant};

use keyward_model::{Secret, TenantId};
use keyward_server::local;
use keyward_session::keychain::SecretStore;
use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::Outcome;

const ENTRY: &str = "bare";

/// What a provider that rotates answers.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    refresh_token: String,
}

/// A chain of its own, held in hand.
pub struct Bare {
    http: reqwest::Client,
    token_endpoint: String,
    store: Arc<dyn SecretStore>,
    link: String,
}

impl Bare {
    /// Goes on with this link.
    pub fn new(token_endpoint: String, store: Arc<dyn SecretStore>, link: String) -> Outcome<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, token_endpoint, store, link })
    }

    /// How long it takes, in milliseconds.
    pub fn switch(&mut self, runtime: &Runtime, tenant: &TenantId) -> Outcome<f64> {
        let audience = local::TENANT_AUDIENCE.replace("{tenant}", tenant.as_str());
        let started = Instant::now();
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &self.link),
            ("client_id", local::CLIENT_ID),
            ("audience", &audience),
        ];
        let granted: Granted = runtime.block_on(async {
            let asked = self.http.post(&self.token_endpoint).form(&form).send().await?;
            asked.error_for_status()?.json().await
        })?;
        self.store.put(ENTRY, &Secret::new(granted.refresh_token.as_str()))?;
        let milliseconds = started.elapsed().as_secs_f64() * 1_000.0;
        assert!(!granted.access_token.is_empty(), "a token came");
        self.link = granted.refresh_token;
        Ok(milliseconds)
    }
}
