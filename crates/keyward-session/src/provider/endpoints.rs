//! An issuer's metadata, and its keys as last seen.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use http::Request;
use keyward_model::{Issuer, Result};
use keyward_verify::{Accept, KeySet, Refused, open};
use serde::de::DeserializeOwned;

use super::{Metadata, discover};
use crate::ports::{Http, NoAnswer};

/// An issuer whose metadata has been checked.
pub(super) struct Endpoints {
    pub(super) issuer: Issuer,
    pub(super) metadata: Metadata,
    keys: RwLock<Arc<KeySet>>,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.metadata.fmt(f)
    }
}

impl Endpoints {
    /// As [`discover`].
    pub(super) async fn discover(http: &dyn Http, issuer: &Issuer) -> Result<Self> {
        let metadata = discover(http, issuer).await?;
        Ok(Self { issuer: issuer.clone(), metadata, keys: RwLock::default() })
    }

    /// Opens a token with the keys at hand, and once more with new ones if none of these fits.
    pub(super) async fn open<T: DeserializeOwned>(
        &self,
        http: &dyn Http,
        token: &str,
        accept: &Accept,
    ) -> std::result::Result<T, Refused> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        match open(token, &keys, accept) {
            Err(Refused::UnknownKey) => open(token, &*self.fetch_keys(http).await?, accept),
            // A key without an id may have been replaced by another one.
            Err(Refused::Signature) => {
                let new = self.fetch_keys(http).await?;
                open(token, &new, accept)
            }
            other => other,
        }
    }

    async fn fetch_keys(&self, http: &dyn Http) -> std::result::Result<Arc<KeySet>, Refused> {
        let unavailable = |why: String| Refused::KeysUnavailable(why);
        let request = Request::get(self.metadata.jwks_uri.as_str())
            .body(Vec::new())
            .map_err(|e| unavailable(e.to_string()))?;
        let answer = http.send(request).await.map_err(|NoAnswer(why)| unavailable(why))?;
        if !answer.status().is_success() {
            return Err(unavailable(format!("the keys answer with {}", answer.status())));
        }
        let keys = Arc::new(KeySet::parse(answer.body()).map_err(unavailable)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.clone();
        Ok(keys)
    }
}
