//! Who can sign in: asked of whoever embeds the provider.

use keyward_model::{Result, Secret, Subject, TenantId};

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The provider's name for them, stable and never given to somebody else.
    pub subject: Subject,
    /// Their name for people.
    pub name: String,
    /// Their e-mail address, which counts as verified.
    pub email: String,
}

/// The accounts of the service.
///
/// The calls may block: the provider makes them off the async threads. An error says that nobody can
/// look now, which is never taken for "there is nobody": it ends no session and costs no token.
pub trait Accounts: Send + Sync {
    /// The account with this e-mail, if `password` is its password. An implementation takes the same
    /// time for an unknown e-mail as for a wrong password, and compares in constant time.
    ///
    /// # Errors
    /// Accounts that cannot be read.
    fn sign_in(&self, email: &str, password: &Secret) -> Result<Option<Account>>;

    /// The account as it is now; none once it is gone, which ends its refresh tokens at their next use.
    ///
    /// # Errors
    /// Accounts that cannot be read.
    fn account(&self, subject: &Subject) -> Result<Option<Account>>;

    /// The tenants that the person belongs to, in alphabetical order: for tokens that list them. By
    /// default none are known, which keeps nobody out: who may enter a tenant, the directory says.
    ///
    /// # Errors
    /// Accounts that cannot be read.
    fn tenants(&self, _subject: &Subject) -> Result<Vec<TenantId>> {
        Ok(Vec::new())
    }
}
