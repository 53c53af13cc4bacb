//! Where refresh tokens lie. The answers Found, NoEntry, Locked and Unavailable stay four things, from
//! here to the screen: a locked keychain is not a person signed out.

mod os;

use async_trait::async_trait;
use keyward_model::{Error, ErrorCode};
use thiserror::Error as ThisError;

pub use os::OsKeychain;

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

    /// Stores the chain's refresh token in place of what was there.
    ///
    /// # Errors
    /// [`KeychainFault`]; what was there may still be there.
    async fn write(&self, chain: &ChainKey, token: &RefreshToken) -> Result<(), KeychainFault>;

    /// Removes the chain's entry; having none is success.
    ///
    /// # Errors
    /// [`KeychainFault`]; the entry may still be there.
    async fn delete(&self, chain: &ChainKey) -> Result<(), KeychainFault>;

    /// Asks the system to unlock the keychain, which may ask the person.
    ///
    /// # Errors
    /// [`KeychainFault::Locked`] where it stays locked.
    async fn unlock(&self) -> Result<(), KeychainFault>;
}
