//! What a window is shown. No type here has a place where a token, a code or a verifier could stand;
//! a test reads the generated declarations and says so.

mod adding;
mod secrets;

use keyward_model::{
    ClientId, ConnectionId, Error, Issuer, Permission, Person, Role, RoleId, Subject, Tenant, TenantId,
    Timestamp,
};
use serde::Serialize;

pub use adding::{
    AddingConnection, CheckLine, ConnectionDraft, DraftTenant, Outcome, PresetView, SettingView, Tried,
};
pub use secrets::{Health, KeychainView, SecretView, SecretsView};

use crate::AccountKey;

/// What the app as a whole has: the same for every window.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AppView {
    /// The app's version.
    pub version: String,
    /// Where one can sign in, in the configuration's order, the local workspace last.
    pub connections: Vec<ConnectionView>,
    /// What is wrong with the configuration, if anything. The connections are then those that are left.
    pub config_problem: Option<Error>,
    /// Everybody who has signed in on this computer and is not forgotten, last used first.
    pub accounts: Vec<AccountEntry>,
    /// How the keychain did when it was last tested.
    pub keychain: KeychainView,
}

/// Somebody who has signed in on this computer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AccountEntry {
    /// Which account.
    pub account: AccountKey,
    /// The connection it was made at.
    pub connection: ConnectionId,
    /// Its name for people.
    pub connection_name: String,
    /// The person's name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Whether some window works in it.
    pub at_work: bool,
    /// Where it was last.
    pub tenant: Option<TenantId>,
    /// That tenant's name.
    pub tenant_name: Option<String>,
}

/// A place to sign in to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ConnectionView {
    /// Its id.
    pub id: ConnectionId,
    /// Its name for people.
    pub name: String,
    /// Whether it is the workspace on this computer.
    pub local: bool,
    /// Who signed in last, and where they were, if anybody did.
    pub last: Option<LastVisit>,
}

/// The last visit at a connection.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LastVisit {
    /// Who.
    pub person: String,
    /// The tenant's id.
    pub tenant: Option<TenantId>,
    /// The tenant's name.
    pub tenant_name: Option<String>,
}

/// What one window shows now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "screen", rename_all = "snake_case")]
pub enum WindowView {
    /// Resuming the session of last time.
    Starting {
        /// Where.
        connection: String,
    },
    /// Nobody is signed in here.
    SignedOut {
        /// Why, where it was not asked for: a session that ended, a sign-in that failed.
        notice: Option<Error>,
    },
    /// The system browser has been opened; the person is there.
    SigningIn(SigningIn),
    /// The session of last time is there, and cannot be read or kept.
    KeychainBlocked(KeychainBlocked),
    /// The session of last time is there, and the provider or the directory does not answer.
    Offline(Offline),
    /// The browser came back signed in as somebody else than expected.
    SomebodyElse(SomebodyElse),
    /// A connection is being added to the configuration.
    AddingConnection(Box<AddingConnection>),
    /// At work.
    SignedIn(Box<SignedIn>),
}

/// A name to know somebody by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Named {
    /// Name.
    pub name: String,
    /// E-mail.
    pub email: String,
}

/// Somebody else than expected has signed in. Nothing is kept of them before the person says so.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SomebodyElse {
    /// Where.
    pub connection: String,
    /// Who was expected.
    pub expected: Named,
    /// Who came.
    pub arrived: Named,
}

/// A sign-in under way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SigningIn {
    /// Where.
    pub connection: String,
    /// The tenant asked for, if one was.
    pub tenant: Option<TenantId>,
    /// The address the browser was sent to. It holds a challenge, never a verifier.
    pub url: String,
    /// When the wait ends.
    pub ends_at: Timestamp,
    /// Why the browser did not open, if it did not.
    pub browser_problem: Option<Error>,
}

/// A keychain that stands in the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct KeychainBlocked {
    /// `keychain_locked` or `keychain_unavailable`, in words.
    pub problem: Error,
    /// Whose session it is about.
    pub person: Option<String>,
    /// Whether the person is signed in already and only keeping the session failed.
    pub after_sign_in: bool,
}

/// A session that cannot be resumed just now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Offline {
    /// What does not answer, in words.
    pub problem: Error,
    /// Whose session it is.
    pub person: String,
    /// Where.
    pub connection: String,
}

/// A window at work in a tenant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SignedIn {
    /// Who, and where they signed in.
    pub account: AccountView,
    /// The tenant this window is in.
    pub tenant: Tenant,
    /// Every tenant the person may enter, by name.
    pub tenants: Vec<TenantEntry>,
    /// The tenant that opens when none is named.
    pub default_tenant: Option<TenantId>,
    /// What the proven token says.
    pub token: TokenView,
    /// The roles it names, in full, best first.
    pub roles: Vec<Role>,
    /// Where the session is kept.
    pub kept: Kept,
    /// What went wrong without anybody asking, such as a token that could not be renewed.
    pub notice: Option<Error>,
    /// What waits for the person in the browser.
    pub parked: Option<Parked>,
    /// Whether there is a role directory: without one there are no people, roles and audit to see.
    pub directory: bool,
    /// How its news of the tenant comes; none, where there is no directory.
    pub following: Option<Following>,
}

/// How far the news of a tenant has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Following {
    /// The newest entry of the audit that is known of; what was read before it may have changed.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub audit: Option<u64>,
    /// Whether news comes as it happens. Else it shows when something is asked.
    pub open: bool,
}

/// A token that waits for the person: the provider wants them in the browser, which opens when they say so.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Parked {
    /// The tenant it is for.
    pub tenant: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// What the provider wants, in words.
    pub problem: Error,
}

/// A person at a connection.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AccountView {
    /// The connection.
    pub connection: ConnectionId,
    /// Its name for people.
    pub connection_name: String,
    /// The provider.
    pub issuer: Issuer,
    /// The provider's name for the person.
    pub subject: Subject,
    /// The person as the directory knows them.
    pub person: Person,
}

/// A tenant as the rail and the palette show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TenantEntry {
    /// The tenant.
    pub tenant: Tenant,
    /// Names of the person's roles there, best first.
    pub roles: Vec<String>,
    /// Whether the person marked it.
    pub favourite: bool,
    /// When they were last there, on this computer.
    pub visited_at: Option<Timestamp>,
}

/// A proven access token, described.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TokenView {
    /// `iss`.
    pub issuer: Issuer,
    /// `aud`.
    pub audience: Vec<String>,
    /// `azp`, else `client_id`.
    pub authorized_party: Option<ClientId>,
    /// Role ids.
    pub roles: Vec<RoleId>,
    /// Permissions.
    pub permissions: Vec<Permission>,
    /// Version of (tenant, person).
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub role_version: Option<u64>,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
}

/// Where the refresh token lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// In the system's keychain.
    Keychain,
    /// In memory, until the app closes, as the person chose.
    ThisSession,
}

/// What "Forget this account" found when it looked again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Forgotten {
    /// Whether the provider confirmed that the session is revoked.
    pub revoked: bool,
    /// Whether the keychain, asked again, has no such entry.
    pub gone: bool,
    /// The entry's name in the keychain, for whoever wants to look.
    pub entry: String,
}
