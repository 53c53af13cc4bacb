//! The whole system on real parts. `cargo xtask test` runs it with the app it has built.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod accessible;
mod accounts;
mod connections;
mod faults;
mod fresh;
mod journey;
mod keychain;
mod local;
mod people;
#[path = "../providers/mod.rs"]
mod providers;
#[path = "../refresh_storm/mod.rs"]
mod refresh_storm;
mod windows;
