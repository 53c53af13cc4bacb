//! A warm switch, many tenants asked for at once, and what one more signed-in tenant costs in memory.

use std::{sync::Arc, time::Instant};

use futures_util::future;
use keyward_session::keychain::SecretStore;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{
    Outcome, allocator, at_most, exactly, median, quantile,
    world::{Running, WINDOW, World},
};

const WARM: usize = 4_000;
/// A warm switch takes at most so many milliseconds, 99 times in a hundred.
const WARM_GOAL: f64 = 1.0;
/// Tenants asked for at once.
const AT_ONCE: usize = 8;
/// Starts of the app whose memory is measured; the first only warms up.
const STARTS: usize = 6;
/// What one more signed-in tenant may cost, in kB.
const MEMORY_GOAL: f64 = 100.0;

/// Measures, over a store that takes no time.
pub fn rows(runtime: &Runtime, store: &Arc<dyn SecretStore>) -> Outcome<Vec<Value>> {
    let world = runtime.block_on(World::start(store.clone()))?;
    let running = runtime.block_on(world.sign_in())?;
    let mut rows = runtime.block_on(at_once(&world, running))?;
    let mut costs = Vec::new();
    for start in 0..STARTS {
        let cost = runtime.block_on(memory(&world))?;
        if start > 0 {
            costs.push(cost);
        }
    }
    rows.push(at_most("memory of one more tenant, its service's included", "kB", median(costs), MEMORY_GOAL));
    rows.push(warm(runtime, &world)?);
    Ok(rows)
}

/// As many windows as tenants, each asking for its own, all in the same moment.
async fn at_once(world: &World, mut running: Running) -> Outcome<Vec<Value>> {
    let others = running.others();
    let (wanted, left) = others.split_at_checked(AT_ONCE).ok_or("too few tenants")?;
    let windows: Vec<String> = (0..AT_ONCE).map(|number| format!("window-{number}")).collect();
    for window in &windows {
        running.session.open_window(window, WINDOW, None, None).await?;
        running.session.look(window).await?;
    }
    let before = (world.token_requests(), world.store.writes());
    let switches = windows.iter().zip(wanted);
    let switches = switches.map(|(window, tenant)| running.session.switch_tenant(window, tenant.clone()));
    future::try_join_all(switches).await?;
    let (requests, writes) = (world.token_requests() - before.0, world.store.writes() - before.1);
    // The chain has come to no harm by it.
    running.switch(left.first().ok_or("too few tenants")?).await?;
    running.end().await;
    let name = format!("{AT_ONCE} tenants at once");
    Ok(vec![
        exactly(&name, "token requests", requests as f64, AT_ONCE as f64),
        exactly(&name, "keychain writes", writes as f64, AT_ONCE as f64),
        exactly(&name, "requests side by side", world.traffic.most() as f64, 1.0),
    ])
}

/// What a tenant adds to the bytes that this whole program holds, in kB.
async fn memory(world: &World) -> Outcome<f64> {
    let mut running = world.resume().await?;
    let others = running.others();
    let (first, more) = others.split_first().ok_or("too few tenants")?;
    running.switch(first).await?;
    let before = allocator::held();
    for tenant in more {
        running.switch(tenant).await?;
    }
    let cost = (allocator::held() as f64 - before as f64) / more.len() as f64 / 1_000.0;
    running.end().await;
    Ok(cost)
}

/// Between two tenants whose tokens are at hand, from the call to answer and view.
fn warm(runtime: &Runtime, world: &World) -> Outcome<Value> {
    let mut running = runtime.block_on(world.resume())?;
    let pair = &running.others()[..2];
    for tenant in pair {
        runtime.block_on(running.switch(tenant))?;
    }
    let requests = world.token_requests();
    let mut times = Vec::with_capacity(WARM);
    for turn in 0..WARM {
        let started = Instant::now();
        runtime.block_on(running.switch(&pair[turn % 2]))?;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    assert_eq!(world.token_requests(), requests, "a warm switch asks nobody");
    runtime.block_on(running.end());
    Ok(at_most("warm switch: 99 of 100 take at most", "ms", quantile(times, 0.99), WARM_GOAL))
}
