//! What a provider waits for at every issuance: the directory's answer to its hook, beside a bare loop
//! of prepared statements over the same file that answers the same question. Prints rows as JSON for
//! `cargo xtask bench hook`.
#![allow(clippy::disallowed_methods, reason = "it measures time")]
#![allow(clippy::print_stdout, reason = "the rows are its output")]

mod bare;

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    hint::black_box,
    sync::Arc,
    time::Instant,
};

use bare::{Answer, Peer};
use keyward_directory::{Database, Directory, Founding, FoundingMember, FoundingPerson, RoleTemplate};
use keyward_model::{
    ClientId, Clock, HookRequest, InvalidId, Issuer, Permission, PersonId, RoleId, Subject, SystemClock,
    Tenant, TenantClass, TenantId, Timestamp, TokenHook,
};
use rusqlite::{Connection, OpenFlags};

const TENANTS: usize = 100;
const PEOPLE: usize = 20_000;
/// Each person holds two roles in one tenant and one in another.
const ASSIGNMENTS: i64 = 60_000;
const ROUNDS: usize = 41;
/// Questions that each side answers in a round.
const QUESTIONS: usize = 1_000;
/// The part of the bare loop's speed that the directory must reach.
const GOAL: f64 = 0.8;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("directory.sqlite");
    let directory = Directory::open(&Database::file(&path), Arc::new(SystemClock))?;
    directory.found(&company()?)?;
    lend(&path)?;

    let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let assignments: i64 = connection.query_row("SELECT count(*) FROM assignments", [], |row| row.get(0))?;
    assert_eq!(assignments, ASSIGNMENTS, "the goal is set for this size");
    let mut peer = Peer::new(&connection)?;
    let requests = requests()?;
    for request in &requests {
        assert_eq!(
            Answer::from(directory.answer(request)?),
            peer.answer(request)?,
            "both answer the same question"
        );
    }

    let mut rounds: Vec<(f64, f64)> = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let asked: Vec<&HookRequest> =
            (0..QUESTIONS).map(|n| &requests[(round * 13 + n) % requests.len()]).collect();
        let ours = || rate(&asked, |request| directory.answer(request));
        let mut theirs = || rate(&asked, |request| peer.answer(request));
        // Who goes first alternates, so that neither always finds the caches warm.
        rounds.push(if round % 2 == 0 {
            let first = ours()?;
            (first, theirs()?)
        } else {
            let first = theirs()?;
            (ours()?, first)
        });
    }
    let row = serde_json::json!({
        "name": "roles for a member's token",
        "ours": median(rounds.iter().map(|(ours, _)| *ours)),
        "peer": median(rounds.iter().map(|(_, peer)| *peer)),
        "ratio": median(rounds.iter().map(|(ours, peer)| ours / peer)),
        "goal": GOAL,
        "unit": "answers/s",
    });
    println!("{}", serde_json::json!({ "rows": [row] }));
    Ok(())
}

/// Answers in a second.
fn rate<T, E: Error + 'static>(
    asked: &[&HookRequest],
    mut answer: impl FnMut(&HookRequest) -> Result<T, E>,
) -> Result<f64, Box<dyn Error>> {
    let started = Instant::now();
    for request in asked {
        black_box(answer(request)?);
    }
    Ok(asked.len() as f64 / started.elapsed().as_secs_f64())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Some roles end in a year, and some begin in one.
fn lend(path: &std::path::Path) -> rusqlite::Result<()> {
    let in_a_year = SystemClock.now().0 + 365 * 24 * 60 * 60;
    Connection::open(path)?.execute_batch(&format!(
        "UPDATE assignments SET ends_at = {in_a_year} WHERE role = 'viewer'; \
         UPDATE assignments SET starts_at = {in_a_year} WHERE role = 'billing';"
    ))
}

fn issuer() -> Result<Issuer, InvalidId> {
    Issuer::new("https://id.example")
}

fn tenant_id(number: usize) -> Result<TenantId, InvalidId> {
    TenantId::new(format!("tenant-{number}"))
}

fn subject(number: usize) -> Result<Subject, InvalidId> {
    Subject::new(format!("auth0|{number:08x}"))
}

/// Where a person is: in the first with two roles, in the second with one. The two are never the same.
fn places(person: usize) -> [usize; 2] {
    [person % TENANTS, (person * 7 + 13) % TENANTS]
}

/// A question about every person once, in an order that is not the file's.
fn requests() -> Result<Vec<HookRequest>, InvalidId> {
    let (issuer, client) = (issuer()?, ClientId::new("desktop")?);
    // 7,919 is prime and so visits everybody.
    (0..PEOPLE)
        .map(|n| {
            let person = n * 7_919 % PEOPLE;
            let tenant = tenant_id(places(person)[n % 2])?;
            Ok(HookRequest {
                issuer: issuer.clone(),
                subject: subject(person)?,
                tenant,
                client: client.clone(),
                verified_email: None,
            })
        })
        .collect()
}

const ROLES: [(&str, &[&str]); 6] = [
    ("owner", &["audit:read", "billing:write", "people:read", "people:write", "roles:read", "roles:write"]),
    ("admin", &["audit:read", "people:read", "people:write", "roles:read", "roles:write"]),
    ("auditor", &["audit:read", "people:read", "roles:read"]),
    ("billing", &["billing:read", "billing:write", "people:read"]),
    ("editor", &["articles:read", "articles:write", "people:read"]),
    ("viewer", &["articles:read"]),
];

fn company() -> Result<Founding, Box<dyn Error>> {
    let tenants = (0..TENANTS).map(|n| {
        let hue = u16::try_from(n * 360 / TENANTS).unwrap_or_default();
        Ok(Tenant {
            id: tenant_id(n)?,
            slug: None,
            name: format!("Tenant {n}"),
            hue,
            class: TenantClass::Production,
        })
    });
    let role = |n: usize| RoleId::new(ROLES[n % ROLES.len()].0);
    let roles = ROLES.iter().map(|(id, permissions)| {
        let permissions = permissions.iter().copied().map(Permission::new).collect::<Result<_, _>>()?;
        Ok(RoleTemplate {
            id: RoleId::new(*id)?,
            name: (*id).to_owned(),
            description: String::new(),
            permissions,
        })
    });
    let member = |roles: BTreeSet<RoleId>| FoundingMember { since: Timestamp(1_700_000_000), roles };
    let people = (0..PEOPLE).map(|n| {
        let [first, second] = places(n);
        // The tenant's first person owns it, for n < TENANTS; the rest hold a mixture.
        let held = n / TENANTS;
        let tenants = BTreeMap::from([
            (tenant_id(first)?, member(BTreeSet::from([role(held)?, role(held + 3)?]))),
            (tenant_id(second)?, member(BTreeSet::from([role(held + 4)?]))),
        ]);
        Ok(FoundingPerson {
            id: PersonId::new(format!("person-{n}"))?,
            issuer: issuer()?,
            subject: subject(n)?,
            email: format!("person{n}@example.com"),
            name: format!("Person {n}"),
            default_tenant: Some(tenant_id(first)?),
            tenants,
        })
    });
    Ok(Founding {
        tenants: tenants.collect::<Result<_, InvalidId>>()?,
        roles: roles.collect::<Result<_, InvalidId>>()?,
        people: people.collect::<Result<_, InvalidId>>()?,
    })
}
