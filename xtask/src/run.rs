//! `cargo xtask run`: from a fresh machine to the open window.

use std::process::{Command, ExitCode};

use crate::{
    app,
    command::{Stop, exit_code, nothing_else, status},
    system_packages::RUN,
    workspace::Workspace,
};

/// Runs the task.
pub fn task(arguments: &[&str]) -> Result<ExitCode, Stop> {
    let Wanted { fresh, for_the_app } = Wanted::read(arguments)?;
    // Before anything that takes long.
    if cfg!(target_os = "linux") && !has_display(|name| std::env::var(name).ok()) {
        return Err(Stop(
            "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.\n\
             `cargo xtask tour` drives the real window on a display of its own, and leaves pictures in target/tour."
                .to_owned(),
        ));
    }
    let workspace = Workspace::find()?;
    app::prepare(&workspace, "build and run the app", RUN)?;
    let app = app::build(&workspace)?;
    let mut command = Command::new(app);
    command.args(fresh.then_some("--fresh")).args(for_the_app);
    Ok(exit_code(status(&mut command)?))
}

#[derive(Debug, PartialEq)]
struct Wanted<'a> {
    fresh: bool,
    for_the_app: Vec<&'a str>,
}

impl<'a> Wanted<'a> {
    fn read(arguments: &[&'a str]) -> Result<Self, Stop> {
        let cut = arguments.iter().position(|argument| *argument == "--").unwrap_or(arguments.len());
        let (ours, theirs) = arguments.split_at(cut);
        let (fresh, others): (Vec<&str>, Vec<&str>) =
            ours.iter().copied().partition(|argument| *argument == "--fresh");
        nothing_else("run", &others)?;
        Ok(Self { fresh: !fresh.is_empty(), for_the_app: theirs.iter().skip(1).copied().collect() })
    }
}

fn has_display(variable: impl Fn(&str) -> Option<String>) -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .into_iter()
        .any(|name| variable(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_two_dashes_goes_to_the_app_untouched() {
        let wanted = Wanted::read(&["--fresh", "--", "--fresh", "--", "x"]).unwrap();
        assert_eq!(wanted, Wanted { fresh: true, for_the_app: vec!["--fresh", "--", "x"] });
        assert_eq!(
            Wanted::read(&["--", "--fresh"]).unwrap(),
            Wanted { fresh: false, for_the_app: vec!["--fresh"] }
        );
        let Stop(words) = Wanted::read(&["--frehs"]).unwrap_err();
        assert!(words.contains("--frehs"), "the message names what it does not know: {words}");
    }

    #[test]
    fn an_empty_display_is_no_display() {
        assert!(!has_display(|_| None));
        assert!(!has_display(|_| Some(String::new())));
        assert!(has_display(|name| (name == "WAYLAND_DISPLAY").then(|| "wayland-0".to_owned())));
    }
}
