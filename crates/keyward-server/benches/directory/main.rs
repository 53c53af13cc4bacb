//! The directory at the size of its goals, beside others that answer the same questions: Cerbos, and OpenFGA on the same
//! engines. Prints rows as JSON for `cargo xtask bench directory`; what else there is to say goes to standard error.
#![allow(clippy::disallowed_methods, reason = "it measures time")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the rows are its output")]

mod cluster;
mod edits;
mod embedded;
mod kept;
mod lookups;
mod openfga;
mod people;
mod programs;
mod rows;
mod wire;
mod world;

#[path = "../../../keyward-directory/benches/bare/mod.rs"]
mod bare;

use std::error::Error;

use serde_json::{Value, json};

use kept::Kept;
use world::{ASSIGNMENTS, World};

/// What a part of the bench comes to.
type Run<T> = Result<T, Box<dyn Error>>;

fn main() -> Run<()> {
    let world = World::new();
    let held: usize = world.tenants.iter().flatten().map(|place| world.roles(*place).len()).sum();
    if held != ASSIGNMENTS {
        return Err(format!("the goals are set for {ASSIGNMENTS} assignments, not {held}").into());
    }
    let kept = Kept::ready(&world)?;
    let mut rows = lookups::measured(&world, &kept)?;
    rows.extend(embedded::measured(&world, &kept)?);
    rows.extend(people::measured(&world, &kept)?);
    rows.extend(edits::measured()?);
    println!("{}", json!({ "rows": rows }));
    Ok(())
}

/// A row beside a peer, of which more is better.
fn faster(name: &str, unit: &str, rounds: &[(f64, f64)], goal: f64) -> Value {
    row(name, unit, rounds, goal, |(ours, peer)| ours / peer)
}

/// A row beside a peer, of which less is better.
fn sooner(name: &str, unit: &str, rounds: &[(f64, f64)], goal: f64) -> Value {
    row(name, unit, rounds, goal, |(ours, peer)| peer / ours)
}

fn row(name: &str, unit: &str, rounds: &[(f64, f64)], goal: f64, ratio: fn(&(f64, f64)) -> f64) -> Value {
    eprintln!("{name}: {rounds:.1?}");
    json!({
        "name": name,
        "ours": median(rounds.iter().map(|(ours, _)| *ours)),
        "peer": median(rounds.iter().map(|(_, peer)| *peer)),
        "ratio": median(rounds.iter().map(ratio)),
        "goal": goal,
        "unit": unit,
    })
}

/// A row that has a number of its own to stay below.
fn below(name: &str, unit: &str, most: f64, measured: impl IntoIterator<Item = f64>) -> Value {
    let ours = median(measured.into_iter());
    eprintln!("{name}: {ours:.2} {unit}");
    json!({ "name": name, "ours": ours, "peer": null, "ratio": most / ours, "goal": 1.0, "unit": unit })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
