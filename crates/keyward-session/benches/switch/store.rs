//! A count over any store of secrets.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use keyward_model::Secret;
use keyward_session::keychain::{KeychainFault, Limit, SecretStore};

/// A store whose writes are counted, and which knows what was written last.
pub struct Counted {
    inner: Arc<dyn SecretStore>,
    writes: AtomicU64,
    last: Mutex<Option<(String, String)>>,
}

impl Counted {
    pub fn new(inner: Arc<dyn SecretStore>) -> Self {
        Self { inner, writes: AtomicU64::new(0), last: Mutex::default() }
    }

    /// How often it was written to.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Takes out what was written last.
    pub fn take_last(&self) -> Result<Option<String>, KeychainFault> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((name, secret)) = last else { return Ok(None) };
        self.inner.delete(&name)?;
        Ok(Some(secret))
    }
}

impl SecretStore for Counted {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn limit(&self) -> Option<Limit> {
        self.inner.limit()
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, KeychainFault> {
        self.inner.get(name)
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), KeychainFault> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((name.to_owned(), secret.expose().to_owned()));
        self.inner.put(name, secret)
    }

    fn delete(&self, name: &str) -> Result<(), KeychainFault> {
        self.inner.delete(name)
    }

    fn list(&self) -> Result<Vec<String>, KeychainFault> {
        self.inner.list()
    }

    fn unlock(&self) -> Result<(), KeychainFault> {
        self.inner.unlock()
    }
}
