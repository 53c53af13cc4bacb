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
const PAGE: usize = 1_000;
/// A page has 50 rows.
const ROUNDS: usize = 200;

pub fn measured(world: &World, kept: &Kept) -> Run<Vec<Value>> {
    let tenant = world.tenant_of(PEOPLE);
    let caller = owner(world, tenant)?;
    let databases = [("SQLite", Database::file(kept.file())), ("PostgreSQL", kept.address().parse()?)];
    let mut rows = Vec::new();
    for (engine, database) in databases {
        let directory = Directory::open(&database, Arc::new(SystemClock))?;
        settled(&directory, world)?;
        // Words that many begin with, one that few do, and none.
        for (search, what) in [(None, "people"), (Some("le"), "people found by a prefix")] {
            let mut cursor = None;
            let mut seen = 0;
            for _ in 1..PAGE {
                let page = directory.people(&caller, &query(search, cursor.clone()))?;
                seen += page.people.len();
                if page.next.is_none() {
                    break;
                }
                cursor = page.next;
            }
            let timed = |cursor: &Option<String>| -> Run<(f64, PeoplePage)> {
                let begun = Instant::now();
                let page = directory.people(&caller, &query(search, cursor.clone()))?;
                Ok((begun.elapsed().as_secs_f64() * 1e3, page))
            };
            let mut rounds = Vec::new();
            for _ in 0..ROUNDS {
                let (late, _) = timed(&cursor)?;
                let (first, page) = timed(&None)?;
                if page.total < seen as u64 {
                    return Err("the list has fewer people than its pages".into());
                }
                rounds.push((late, first));
            }
            let mut firsts: Vec<f64> = rounds.iter().map(|(_, first)| *first).collect();
            firsts.sort_by(f64::total_cmp);
            let tail = firsts[firsts.len() * 99 / 100];
            rows.push(below(&format!("first page of {what}, p99, {engine}"), "ms", 20.0, [tail]));
            if search.is_none() {
                // Within what two equal pages differ by.
                let name = format!("page 1,000 of {what} / page 1, {engine}");
                rows.push(sooner(&name, "ms", &rounds, 0.95));
            }
        }
    }
    Ok(rows)
}

fn query(search: Option<&str>, cursor: Option<String>) -> PeopleQuery {
    PeopleQuery { search: search.map(str::to_owned), cursor, ..PeopleQuery::default() }
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
        let request = PlanRequest { changes: changes.clone(), seen: Vec::new(), reason: None };
        match directory.plan(&caller, request) {
            Ok(_) => return Ok(()),
            Err(error) if error.code == ErrorCode::StorageUnavailable => {}
            Err(error) => return Err(error.into()),
        }
    }
}
