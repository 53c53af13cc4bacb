//! An account's refresh chain: one link is spent at a time, in this process and across processes.
//!
//! [`step`] decides; this module does what it decides. The link is read again under the lock, and the new
//! one is in its place before the access token that came with it is used. Whatever goes wrong but
//! `invalid_grant`, the old link stays.

mod files;
mod journal;
mod lock;
mod perform;
pub mod step;
mod words;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use keyward_model::{AccessClaims, Error, ErrorCode, Result, TenantId, Timestamp};
use tokio::sync::Mutex;

use self::{
    files::Files,
    perform::{Done, Holding},
    step::{Held, Link, Own, Verdict, Wish},
};
use crate::{
    AccessToken, ChainKey, RefreshToken, keychain::KeychainFault, ports::ConnectionPorts, provider::Provider,
    secrets::fingerprint, view::Kept,
};

/// A token is renewed this long before it ends, or at three quarters of its life if that is later.
const AHEAD: Duration = Duration::from_secs(60);

/// An access token that has been proven, and what it says.
#[derive(Debug)]
pub struct Proven {
    /// The token.
    pub access: AccessToken,
    /// Its claims.
    pub claims: AccessClaims,
}

impl Proven {
    /// When to ask for another.
    pub fn renew_at(&self) -> Timestamp {
        let life = self.claims.iat.seconds_until(self.claims.exp).max(0).unsigned_abs();
        let ahead = AHEAD.min(Duration::from_secs(life / 4));
        self.claims.exp.minus(ahead)
    }
}

/// What an exchange gave.
#[derive(Debug)]
pub struct Exchanged {
    /// The token.
    pub proven: Proven,
    /// Why the new link could not be stored, if it could not. It is held in memory meanwhile.
    pub unsaved: Option<KeychainFault>,
}

/// A link is known by its fingerprint.
impl Link for Arc<RefreshToken> {
    type Mark = String;

    fn mark(&self) -> String {
        fingerprint(self.expose())
    }
}

/// A tenant, or the directory itself.
type Target = Option<TenantId>;

/// One account's chain.
pub struct Chain {
    inner: Arc<Inner>,
}

struct Inner {
    key: ChainKey,
    provider: Arc<Provider>,
    ports: ConnectionPorts,
    files: Arc<Files>,
    /// Locked for as long as a wish is at work: one at a time.
    held: Arc<Mutex<Holding>>,
    /// Whether `held` is [`Held::Keychain`], for who only wants to show it.
    in_keychain: AtomicBool,
}

impl Chain {
    /// The chain whose link lies in the keychain.
    pub fn kept(key: ChainKey, provider: Arc<Provider>, ports: ConnectionPorts, folder: &Path) -> Self {
        Self::new(key, provider, ports, folder, Held::Keychain)
    }

    /// A new chain that begins with `link`, which is not stored yet.
    pub fn begin(
        key: ChainKey,
        provider: Arc<Provider>,
        ports: ConnectionPorts,
        folder: &Path,
        link: RefreshToken,
    ) -> Self {
        Self::new(key, provider, ports, folder, Held::Memory(Own::new(Arc::new(link))))
    }

    fn new(
        key: ChainKey,
        provider: Arc<Provider>,
        ports: ConnectionPorts,
        folder: &Path,
        held: Holding,
    ) -> Self {
        let file = folder.join("locks").join(fingerprint(&key.entry()));
        let in_keychain = AtomicBool::new(matches!(held, Held::Keychain));
        let inner = Inner {
            key,
            provider,
            ports,
            files: Arc::new(Files::of(file)),
            held: Arc::new(Mutex::new(held)),
            in_keychain,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Which it is.
    pub fn key(&self) -> &ChainKey {
        &self.inner.key
    }

    /// The provider that made it.
    pub fn provider(&self) -> &Arc<Provider> {
        &self.inner.provider
    }

    /// Where its link lies. Does not wait for an exchange under way.
    pub fn lies(&self) -> Kept {
        if self.inner.in_keychain.load(Ordering::Relaxed) { Kept::Keychain } else { Kept::ThisSession }
    }

    /// Stores a link that is not stored yet.
    ///
    /// # Errors
    /// [`KeychainFault`]; the link stays in memory.
    pub async fn save(&self) -> std::result::Result<(), KeychainFault> {
        match self.wish(Wish::Save).await {
            Ok(Done { verdict: Verdict::Saved, .. }) => Ok(()),
            Ok(done) => Err(done.fault()),
            Err(error) => Err(KeychainFault::Unavailable(error.message)),
        }
    }

    /// Leaves a link that is not stored in memory, as the person chose.
    pub async fn keep_for_this_session(&self) {
        if let Held::Memory(own) = &mut *self.inner.held.lock().await {
            own.chosen = true;
        }
    }

    /// Spends the link for a token of `tenant`, or of the directory itself, and proves it. What is begun is
    /// done to its end, even where the caller no longer waits.
    ///
    /// # Errors
    /// As [`Provider::refresh`], [`Provider::exchange`] and [`Provider::prove`]; a keychain fault where the link cannot be read, or
    /// where another process holds one that the keychain would not take.
    pub async fn exchange(&self, tenant: Option<&TenantId>) -> Result<Exchanged> {
        let done = self.wish(Wish::Token(tenant.cloned())).await?;
        match (&done.verdict, done.handed_out) {
            (Verdict::Served, Some(proven)) => Ok(Exchanged { proven, unsaved: done.unsaved }),
            _ => Err(words::error(done.verdict, done.said, done.unsaved)),
        }
    }

    /// Revokes the chain at the provider, then removes its link from the keychain. Says whether the
    /// provider confirmed.
    ///
    /// # Errors
    /// [`KeychainFault`]; the link may still be there.
    pub async fn end(&self) -> std::result::Result<bool, KeychainFault> {
        match self.wish(Wish::End).await {
            Ok(Done { verdict: Verdict::SignedOut { revoked }, .. }) => Ok(revoked),
            Ok(done) => Err(done.fault()),
            Err(error) => Err(KeychainFault::Unavailable(error.message)),
        }
    }

    /// A task of its own: between spending a link and storing the next, nobody may break off.
    async fn wish(&self, wish: Wish<Target>) -> Result<Done> {
        let inner = self.inner.clone();
        let working = tokio::spawn(async move { inner.perform(wish).await });
        working.await.map_err(|fault| Error::new(ErrorCode::Internal, fault.to_string()))?
    }
}
