//! The command line.

use std::path::PathBuf;

use keyward_server::local::LocalOptions;
use lexopt::prelude::{Long, Short, Value, ValueExt};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Usage: keywardd local [--folder DIR] [--port N] [--elsewhere] [--fresh]

Opens the local workspace, an example company with its own sign-in, on this
computer alone (127.0.0.1), until Ctrl-C. The first line printed is its issuer.

  --folder DIR  where it keeps its files (keyward-local, in the current folder)
  --port N      the port; else that of last time, else one that is free
  --elsewhere   take another port where that of last time is taken
  --fresh       forget everything first
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
}

/// Reads the command line.
pub(crate) fn parse(mut args: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut options = LocalOptions::new("keyward-local");
    let mut local = false;
    while let Some(arg) = args.next()? {
        match arg {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("version") | Short('V') => return Ok(Command::Version),
            Value(name) if !local && name == "local" => local = true,
            Long("folder") if local => options.folder = PathBuf::from(args.value()?),
            Long("port") if local => options.port = Some(args.value()?.parse()?),
            Long("elsewhere") if local => options.start_elsewhere = true,
            Long("fresh") if local => options.fresh = true,
            other => return Err(other.unexpected()),
        }
    }
    if local { Ok(Command::Local(options)) } else { Err("say what to do: local".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Command, lexopt::Error> {
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
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (args, named) in [
            (&["serve"][..], "serve"),
            (&["local", "--prot", "1"], "prot"),
            (&["local", "--port", "70000"], "70000"),
            (&["local", "--port"], "port"),
            (&["--fresh"], "fresh"),
            (&[], "local"),
        ] {
            let error = parse(args).unwrap_err().to_string();
            assert!(error.contains(named), "{error} names {named}");
        }
    }
}
