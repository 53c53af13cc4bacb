//! The keychain over a store of secrets.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{
    Answer, Keychain, KeychainFault, KeychainHealth, KeychainState, SERVICE, SecretPlace, SecretStore, entry,
    health::self_test,
    turns::{Kind, Turns},
};
use crate::{ChainKey, RefreshToken, secrets::random_name};

/// How long a call may take before the keychain counts as not answering.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the self-test may take.
const TEST_PATIENCE: Duration = Duration::from_secs(10);
/// How long the person may take at the system's unlock prompt.
const PROMPT_PATIENCE: Duration = Duration::from_secs(180);

/// What this system keeps secrets in.
pub fn store_of_this_system() -> Arc<dyn SecretStore> {
    #[cfg(any(target_os = "linux", target_os = "freebsd"))]
    return Arc::new(super::secret_service::SecretServiceStore::default());
    #[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
    return Arc::new(super::native::NativeStore::default());
}

/// Keeps refresh tokens in a store. The store's calls block, so each runs on a blocking thread and is
/// waited for with a bound; a prompt that nobody answers does not hold up a window.
#[derive(Clone)]
pub struct StoreKeychain {
    store: Arc<dyn SecretStore>,
    turns: Turns,
    patience: Duration,
}

impl StoreKeychain {
    /// A keychain over `store`, which has not been asked anything yet.
    pub fn new(store: Arc<dyn SecretStore>) -> Self {
        Self { store, turns: Turns::default(), patience: PATIENCE }
    }

    /// The keychain of this system.
    pub fn of_this_system() -> Self {
        Self::new(store_of_this_system())
    }

    /// The same, with another time after which a call counts as not answered.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    async fn on_entry<T: Send + 'static>(
        &self,
        chain: &ChainKey,
        kind: Kind,
        call: impl FnOnce(&dyn SecretStore, &str) -> Result<T, KeychainFault> + Send + 'static,
    ) -> Result<T, KeychainFault> {
        let (store, name) = (self.store.clone(), chain.entry());
        self.turns.take(&chain.entry(), kind, self.patience, move || call(&*store, &name)).await
    }

    /// Asks the store beside all lines: what hangs there holds up nothing but itself.
    async fn beside<T: Send + 'static>(
        &self,
        patience: Duration,
        call: impl FnOnce(&dyn SecretStore, &str) -> Result<T, KeychainFault> + Send + 'static,
    ) -> Result<T, KeychainFault> {
        let name = random_name().map_err(|error| KeychainFault::Unavailable(error.message))?;
        let (store, line) = (self.store.clone(), name.clone());
        self.turns.take(&line, Kind::Question, patience, move || call(&*store, &name)).await
    }

    async fn name(&self) -> String {
        let name = self.beside(self.patience.min(TEST_PATIENCE), |store, _| Ok(store.name())).await;
        name.unwrap_or_else(|_| "The keychain of this computer".to_owned())
    }
}

#[async_trait]
impl Keychain for StoreKeychain {
    // The only place that reads a refresh token from the keychain.
    async fn read(&self, chain: &ChainKey) -> Result<Option<RefreshToken>, KeychainFault> {
        self.on_entry(chain, Kind::Question, |store, name| {
            Ok(entry::read(store, name)?.map(|secret| RefreshToken::new(secret.expose())))
        })
        .await
    }

    // The only place that writes one.
    async fn write(&self, chain: &ChainKey, token: &RefreshToken) -> Result<(), KeychainFault> {
        let token = token.again();
        self.on_entry(chain, Kind::Change, move |store, name| entry::write(store, name, token.secret())).await
    }

    async fn delete(&self, chain: &ChainKey) -> Result<(), KeychainFault> {
        self.on_entry(chain, Kind::Change, entry::delete).await
    }

    async fn unlock(&self) -> Result<(), KeychainFault> {
        self.beside(PROMPT_PATIENCE, |store, _| store.unlock()).await
    }

    async fn examine(&self) -> KeychainHealth {
        let test = |store: &dyn SecretStore, name: &str| self_test(store, &format!("self-test {name}"));
        let (store, tested) = tokio::join!(self.name(), self.beside(self.patience.min(TEST_PATIENCE), test));
        match tested {
            Ok(()) => KeychainHealth { store, state: KeychainState::Working, fault: None },
            Err(fault) => KeychainHealth::of_fault(store, fault),
        }
    }

    async fn place(&self, chain: &ChainKey) -> SecretPlace {
        let (store, lying) = tokio::join!(
            self.name(),
            self.on_entry(chain, Kind::Question, |store, name| entry::look(store, name))
        );
        let (pieces, answer, fault) = match lying {
            Ok(Some(lying)) => (lying.pieces, Answer::Found, lying.damage),
            Ok(None) => (0, Answer::NoEntry, None),
            Err(KeychainFault::Locked(why)) => (0, Answer::Locked, Some(why)),
            Err(KeychainFault::Unavailable(why) | KeychainFault::Damaged(why)) => {
                (0, Answer::Unavailable, Some(why))
            }
        };
        SecretPlace { store, service: SERVICE.to_owned(), entry: chain.entry(), pieces, answer, fault }
    }
}
