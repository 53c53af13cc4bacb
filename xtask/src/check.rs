//! `cargo xtask check`: all that can be said of the project without running the whole of it.

use std::{
    io::{IsTerminal, Write, stdout},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use crate::{
    command::{Stop, quietly},
    house,
    system_packages::{self, BUILD, CHECK},
    tools::{DENY, MACHETE},
    types,
    ui::{self, Voice},
    workspace::Workspace,
};

/// One step: its name, and what it does. `log` is a file of its own.
type Step = (&'static str, fn(&Workspace, log: &Path) -> Result<(), Stop>);

/// In this order: what is quick to tell comes first, what others need comes before them.
const STEPS: &[Step] = &[
    ("system packages", |_, _| system_packages::ensure("check the project", &[BUILD, CHECK])),
    ("format", |workspace, log| {
        cargo(workspace, &["fmt", "--all", "--check", "--", "--color", "never"], log)
    }),
    ("arrows of the house", |workspace, _| house::arrows(workspace)),
    ("session without a window", |workspace, _| house::session_has_no_window(workspace)),
    ("file sizes", |workspace, _| house::file_sizes(workspace)),
    ("UI packages", |workspace, _| ui::check_node().and_then(|()| ui::install(workspace, Voice::Quiet))),
    ("UI lint", |workspace, log| npm(workspace, "lint", log)),
    ("UI types", |workspace, log| npm(workspace, "check", log)),
    ("UI tests", |workspace, log| npm(workspace, "test", log)),
    ("UI build", |workspace, _| ui::build(workspace, Voice::Quiet)),
    ("unused dependencies", |workspace, log| {
        let machete = MACHETE.ensure(workspace)?;
        quietly(std::process::Command::new(machete).current_dir(&workspace.root), log).map(drop)
    }),
    ("licences, bans, sources", |workspace, log| deny(workspace, &["bans", "licenses", "sources"], log)),
    ("clippy", |workspace, log| {
        cargo(workspace, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"], log)
    }),
    ("generated types", types::compare),
];

/// Needs a database from the network, so it is asked for.
const ADVISORIES: Step = ("advisories", |workspace, log| deny(workspace, &["advisories"], log));

/// Runs the task: every step, whatever became of those before it.
pub fn task(arguments: &[&str]) -> Result<ExitCode, Stop> {
    let steps = wanted(arguments)?;
    let workspace = Workspace::find()?;
    let logs = workspace.folder("xtask/check")?;
    let began = Instant::now();
    let mut failed = Vec::new();
    for (name, run) in steps {
        announce(name);
        let started = Instant::now();
        let outcome = run(&workspace, &logs.join(format!("{}.log", name.replace([' ', ','], "-"))));
        let mark = if outcome.is_ok() { "✓" } else { "✗" };
        println!("{mark} {name:<26} {:>7.1} s", started.elapsed().as_secs_f64());
        if let Err(Stop(words)) = outcome {
            println!("{}\n", indented(&words));
            failed.push(name);
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    if failed.is_empty() {
        println!("All is well, after {seconds:.0} s.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("Not well, after {seconds:.0} s: {}.", failed.join("; "));
    Ok(ExitCode::FAILURE)
}

/// The steps that were asked for: all, or those whose name contains one of the words.
fn wanted(arguments: &[&str]) -> Result<Vec<Step>, Stop> {
    let (options, words): (Vec<&str>, Vec<&str>) =
        arguments.iter().copied().partition(|argument| argument.starts_with('-'));
    let advisories = match &options[..] {
        [] => None,
        ["--advisories"] => Some(ADVISORIES),
        _ => {
            return Err(Stop(format!(
                "`cargo xtask check` takes --advisories and words from the names of steps, not {}.",
                options.join(" ")
            )));
        }
    };
    let all = STEPS.iter().copied().chain(advisories);
    let steps: Vec<Step> = match &words[..] {
        [] => all.collect(),
        _ => all.filter(|(name, _)| words.iter().any(|word| name.contains(word))).collect(),
    };
    if steps.is_empty() {
        let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        return Err(Stop(format!("No step is named {}. There are: {}.", words.join(" "), names.join("; "))));
    }
    Ok(steps)
}

/// Says at a terminal what is being waited for; the result is written over it.
fn announce(name: &str) {
    if stdout().is_terminal() {
        print!("… {name}\r");
        // Only a courtesy: a terminal that is gone is noticed at the next line.
        let _ = stdout().flush();
    }
}

fn indented(words: &str) -> String {
    words.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn cargo(workspace: &Workspace, arguments: &[&str], log: &Path) -> Result<(), Stop> {
    quietly(workspace.cargo().args(arguments), log).map(drop)
}

fn npm(workspace: &Workspace, script: &str, log: &Path) -> Result<(), Stop> {
    quietly(&mut ui::npm(workspace, &["run", "--silent", script]), log).map(drop)
}

fn deny(workspace: &Workspace, checks: &[&str], log: &Path) -> Result<(), Stop> {
    let deny = DENY.ensure(workspace)?;
    let mut command = std::process::Command::new(deny);
    quietly(
        command.args(["--locked", "--log-level", "error", "check"]).args(checks).current_dir(&workspace.root),
        log,
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Vec<&'static str> {
        wanted(arguments).unwrap().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn every_step_runs_unless_some_are_named() {
        assert_eq!(names(&[]).len(), STEPS.len());
        assert_eq!(names(&["clippy", "arrows"]), ["arrows of the house", "clippy"]);
    }

    #[test]
    fn the_advisories_are_asked_for_only_where_that_is_wanted() {
        assert!(!names(&[]).contains(&"advisories"), "they need the network");
        assert_eq!(names(&["--advisories"]).last(), Some(&"advisories"));
    }

    #[test]
    fn a_step_that_is_not_there_is_no_success() {
        let Stop(words) = wanted(&["clipy"]).map(drop).unwrap_err();
        assert!(words.contains("clippy"), "the message names what there is: {words}");
        assert!(wanted(&["--fix"]).is_err());
    }
}
