//! A disk that is full: said so, and nothing half-written.
//!
//! Here and not among the integration tests, because only the writing connection can be told that the
//! disk ends (`PRAGMA max_page_count`).

use std::{collections::BTreeSet, path::Path, sync::Arc};

use keyward_model::{
    Change, Clock, ErrorCode, Issuer, Permission, PersonId, PlanRequest, RoleId, Subject, Tenant,
    TenantClass, TenantId, Timestamp,
};

use crate::{
    Caller, Database, Directory, Founding, FoundingMember, FoundingPerson, RoleTemplate, store::Engine,
};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_335_000)
    }
}

fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

fn person(n: usize) -> PersonId {
    PersonId::new(format!("p{n}")).unwrap()
}

fn role(id: &str) -> RoleId {
    RoleId::new(id).unwrap()
}

/// Acme with one admin, `p0`, and sixty others.
fn founded(file: &Path) -> (Directory, Caller) {
    let issuer = Issuer::new("https://id.example").unwrap();
    let permissions: BTreeSet<Permission> =
        ["people:read", "roles:write", "audit:read"].map(|text| Permission::new(text).unwrap()).into();
    let people = (0..=60).map(|n| FoundingPerson {
        id: person(n),
        issuer: issuer.clone(),
        subject: Subject::new(format!("s{n}")).unwrap(),
        email: format!("p{n}@acme.example"),
        name: format!("Person {n}"),
        default_tenant: None,
        tenants: [(
            tenant(),
            FoundingMember {
                since: Timestamp(1),
                roles: (n == 0).then(|| role("admin")).into_iter().collect(),
            },
        )]
        .into(),
    });
    let template = |id: &str, permissions: BTreeSet<Permission>| RoleTemplate {
        id: role(id),
        name: id.to_owned(),
        description: String::new(),
        permissions,
    };
    let company = Founding {
        tenants: vec![Tenant {
            id: tenant(),
            slug: None,
            name: "Acme".to_owned(),
            hue: 0,
            class: TenantClass::Sandbox,
        }],
        roles: vec![template("admin", permissions.clone()), template("viewer", BTreeSet::new())],
        people: people.collect(),
    };
    let directory = Directory::open(&Database::file(file), Arc::new(Still)).unwrap();
    directory.found(&company).unwrap();
    let caller = Caller { issuer, subject: Subject::new("s0").unwrap(), tenant: tenant(), permissions };
    (directory, caller)
}

/// Everybody but the admin becomes a viewer, or ceases to be one.
fn all(give: bool) -> PlanRequest {
    let change = |n| match give {
        true => Change::give(person(n), role("viewer")),
        false => Change::Take { person: person(n), role: role("viewer") },
    };
    PlanRequest {
        changes: (1..=60).map(change).collect(),
        reason: Some("x".repeat(500)),
        ..PlanRequest::default()
    }
}

fn pages(directory: &Directory, most: i64) {
    let Engine::Sqlite(sqlite) = &directory.store().engine else { panic!("a file is SQLite's") };
    let writer = sqlite.writer().unwrap();
    writer.with(|connection| connection.pragma_update(None, "max_page_count", most)).unwrap();
}

#[test]
fn a_plan_that_does_not_fit_on_the_disk_is_not_applied_in_part() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("directory.db");
    let (directory, caller) = founded(&file);
    // The plan is kept, and the disk ends there: the rows do not fit any more.
    let plan = directory.plan(&caller, all(true)).unwrap();
    pages(&directory, 1);
    let error = directory.apply(&caller, &plan.id).unwrap_err();
    assert_eq!(error.code, ErrorCode::StorageFull, "{error}");
    assert!(error.message.contains(file.to_str().unwrap()), "{error} names the file");

    let state = || {
        let audit = directory.audit(&caller, None, None).unwrap().entries.len();
        let holders = directory.store().read(|tx| {
            let people: Vec<PersonId> = (1..=60).map(person).collect();
            let members = tx.members(&tenant(), people.iter(), Still.now())?.into_values();
            Ok(members.map(|member| (member.held.len(), member.version)).collect::<Vec<_>>())
        });
        (audit, holders.unwrap())
    };
    assert_eq!(state(), (0, vec![(0, Some(1)); 60]), "nothing of it was done");

    pages(&directory, i64::from(u32::MAX) - 1);
    directory.apply(&caller, &plan.id).unwrap();
    assert_eq!(state(), (1, vec![(1, Some(2)); 60]), "the same plan, once there is room");
    let back = directory.plan(&caller, all(false)).unwrap();
    directory.apply(&caller, &back.id).unwrap();
}
