//! Where refresh tokens lie. The answers Found, NoEntry, Locked and Unavailable stay four things, from
//! here to the screen: a locked keychain is not a person signed out.
//!
//! A [`SecretStore`] is what a system has: named secrets. [`StoreKeychain`] is what Keyward keeps in one:
//! a refresh token an entry, in parts where the store takes no more at once ([`entry`]), and the calls for
//! one entry one after another, however long each takes ([`turns`]).

mod entry;
mod health;
mod kept;
#[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
mod native;
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
mod secret_service;
mod store;
mod turns;

use async_trait::async_trait;
use keyward_model::{Error, ErrorCode};
use thiserror::Error as ThisError;

pub use health::{Answer, KeychainHealth, KeychainState, SecretPlace};
pub use kept::{StoreKeychain, store_of_this_system};
pub use store::{Encoding, Limit, SERVICE, SecretStore};

use crate::{ChainKey, RefreshToken};

/// Why the keychain does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum KeychainFault {
    /// It is there and locked; the person can unlock it.
    #[error("locked: {0}")]
    Locked(String),
    /// It is not there, or does not answer.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// It answers, and what it has is not what was put there.
    #[error("damaged: {0}")]
    Damaged(String),
}

impl From<KeychainFault> for Error {
    fn from(fault: KeychainFault) -> Self {
        match fault {
            KeychainFault::Locked(_) => Error::new(
                ErrorCode::KeychainLocked,
                "The keychain of this computer is locked. Unlock it to keep your session, or go on for this session only.",
            ),
            KeychainFault::Unavailable(why) => Error::new(
                ErrorCode::KeychainUnavailable,
                format!(
                    "This computer's keychain does not answer ({why}). Start its keychain service and try again, \
                     or go on for this session only."
                ),
            ),
            KeychainFault::Damaged(why) => Error::new(
                ErrorCode::KeychainUnavailable,
                format!(
                    "This computer's keychain does not give back what was put there ({why}). Try again, or go on \
                     for this session only."
                ),
            ),
        }
    }
}

/// Keeps one refresh token for each chain, in the system's keychain.
#[async_trait]
pub trait Keychain: Send + Sync {
    /// The chain's refresh token; `None` where there is no entry. Never prompts.
    ///
    /// # Errors
    /// [`KeychainFault`], which says nothing about whether there is an entry.
    async fn read(&self, chain: &ChainKey) -> Result<Option<RefreshToken>, KeychainFault>;

    /// Stores the chain's refresh token in place of what was there, and looks whether it is there whole.
    ///
    /// # Errors
    /// [`KeychainFault`]; what was there may still be there. A write that was given up may land late, and
    /// never over a later one.
    async fn write(&self, chain: &ChainKey, token: &RefreshToken) -> Result<(), KeychainFault>;

    /// Removes the chain's entry with all its parts, and looks whether they are gone; having none is
    /// success.
    ///
    /// # Errors
    /// [`KeychainFault`]; the entry may still be there.
    async fn delete(&self, chain: &ChainKey) -> Result<(), KeychainFault>;

    /// Asks the system to unlock the keychain, which may ask the person.
    ///
    /// # Errors
    /// [`KeychainFault::Locked`] where it stays locked.
    async fn unlock(&self) -> Result<(), KeychainFault>;

    /// Writes something that is no secret, reads it back, compares, deletes it, and says how that went.
    /// Never prompts.
    async fn examine(&self) -> KeychainHealth;

    /// Where the chain's refresh token lies, without it.
    async fn place(&self, chain: &ChainKey) -> SecretPlace;
}
