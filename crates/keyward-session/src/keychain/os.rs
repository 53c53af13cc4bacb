//! The system's own keychain, through keyring-core and one store per system.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use keyring_core::{Entry, Error as KeyringError, api::CredentialStore};

use super::{Keychain, KeychainFault};
use crate::{ChainKey, RefreshToken};

/// The name under which all entries stand.
const SERVICE: &str = "dev.keyward.desktop";
/// How long a call may take before the keychain counts as not answering.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the person may take at the system's unlock prompt.
const PROMPT_PATIENCE: Duration = Duration::from_secs(180);

type Store = Arc<CredentialStore>;

/// The system's keychain. Its calls block, so each runs on a thread of its own and is waited for with a
/// bound; a prompt that nobody answers does not hold up a window.
#[derive(Default, Clone)]
pub struct OsKeychain {
    /// Connected at first use, and again after a failure: the service may come later than the app.
    store: Arc<Mutex<Option<Store>>>,
}

impl OsKeychain {
    /// A keychain that has not been asked anything yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn connected(&self) -> Result<Store, KeychainFault> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &*store {
            return Ok(store.clone());
        }
        let new = system::store().map_err(system::fault)?;
        *store = Some(new.clone());
        Ok(new)
    }

    fn entry(&self, user: &str) -> Result<Entry, KeychainFault> {
        self.connected()?.build(SERVICE, user, None).map_err(system::fault)
    }

    /// Runs a blocking call; a lost connection is forgotten so that the next call makes a new one.
    async fn call<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(&Self) -> Result<T, KeychainFault> + Send + 'static,
    ) -> Result<T, KeychainFault> {
        let this = self.clone();
        let answer = in_time(patience, tokio::task::spawn_blocking(move || work(&this))).await;
        if matches!(answer, Err(KeychainFault::Unavailable(_)))
            // Held by a call that hangs: this thread must not wait for it.
            && let Ok(mut store) = self.store.try_lock()
        {
            *store = None;
        }
        answer
    }
}

async fn in_time<T>(
    patience: Duration,
    work: impl Future<Output = Result<Result<T, KeychainFault>, tokio::task::JoinError>>,
) -> Result<T, KeychainFault> {
    match tokio::time::timeout(patience, work).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(fault)) => Err(KeychainFault::Unavailable(fault.to_string())),
        Err(_) => Err(KeychainFault::Unavailable(format!("no answer in {} s", patience.as_secs()))),
    }
}

#[async_trait]
impl Keychain for OsKeychain {
    // The only place that reads a refresh token from the keychain.
    async fn read(&self, chain: &ChainKey) -> Result<Option<RefreshToken>, KeychainFault> {
        let user = chain.entry();
        self.call(PATIENCE, move |this| {
            system::not_locked()?;
            match this.entry(&user)?.get_password() {
                Ok(text) => Ok(Some(RefreshToken::new(text))),
                Err(KeyringError::NoEntry) => Ok(None),
                Err(error) => Err(system::fault(error)),
            }
        })
        .await
    }

    // The only place that writes one.
    async fn write(&self, chain: &ChainKey, token: &RefreshToken) -> Result<(), KeychainFault> {
        let (user, token) = (chain.entry(), token.again());
        self.call(PATIENCE, move |this| {
            system::not_locked()?;
            this.entry(&user)?.set_password(token.expose()).map_err(system::fault)
        })
        .await
    }

    async fn delete(&self, chain: &ChainKey) -> Result<(), KeychainFault> {
        let user = chain.entry();
        self.call(PATIENCE, move |this| {
            system::not_locked()?;
            match this.entry(&user)?.delete_credential() {
                Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
                Err(error) => Err(system::fault(error)),
            }
        })
        .await
    }

    async fn unlock(&self) -> Result<(), KeychainFault> {
        self.call(PROMPT_PATIENCE, |_| system::unlock()).await
    }
}

/// What all systems' stores answer alike.
fn plain_fault(error: KeyringError) -> KeychainFault {
    match error {
        KeyringError::NoStorageAccess(why) => KeychainFault::Locked(why.to_string()),
        other => KeychainFault::Unavailable(other.to_string()),
    }
}

#[cfg(any(target_os = "linux", target_os = "freebsd"))]
mod system {
    //! The Secret Service (GNOME Keyring, KWallet, KeePassXC). The store crate unlocks, and so prompts,
    //! whenever it meets a locked collection; here nothing prompts unless the person asked for it.

    use keyring_core::Error as KeyringError;
    use secret_service::{EncryptionType, Error as ServiceError, blocking::SecretService};

    use super::{KeychainFault, Store, plain_fault};

    pub(super) fn store() -> Result<Store, KeyringError> {
        let store: Store = zbus_secret_service_keyring_store::Store::new()?;
        Ok(store)
    }

    pub(super) fn fault(error: KeyringError) -> KeychainFault {
        match error {
            KeyringError::NoStorageAccess(why) => match why.downcast::<ServiceError>() {
                Ok(why) => service_fault(*why),
                Err(why) => KeychainFault::Locked(why.to_string()),
            },
            other => plain_fault(other),
        }
    }

    fn service_fault(error: ServiceError) -> KeychainFault {
        match error {
            ServiceError::Locked | ServiceError::Prompt => KeychainFault::Locked(error.to_string()),
            ServiceError::NoResult => {
                KeychainFault::Unavailable("the keychain has no default collection".to_owned())
            }
            other => KeychainFault::Unavailable(other.to_string()),
        }
    }

    pub(super) fn not_locked() -> Result<(), KeychainFault> {
        let service = SecretService::connect(EncryptionType::Plain).map_err(service_fault)?;
        let collection = service.get_default_collection().map_err(service_fault)?;
        if collection.is_locked().map_err(service_fault)? {
            return Err(KeychainFault::Locked("the default collection is locked".to_owned()));
        }
        Ok(())
    }

    pub(super) fn unlock() -> Result<(), KeychainFault> {
        let service = SecretService::connect(EncryptionType::Plain).map_err(service_fault)?;
        let collection = service.get_default_collection().map_err(service_fault)?;
        collection.unlock().map_err(service_fault)?;
        not_locked()
    }
}

#[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
mod system {
    //! macOS Keychain and Windows Credential Manager: the system itself asks where it must.

    use keyring_core::Error as KeyringError;

    use super::{KeychainFault, Store};

    pub(super) use super::plain_fault as fault;

    #[cfg(target_os = "macos")]
    pub(super) fn store() -> Result<Store, KeyringError> {
        let store: Store = apple_native_keyring_store::keychain::Store::new()?;
        Ok(store)
    }

    #[cfg(target_os = "windows")]
    pub(super) fn store() -> Result<Store, KeyringError> {
        let store: Store = windows_native_keyring_store::Store::new()?;
        Ok(store)
    }

    pub(super) fn not_locked() -> Result<(), KeychainFault> {
        Ok(())
    }

    pub(super) fn unlock() -> Result<(), KeychainFault> {
        Ok(())
    }
}
