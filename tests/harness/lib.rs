//! What a test of the whole system stands on: a private desktop (display, session bus, keychain), the
//! real window driven through WebDriver, a real browser, a service with provider and directory, and
//! providers that others wrote.
//!
//! Everything here is started by the test that needs it and ended with it, by process id.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a part of the desktop that does not start is a failed test, said where it happens"
)]

mod browser;
mod desktop;
mod keepassxc;
mod keychain_user;
mod leaks;
mod process;
pub mod provider;
mod service;
pub mod storm;
mod window;
mod windows;

pub use browser::Browser;
pub use desktop::{Desktop, Keyring};
pub use keychain_user::KeychainUser;
pub use leaks::{Leak, Watch};
pub use process::{Process, free_port};
pub use service::Service;
pub use window::Window;

/// How long anything may take to appear on these shared machines, in seconds.
pub const PATIENCE: u64 = 60;
