//! What a switch of tenant costs: a cold one beside its two necessary parts done bare (a token request and
//! a keychain write), turn by turn in one run; a warm one; eight at once; the memory of one more tenant.
//! Prints rows as JSON for `cargo xtask bench switch`.
//!
//! The session, the provider, the directory and HTTP are the real ones, on this computer. So a token request
//! takes a millisecond or two: far less than any that leaves it, which makes the comparison the hardest
//! there is. So it is made once more with a provider that is elsewhere, and answers in 20 ms. The keychain is
//! measured over a store in memory, and over gnome-keyring where it is installed.
#![allow(clippy::disallowed_methods, reason = "it measures time")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the rows are its output")]

mod allocator;
mod bare;
mod cold;
#[path = "../common/mod.rs"]
mod common;
mod keyring;
mod many;
mod store;
mod traffic;
mod world;

use std::{sync::Arc, time::Duration};

use common::{Outcome, store::InMemory};
use keyward_session::keychain::{SecretStore, store_of_this_system};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// How this program is told that it runs beside the keyring.
const BESIDE_KEYRING: &str = "beside-keyring";

fn main() -> Outcome<()> {
    let runtime = Runtime::new()?;
    if std::env::args().any(|argument| argument == BESIDE_KEYRING) {
        let store = store_of_this_system();
        keyring::answers(&*store)?;
        let mut rows = cold::rows(&runtime, "gnome-keyring", &store, Duration::ZERO)?;
        rows.extend(cold::rows(&runtime, "gnome-keyring, provider elsewhere", &store, cold::ELSEWHERE)?);
        println!("{}", json!({ "rows": rows }));
        return Ok(());
    }
    let store: Arc<dyn SecretStore> = Arc::new(InMemory::default());
    let mut rows = cold::rows(&runtime, "a store in memory", &store, Duration::ZERO)?;
    rows.extend(cold::rows(&runtime, "a store in memory, provider elsewhere", &store, cold::ELSEWHERE)?);
    match keyring::run_beside(BESIDE_KEYRING)? {
        Some(more) => rows.extend(more),
        None => eprintln!("gnome-keyring: skipped, because it or dbus-daemon is not installed"),
    }
    rows.extend(many::rows(&runtime, &store)?);
    println!("{}", json!({ "rows": rows }));
    Ok(())
}

/// A row whose two numbers are the better the smaller ours is.
fn row(name: &str, unit: &str, ours: f64, peer: f64, ratio: f64, goal: f64) -> Value {
    json!({ "name": name, "unit": unit, "ours": ours, "peer": peer, "ratio": ratio, "goal": goal })
}

/// A row of something that must not be more than `limit`.
fn at_most(name: &str, unit: &str, ours: f64, limit: f64) -> Value {
    row(name, unit, ours, limit, limit / ours, 1.0)
}

/// A row of something that must be `wanted`, neither more nor less.
fn exactly(name: &str, unit: &str, ours: f64, wanted: f64) -> Value {
    row(name, unit, ours, wanted, ours.min(wanted) / ours.max(wanted), 1.0)
}

/// The value that this part of all are not above.
fn quantile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * part).ceil() as usize;
    values[at.clamp(1, values.len()) - 1]
}

fn median(values: Vec<f64>) -> f64 {
    quantile(values, 0.5)
}
