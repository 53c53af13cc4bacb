//! `cargo xtask test`: every test there is, the real window's included, and one line at the end.

use std::{
    io::{BufRead, BufReader},
    process::{Command, ExitCode, Stdio},
};

use crate::{
    app,
    command::{Stop, status, typed},
    providers,
    report::{self, Cargo, Count},
    system_packages::{self, BUILD, TEST},
    ui::{self, Voice},
    workspace::Workspace,
};

/// Which tests are wanted.
#[derive(Debug, PartialEq)]
struct Wanted<'a> {
    ui: bool,
    unit: bool,
    system: bool,
    require_providers: bool,
    filters: Vec<&'a str>,
}

/// Runs the task. Its last line is `N passed, N failed`.
pub fn task(arguments: &[&str]) -> Result<ExitCode, Stop> {
    let mut wanted = Wanted::read(arguments)?;
    if wanted.system && !cfg!(target_os = "linux") {
        println!(
            "The whole system is tested on Linux only, where a display, a bus and a keychain can be had for a test."
        );
        wanted.system = false;
    }
    let workspace = Workspace::find()?;
    let mut sum = Count::default();
    let mut said = Vec::new();
    let mut add = |name: &str, outcome: Result<(Count, Option<String>), Stop>| {
        // Whoever cannot even start has ended without a report.
        let (count, complaint) =
            outcome.unwrap_or_else(|Stop(words)| (Count { passed: 0, failed: 1 }, Some(words)));
        sum += count;
        said.push(format!("{name}: {count}"));
        said.extend(complaint);
    };
    if wanted.ui {
        add("UI tests", ui_tests(&workspace, &wanted.filters));
    }
    if wanted.unit || wanted.system {
        add("Rust tests", rust_tests(&workspace, &wanted));
    }
    println!("\n{}", said.join("\n"));
    let none = sum == Count::default();
    if none {
        println!("No test ran{}.", if wanted.filters.is_empty() { "" } else { ": none has such a name" });
    }
    println!("{sum}");
    Ok(if none || sum.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl<'a> Wanted<'a> {
    fn read(arguments: &[&'a str]) -> Result<Self, Stop> {
        let (options, filters): (Vec<&str>, Vec<&str>) =
            arguments.iter().copied().partition(|argument| argument.starts_with('-'));
        let (required, parts): (Vec<&str>, Vec<&str>) =
            options.into_iter().partition(|option| *option == "--require-providers");
        if let Some(unknown) = parts.iter().find(|part| !matches!(**part, "--ui" | "--unit" | "--system")) {
            return Err(Stop(format!(
                "`cargo xtask test` does not take {unknown:?}; it takes --ui, --unit, --system, \
                 --require-providers, and names of tests."
            )));
        }
        let has = |part| parts.is_empty() || parts.contains(&part);
        let (ui, unit, system) = (has("--ui"), has("--unit"), has("--system"));
        Ok(Self { ui, unit, system, require_providers: !required.is_empty(), filters })
    }

    /// Cargo's arguments for the tests in Rust. The whole workspace is always selected, so that nothing
    /// is compiled twice (see `app::build_all`); the rest narrows what runs.
    fn cargo_arguments(&self) -> Vec<&'a str> {
        let mut arguments = vec!["test", "--workspace", "--locked", "--no-fail-fast"];
        match (self.unit, self.system) {
            (true, false) => arguments.extend(["--lib", "--bins", "--test", "it"]),
            (false, true) => arguments.extend(["--test", "system"]),
            (true, true) | (false, false) => {}
        }
        if !self.filters.is_empty() {
            arguments.push("--");
            arguments.extend(&self.filters);
        }
        arguments
    }
}

/// The tests of the UI, in Node.
pub fn ui_tests(workspace: &Workspace, filters: &[&str]) -> Result<(Count, Option<String>), Stop> {
    ui::check_node()?;
    ui::install(workspace, Voice::Aloud)?;
    let report = workspace.notes()?.join("vitest.json");
    if report.exists() {
        std::fs::remove_file(&report).map_err(|error| Stop::file("remove", &report, &error))?;
    }
    let mut vitest = ui::npm(workspace, &["run", "test", "--", "--reporter=default", "--reporter=json"]);
    vitest.arg(format!("--outputFile.json={}", report.display()));
    if !filters.is_empty() {
        vitest.args(["--testNamePattern", &any_of(filters), "--passWithNoTests"]);
    }
    let succeeded = status(&mut vitest)?.success();
    Ok(report::vitest(&report, succeeded))
}

/// A pattern for names that contain one of these.
fn any_of(filters: &[&str]) -> String {
    let literal = |filter: &&str| -> String {
        filter
            .chars()
            .flat_map(|c| (!c.is_alphanumeric() && c != '_').then_some('\\').into_iter().chain([c]))
            .collect()
    };
    filters.iter().map(literal).collect::<Vec<_>>().join("|")
}

/// The tests in Rust, the whole system's among them.
fn rust_tests(workspace: &Workspace, wanted: &Wanted<'_>) -> Result<(Count, Option<String>), Stop> {
    ui::check_node()?;
    let also = if wanted.system { TEST } else { &[] };
    system_packages::ensure("build and test the app", &[BUILD, also])?;
    ui::build(workspace, Voice::Aloud)?;
    app::build_all(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(wanted.cargo_arguments()).env("KEYWARD_APP", app::program(workspace, "keyward"));
    if wanted.require_providers {
        cargo.env("KEYWARD_REQUIRE_PROVIDERS", "1");
    }
    let mut absent = Vec::new();
    if wanted.system || wanted.require_providers {
        let providers = providers::install(workspace)?;
        cargo.env("KEYWARD_PROVIDERS", providers.folder);
        absent = providers.absent;
    }
    let mut read = Cargo::default();
    let succeeded = each_line(&mut cargo, |line| read.read(line))?;
    let (count, complaint) = read.finish(succeeded);
    absent.extend(complaint);
    Ok((count, (!absent.is_empty()).then(|| absent.join("\n"))))
}

/// Runs, shows every line of standard output as it comes, and hands it over.
fn each_line(command: &mut Command, mut read: impl FnMut(&str)) -> Result<bool, Stop> {
    let broken = |error: std::io::Error| Stop(format!("The output of a program was lost: {error}."));
    let name = typed(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Stop(format!("Cannot start `{name}`: {error}.")))?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(broken)?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            read(line.trim_end_matches('\r'));
        }
    }
    Ok(child.wait().map_err(broken)?.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_tested_unless_a_part_is_named() {
        let all = Wanted::read(&["switch"]).unwrap();
        assert_eq!(
            all,
            Wanted { ui: true, unit: true, system: true, require_providers: false, filters: vec!["switch"] }
        );
        let one = Wanted::read(&["--system"]).unwrap();
        assert_eq!(
            one,
            Wanted { ui: false, unit: false, system: true, require_providers: false, filters: vec![] }
        );
    }

    #[test]
    fn that_providers_are_required_narrows_nothing() {
        let all = Wanted::read(&["--require-providers"]).unwrap();
        assert!(all.require_providers && all.ui && all.unit && all.system, "{all:?}");
    }

    #[test]
    fn an_option_that_is_not_there_is_not_taken_for_a_name() {
        let Stop(words) = Wanted::read(&["--sytem"]).unwrap_err();
        assert!(words.contains("--sytem"), "{words}");
    }

    #[test]
    fn names_go_behind_the_dashes() {
        let wanted = Wanted::read(&["--system", "journey"]).unwrap();
        let arguments = wanted.cargo_arguments();
        assert_eq!(arguments[arguments.len() - 4..], ["--test", "system", "--", "journey"]);
    }

    #[test]
    fn a_name_is_matched_as_it_is_written() {
        assert_eq!(any_of(&["a.b", "c d"]), r"a\.b|c\ d");
    }

    #[test]
    fn lines_are_handed_over_and_the_exit_status_is_told() {
        let mut lines = Vec::new();
        let mut command = Command::new(std::env::current_exe().unwrap());
        let succeeded = each_line(command.arg("--list"), |line| lines.push(line.to_owned())).unwrap();
        assert!(succeeded);
        let own = "test::tests::lines_are_handed_over_and_the_exit_status_is_told: test";
        assert!(lines.iter().any(|line| line == own), "{lines:?}");
    }
}
