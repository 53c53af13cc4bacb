//! The read path without HTTP, beside a bare loop of prepared statements over the same file.

use std::{error::Error, hint::black_box, sync::Arc, time::Instant};

use keyward_directory::{Database, Directory};
use keyward_model::{ClientId, HookRequest, InvalidId, Issuer, Subject, SystemClock, TenantId, TokenHook};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use super::{
    Run,
    bare::{Answer, Peer},
    faster,
    kept::Kept,
    people,
    world::{self, ISSUER, World},
};

const ROUNDS: usize = 21;
/// Questions that each side answers in a round.
const QUESTIONS: usize = 2_000;

pub fn measured(world: &World, kept: &Kept) -> Run<Vec<Value>> {
    let directory = Directory::open(&Database::file(kept.file()), Arc::new(SystemClock))?;
    people::settled(&directory, world)?;
    let connection = Connection::open_with_flags(kept.file(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut peer = Peer::new(&connection)?;
    let requests = requests(world)?;
    for request in &requests {
        if Answer::from(directory.answer(request)?) != peer.answer(request)? {
            return Err(format!("they do not answer the same: {request:?}").into());
        }
    }
    let mut rounds = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let asked = &requests[round * QUESTIONS % requests.len()..][..QUESTIONS];
        let ours = || rate(asked, |request| directory.answer(request));
        let mut theirs = || rate(asked, |request| peer.answer(request));
        // Who goes first alternates, so that neither always finds the caches warm.
        rounds.push(if round % 2 == 0 {
            let first = ours()?;
            (first, theirs()?)
        } else {
            let first = theirs()?;
            (ours()?, first)
        });
    }
    Ok(vec![faster("embedded lookups / a bare prepared loop", "a second", &rounds, 0.8)])
}

fn requests(world: &World) -> Result<Vec<HookRequest>, InvalidId> {
    let request = |place: &world::Place| {
        Ok(HookRequest {
            issuer: Issuer::new(ISSUER)?,
            subject: Subject::new(world::subject(place.person))?,
            tenant: TenantId::new(world::tenant_id(place.tenant))?,
            client: ClientId::new("desktop")?,
            verified_email: None,
        })
    };
    world.drawn(10 * QUESTIONS).iter().map(request).collect()
}

/// Answers in a second.
fn rate<T, E: Error + 'static>(
    asked: &[HookRequest],
    mut answer: impl FnMut(&HookRequest) -> Result<T, E>,
) -> Run<f64> {
    let started = Instant::now();
    for request in asked {
        black_box(answer(request)?);
    }
    Ok(asked.len() as f64 / started.elapsed().as_secs_f64())
}
