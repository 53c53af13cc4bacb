//! The app's binary: what it needs, and how it is built.

use std::path::PathBuf;

use crate::{
    command::{Stop, must},
    system_packages::{self, BUILD, Need},
    ui::{self, Voice},
    workspace::Workspace,
};

/// Sees to Node, to the system's packages for the build and `also`, and to a current UI.
pub fn prepare(workspace: &Workspace, purpose: &str, also: &[Need]) -> Result<(), Stop> {
    ui::check_node()?;
    system_packages::ensure(purpose, &[BUILD, also])?;
    ui::build(workspace, Voice::Aloud)
}

/// Builds the app alone, as `cargo xtask run` wants it.
pub fn build(workspace: &Workspace) -> Result<PathBuf, Stop> {
    must(workspace.cargo().args(["build", "--package", "keyward"]))?;
    Ok(program(workspace, "keyward"))
}

/// Builds every program and test of the workspace at once. Cargo compiles a dependency anew for each
/// set of features that packages ask of it; one set for all is the shortest way to all of them.
pub fn build_all(workspace: &Workspace) -> Result<(), Stop> {
    must(workspace.cargo().args(["build", "--workspace", "--locked", "--bins", "--tests"]))
}

/// Where a program of the workspace lies once it is built.
pub fn program(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
