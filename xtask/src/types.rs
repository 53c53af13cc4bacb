//! `cargo xtask types`: the UI's types, written by the test that otherwise compares them.

use std::{path::Path, process::Command, process::ExitCode};

use crate::{
    app,
    command::{Stop, nothing_else, quietly},
    report::Cargo,
    workspace::Workspace,
};

/// The test that compares the types, and writes them where [`WRITE`] is set.
const TEST: &str = "types_are_current";
const WRITE: &str = "KEYWARD_WRITE_TYPES";
const FILE: &str = "ui/src/lib/backend/generated.ts";

/// Runs the task.
pub fn task(arguments: &[&str]) -> Result<ExitCode, Stop> {
    nothing_else("types", arguments)?;
    let workspace = Workspace::find()?;
    app::prepare(&workspace, "generate the types", &[])?;
    generate(workspace.cargo().env(WRITE, "1"), &workspace.notes()?.join("types.log"))?;
    println!("{FILE} is current.");
    Ok(ExitCode::SUCCESS)
}

/// Compares the committed types with the Rust ones.
pub fn compare(workspace: &Workspace, log: &Path) -> Result<(), Stop> {
    generate(workspace.cargo().env_remove(WRITE), log)
        .map_err(|Stop(words)| Stop(format!("{words}\n`cargo xtask types` writes {FILE} anew.")))
}

fn generate(cargo: &mut Command, log: &Path) -> Result<(), Stop> {
    // The whole workspace, for the same reason as `app::build_all`.
    let said = quietly(cargo.args(["test", "--workspace", "--locked", "--lib", TEST]), log)?;
    let mut report = Cargo::default();
    said.lines().for_each(|line| report.read(line));
    match report.count().passed {
        0 => Err(Stop(format!("No test is named {TEST}, so nothing was compared."))),
        _ => Ok(()),
    }
}
