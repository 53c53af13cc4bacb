//! `cargo xtask types`: the UI's types, the configuration's schema and the API's description, each written by the
//! test that otherwise compares it.

use std::{path::Path, process::Command, process::ExitCode};

use crate::{
    app,
    command::{Stop, nothing_else, quietly},
    report::Cargo,
    workspace::Workspace,
};

/// The tests that compare the types, one for each file, and write them where [`WRITE`] is set.
const TEST: &str = "types_are_current";
const WRITE: &str = "KEYWARD_WRITE_TYPES";
const FILES: [&str; 3] = ["ui/src/lib/backend/generated.ts", "docs/keyward.schema.json", "docs/openapi.json"];

/// Runs the task.
pub fn task(arguments: &[&str]) -> Result<ExitCode, Stop> {
    nothing_else("types", arguments)?;
    let workspace = Workspace::find()?;
    app::prepare(&workspace, "generate the types", &[])?;
    generate(workspace.cargo().env(WRITE, "1"), &workspace.notes()?.join("types.log"))?;
    println!("{} are current.", FILES.join(" and "));
    Ok(ExitCode::SUCCESS)
}

/// Compares the committed types with the Rust ones.
pub fn compare(workspace: &Workspace, log: &Path) -> Result<(), Stop> {
    generate(workspace.cargo().env_remove(WRITE), log).map_err(|Stop(words)| {
        Stop(format!("{words}\n`cargo xtask types` writes {} anew.", FILES.join(" and ")))
    })
}

fn generate(cargo: &mut Command, log: &Path) -> Result<(), Stop> {
    // The whole workspace, for the same reason as `app::build_all`.
    let said = quietly(cargo.args(["test", "--workspace", "--locked", "--lib", TEST]), log)?;
    let mut report = Cargo::default();
    said.lines().for_each(|line| report.read(line));
    let passed = report.count().passed;
    if usize::try_from(passed).ok() != Some(FILES.len()) {
        let words = format!("{passed} tests named {TEST} passed, and there are {} files.", FILES.len());
        return Err(Stop(words));
    }
    Ok(())
}
