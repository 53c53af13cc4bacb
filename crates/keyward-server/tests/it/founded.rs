//! A small company in a database of a test's own, and `keywardd` as a program that serves it.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::Arc,
};

use keyward_directory::{Database, Directory, Founding, FoundingMember, FoundingPerson, RoleTemplate};
use keyward_model::{
    Issuer, Permission, PersonId, RoleId, Subject, SystemClock, Tenant, TenantClass, TenantId, Timestamp,
};

use crate::issuer::TestIssuer;

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

/// An `[[issuer]]` of the configuration.
pub fn trusts(issuer: &TestIssuer) -> String {
    let origin = &issuer.origin;
    format!(
        "[[issuer]]\nissuer = \"{origin}\"\nkeys = \"{origin}/keys\"\naudiences = [\"https://api.example/directory\"]\n\
         tenant = {{ audience = \"https://api.example/t/{{tenant}}\" }}\n"
    )
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

/// A running `keywardd serve`.
pub struct Serving {
    pub program: Child,
    pub said: String,
    pub origin: String,
    pub log: BufReader<ChildStderr>,
}

impl Serving {
    /// Starts it in a folder that has its `keywardd.toml`, on a port that is free.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut program = keywardd(folder)
            .arg("serve")
            .args(arguments)
            .env("KEYWARDD_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let mut log = BufReader::new(program.stderr.take().unwrap());
        let Some((_, origin)) = said.trim_end().rsplit_once(" at ") else {
            let mut words = String::new();
            log.read_to_string(&mut words).unwrap();
            panic!("it does not start: {words}");
        };
        let origin = origin.trim_end_matches("/v1.").to_owned();
        Self { program, origin, said, log }
    }

    /// Sends it SIGTERM.
    pub fn tell_to_stop(&self) {
        let told = Command::new("kill").arg(self.program.id().to_string()).status().unwrap();
        assert!(told.success());
    }

    pub fn stop(mut self) -> ExitStatus {
        self.tell_to_stop();
        self.program.wait().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
