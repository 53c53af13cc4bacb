//! The shell around a session: start-up, commands, windows. Thin: what the app knows and does is in
//! `keyward-session`.

mod arguments;
mod commands;
mod local;
mod log;
mod start;
#[cfg(test)]
mod typescript;
mod windows;

pub use start::main;
