//! The session on real parts: a real provider and directory on loopback, real HTTP, real files. The
//! browser and the keychain are scripted here; the real ones are in the system tests.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on says where")]
#![allow(clippy::print_stdout, reason = "a model says how far it went, and a counterexample what happened")]

mod chain;
mod following;
mod journey;
mod keychain;
mod keychain_matrix;
mod loopback;
mod model;
mod modes;
mod person;
mod scripted;
mod sign_out;
mod streams;
mod world;
