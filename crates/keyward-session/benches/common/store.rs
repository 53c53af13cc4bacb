//! A store of secrets that takes no time.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use keyward_model::Secret;
use keyward_session::keychain::{KeychainFault, Limit, SecretStore};

/// A store that takes no time.
#[derive(Default)]
pub struct InMemory(Mutex<BTreeMap<String, String>>);

impl InMemory {
    fn secrets(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for InMemory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn limit(&self) -> Option<Limit> {
        None
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, KeychainFault> {
        Ok(self.secrets().get(name).map(|secret| Secret::new(secret.as_str())))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), KeychainFault> {
        self.secrets().insert(name.to_owned(), secret.expose().to_owned());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), KeychainFault> {
        self.secrets().remove(name);
        Ok(())
    }

    fn list(&self) -> Result<Vec<String>, KeychainFault> {
        Ok(self.secrets().keys().cloned().collect())
    }

    fn unlock(&self) -> Result<(), KeychainFault> {
        Ok(())
    }
}
