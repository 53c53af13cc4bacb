//! An account's refresh chain: one link is spent at a time, in this process and across processes.
//!
//! Decide, exchange and store are under one lock; the link is read again under it, and the new link is
//! in its place before the access token that came with it is used. Whatever goes wrong but
//! `invalid_grant`, the old link stays.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use keyward_model::{AccessClaims, Error, ErrorCode, Result, TenantId, Timestamp};
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    AccessToken, ChainKey, RefreshToken,
    keychain::KeychainFault,
    ports::ConnectionPorts,
    provider::{Granted, Provider},
    secrets::fingerprint,
    view::Kept,
};

/// How long another process may hold the chain before this one gives up waiting.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);
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

/// Where the next link is.
enum Link {
    /// In the keychain, to be read when it is spent.
    Keychain,
    /// In memory, because the person chose so.
    ThisSession(RefreshToken),
    /// In memory, because the keychain refused it.
    Unsaved(RefreshToken),
}

/// One account's chain.
pub struct Chain {
    key: ChainKey,
    provider: Arc<Provider>,
    ports: ConnectionPorts,
    lock_file: PathBuf,
    link: Mutex<Link>,
    /// Whether `link` is [`Link::Keychain`], for who only wants to show it.
    in_keychain: AtomicBool,
}

impl Chain {
    /// The chain whose link lies in the keychain.
    pub fn kept(key: ChainKey, provider: Arc<Provider>, ports: ConnectionPorts, folder: &Path) -> Self {
        Self::new(key, provider, ports, folder, Link::Keychain)
    }

    /// A new chain that begins with `link`, which is not stored yet.
    pub fn begin(
        key: ChainKey,
        provider: Arc<Provider>,
        ports: ConnectionPorts,
        folder: &Path,
        link: RefreshToken,
    ) -> Self {
        Self::new(key, provider, ports, folder, Link::Unsaved(link))
    }

    fn new(
        key: ChainKey,
        provider: Arc<Provider>,
        ports: ConnectionPorts,
        folder: &Path,
        link: Link,
    ) -> Self {
        let lock_file = folder.join("locks").join(fingerprint(&key.entry()));
        let in_keychain = AtomicBool::new(matches!(link, Link::Keychain));
        Self { key, provider, ports, lock_file, link: Mutex::new(link), in_keychain }
    }

    /// Which it is.
    pub fn key(&self) -> &ChainKey {
        &self.key
    }

    /// The provider that made it.
    pub fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// Where its link lies. Does not wait for an exchange under way.
    pub fn lies(&self) -> Kept {
        if self.in_keychain.load(Ordering::Relaxed) { Kept::Keychain } else { Kept::ThisSession }
    }

    /// Stores a link that is not stored yet.
    ///
    /// # Errors
    /// [`KeychainFault`]; the link stays in memory.
    pub async fn save(&self) -> std::result::Result<(), KeychainFault> {
        let mut link = self.link.lock().await;
        let _across_processes = self.lock().await.map_err(|e| KeychainFault::Unavailable(e.message))?;
        if let Link::ThisSession(token) | Link::Unsaved(token) = &*link {
            self.ports.keychain.write(&self.key, token).await?;
            self.put(&mut link, Link::Keychain);
        }
        Ok(())
    }

    /// Leaves a link that is not stored in memory, as the person chose.
    pub async fn keep_for_this_session(&self) {
        let mut link = self.link.lock().await;
        if let Link::Unsaved(token) = &*link {
            *link = Link::ThisSession(token.again());
        }
    }

    /// Spends the link for a token of `tenant`, or of the directory itself, and proves it.
    ///
    /// # Errors
    /// As [`Provider::refresh`] and [`Provider::prove`]; a keychain fault where the link cannot be read.
    pub async fn exchange(&self, tenant: Option<&TenantId>) -> Result<Exchanged> {
        let mut link = self.link.lock().await;
        let _across_processes = self.lock().await?;
        let spent = self.current(&link).await?;
        let granted = match self.provider.refresh(&spent, tenant).await {
            Ok(granted) => granted,
            Err(error) => {
                if error.code == ErrorCode::SessionEnded && matches!(*link, Link::Keychain) {
                    self.remove_dead_link().await;
                }
                return Err(error);
            }
        };
        let unsaved = self.store(&mut link, &granted).await;
        let access = self.provider.exchange(granted.access, tenant).await?;
        let claims = self.provider.prove(&access, &self.key.account.subject, tenant).await?;
        Ok(Exchanged { proven: Proven { access, claims }, unsaved })
    }

    /// Revokes the chain at the provider, then removes its link from the keychain. Says whether the
    /// provider confirmed.
    ///
    /// # Errors
    /// [`KeychainFault`]; the link may still be there.
    pub async fn end(&self) -> std::result::Result<bool, KeychainFault> {
        let link = self.link.lock().await;
        // Signing out does not fail because another process holds the lock for too long.
        let _across_processes = self.lock().await.ok();
        let kept = self.ports.keychain.read(&self.key).await;
        let revoked = match (&*link, &kept) {
            (Link::Keychain, Err(fault)) => return Err(fault.clone()),
            (Link::Keychain, Ok(Some(token))) => {
                self.provider.revoke(token, self.key.bound_to.as_ref()).await
            }
            (Link::Keychain, Ok(None)) => true,
            (Link::ThisSession(token) | Link::Unsaved(token), kept) => {
                // An older session of the same account may lie in the keychain: it ends with this one.
                if let Ok(Some(older)) = kept {
                    self.provider.revoke(older, self.key.bound_to.as_ref()).await;
                }
                self.provider.revoke(token, self.key.bound_to.as_ref()).await
            }
        };
        if kept.is_ok() {
            self.ports.keychain.delete(&self.key).await?;
        }
        Ok(revoked)
    }

    async fn current(&self, link: &MutexGuard<'_, Link>) -> Result<RefreshToken> {
        match &**link {
            Link::ThisSession(token) | Link::Unsaved(token) => Ok(token.again()),
            Link::Keychain => self.ports.keychain.read(&self.key).await?.ok_or_else(|| {
                Error::new(
                    ErrorCode::SessionEnded,
                    "The session is no longer in this computer's keychain: it was removed there. Sign in again to go on.",
                )
            }),
        }
    }

    /// Puts the new link in its place. The old one is spent by now, so a link that cannot be stored is
    /// held in memory rather than lost.
    async fn store(&self, link: &mut Link, granted: &Granted) -> Option<KeychainFault> {
        let new = match (&granted.refresh, &*link) {
            (Some(new), Link::ThisSession(_)) => {
                *link = Link::ThisSession(new.again());
                return None;
            }
            (Some(new), Link::Keychain | Link::Unsaved(_)) => new.again(),
            (None, Link::Unsaved(old)) => old.again(),
            // None came back: the old one goes on being good (RFC 6749 §6).
            (None, Link::Keychain | Link::ThisSession(_)) => return None,
        };
        match self.ports.keychain.write(&self.key, &new).await {
            Ok(()) => {
                self.put(link, Link::Keychain);
                None
            }
            Err(fault) => {
                self.put(link, Link::Unsaved(new));
                Some(fault)
            }
        }
    }

    /// The provider has ended the chain whose link lies in the keychain: leaving it would only mislead.
    async fn remove_dead_link(&self) {
        if let Err(fault) = self.ports.keychain.delete(&self.key).await {
            tracing::warn!(%fault, "an ended session's entry could not be removed");
        }
    }

    fn put(&self, link: &mut Link, new: Link) {
        self.in_keychain.store(matches!(new, Link::Keychain), Ordering::Relaxed);
        *link = new;
    }

    /// An OS lock: it goes with its holder, however that one ends.
    async fn lock(&self) -> Result<File> {
        let path = self.lock_file.clone();
        let locking = tokio::task::spawn_blocking(move || -> std::io::Result<File> {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            file.lock()?;
            Ok(file)
        });
        match tokio::time::timeout(LOCK_PATIENCE, locking).await {
            Ok(Ok(Ok(file))) => Ok(file),
            Ok(Ok(Err(error))) => Err(Error::new(
                ErrorCode::StorageFull,
                format!(
                    "{} cannot be opened ({error}). Your session is kept; free some space and try again.",
                    self.lock_file.display()
                ),
            )),
            Ok(Err(fault)) => Err(Error::new(ErrorCode::Internal, fault.to_string())),
            Err(_) => Err(Error::new(
                ErrorCode::ProviderUnreachable,
                "Another Keyward on this computer is renewing this session and does not finish. Close it and try again.",
            )),
        }
    }
}
