//! The command line of bootstrap and repair.

use std::path::PathBuf;

use keyward_model::TenantClass;
use keyward_server::admin::{Admin, Beginning};
use lexopt::prelude::{Long, Short, Value, ValueExt};

use super::Command;

pub(super) fn admin(mut args: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let what = match args.next()? {
        Some(Value(what)) => what.string()?,
        Some(Long("help") | Short('h')) => return Ok(Command::Help),
        Some(other) => return Err(other.unexpected()),
        None => return Err(NOTHING.into()),
    };
    let mut given = Given::default();
    while let Some(arg) = args.next()? {
        let found = what == "found";
        match arg {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("config") => given.config = Some(PathBuf::from(args.value()?)),
            Long("db") => given.db = Some(args.value()?.string()?),
            Long("issuer") if found || what == "grant" => given.issuer = Some(args.value()?.string()?),
            Long("tenant") if found => given.tenant = Some(args.value()?.string()?),
            Long("name") if found => given.name = Some(args.value()?.string()?),
            Long("admin-email") if found => given.email = Some(args.value()?.string()?),
            Long("admin-name") if found => given.admin = Some(args.value()?.string()?),
            Long("sandbox") if found => given.sandbox = true,
            Value(value) => given.values.push(value.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let (config, db) = (given.config.take(), given.db.take());
    Ok(Command::Admin { config, db, admin: given.admin(&what)? })
}

const NOTHING: &str = "say what to do as admin: found, grant, tenants, people, check";

/// What was given, as text.
#[derive(Default)]
struct Given {
    config: Option<PathBuf>,
    db: Option<String>,
    tenant: Option<String>,
    name: Option<String>,
    email: Option<String>,
    admin: Option<String>,
    issuer: Option<String>,
    sandbox: bool,
    values: Vec<String>,
}

impl Given {
    fn admin(self, what: &str) -> Result<Admin, lexopt::Error> {
        let issuer = self.issuer.as_deref().map(read).transpose()?;
        let values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        match (what, values.as_slice()) {
            ("found", []) => {
                let (Some(tenant), Some(name), Some(email)) = (&self.tenant, &self.name, &self.email) else {
                    return Err("admin found needs --tenant, --name and --admin-email".into());
                };
                Ok(Admin::Found(Beginning {
                    tenant: read(tenant)?,
                    name: read(name)?,
                    class: if self.sandbox { TenantClass::Sandbox } else { TenantClass::Production },
                    email: read(email)?,
                    admin: self.admin.as_deref().map(read).transpose()?,
                    issuer,
                }))
            }
            ("grant", [tenant, email, role]) => {
                Ok(Admin::Grant { tenant: read(tenant)?, email: read(email)?, role: read(role)?, issuer })
            }
            ("grant", _) => {
                Err("admin grant needs a tenant, an e-mail address and a role, in this order".into())
            }
            ("tenants", []) => Ok(Admin::Tenants),
            ("people", [tenant]) => Ok(Admin::People(read(tenant)?)),
            ("people", _) => Err("admin people needs a tenant".into()),
            ("check", []) => Ok(Admin::Check),
            ("found" | "tenants" | "check", [first, ..]) => {
                Err(format!("admin {what} takes no argument such as {first:?}").into())
            }
            _ => Err(format!("{what:?} is not known; {NOTHING}").into()),
        }
    }
}

fn read<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, lexopt::Error> {
    text.parse().map_err(|e: T::Err| e.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::tests::parse;

    #[test]
    fn what_an_admin_wants_is_understood() {
        let found = [
            "admin",
            "found",
            "--tenant=acme",
            "--name",
            "Acme",
            "--admin-email",
            "a@acme.example",
            "--sandbox",
        ];
        let Ok(Command::Admin { admin: Admin::Found(beginning), .. }) = parse(&found) else {
            panic!("it is good")
        };
        assert_eq!((beginning.tenant.as_str(), beginning.class), ("acme", TenantClass::Sandbox));
        let grant = ["admin", "grant", "acme", "a@acme.example", "admin", "--db", "d.db"];
        let Ok(Command::Admin { admin: Admin::Grant { role, .. }, db, .. }) = parse(&grant) else {
            panic!("it is good")
        };
        assert_eq!((role.as_str(), db.as_deref()), ("admin", Some("d.db")));
        for (args, wanted) in
            [(&["admin", "tenants"][..], Admin::Tenants), (&["admin", "check"], Admin::Check)]
        {
            let Ok(Command::Admin { admin, .. }) = parse(args) else { panic!("{args:?} is good") };
            assert_eq!(admin, wanted);
        }
    }

    #[test]
    fn what_an_admin_leaves_out_or_misspells_is_named() {
        for (args, named) in [
            (&["admin"][..], "grant"),
            (&["admin", "grnt"], "grnt"),
            (&["admin", "found", "--tenant", "acme"], "--admin-email"),
            (&["admin", "found", "--tenant", "A B", "--name", "A", "--admin-email", "a@b"], "A B"),
            (&["admin", "found", "--tenant", "acme", "--name", "A", "--admin-email", "nobody"], "nobody"),
            (&["admin", "grant", "acme", "a@acme.example"], "role"),
            (&["admin", "people"], "tenant"),
            (&["admin", "check", "acme"], "acme"),
            (&["admin", "tenants", "--name", "x"], "name"),
        ] {
            let error = parse(args).unwrap_err().to_string();
            assert!(error.contains(named), "{error} names {named}");
        }
    }
}
