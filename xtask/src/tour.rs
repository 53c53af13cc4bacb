//! `cargo xtask tour`: the real window through the journey, a picture of every screen.

use std::process::{Command, ExitCode};

use crate::{
    app,
    command::{Stop, must, nothing_else},
    system_packages::TEST,
    workspace::Workspace,
};

/// Runs the task.
pub fn task(arguments: &[&str]) -> Result<ExitCode, Stop> {
    nothing_else("tour", arguments)?;
    let workspace = Workspace::find()?;
    app::prepare(&workspace, "take the tour", TEST)?;
    app::build_all(&workspace)?;
    let pictures = workspace.root.join("target/tour");
    let mut tour = Command::new(app::program(&workspace, "tour"));
    must(tour.env("KEYWARD_APP", app::program(&workspace, "keyward")).current_dir(&workspace.root))?;
    println!("The pictures are in {}.", pictures.display());
    Ok(ExitCode::SUCCESS)
}
