//! Small edits on SQLite, each on the disk when it is answered: by 64 writers at once, beside the same edits by one writer,
//! whose every plan and every edit is a transaction with a disk's time of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use keyward_directory::{
    Caller, Database, Directory, Founding, FoundingMember, FoundingPerson, RoleTemplate,
};
use keyward_model::{
    Change, Issuer, Permission, PersonId, PlanRequest, RoleId, Subject, SystemClock, Tenant, TenantClass,
    TenantId, Timestamp,
};
use serde_json::Value;

use super::{
    Run, faster,
    wire::on_each,
    world::{self, ISSUER, ROLES},
};

const WRITERS: usize = 64;
/// People of a tenant; its owner is one more.
const PEOPLE: u32 = 20;
const ROUNDS: usize = 5;
const LASTING: Duration = Duration::from_secs(1);

pub fn measured() -> Run<Vec<Value>> {
    // On the disk that the build is on: a temporary folder may be in memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let directory =
        Directory::open(&Database::file(folder.path().join("directory.sqlite")), Arc::new(SystemClock))?;
    directory.found(&company()?)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push((edits(&directory, WRITERS)?, edits(&directory, 1)?));
    }
    Ok(vec![faster("durable edits by 64 writers / by one", "a second", &rounds, 5.0)])
}

/// Edits in a second, by so many writers, each in a tenant of its own.
fn edits(directory: &Directory, writers: usize) -> Run<f64> {
    let (next, begun) = (AtomicUsize::new(0), Instant::now());
    let done = on_each(writers, || {
        let tenant = next.fetch_add(1, Ordering::Relaxed);
        let caller = owner(tenant)?;
        let mut done = Vec::new();
        while begun.elapsed() < LASTING {
            let turn = u32::try_from(done.len())?;
            let (person, role) = (person(tenant, 1 + turn % PEOPLE)?, RoleId::new("viewer")?);
            // Whoever holds it loses it, and the other way round.
            let gives = directory.plan(&caller, wish(Change::give(person.clone(), role.clone())))?;
            let plan = match gives.effects.is_empty() {
                false => gives,
                true => directory.plan(&caller, wish(Change::Take { person, role }))?,
            };
            done.push(directory.apply(&caller, &plan.id)?);
        }
        Ok(done)
    })?;
    Ok(done.len() as f64 / begun.elapsed().as_secs_f64())
}

fn wish(change: Change) -> PlanRequest {
    PlanRequest { changes: vec![change], seen: Vec::new(), seen_roles: Vec::new(), reason: None }
}

fn tenant_id(tenant: usize) -> Run<TenantId> {
    Ok(TenantId::new(world::tenant_id(tenant))?)
}

fn person(tenant: usize, number: u32) -> Run<PersonId> {
    Ok(PersonId::new(format!("p{tenant}-{number}"))?)
}

fn owner(tenant: usize) -> Run<Caller> {
    let permissions = ROLES[0].1.iter().map(|one| Permission::new(*one)).collect::<Result<_, _>>()?;
    let subject = Subject::new(format!("s{tenant}-0"))?;
    Ok(Caller { issuer: Issuer::new(ISSUER)?, subject, tenant: tenant_id(tenant)?, permissions })
}

/// A tenant for each writer, with an owner and others who hold nothing.
fn company() -> Run<Founding> {
    let mut company = Founding { tenants: Vec::new(), roles: Vec::new(), people: Vec::new() };
    for (id, permissions) in ROLES {
        let permissions = permissions.iter().map(|one| Permission::new(*one)).collect::<Result<_, _>>()?;
        let (id, name) = (RoleId::new(id)?, id.to_owned());
        company.roles.push(RoleTemplate { id, name, description: String::new(), permissions });
    }
    for tenant in 0..WRITERS {
        let (id, class) = (tenant_id(tenant)?, TenantClass::Production);
        company.tenants.push(Tenant {
            id: id.clone(),
            slug: None,
            name: format!("Tenant {tenant}"),
            hue: 0,
            class,
        });
        for number in 0..=PEOPLE {
            let roles = if number == 0 { BTreeSet::from([RoleId::new("owner")?]) } else { BTreeSet::new() };
            let member = FoundingMember { since: Timestamp(1_700_000_000), roles };
            company.people.push(FoundingPerson {
                id: person(tenant, number)?,
                issuer: Issuer::new(ISSUER)?,
                subject: Subject::new(format!("s{tenant}-{number}"))?,
                email: format!("p{tenant}.{number}@example.com"),
                name: format!("Person {number}"),
                default_tenant: None,
                tenants: BTreeMap::from([(id.clone(), member)]),
            });
        }
    }
    Ok(company)
}
