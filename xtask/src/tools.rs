//! Cargo's helpers that the checks need: found, or compiled once into Cargo's own folder.

use std::path::{Path, PathBuf};

use crate::{
    command::{Stop, answer, find, quietly},
    workspace::Workspace,
};

/// A program from crates.io.
pub struct Tool {
    /// Its name, as a crate and as a program.
    pub name: &'static str,
    /// The version that is installed where there is none, or an older one.
    version: &'static str,
}

/// Licences, bans and sources of dependencies.
pub const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
/// Dependencies that no code uses.
pub const MACHETE: Tool = Tool { name: "cargo-machete", version: "0.9.2" };
/// Every tool.
pub const ALL: [Tool; 2] = [DENY, MACHETE];

impl Tool {
    /// The version that is here, if any is.
    pub fn installed(&self) -> Option<String> {
        answer(self.path()?.to_str()?, &["--version"])
    }

    /// The tool, compiled first where it is absent or older than ours.
    pub fn ensure(&self, workspace: &Workspace) -> Result<PathBuf, Stop> {
        if let Some(path) = self.usable() {
            return Ok(path);
        }
        let mut install = workspace.cargo();
        // Unoptimised: compiled once in a minute or two, then run for seconds.
        install
            .args(["install", "--locked", "--debug", self.name, "--version"])
            .arg(format!("={}", self.version));
        install.arg("--root").arg(cargo_home()).env("CARGO_PROFILE_DEV_DEBUG", "false");
        quietly(&mut install, &workspace.notes()?.join(format!("install-{}.log", self.name)))?;
        self.usable().ok_or_else(|| Stop(format!("Cargo installed {}, but it does not start.", self.name)))
    }

    fn path(&self) -> Option<PathBuf> {
        let own = cargo_home().join("bin").join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX));
        if own.is_file() { Some(own) } else { find(&[self.name]) }
    }

    fn usable(&self) -> Option<PathBuf> {
        let installed = self.installed()?;
        (numbers(&installed)? >= numbers(self.version)?).then(|| self.path()).flatten()
    }
}

fn cargo_home() -> PathBuf {
    std::env::var_os("CARGO_HOME").map_or_else(
        || std::env::home_dir().unwrap_or_else(|| Path::new(".").to_owned()).join(".cargo"),
        PathBuf::from,
    )
}

/// The version in what a program says of itself: `cargo-deny 0.20.2` is 0, 20, 2.
fn numbers(said: &str) -> Option<[u32; 3]> {
    let word = said.split_whitespace().last()?;
    let parts: Vec<u32> = word.split('.').map_while(|part| part.parse().ok()).collect();
    parts.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_version_than_ours_will_do_and_an_older_one_will_not() {
        assert!(numbers("cargo-deny 0.20.2") >= numbers("0.20.2"));
        assert!(numbers("0.100.0") > numbers("0.20.2"), "versions are numbers, not text");
        assert!(numbers("cargo-deny 0.9.9") < numbers("0.20.2"));
        assert_eq!(numbers("no version"), None);
    }
}
