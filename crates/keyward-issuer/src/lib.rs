//! The embedded OpenID provider: the local workspace signs in at it, and tests use it as a real one.
//!
//! It speaks OpenID Connect to a public native client: discovery, authorization code with PKCE, a
//! sign-in page, rotating refresh tokens, revocation, logout. Each access token for a tenant carries
//! the roles that a [`TokenHook`](keyward_model::TokenHook) gives at that moment. How a tenant's token
//! is asked for, the [`Mode`] says: by default an audience per tenant, else as other providers have it.
//! [`Quirks`] make it misbehave in the ways that they do.
//!
//! Mount [`Provider::router`] at the root of a listener on a loopback address.

mod account;
mod acr;
mod authorize;
mod config;
mod cookie;
mod demand;
mod discovery;
mod door;
mod guard;
mod keys;
mod logout;
mod mint;
mod mode;
mod names;
mod oauth_error;
mod observe;
mod page;
mod params;
mod pending;
mod proof;
mod provider;
mod quirks;
mod random;
mod redirect;
mod request;
mod revoke;
mod scope;
mod shelf;
mod sign_in;
mod store;
mod tally;
mod target;
mod terms;
mod throttle;
mod token;
mod userinfo;

pub use account::{Account, Accounts};
pub use config::ProviderConfig;
pub use keys::SigningAlgorithm;
pub use mode::{Coverage, ExchangeStyle, IssuerStyle, Mode, OrganizationStyle, ScopeStyle};
pub use observe::{Endpoint, Issued, IssuedKind};
pub use provider::Provider;
pub use quirks::{
    AnswerQuirks, AuthTime, Demand, ErrorBody, ErrorQuirks, Loss, Outage, Quirks, Refusal, Silent,
    TokenQuirks, Typ, WrongIssuer,
};
pub use store::Store;
