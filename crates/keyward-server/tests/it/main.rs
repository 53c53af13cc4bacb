//! The local workspace through its own doors: HTTP on 127.0.0.1, its folder, and the program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

#[cfg(unix)]
mod admin;
mod browser;
#[cfg(unix)]
#[path = "../../../keyward-directory/tests/it/cluster.rs"]
mod cluster;
mod company;
mod folder;
mod founded;
mod hooks;
#[cfg(unix)]
mod issuer;
mod journey;
mod modes;
mod program;
#[cfg(unix)]
mod replicas;
#[cfg(unix)]
mod schemathesis;
#[cfg(unix)]
mod secrets;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod serving;
mod shell;
