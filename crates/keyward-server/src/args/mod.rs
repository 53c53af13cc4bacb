//! The command line.

mod admin;
mod directory;

use std::path::PathBuf;

use keyward_model::HookCallerId;
use keyward_server::{admin::Admin, local::LocalOptions};
use lexopt::prelude::{Long, Short, Value, ValueExt};

pub(crate) use directory::Task;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Usage: keywardd local [--folder DIR] [--port N] [--elsewhere] [--fresh] [--hooks FILE]
       keywardd serve [--config FILE] [--db URL]
       keywardd export [--db URL] > FILE
       keywardd import [--db URL] < FILE
       keywardd admin found --tenant T --name NAME --admin-email E [--admin-name NAME]
                            [--issuer URL] [--sandbox]
       keywardd admin grant TENANT EMAIL ROLE [--issuer URL]
       keywardd admin tenants | people TENANT | check
       keywardd audit export --tenant T [--db URL] > FILE
       keywardd audit verify FILE [--pinned HASH]
       keywardd hook drill NAME --hooks FILE --at ORIGIN

local opens the local workspace, an example company with its own sign-in, on this
computer alone (127.0.0.1), until Ctrl-C. The first line printed is its issuer.

  --folder DIR  where it keeps its files (keyward-local, in the current folder)
  --port N      the port; else that of last time, else one that is free
  --elsewhere   take another port where that of last time is taken
  --fresh       forget everything first
  --hooks FILE  which providers may ask its directory when they issue a token

serve serves a company's directory until Ctrl-C or SIGTERM.

  --config FILE what it is told (KEYWARDD_CONFIG; keywardd.toml, in the current
                folder, if it is there)
  --db URL      where the directory is kept: sqlite:PATH or
                postgres://USER:PASSWORD@HOST/DATABASE (KEYWARDD_DB, or
                KEYWARDD_DB_FILE, a file that holds it)

export and import move a whole directory from one database to another. audit
export writes a tenant's audit, which audit verify checks without a directory.

  --pinned HASH the hash of an entry, kept elsewhere since: it must be there

admin begins a tenant and invites its first admin (found), gives a role where nobody
is left who could (grant), lists, and looks whether all is well (check). Each takes
--config FILE and --db URL as serve does.

  --issuer URL  who signs them in, where the configuration does not have just one

hook drill asks the directory at ORIGIN, as the provider NAME of FILE, what that
would be told if the directory's store were away.

  --help        this
  --version     the version
";

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print [`HELP`].
    Help,
    /// Print the version.
    Version,
    /// Serve the local workspace.
    Local(LocalOptions),
    /// Ask what a provider would be told if the store were away.
    Drill(Drill),
    /// Serve a company's directory.
    Serve {
        /// The file that says how.
        config: Option<PathBuf>,
        /// Where the directory is kept.
        db: Option<String>,
    },
    /// Do this with the directory that is kept there.
    Task {
        /// Where.
        db: Option<String>,
        /// What.
        task: Task,
    },
    /// Begin a directory, or put it right.
    Admin {
        /// The file that says where it is kept.
        config: Option<PathBuf>,
        /// Where it is kept.
        db: Option<String>,
        /// What to do.
        admin: Admin,
    },
    /// Check an exported audit.
    Verify {
        /// Where it is.
        file: PathBuf,
        /// The hash of an entry that must be in it.
        pinned: Option<String>,
    },
}

/// Who asks whom.
#[derive(Debug)]
pub(crate) struct Drill {
    /// The provider.
    pub(crate) name: HookCallerId,
    /// The file that has it.
    pub(crate) hooks: PathBuf,
    /// The directory's origin.
    pub(crate) origin: String,
}

/// Reads the command line.
pub(crate) fn parse(mut args: lexopt::Parser) -> Result<Command, lexopt::Error> {
    match args.next()? {
        Some(Long("help") | Short('h')) => Ok(Command::Help),
        Some(Long("version") | Short('V')) => Ok(Command::Version),
        Some(Value(name)) if name == "local" => local(args),
        Some(Value(name)) if name == "hook" => hook(args),
        Some(Value(name)) if name == "serve" => directory::serve(args),
        Some(Value(name)) if name == "export" => directory::moving(args, Task::Export),
        Some(Value(name)) if name == "import" => directory::moving(args, Task::Import),
        Some(Value(name)) if name == "admin" => admin::admin(args),
        Some(Value(name)) if name == "audit" => directory::audit(args),
        Some(other) => Err(other.unexpected()),
        None => Err("say what to do: local, serve, admin, export, import, audit, hook".into()),
    }
}

fn local(mut args: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut options = LocalOptions::new("keyward-local");
    while let Some(arg) = args.next()? {
        match arg {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("version") | Short('V') => return Ok(Command::Version),
            Long("folder") => options.folder = PathBuf::from(args.value()?),
            Long("port") => options.port = Some(args.value()?.parse()?),
            Long("elsewhere") => options.start_elsewhere = true,
            Long("fresh") => options.fresh = true,
            Long("hooks") => options.hooks = Some(PathBuf::from(args.value()?)),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Local(options))
}

fn hook(mut args: lexopt::Parser) -> Result<Command, lexopt::Error> {
    match args.next()? {
        Some(Value(what)) if what == "drill" => {}
        Some(Long("help") | Short('h')) => return Ok(Command::Help),
        Some(other) => return Err(other.unexpected()),
        None => return Err("say what to do with a hook: drill".into()),
    }
    let (mut name, mut hooks, mut origin) = (None, None, None);
    while let Some(arg) = args.next()? {
        match arg {
            Long("hooks") => hooks = Some(PathBuf::from(args.value()?)),
            Long("at") => origin = Some(args.value()?.string()?),
            Value(value) if name.is_none() => name = Some(value.parse()?),
            other => return Err(other.unexpected()),
        }
    }
    match (name, hooks, origin) {
        (Some(name), Some(hooks), Some(origin)) => Ok(Command::Drill(Drill { name, hooks, origin })),
        _ => Err("a drill needs the provider's name, --hooks FILE and --at ORIGIN".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn parse(args: &[&str]) -> Result<Command, lexopt::Error> {
        super::parse(lexopt::Parser::from_args(args))
    }

    #[test]
    fn a_command_line_says_what_to_do() {
        let Ok(Command::Local(options)) = parse(&["local", "--folder", "x", "--port=8080", "--fresh"]) else {
            panic!("a good command line")
        };
        assert_eq!((options.folder, options.port, options.fresh), (PathBuf::from("x"), Some(8080), true));
        assert!(matches!(parse(&["--help"]), Ok(Command::Help)));
        assert!(matches!(parse(&["local", "-V"]), Ok(Command::Version)));
        let drill = ["hook", "drill", "auth0", "--hooks=h.toml", "--at", "http://127.0.0.1:1"];
        let Ok(Command::Drill(Drill { name, hooks, origin })) = parse(&drill) else { panic!("a good drill") };
        assert_eq!((name.as_str(), hooks, origin), ("auth0", PathBuf::from("h.toml"), drill[5].to_owned()));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (args, named) in [
            (&["swerve"][..], "swerve"),
            (&["serve", "--confg", "x"], "confg"),
            (&["export", "d.db"], "d.db"),
            (&["audit"], "verify"),
            (&["audit", "export"], "--tenant"),
            (&["audit", "export", "--tenant", "A B"], "A B"),
            (&["audit", "verify"], "file"),
            (&["local", "--prot", "1"], "prot"),
            (&["local", "--port", "70000"], "70000"),
            (&["local", "--port"], "port"),
            (&["--fresh"], "fresh"),
            (&["local", "local"], "local"),
            (&["hook"], "drill"),
            (&["hook", "drill", "auth0"], "--at"),
            (&["hook", "drill", "AUTH 0"], "AUTH 0"),
            (&[], "local"),
        ] {
            let error = parse(args).unwrap_err().to_string();
            assert!(error.contains(named), "{error} names {named}");
        }
    }
}
