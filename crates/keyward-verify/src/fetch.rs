//! An issuer's keys fetched from its JWKS endpoint, which is named or which its metadata names: once for many waiters, the
//! old ones kept when a fetch fails, and never more often than a cool-down allows.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use keyward_model::{Clock, Issuer, Timestamp};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::{KeySet, KeySource, Refused};

/// Unknown key ids cause one fetch in this time at most.
const COOL_DOWN: Duration = Duration::from_secs(10);
/// Keys older than this are looked at again, so that a withdrawn key stops working.
const MAX_AGE: Duration = Duration::from_secs(15 * 60);
/// Bytes of a JWK set, or of metadata, at most.
const MAX_BYTES: usize = 512 * 1024;

/// Keys of one issuer, over HTTP.
pub struct FetchedKeys {
    http: reqwest::Client,
    issuer: Issuer,
    place: Place,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// Where the keys are.
enum Place {
    /// Here.
    Named(String),
    /// Where the issuer's metadata says (OpenID Connect Discovery 1.0 §4), which is asked every time: it may move them.
    Discovered,
}

/// What is read of an issuer's metadata.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

#[derive(Default)]
struct State {
    keys: Option<Arc<KeySet>>,
    tried_at: Option<Timestamp>,
    fetched_at: Option<Timestamp>,
}

impl FetchedKeys {
    /// Keys of `issuer`, published at `url`. Nothing is fetched before the first question.
    pub fn new(http: reqwest::Client, issuer: Issuer, url: String, clock: Arc<dyn Clock>) -> Self {
        Self { http, issuer, place: Place::Named(url), clock, state: Mutex::default() }
    }

    /// Keys of `issuer`, published where its metadata says.
    pub fn discovered(http: reqwest::Client, issuer: Issuer, clock: Arc<dyn Clock>) -> Self {
        Self { http, issuer, place: Place::Discovered, clock, state: Mutex::default() }
    }

    /// Fetches if it is due. Waiters queue on the lock and find the answer of the one before them.
    async fn look(&self, state: &mut State, due: bool) -> Result<Arc<KeySet>, Refused> {
        let now = self.clock.now();
        let cooled = state.tried_at.is_none_or(|at| now >= at.plus(COOL_DOWN) || now < at);
        if due && (cooled || state.keys.is_none()) {
            state.tried_at = Some(now);
            match self.fetch().await {
                Ok(keys) => {
                    state.keys = Some(Arc::new(keys));
                    state.fetched_at = Some(now);
                }
                Err(reason) => {
                    tracing::warn!(issuer = %self.issuer, reason, "keys not fetched");
                    if state.keys.is_none() {
                        return Err(Refused::KeysUnavailable(reason));
                    }
                }
            }
        }
        state.keys.clone().ok_or_else(|| Refused::KeysUnavailable("never fetched".to_owned()))
    }

    async fn fetch(&self) -> Result<KeySet, String> {
        let found = match &self.place {
            Place::Named(url) => self.get(url, "the JWK set").await?,
            Place::Discovered => self.get(&self.discover().await?, "the JWK set").await?,
        };
        let keys = KeySet::parse(&found)?;
        if keys.is_empty() {
            return Err("the JWK set holds no usable key".to_owned());
        }
        Ok(keys)
    }

    /// Where the issuer's metadata says that its keys are. What names another issuer is somebody else's (§4.3).
    async fn discover(&self) -> Result<String, String> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.as_str().trim_end_matches('/'));
        let found = self.get(&url, "the metadata").await?;
        let Metadata { issuer, jwks_uri } =
            serde_json::from_slice(&found).map_err(|e| format!("the metadata is none: {e}"))?;
        if issuer != self.issuer.as_str() {
            return Err(format!("the metadata is of another issuer, {issuer:?}"));
        }
        // As strict as an issuer, but for a query: https, or this computer.
        match Issuer::new(jwks_uri.split('?').next().unwrap_or_default()) {
            Ok(_) => Ok(jwks_uri),
            Err(_) => Err(format!("the metadata names keys at {jwks_uri:?}, which is no https address")),
        }
    }

    async fn get(&self, url: &str, what: &str) -> Result<Vec<u8>, String> {
        let plain = |e: reqwest::Error| e.without_url().to_string();
        let mut answer = self.http.get(url).send().await.map_err(plain)?.error_for_status().map_err(plain)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(plain)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(format!("{what} is larger than {MAX_BYTES} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

#[async_trait]
impl KeySource for FetchedKeys {
    async fn keys(&self, issuer: &Issuer) -> Result<Arc<KeySet>, Refused> {
        if *issuer != self.issuer {
            return Err(Refused::Issuer(issuer.to_string()));
        }
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        let old = state.fetched_at.is_none_or(|at| now >= at.plus(MAX_AGE));
        self.look(&mut state, old).await
    }

    async fn renewed(&self, issuer: &Issuer, seen: &Arc<KeySet>) -> Result<Arc<KeySet>, Refused> {
        if *issuer != self.issuer {
            return Err(Refused::Issuer(issuer.to_string()));
        }
        let mut state = self.state.lock().await;
        // Somebody else may have looked while this one waited.
        let unchanged = state.keys.as_ref().is_some_and(|now| Arc::ptr_eq(now, seen));
        self.look(&mut state, unchanged).await
    }
}
