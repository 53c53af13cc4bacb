//! The list of people in a tenant of 100,000: its first page, and its thousandth.

use std::{sync::Arc, time::Instant};

use keyward_directory::{Caller, Database, Directory};
use keyward_model::{
    Change, ErrorCode, Issuer, PeoplePage, PeopleQuery, Permission, PersonId, PlanRequest, RoleId, Subject,
    SystemClock, TenantId,
};
use serde_json::Value;

use super::{
    Run, below,
    kept::Kept,
    sooner,
    world::{self, ISSUER, ROLES, World},
};

/// People of the tenant, at least.
const PEOPLE: usize = 100_000;
/// A page has 50 rows.
const PAGE: usize = 1_000;
const ROUNDS: usize = 200;

pub fn measured(world: &World, kept: &Kept) -> Run<Vec<Value>> {
    let tenant = world.tenant_of(PEOPLE);
    let caller = owner(world, tenant)?;
    let databases = [("SQLite", Database::file(kept.file())), ("PostgreSQL", kept.address().parse()?)];
    let mut rows = Vec::new();
    for (engine, database) in databases {
        let directory = Directory::open(&database, Arc::new(SystemClock))?;
        settled(&directory, world)?;
        let timed = |query: &PeopleQuery| -> Run<(f64, PeoplePage)> {
            let begun = Instant::now();
            let page = directory.people(&caller, query)?;
            Ok((begun.elapsed().as_secs_f64() * 1e3, page))
        };
        let mut late = query(None);
        for _ in 1..PAGE {
            let page = directory.people(&caller, &late)?;
            late.cursor = Some(page.next.ok_or("the tenant has fewer pages than that")?);
        }
        let mut pages = Vec::new();
        for _ in 0..ROUNDS {
            pages.push((timed(&late)?.0, timed(&query(None))?.0));
        }
        // A word that one in 32 has.
        let found = (0..ROUNDS).map(|_| Ok(timed(&query(Some("lena")))?.0)).collect::<Run<Vec<_>>>()?;
        let firsts = pages.iter().map(|(_, first)| *first).collect();
        rows.push(below(&format!("first page of people, p99, {engine}"), "ms", 20.0, [tail(firsts)]));
        rows.push(below(&format!("first page of a search, p99, {engine}"), "ms", 20.0, [tail(found)]));
        // Within what two equal pages differ by.
        rows.push(sooner(&format!("page 1,000 of people / page 1, {engine}"), "ms", &pages, 0.95));
    }
    Ok(rows)
}

fn query(search: Option<&str>) -> PeopleQuery {
    PeopleQuery { search: search.map(str::to_owned), ..PeopleQuery::default() }
}

/// What 99 of 100 stay below.
fn tail(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() * 99 / 100]
}

/// The owner of a tenant.
pub fn owner(world: &World, tenant: usize) -> Run<Caller> {
    let permissions = ROLES[0].1.iter().map(|one| Permission::new(*one)).collect::<Result<_, _>>()?;
    Ok(Caller {
        issuer: Issuer::new(ISSUER)?,
        subject: Subject::new(world::subject(world.tenants[tenant][0].person))?,
        tenant: TenantId::new(world::tenant_id(tenant))?,
        permissions,
    })
}

/// Waits until a directory is written to, which it is when its file has been read over.
pub fn settled(directory: &Directory, world: &World) -> Run<()> {
    let tenant = world.tenants.len() - 1;
    let person = PersonId::new(world::person_id(world.tenants[tenant][1].person))?;
    let changes = vec![Change::give(person, RoleId::new("viewer")?)];
    let caller = owner(world, tenant)?;
    loop {
        let request =
            PlanRequest { changes: changes.clone(), seen: Vec::new(), seen_roles: Vec::new(), reason: None };
        match directory.plan(&caller, request) {
            Ok(_) => return Ok(()),
            Err(error) if error.code == ErrorCode::StorageUnavailable => {}
            Err(error) => return Err(error.into()),
        }
    }
}
