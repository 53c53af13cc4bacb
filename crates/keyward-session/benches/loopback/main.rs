//! What hostile neighbours cost: a sign-in under attack beside the same sign-in in quiet, turn by turn in
//! one run. Prints rows as JSON for `cargo xtask bench loopback`.
//!
//! Measured on real sockets: the redirect alone, which is all that the listener does; a whole sign-in at a
//! provider on this computer, which answers at once; and one at a provider that is elsewhere, which is what a
//! person waits for, their own typing left out. The attackers are threads of this program, so a flood takes
//! its part of the same cores, as a local attacker's would.
#![allow(clippy::disallowed_methods, reason = "it measures time")]
#![allow(clippy::print_stdout, reason = "the rows are its output")]

mod attack;
#[path = "../common/mod.rs"]
mod common;
mod flood;
mod redirect;
mod whole;

use std::time::{Duration, Instant};

use attack::{Against, Attack, CASES, Case};
use common::Outcome;
use tokio::runtime::Runtime;

/// Rounds of a redirect, of a whole sign-in, and of one at a provider that is elsewhere.
const REDIRECTS: usize = 201;
const SIGN_INS: usize = 51;
const SIGN_INS_ELSEWHERE: usize = 11;
/// How long the answer of a provider takes that is not on this computer, and quick.
const ELSEWHERE: Duration = Duration::from_millis(20);
/// Between an attack's beginning and the sign-in, in quiet too: the last one's connections are closed by
/// then, and what stands against this one stands.
const SETTLE: Duration = Duration::from_millis(3);
/// The part of its rate that the flood must really have had.
const REAL: f64 = 0.9;

/// One measurement.
pub struct Sample {
    milliseconds: f64,
    /// Requests a second of the flood meanwhile.
    flood: Option<f64>,
}

impl Sample {
    /// Ends now.
    pub fn since(started: Instant, against: Option<&Against>) -> Self {
        let milliseconds = started.elapsed().as_secs_f64() * 1_000.0;
        let flood = against.and_then(|against| against.flood.as_ref()).map(flood::Flood::rate);
        Self { milliseconds, flood }
    }
}

fn main() -> Outcome<()> {
    let runtime = Runtime::new()?;
    let mut world = runtime.block_on(whole::World::start())?;
    let mut rows = Vec::new();
    let mut rates = Vec::new();
    for case in CASES {
        let redirect = compare(REDIRECTS, case, &mut rates, |attack| redirect::sample(&runtime, attack))?;
        let whole = compare(SIGN_INS, case, &mut rates, |attack| world.sample(&runtime, attack))?;
        world.answers_later(ELSEWHERE);
        let sample = |attack: Option<&Attack>| world.sample(&runtime, attack);
        let elsewhere = compare(SIGN_INS_ELSEWHERE, case, &mut rates, sample)?;
        world.answers_later(Duration::ZERO);
        let measured =
            [("redirect", redirect), ("sign-in", whole), ("sign-in, provider elsewhere", elsewhere)];
        for (what, (peer, ours)) in measured {
            rows.push(serde_json::json!({
                "name": format!("{what}: {}", case.name), "ours": ours, "peer": peer, "ratio": peer / ours,
                "goal": case.goal, "unit": "ms",
            }));
        }
    }
    let rate = median(rates);
    rows.push(serde_json::json!({
        "name": "the flood, as it was", "ours": rate, "peer": flood::RATE, "ratio": rate / flood::RATE,
        "goal": REAL, "unit": "requests/s",
    }));
    println!("{}", serde_json::json!({ "rows": rows }));
    Ok(())
}

/// The peer's median and that under attack.
fn compare(
    rounds: usize,
    case: &Case,
    rates: &mut Vec<f64>,
    mut sample: impl FnMut(Option<&Attack>) -> Outcome<Sample>,
) -> Outcome<(f64, f64)> {
    let (mut peer, mut ours) = (Vec::new(), Vec::new());
    // The first of each only warms up.
    for round in 0..=rounds {
        let calm = sample(case.peer.as_ref())?;
        let under = sample(Some(&case.attack))?;
        if round > 0 {
            peer.push(calm.milliseconds);
            ours.push(under.milliseconds);
            rates.extend(under.flood);
        }
    }
    Ok((median(peer), median(ours)))
}

/// The port of a redirect address.
fn port(redirect: &str) -> Outcome<u16> {
    Ok(url::Url::parse(redirect)?.port().ok_or("a redirect without a port")?)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
