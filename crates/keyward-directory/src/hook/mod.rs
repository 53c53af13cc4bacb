//! What a provider asks whenever it issues a token, and what it gets, each in its own words.
//!
//! One function answers (`lookup`): a tenant, a person and a client in; roles, permissions, their version
//! and the moment until which they hold out. Around it: a `shape` reads a provider's question and writes
//! its answer, without I/O; `tenant` says which tenant a question means; `claims` keeps the answer within
//! a budget of bytes, `memory` what was last answered, for when the store is away. Who may ask, about whom and
//! with which `proof`, is each `caller`'s configuration.

mod after;
mod asked;
mod caller;
mod callers;
mod claims;
mod drill;
mod lookup;
mod memory;
mod preview;
mod proof;
mod refusal;
mod reply;
mod secret;
mod shape;
mod tenant;

pub use asked::Field;
pub use caller::{HookCaller, USUAL_BUDGET, WhenAway, WithoutTenant};
pub use callers::Hooks;
pub use claims::ClaimNames;
pub(crate) use claims::usual_size;
#[cfg(test)]
pub(crate) use drill::Drill;
#[cfg(test)]
pub(crate) use preview::Preview;
pub(crate) use preview::PreviewQuery;
pub use proof::Proof;
pub(crate) use reply::{NotItsOwn, Outcome, Post};
pub use secret::HookSecrets;
pub use shape::Shape;
pub use tenant::TenantName;
