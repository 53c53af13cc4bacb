//! A signed-in person: providers, sign-in, keychain, tokens, tenants. There is no window in it.
//!
//! [`Session`] is the door. Behind it one task owns all state; what it needs of the world comes through
//! [`Ports`]. A tenant's token is proven before it is kept, and the refresh token is a [`chain`] of which
//! one link is spent at a time.

mod account;
mod backoff;
pub mod chain;
mod chains;
pub mod config;
pub mod directory;
pub mod events;
pub mod keychain;
pub mod loopback;
pub mod ports;
pub mod preset;
pub mod provider;
mod remembered;
mod secrets;
mod session;
mod settle;
mod sign_in;
mod tenants;
pub mod view;

pub use account::{AccountKey, AccountRecord, ChainKey};
pub use config::{Config, Connection, KnownTenant};
pub use ports::Ports;
pub use secrets::{AccessToken, AuthorizationCode, IdToken, OneTime, RefreshToken};
pub use session::{Session, Settings, Shown, WindowLabel};
pub use view::{
    AccountEntry, AccountView, AppView, ConnectionView, Following, Forgotten, Kept, KeychainBlocked,
    LastVisit, Named, Offline, Parked, SignedIn, SigningIn, SomebodyElse, TenantEntry, TokenView, WindowView,
};

/// The id of the connection to the workspace on this computer.
pub const LOCAL: &str = "local";
/// Its name for people.
pub const LOCAL_NAME: &str = "Local workspace";
