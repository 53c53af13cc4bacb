//! The check, through its door: real keys, real signatures, and what attackers have sent to others.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod forge;
mod freshness;
mod hostile;
mod keys;
