//! The directory through its own doors: HTTP on 127.0.0.1, the hook, and its database, on each engine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod addressed;
mod admins;
mod audit;
mod authz;
mod bulk;
mod clock;
#[cfg_attr(not(unix), path = "no_cluster.rs")]
mod cluster;
mod company;
mod contract;
mod engine;
mod events;
mod exchange;
#[cfg(unix)]
mod full_disk;
mod held;
mod holders;
mod hook;
mod hooks;
mod house;
mod invited;
mod journey;
mod limits;
mod moving;
mod operators;
mod people;
mod pressure;
mod requests;
mod roles;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod severed;
mod sqlite_file;
mod storage;
mod tables;
mod terms;
mod undo;
mod uses;
mod windows;
mod wishes;
mod writers;
