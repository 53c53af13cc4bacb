//! What a keychain says of itself: whether it keeps what it is given, and where a secret lies in it.

use keyward_model::Secret;
use serde::Serialize;

use super::{KeychainFault, SecretStore, entry::difference};

/// How long the value of a self-test is where the store names no limit: longer than any provider's
/// refresh token that we have met.
const LONG: usize = 4096;

/// How a keychain did in its self-test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct KeychainHealth {
    /// Its name for people.
    pub store: String,
    /// Whether it can be relied on.
    pub state: KeychainState,
    /// What was wrong, in a few words; none where it works.
    pub fault: Option<String>,
}

/// Whether a keychain can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum KeychainState {
    /// It gives back what it was given, and forgets what it was told to.
    Working,
    /// It is there, and locked.
    Locked,
    /// It is not there, or does not answer.
    Unavailable,
    /// It answers, and does not do what it says.
    Broken,
}

/// Where a secret lies, for whoever wants to look for themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SecretPlace {
    /// The keychain's name for people.
    pub store: String,
    /// The name under which all of Keyward's entries stand.
    pub service: String,
    /// The entry's own name.
    pub entry: String,
    /// How many secrets of the keychain make it: one, or a header and its parts. None where there is no entry.
    pub pieces: u32,
    /// What the keychain answered.
    pub answer: Answer,
    /// Why it did not answer, or what is wrong with the entry.
    pub fault: Option<String>,
}

/// The four answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// There is an entry.
    Found,
    /// There is none.
    NoEntry,
    /// The keychain is locked: there may be one.
    Locked,
    /// The keychain is not there or does not answer: there may be one.
    Unavailable,
}

impl KeychainHealth {
    /// What a fault says of the keychain that has it.
    pub(super) fn of_fault(store: String, fault: KeychainFault) -> Self {
        let (state, fault) = match fault {
            KeychainFault::Locked(why) => (KeychainState::Locked, why),
            KeychainFault::Unavailable(why) => (KeychainState::Unavailable, why),
            KeychainFault::Damaged(why) => (KeychainState::Broken, why),
        };
        Self { store, state, fault: Some(fault) }
    }
}

/// Writes, reads back, compares and deletes something that is no secret, under a name of its own.
pub(super) fn self_test(store: &dyn SecretStore, name: &str) -> Result<(), KeychainFault> {
    let long = store.limit().map_or(LONG, |limit| limit.letters());
    let value = Secret::new("Keyward tests this keychain. ".chars().cycle().take(long).collect::<String>());
    if let Err(fault) = store.put(name, &value) {
        return Err(despite(fault, store, name, &value));
    }
    let kept = store.get(name)?;
    let difference = difference(&value, kept.as_ref());
    // Removed whatever it has come to be.
    store.delete(name)?;
    if let Some(difference) = difference {
        return Err(KeychainFault::Damaged(difference));
    }
    match store.get(name)? {
        Some(_) => Err(KeychainFault::Damaged("it still has what it was told to delete".to_owned())),
        None => Ok(()),
    }
}

/// A write was refused: a store that has the value all the same does not do what it says.
fn despite(fault: KeychainFault, store: &dyn SecretStore, name: &str, value: &Secret) -> KeychainFault {
    let KeychainFault::Unavailable(why) = fault else { return fault };
    match store.get(name) {
        Ok(Some(kept)) => {
            if let Err(fault) = store.delete(name) {
                tracing::warn!(%fault, "what a self-test wrote could not be removed");
            }
            let whole = if difference(value, Some(&kept)).is_none() { "" } else { "a part of " };
            KeychainFault::Damaged(format!("it reports a failure ({why}) and has {whole}the value"))
        }
        Ok(None) => KeychainFault::Damaged(format!("it is there and takes nothing ({why})")),
        Err(fault) => fault,
    }
}
