//! An account: a person at a connection.

use keyward_model::{ClientId, ConnectionId, Issuer, Subject};
use serde::{Deserialize, Serialize};

/// Who is signed in, and where. A struct, never a joined text: two accounts cannot collide.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountKey {
    /// The provider.
    pub issuer: Issuer,
    /// The client.
    pub client: ClientId,
    /// The person.
    pub subject: Subject,
}

impl AccountKey {
    /// The account's name in the keychain: a JSON array, in which no two accounts look alike.
    pub fn entry(&self) -> String {
        serde_json::json!([self.issuer, self.client, self.subject]).to_string()
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_accounts_share_an_entry() {
        let key = |client: &str, subject: &str| AccountKey {
            issuer: Issuer::new("https://id.example").unwrap(),
            client: ClientId::new(client).unwrap(),
            subject: Subject::new(subject).unwrap(),
        };
        assert_ne!(key("a", "b\",\"c").entry(), key("a\",\"b", "c").entry());
    }
}
