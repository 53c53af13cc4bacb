//! What a process of a storm is told and what it says: a line of JSON each.

use std::path::PathBuf;

use keyward_model::{ErrorCode, TenantId};
use keyward_session::{AccountKey, config::Written};
use serde::{Deserialize, Serialize};

/// The first line: whose chain it shares, and where that lies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Share {
    /// The connection, as in `keyward.toml`.
    pub connection: Written,
    /// The account.
    pub account: AccountKey,
    /// Keyward's own folder, with locks and journal.
    pub folder: PathBuf,
    /// Where links lie.
    pub keychain: Keychain,
}

/// Where links lie.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keychain {
    /// The system's, found by the environment.
    System,
    /// Files in a folder, one for each secret, each written whole. It stands in for a store in speed alone.
    Folder(PathBuf),
}

/// A later line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The person has signed in: this is the first link.
    Begin(String),
    /// The token of this tenant has run out.
    Expired(TenantId),
}

/// What came to pass.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The first link is in its place.
    Begun,
    /// A request leaves for the token endpoint.
    Spends,
    /// There is a new token.
    Served {
        /// Whom its claims are about.
        subject: String,
        /// What they are for.
        audience: Vec<String>,
        /// Whether the new link could be stored.
        saved: bool,
    },
    /// There is none.
    Failed {
        /// Why.
        code: ErrorCode,
        /// The same, in words.
        message: String,
    },
}
