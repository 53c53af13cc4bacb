//! What a window is shown of where secrets lie. None of them holds one.

use keyward_model::{Error, TenantId};
use serde::Serialize;

use super::Kept;
use crate::{AccountKey, keychain::Answer};

/// Where every session of this computer lies.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SecretsView {
    /// How the keychain does.
    pub keychain: KeychainView,
    /// Every refresh token, the accounts' that were used last first.
    pub secrets: Vec<SecretView>,
}

/// How the keychain did in its self-test.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct KeychainView {
    /// Its name for people.
    pub store: String,
    /// Whether it can be relied on.
    pub state: Health,
    /// What is wrong with it, in words.
    pub problem: Option<Error>,
}

/// Whether a keychain can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It has not been tested yet.
    NotAsked,
    /// It gives back what it was given, and forgets what it was told to.
    Working,
    /// It is there, and locked.
    Locked,
    /// It is not there, or does not answer.
    Unavailable,
    /// It answers, and does not do what it says.
    Broken,
}

/// Where one refresh token lies.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SecretView {
    /// Whose.
    pub account: AccountKey,
    /// The connection's name.
    pub connection_name: String,
    /// The person's name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// The one tenant it is good for, where the provider binds it to one.
    pub tenant: Option<TenantId>,
    /// The name under which all of Keyward's entries stand.
    pub service: String,
    /// The entry's own name.
    pub entry: String,
    /// Whether it is kept in the keychain or, as the person chose, until the app closes.
    pub kept: Kept,
    /// What the keychain answers when it is asked now.
    pub state: Answer,
    /// How many pieces the entry is in; none where there is no entry.
    pub parts: u32,
    /// Why the keychain did not answer, or what is wrong with the entry.
    pub problem: Option<Error>,
}
