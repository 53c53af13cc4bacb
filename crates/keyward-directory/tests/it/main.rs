//! The directory through its own doors: HTTP on 127.0.0.1, the hook, and a SQLite file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod admins;
mod authz;
mod company;
mod hook;
mod house;
mod journey;
mod people;
mod requests;
mod storage;
