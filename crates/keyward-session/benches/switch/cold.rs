//! A cold switch: the tenant's token is not at hand. Every start of the app makes all tenants cold but one,
//! while the provider's metadata, keys and connection are warm from its first token on.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use keyward_session::keychain::SecretStore;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{Outcome, bare::Bare, exactly, median, row, world::World};

/// Starts of the app; the first only warms up.
const STARTS: usize = 16;
/// A cold switch may take 1.10 times as long as its two parts done bare.
const GOAL: f64 = 1.0 / 1.10;

/// How long the answer of a provider takes that is not on this computer, and quick.
pub const ELSEWHERE: Duration = Duration::from_millis(20);

/// Compares, over `store`, with a provider whose every answer takes this much longer than it needs to.
pub fn rows(
    runtime: &Runtime,
    what: &str,
    store: &Arc<dyn SecretStore>,
    longer: Duration,
) -> Outcome<Vec<Value>> {
    let world = runtime.block_on(World::start(store.clone()))?;
    world.answers_later(longer);
    let signed_in = runtime.block_on(world.sign_in())?;
    runtime.block_on(signed_in.end());
    let link = world.store.take_last()?.ok_or("no link was stored")?;
    let mut bare = Bare::new(world.token_endpoint(), store.clone(), link)?;
    let signed_in = runtime.block_on(world.sign_in())?;
    runtime.block_on(signed_in.end());

    let (mut ours, mut peer, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut requests, mut writes) = (0, 0);
    for start in 0..STARTS {
        let mut running = runtime.block_on(world.resume())?;
        for (turn, tenant) in running.others().iter().enumerate() {
            let mut product = || -> Outcome<f64> {
                let before = (world.token_requests(), world.store.writes());
                let started = Instant::now();
                runtime.block_on(running.switch(tenant))?;
                let milliseconds = started.elapsed().as_secs_f64() * 1_000.0;
                if start > 0 {
                    requests += world.token_requests() - before.0;
                    writes += world.store.writes() - before.1;
                }
                Ok(milliseconds)
            };
            // Who goes first alternates.
            let (product, parts) = if turn % 2 == 0 {
                let first = product()?;
                (first, bare.switch(runtime, tenant)?)
            } else {
                let first = bare.switch(runtime, tenant)?;
                (product()?, first)
            };
            if start > 0 {
                ours.push(product);
                peer.push(parts);
                ratios.push(parts / product);
            }
        }
        runtime.block_on(running.end());
    }
    let switches = ours.len() as f64;
    Ok(vec![
        row(&format!("cold switch: {what}"), "ms", median(ours), median(peer), median(ratios), GOAL),
        exactly(&format!("cold switch: {what}"), "token requests", requests as f64 / switches, 1.0),
        exactly(&format!("cold switch: {what}"), "keychain writes", writes as f64 / switches, 1.0),
    ])
}
