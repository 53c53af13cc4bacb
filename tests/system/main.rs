//! The whole system on real parts. `cargo xtask test` runs it with the app it has built.

mod faults;
mod journey;
mod keychain;
mod local;
mod people;
