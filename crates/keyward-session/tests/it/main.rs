//! The session on real parts: a real provider and directory on loopback, real HTTP, real files. The
//! browser and the keychain are scripted here; the real ones are in the system tests.

mod chain;
mod journey;
mod loopback;
mod world;
