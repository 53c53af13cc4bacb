//! An account: a person at a connection.

use std::collections::BTreeSet;

use keyward_model::{ClientId, ConnectionId, Issuer, Subject, TenantId};
use serde::{Deserialize, Serialize};

use crate::config::KnownTenant;

/// Who is signed in, and where. A struct, never a joined text: two accounts cannot collide.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AccountKey {
    /// The provider.
    pub issuer: Issuer,
    /// The client.
    pub client: ClientId,
    /// The person.
    pub subject: Subject,
}

/// Which chain: whose, and of which tenant alone where the provider binds a refresh token to one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChainKey {
    /// Whose.
    pub account: AccountKey,
    /// The one tenant it is good for; none where one chain serves all.
    pub bound_to: Option<TenantId>,
}

impl ChainKey {
    /// Every chain that an account has: the one for all, and those bound to a tenant. Never empty.
    pub fn all_of(account: &AccountKey, bound: &BTreeSet<TenantId>) -> Vec<Self> {
        let of = |bound_to| Self { account: account.clone(), bound_to };
        std::iter::once(None).chain(bound.iter().cloned().map(Some)).map(of).collect()
    }

    /// The chain's name in the keychain: a JSON array, in which no two chains look alike.
    pub fn entry(&self) -> String {
        let AccountKey { issuer, client, subject } = &self.account;
        match &self.bound_to {
            None => serde_json::json!([issuer, client, subject]).to_string(),
            Some(tenant) => serde_json::json!([issuer, client, subject, tenant]).to_string(),
        }
    }
}

impl From<AccountKey> for ChainKey {
    /// The one chain of an account whose refresh token serves every tenant.
    fn from(account: AccountKey) -> Self {
        Self { account, bound_to: None }
    }
}

/// What is remembered of an account between starts. Nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// The account.
    pub key: AccountKey,
    /// The connection it was made at.
    pub connection: ConnectionId,
    /// The person's name.
    pub name: String,
    /// The person's e-mail.
    pub email: String,
    /// Tenants that their ID token or the directory named last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<KnownTenant>,
    /// Tenants with a chain of their own, where the provider binds one to each.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub bound: BTreeSet<TenantId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_chains_share_an_entry() {
        let key = |client: &str, subject: &str, tenant: Option<&str>| ChainKey {
            account: AccountKey {
                issuer: Issuer::new("https://id.example").unwrap(),
                client: ClientId::new(client).unwrap(),
                subject: Subject::new(subject).unwrap(),
            },
            bound_to: tenant.map(|tenant| TenantId::new(tenant).unwrap()),
        };
        assert_ne!(key("a", "b\",\"c", None).entry(), key("a\",\"b", "c", None).entry());
        assert_ne!(key("a", "b\",\"acme", None).entry(), key("a", "b", Some("acme")).entry());
    }
}
