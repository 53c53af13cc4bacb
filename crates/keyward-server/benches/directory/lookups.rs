//! Lookups over HTTP, ours and the others', at sixteen connections, at one, and at a thousand a second.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::{
    Run, below, faster,
    kept::{Kept, Stored},
    programs::{Program, SECRET},
    sooner,
    wire::{self, Wire},
    world::{self, ISSUER, Place, ROLES, World},
};

/// Places that are asked about.
const QUESTIONS: usize = 20_000;
/// Of these so many are answered by all, and compared.
const COMPARED: usize = 200;
const ROUNDS: usize = 5;
const LASTING: Duration = Duration::from_secs(1);
/// How long a thousand a second are asked.
const STEADY: Duration = Duration::from_secs(5);
const MANY: usize = 16;

/// Who is asked, what, and how the answer is read.
struct Asked {
    program: Program,
    requests: Vec<Vec<u8>>,
}

impl Asked {
    fn rate(&self) -> Run<f64> {
        Ok(wire::closed(self.program.at, &self.requests, MANY, LASTING)?.rate)
    }

    /// The median time of an answer on one connection, in microseconds.
    fn alone(&self) -> Run<f64> {
        Ok(wire::closed(self.program.at, &self.requests, 1, LASTING)?.below(0.5) * 1e6)
    }

    /// The time, in milliseconds, that 99 of 100 answers stay below at a thousand a second.
    fn steady(&self) -> Run<f64> {
        Ok(wire::open(self.program.at, &self.requests, MANY, 1_000, STEADY)?.below(0.99) * 1e3)
    }

    /// Fails where an answer is not the world's.
    fn compare(&self, places: &[Place], right: impl Fn(&Value, Place) -> bool) -> Run<()> {
        let mut wire = Wire::open(self.program.at)?;
        for (request, place) in self.requests.iter().zip(places).take(COMPARED) {
            let answer = wire.ask(request)?;
            let read: Value = serde_json::from_slice(answer)
                .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(answer)))?;
            if !right(&read, *place) {
                return Err(format!("of {place:?} it is wrong that {read}").into());
            }
        }
        Ok(())
    }
}

pub fn measured(world: &World, kept: &Kept) -> Run<Vec<Value>> {
    let places = world.drawn(QUESTIONS);
    let file = kept.file().display().to_string();
    let mut rows = vec![below("start to ready, SQLite", "ms", 100.0, starts(&file)?)];
    let sqlite = ours(world, &places, &file)?;
    let postgres = ours(world, &places, &kept.address())?;
    rows.extend(beside_cerbos(world, kept, &places, &sqlite)?);
    for (engine, ours) in [("sqlite", &sqlite), ("postgres", &postgres)] {
        rows.extend(beside_openfga(world, kept, &places, engine, ours)?);
    }
    for (engine, ours) in [("SQLite", &sqlite), ("PostgreSQL", &postgres)] {
        let steady = ours.steady()?;
        rows.push(below(&format!("hook at 1,000 a second, p99, {engine}"), "ms", 5.0, [steady]));
        let memory = ours.program.private_memory()? / 1e6;
        rows.push(below(&format!("private memory after all of it, {engine}"), "MB", 80.0, [memory]));
    }
    Ok(rows)
}

/// From the start of the program to its word that it is ready, in milliseconds.
fn starts(db: &str) -> Run<Vec<f64>> {
    let start = |_| {
        let begun = std::time::Instant::now();
        let program = Program::keywardd(db)?;
        Wire::open(program.at)?.ask(b"GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")?;
        Ok(begun.elapsed().as_secs_f64() * 1e3)
    };
    (0..ROUNDS).map(start).collect()
}

fn ours(world: &World, places: &[Place], db: &str) -> Run<Asked> {
    let headers = format!("Authorization: Bearer {SECRET}\r\n");
    let question = |place: &Place| {
        let (subject, tenant) = (world::subject(place.person), world::tenant_id(place.tenant));
        let body = json!({ "issuer": ISSUER, "subject": subject, "client": "desktop", "tenant": tenant });
        wire::post("/v1/hooks/bench", &headers, &body.to_string())
    };
    let asked = Asked { program: Program::keywardd(db)?, requests: places.iter().map(question).collect() };
    asked.compare(places, |answer, place| {
        let claim = |name: &str| &answer["claims"][format!("https://keyward.dev/claims/{name}")];
        claim("roles") == &json!(role_names(world, place))
            && claim("permissions") == &json!(world.permissions(place))
    })?;
    asked.program.settled()?;
    Ok(asked)
}

/// Cerbos keeps no roles: it is told them, and says of each permission there is whether they allow it.
fn beside_cerbos(world: &World, kept: &Kept, places: &[Place], ours: &Asked) -> Run<Vec<Value>> {
    let Some(program) = kept.cerbos() else {
        return Ok(vec![away("hook lookups at 16 connections, SQLite / Cerbos", ours.rate()?)]);
    };
    let permissions = world::permissions();
    let question = |place: &Place| {
        let principal = json!({ "id": world::person_id(place.person), "roles": role_names(world, *place) });
        let resource = json!({ "kind": "tenant", "id": world::tenant_id(place.tenant) });
        let body = json!({
            "requestId": "bench",
            "principal": principal,
            "resources": [{ "actions": permissions, "resource": resource }],
        });
        wire::post("/api/check/resources", "", &body.to_string())
    };
    let cerbos =
        Asked { program: Program::cerbos(&program)?, requests: places.iter().map(question).collect() };
    cerbos.compare(places, |answer, place| {
        let actions = answer["results"][0]["actions"].as_object();
        let allowed = actions.into_iter().flatten().filter(|(_, effect)| *effect == "EFFECT_ALLOW");
        let allowed: BTreeSet<&str> = allowed.map(|(action, _)| action.as_str()).collect();
        allowed == world.permissions(place).into_iter().collect()
    })?;
    cerbos.program.settled()?;
    let rates = rounds(|| Ok((ours.rate()?, cerbos.rate()?)))?;
    let alone = rounds(|| Ok((ours.alone()?, cerbos.alone()?)))?;
    Ok(vec![
        faster("hook lookups at 16 connections, SQLite / Cerbos", "a second", &rates, 20.0),
        sooner("hook lookup on one connection, p50, SQLite / Cerbos", "µs", &alone, 20.0),
    ])
}

/// OpenFGA keeps roles as relations. Nearest is `BatchCheck` of every role of the tenant, which is what its own clients make of
/// "list relations". (`Read` of a person's tuples in a tenant was tried, and far slower; `ListObjects` is asked of one
/// relation at a time.) Permissions are left to whoever asks.
fn beside_openfga(
    world: &World,
    kept: &Kept,
    places: &[Place],
    engine: &str,
    ours: &Asked,
) -> Run<Vec<Value>> {
    let name = format!("hook lookups at 16 connections / OpenFGA, {engine}");
    let Some((program, Stored { store, model })) = kept.openfga_over(engine)? else {
        return Ok(vec![away(&name, ours.rate()?)]);
    };
    let check = |place: &Place| {
        let user = format!("user:{}", world::person_id(place.person));
        let object = format!("tenant:{}", world::tenant_id(place.tenant));
        let checks = ROLES.iter().map(|(role, _)| {
            json!({ "correlation_id": role, "tuple_key": { "user": user, "relation": role, "object": object } })
        });
        let body =
            json!({ "authorization_model_id": model, "checks": checks.collect::<Vec<_>>() }).to_string();
        wire::post(&format!("/stores/{store}/batch-check"), "", &body)
    };
    let openfga = Asked { program, requests: places.iter().map(check).collect() };
    openfga.compare(places, |answer, place| {
        let result = answer["result"].as_object().into_iter().flatten();
        let held: BTreeSet<&str> =
            result.filter(|(_, of)| of["allowed"] == true).map(|(role, _)| role.as_str()).collect();
        held == role_names(world, place).into_iter().collect()
    })?;
    openfga.program.settled()?;
    let checks = rounds(|| Ok((ours.rate()?, openfga.rate()?)))?;
    Ok(vec![faster(&name, "a second", &checks, 10.0)])
}

/// A row whose peer could not be had: nothing was compared, and nothing is missed.
fn away(name: &str, ours: f64) -> Value {
    json!({ "name": name, "ours": ours, "peer": null, "ratio": 1.0, "goal": 1.0, "unit": "a second" })
}

fn rounds(mut round: impl FnMut() -> Run<(f64, f64)>) -> Run<Vec<(f64, f64)>> {
    (0..ROUNDS).map(|_| round()).collect()
}

fn role_names(world: &World, place: Place) -> Vec<&'static str> {
    world.roles(place).into_iter().map(|role| ROLES[role].0).collect()
}
