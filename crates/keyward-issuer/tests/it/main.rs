//! The provider over real HTTP, as a browser and a native client meet it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod answers;
mod authorize;
mod code;
mod doors;
mod faults;
mod logout;
mod modes;
mod quirks;
mod refresh;
mod restart;
mod sign_in;
mod silent;
mod step_up;
mod tokens;
mod world;
