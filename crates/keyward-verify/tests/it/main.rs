//! The check, through its door: real keys, real signatures, and what attackers have sent to others.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on says where")]
#![allow(clippy::print_stderr, reason = "what was not tried is said")]

mod changed;
mod corpus;
mod forge;
mod freshness;
#[path = "../../../../tests/corpus/generator/mod.rs"]
mod generator;
mod hostile;
mod keys;
mod wycheproof;
