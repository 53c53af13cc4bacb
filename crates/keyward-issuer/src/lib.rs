//! The embedded OpenID provider: the local workspace signs in at it, and tests use it as a real one.
//!
//! It speaks OpenID Connect to one public native client: discovery, authorization code with PKCE,
//! a sign-in page, rotating refresh tokens, an audience per tenant, revocation, logout. Each access
//! token for a tenant carries the roles that a [`TokenHook`](keyward_model::TokenHook) gives at that
//! moment. [`Quirks`] make it misbehave in the ways that other providers do.
//!
//! Mount [`Provider::router`] at the root of a listener on a loopback address.

mod account;
mod authorize;
mod config;
mod cookie;
mod discovery;
mod guard;
mod keys;
mod logout;
mod mint;
mod oauth_error;
mod observe;
mod page;
mod params;
mod pending;
mod provider;
mod quirks;
mod random;
mod redirect;
mod revoke;
mod scope;
mod shelf;
mod sign_in;
mod store;
mod target;
mod throttle;
mod token;
mod userinfo;

pub use account::{Account, Accounts};
pub use config::ProviderConfig;
pub use keys::SigningAlgorithm;
pub use observe::{Endpoint, Issued, IssuedKind};
pub use provider::Provider;
pub use quirks::{Quirks, WrongIssuer};
pub use store::Store;
