//! What the benches of this crate share: a browser, a store of secrets, and what is under a session.

pub mod page;
pub mod store;
pub mod world;

/// What a bench comes to.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
