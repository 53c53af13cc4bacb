//! The check of a tenant's token.
//!
//! A backend (the role directory is one) asks a [`Verifier`] on every request. The desktop uses the
//! same pieces, [`open`] and [`KeySet`], for ID tokens and for the proof of a switch: a token that one
//! end would refuse, the other never shows.
//!
//! The order of the checks: size, form, header, algorithm, key, signature (RFC 7515 §5.2, RFC 8725
//! §3), then issuer, audience, times, client (RFC 9068 §4), then the tenant rule, then the role version where one is
//! demanded. Defaults are closed.

mod fetch;
mod header;
mod jws;
mod key;
mod refused;
mod seen;
mod strict;
mod verifier;

pub use fetch::FetchedKeys;
pub use jsonwebtoken::Algorithm;
pub use jws::{Accept, MAX_TOKEN_BYTES, TokenType, open};
pub use key::{KeySet, KeySource};
pub use refused::Refused;
pub use seen::Seen;
pub use verifier::{Expect, Verifier, bearer};
