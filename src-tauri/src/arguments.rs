//! The command line.

use std::ffi::OsString;

/// What `--help` prints.
pub const HELP: &str = "\
Keyward: one sign-in, every tenant.

Usage: keyward [--fresh]

  --fresh     start the local workspace anew, as it was the first time
  --version   print the version
  --help      print this

KEYWARD_CONFIG names another configuration file than the usual keyward.toml.
KEYWARD_LOG sets what is logged, such as `debug` or `keyward_session=trace`.
";

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    /// Open the window.
    Open {
        /// Whether the local workspace starts anew.
        fresh: bool,
    },
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

impl Arguments {
    /// Reads the arguments, the program's own name left out.
    ///
    /// # Errors
    /// The first argument that is not known.
    pub fn read(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut fresh = false;
        for argument in arguments {
            match argument.to_str() {
                Some("--fresh") => fresh = true,
                Some("--help" | "-h") => return Ok(Self::Help),
                Some("--version" | "-V") => return Ok(Self::Version),
                _ => return Err(argument.to_string_lossy().into_owned()),
            }
        }
        Ok(Self::Open { fresh })
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn read(arguments: &[&str]) -> Result<Arguments, String> {
        Arguments::read(arguments.iter().map(Into::into))
    }

    #[test]
    fn what_is_not_known_is_named() {
        assert_eq!(read(&[]), Ok(Arguments::Open { fresh: false }));
        assert_eq!(read(&["--fresh"]), Ok(Arguments::Open { fresh: true }));
        assert_eq!(read(&["--fresh", "-V"]), Ok(Arguments::Version));
        assert_eq!(read(&["--frehs"]), Err("--frehs".to_owned()));
    }
}
