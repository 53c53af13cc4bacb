//! The command line of what is done with a company's directory: serve, export, import, audit.

use std::path::PathBuf;

use keyward_model::TenantId;
use lexopt::prelude::{Long, Short, Value, ValueExt};

use super::Command;

/// What to do with a directory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Write all of it to standard output.
    Export,
    /// Read all of it from standard input.
    Import,
    /// Write a tenant's audit to standard output.
    ExportAudit(TenantId),
}

pub(super) fn serve(mut args: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut config, mut db) = (None, None);
    while let Some(arg) = args.next()? {
        match arg {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("config") => config = Some(PathBuf::from(args.value()?)),
            Long("db") => db = Some(args.value()?.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Serve { config, db })
}

pub(super) fn moving(mut args: lexopt::Parser, task: Task) -> Result<Command, lexopt::Error> {
    let mut db = None;
    while let Some(arg) = args.next()? {
        match arg {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("db") => db = Some(args.value()?.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Task { db, task })
}

pub(super) fn audit(mut args: lexopt::Parser) -> Result<Command, lexopt::Error> {
    match args.next()? {
        Some(Value(what)) if what == "export" => export_audit(args),
        Some(Value(what)) if what == "verify" => verify(args),
        Some(Long("help") | Short('h')) => Ok(Command::Help),
        Some(other) => Err(other.unexpected()),
        None => Err("say what to do with an audit: export, verify".into()),
    }
}

fn export_audit(mut args: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut db, mut tenant) = (None, None);
    while let Some(arg) = args.next()? {
        match arg {
            Long("db") => db = Some(args.value()?.string()?),
            Long("tenant") => tenant = Some(args.value()?.parse()?),
            other => return Err(other.unexpected()),
        }
    }
    let tenant = tenant.ok_or("an audit is one tenant's: name it with --tenant")?;
    Ok(Command::Task { db, task: Task::ExportAudit(tenant) })
}

fn verify(mut args: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut file, mut pinned) = (None, None);
    while let Some(arg) = args.next()? {
        match arg {
            Long("pinned") => pinned = Some(args.value()?.string()?),
            Value(value) if file.is_none() => file = Some(PathBuf::from(value)),
            other => return Err(other.unexpected()),
        }
    }
    let file = file.ok_or("name the file that audit export wrote")?;
    Ok(Command::Verify { file, pinned })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::tests::parse;

    #[test]
    fn a_directory_is_served_moved_and_checked() {
        let Ok(Command::Serve { config, db }) = parse(&["serve", "--config=k.toml", "--db", "d.db"]) else {
            panic!("a good command line")
        };
        assert_eq!((config, db.as_deref()), (Some(PathBuf::from("k.toml")), Some("d.db")));
        for (args, wanted) in [
            (&["export", "--db", "d.db"][..], Task::Export),
            (&["import", "--db=d.db"], Task::Import),
            (
                &["audit", "export", "--tenant", "acme", "--db", "d.db"],
                Task::ExportAudit(TenantId::new("acme").unwrap()),
            ),
        ] {
            let Ok(Command::Task { db, task }) = parse(args) else { panic!("{args:?} is good") };
            assert_eq!((db.as_deref(), task), (Some("d.db"), wanted));
        }
        let Ok(Command::Verify { file, pinned }) = parse(&["audit", "verify", "a.jsonl", "--pinned", "00"])
        else {
            panic!("a good command line")
        };
        assert_eq!((file, pinned.as_deref()), (PathBuf::from("a.jsonl"), Some("00")));
    }
}
