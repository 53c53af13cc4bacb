//! A small company in a database of a test's own, and `keywardd` as a program.

use std::{path::Path, process::Command, sync::Arc};

use keyward_directory::{Database, Directory, Founding, FoundingMember, FoundingPerson, RoleTemplate};
use keyward_model::{
    Issuer, Permission, PersonId, RoleId, Subject, SystemClock, Tenant, TenantClass, TenantId, Timestamp,
};

/// Acme, with Ada as its admin at this issuer, and `others` beside her: id and issuer.
pub fn found(database: &Database, admin: &Issuer, others: &[(&str, &Issuer)]) {
    let tenant = TenantId::new("acme").unwrap();
    let role = |id: &str, permissions: &[&str]| RoleTemplate {
        id: RoleId::new(id).unwrap(),
        name: id.to_owned(),
        description: String::new(),
        permissions: permissions.iter().map(|one| Permission::new(*one).unwrap()).collect(),
    };
    let person = |id: &str, issuer: &Issuer, roles: &[&str]| FoundingPerson {
        id: PersonId::new(id).unwrap(),
        issuer: issuer.clone(),
        subject: Subject::new(format!("sub-{id}")).unwrap(),
        email: format!("{id}@acme.example"),
        name: format!("{id} – Zoë"),
        default_tenant: Some(tenant.clone()),
        tenants: [(
            tenant.clone(),
            FoundingMember {
                since: Timestamp(1_700_000_000),
                roles: roles.iter().map(|one| RoleId::new(*one).unwrap()).collect(),
            },
        )]
        .into(),
    };
    let mut people = vec![person("ada", admin, &["admin"])];
    people.extend(others.iter().map(|(id, issuer)| person(id, issuer, &[])));
    let company = Founding {
        tenants: vec![Tenant {
            id: tenant.clone(),
            slug: None,
            name: "Acme".to_owned(),
            hue: 250,
            class: TenantClass::Production,
        }],
        roles: vec![
            role("admin", &["people:read", "roles:read", "roles:write", "audit:read"]),
            role("viewer", &["people:read", "roles:read"]),
            role("editor", &["people:read", "content:write"]),
        ],
        people,
    };
    Directory::open(database, Arc::new(SystemClock)).unwrap().found(&company).unwrap();
}

/// `keywardd`, with nothing of the environment that is meant for it.
pub fn keywardd(folder: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_keywardd"));
    for name in ["CONFIG", "LISTEN", "ORIGIN", "DB", "DB_FILE"] {
        program.env_remove(format!("KEYWARDD_{name}"));
    }
    program.current_dir(folder);
    program
}
