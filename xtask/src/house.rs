//! The rules of the house that no compiler holds: who may depend on whom, how long a file may be.

use std::{fs, path::Path, process::Command};

use crate::{
    command::{Stop, stdout},
    workspace::{Package, Workspace},
};

/// Lines that a file may have.
const LONGEST: usize = 700;
/// Written by a test, not by a person.
const GENERATED: &[&str] = &["ui/src/lib/backend/generated.ts"];

/// The desktop app. Nothing may depend on it.
const SHELL: &str = "keyward";

/// Each package, and which of ours it may use. Tests may use any but the shell.
const ARROWS: &[(&str, &[&str])] = &[
    (SHELL, &["keyward-model", "keyward-server", "keyward-session"]),
    ("keyward-directory", &["keyward-model", "keyward-verify"]),
    ("keyward-issuer", &["keyward-model"]),
    ("keyward-model", &[]),
    ("keyward-server", &["keyward-directory", "keyward-issuer", "keyward-model", "keyward-verify"]),
    ("keyward-session", &["keyward-model", "keyward-verify"]),
    (
        "keyward-tests",
        &[
            "keyward-directory",
            "keyward-issuer",
            "keyward-model",
            "keyward-server",
            "keyward-session",
            "keyward-verify",
        ],
    ),
    ("keyward-verify", &["keyward-model"]),
    ("xtask", &[]),
];

/// Checks that dependencies run one way.
pub fn arrows(workspace: &Workspace) -> Result<(), Stop> {
    complain(wrong_arrows(&workspace.packages))
}

fn complain(found: Vec<String>) -> Result<(), Stop> {
    if found.is_empty() { Ok(()) } else { Err(Stop(found.join("\n"))) }
}

fn wrong_arrows(packages: &[Package]) -> Vec<String> {
    let ours = |name: &str| packages.iter().any(|package| package.name == name);
    let mut wrong = Vec::new();
    for Package { name, dependencies } in packages {
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| known == name) else {
            wrong.push(format!("{name} has no place in the house: give it one in xtask/src/house.rs."));
            continue;
        };
        for on in dependencies.iter().filter(|on| ours(&on.name)) {
            let in_tests = on.kind.as_deref() == Some("dev");
            if on.name == SHELL {
                wrong.push(format!("{name} depends on the shell, {SHELL}: nothing may."));
            } else if !in_tests && !allowed.contains(&on.name.as_str()) {
                wrong.push(format!(
                    "{name} depends on {}, against the arrows in xtask/src/house.rs.",
                    on.name
                ));
            }
        }
    }
    wrong
}

/// Checks that the session builds without a window.
pub fn session_has_no_window(workspace: &Workspace) -> Result<(), Stop> {
    let mut tree = workspace.cargo();
    tree.args([
        "tree",
        "--package",
        "keyward-session",
        "--target",
        "all",
        "--all-features",
        "--prefix",
        "none",
    ]);
    let tree = stdout(tree.args(["--format", "{p}"]))?;
    match tree.lines().any(|line| line.split_whitespace().next() == Some("tauri")) {
        false => Ok(()),
        true => Err(Stop(
            "keyward-session depends on tauri: `cargo tree -p keyward-session -i tauri` shows by which way."
                .to_owned(),
        )),
    }
}

/// Checks that a person can read every file in one sitting.
pub fn file_sizes(workspace: &Workspace) -> Result<(), Stop> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(&workspace.root);
    let listed = stdout(&mut git)?;
    let mut long = Vec::new();
    for name in listed.split('\0').filter(|name| is_ours_to_read(name)) {
        let path = workspace.root.join(name);
        // Deleted, and not yet committed so.
        if !path.exists() {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| Stop::file("read", &path, &error))?;
        let lines = text.lines().count();
        if lines > LONGEST {
            long.push(format!("{name} has {lines} lines; {LONGEST} is the limit."));
        }
    }
    complain(long)
}

fn is_ours_to_read(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("rs" | "ts" | "svelte")) && !GENERATED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, on: &[(&str, Option<&str>)]) -> Package {
        let dependency = |&(name, kind): &(&str, Option<&str>)| Dependency {
            name: name.to_owned(),
            kind: kind.map(str::to_owned),
        };
        Package { name: name.to_owned(), dependencies: on.iter().map(dependency).collect() }
    }

    #[test]
    fn an_arrow_against_the_house_is_named() {
        let packages =
            [package("keyward-model", &[("keyward-verify", None)]), package("keyward-verify", &[])];
        let wrong = wrong_arrows(&packages);
        assert!(
            matches!(&wrong[..], [one] if one.contains("keyward-model depends on keyward-verify")),
            "{wrong:?}"
        );
    }

    #[test]
    fn tests_may_use_any_crate_but_the_shell() {
        let packages = [
            package("keyward-session", &[("keyward-server", Some("dev")), ("keyward", Some("dev"))]),
            package("keyward-server", &[]),
            package("keyward", &[]),
        ];
        let wrong = wrong_arrows(&packages);
        assert!(matches!(&wrong[..], [one] if one.contains("the shell")), "{wrong:?}");
    }

    #[test]
    fn a_build_script_is_bound_by_the_arrows_too() {
        let packages =
            [package("keyward-model", &[("keyward-verify", Some("build"))]), package("keyward-verify", &[])];
        assert_eq!(wrong_arrows(&packages).len(), 1, "a build dependency is compiled wherever the crate is");
    }

    #[test]
    fn a_crate_without_a_place_is_asked_to_take_one() {
        let wrong = wrong_arrows(&[package("keyward-extra", &[])]);
        assert!(matches!(&wrong[..], [one] if one.contains("keyward-extra has no place")), "{wrong:?}");
    }

    #[test]
    fn only_what_people_write_is_measured() {
        assert!(is_ours_to_read("crates/keyward-model/src/lib.rs"));
        assert!(is_ours_to_read("ui/src/screens/People.svelte"));
        assert!(!is_ours_to_read("ui/src/lib/backend/generated.ts"), "a test writes it");
        assert!(!is_ours_to_read("Cargo.lock"));
    }
}
