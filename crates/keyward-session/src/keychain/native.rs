//! macOS Keychain and Windows Credential Manager: the system itself asks where it must.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use keyring_core::{Entry, Error as KeyringError, api::CredentialStore};
use keyward_model::Secret;

#[cfg(target_os = "windows")]
use super::Encoding;
use super::{KeychainFault, Limit, SERVICE, SecretStore};

type Store = Arc<CredentialStore>;

/// The system's store, opened at first use.
#[derive(Default)]
pub(super) struct NativeStore {
    opened: Mutex<Option<Store>>,
}

impl NativeStore {
    fn opened(&self) -> Result<Store, KeychainFault> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &*opened {
            return Ok(store.clone());
        }
        let store = open().map_err(fault)?;
        *opened = Some(store.clone());
        Ok(store)
    }

    fn entry(&self, name: &str) -> Result<Entry, KeychainFault> {
        self.opened()?.build(SERVICE, name, None).map_err(fault)
    }
}

impl SecretStore for NativeStore {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn limit(&self) -> Option<Limit> {
        LIMIT
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, KeychainFault> {
        match self.entry(name)?.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(KeyringError::NoEntry) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), KeychainFault> {
        self.entry(name)?.set_password(secret.expose()).map_err(fault)
    }

    fn delete(&self, name: &str) -> Result<(), KeychainFault> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
            Err(error) => Err(fault(error)),
        }
    }

    fn list(&self) -> Result<Vec<String>, KeychainFault> {
        let all = self.opened()?.search(&HashMap::new()).map_err(fault)?;
        // Windows has one name for both and guesses at which dot they meet; together they are right.
        let end = format!(".{SERVICE}");
        let name = |entry: &Entry| {
            let (service, name) = entry.get_specifiers()?;
            format!("{name}.{service}").strip_suffix(&end).map(str::to_owned)
        };
        Ok(all.iter().filter_map(name).collect())
    }

    fn unlock(&self) -> Result<(), KeychainFault> {
        Ok(())
    }
}

fn fault(error: KeyringError) -> KeychainFault {
    match error {
        KeyringError::NoStorageAccess(why) => KeychainFault::Locked(why.to_string()),
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => {
            KeychainFault::Damaged("the entry is not a text".to_owned())
        }
        other => KeychainFault::Unavailable(other.to_string()),
    }
}

#[cfg(target_os = "macos")]
const NAME: &str = "macOS Keychain";
#[cfg(target_os = "macos")]
const LIMIT: Option<Limit> = None;

#[cfg(target_os = "macos")]
fn open() -> Result<Store, KeyringError> {
    let store: Store = apple_native_keyring_store::keychain::Store::new()?;
    Ok(store)
}

#[cfg(target_os = "windows")]
const NAME: &str = "Windows Credential Manager";
/// `CRED_MAX_CREDENTIAL_BLOB_SIZE`. A text is stored as UTF-16, so that is 1,280 units of it.
#[cfg(target_os = "windows")]
const LIMIT: Option<Limit> = Some(Limit { bytes: 2560, encoding: Encoding::Utf16 });

#[cfg(target_os = "windows")]
fn open() -> Result<Store, KeyringError> {
    let store: Store = windows_native_keyring_store::Store::new()?;
    Ok(store)
}
