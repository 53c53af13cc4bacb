//! `cargo xtask bench`: ours beside a peer, on the same machine, in the same minute.
//!
//! A bench is a program that `cargo bench` builds and runs. It prints one JSON document,
//! `{"rows": [{"name", "ours", "peer", "ratio", "goal", "unit"}]}`, on standard output. `ratio` says how
//! good ours is beside the peer, more being better, and so whether it reaches `goal`.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::{
    command::{Stop, stdout},
    corpus, providers,
    system_packages::{self, BUILD, MEASURE, TEST},
    workspace::Workspace,
};

/// A bench that can be asked for.
struct Bench {
    /// Its name here and as Cargo's bench target.
    name: &'static str,
    package: &'static str,
    about: &'static str,
    needs: Needs,
}

/// What a bench stands on.
enum Needs {
    /// Nothing but itself.
    Nothing,
    /// What the system's tests stand on. It counts, and so is built as they are.
    System,
    /// PostgreSQL, and others that answer the directory's questions.
    Answerers,
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "directory",
        package: "keyward-server",
        about: "the directory of a million people, beside Cerbos and OpenFGA",
        needs: Needs::Answerers,
    },
    Bench {
        name: "hook",
        package: "keyward-directory",
        about: "what a provider waits for at every issuance, beside a bare SQLite loop on the same file",
        needs: Needs::Nothing,
    },
    Bench {
        name: "loopback",
        package: "keyward-session",
        about: "a sign-in whose redirect is under attack, beside the same sign-in in quiet",
        needs: Needs::Nothing,
    },
    Bench {
        name: "switch",
        package: "keyward-session",
        about: "a switch of tenant beside a token request and a keychain write done bare",
        needs: Needs::Nothing,
    },
    Bench {
        name: "storm",
        package: "keyward-tests",
        about: "sessions lost where 64 processes share an account, beside Python's msal and msal-extensions",
        needs: Needs::System,
    },
];

/// What a bench prints.
#[derive(Deserialize)]
struct Measured {
    rows: Vec<Row>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    name: String,
    ours: f64,
    /// None where the peer could not be had.
    peer: Option<f64>,
    ratio: f64,
    goal: f64,
    unit: String,
    /// Said by us, not by the bench.
    #[serde(default, skip_deserializing)]
    holds: bool,
}

/// Runs the task.
pub fn task(arguments: &[&str]) -> Result<ExitCode, Stop> {
    let (options, names): (Vec<&str>, Vec<&str>) =
        arguments.iter().copied().partition(|argument| argument.starts_with('-'));
    match (&options[..], &names[..]) {
        (["--list"], []) => {
            print!("{}", list());
            Ok(ExitCode::SUCCESS)
        }
        ([] | ["--check"], [corpus::NAME]) => corpus::task(),
        ([], [name]) => run(find(name)?, false),
        (["--check"], [name]) => run(find(name)?, true),
        _ => Err(Stop(format!("Say `cargo xtask bench NAME [--check]`, or --list. There are:\n{}", list()))),
    }
}

fn list() -> String {
    let benches = BENCHES.iter().map(|bench| (bench.name, bench.about));
    benches
        .chain([(corpus::NAME, corpus::ABOUT)])
        .map(|(name, about)| format!("  {name:<10} {about}\n"))
        .collect()
}

fn find(name: &str) -> Result<&'static Bench, Stop> {
    let bench = BENCHES.iter().find(|bench| bench.name == name);
    bench.ok_or_else(|| Stop(format!("There is no bench {name:?}. There are:\n{}", list())))
}

fn run(bench: &Bench, check: bool) -> Result<ExitCode, Stop> {
    let workspace = Workspace::find()?;
    let mut cargo = workspace.cargo();
    cargo.args(["bench", "--locked", "--package", bench.package, "--bench", bench.name]);
    let installed = match bench.needs {
        Needs::Nothing => None,
        Needs::System => {
            system_packages::ensure("run this bench", &[BUILD, TEST])?;
            cargo.args(["--profile", "dev"]);
            Some(providers::install_for_storm(&workspace)?)
        }
        Needs::Answerers => {
            system_packages::ensure("run this bench", &[MEASURE])?;
            cargo.env("KEYWARD_BENCH_FOLDER", workspace.folder("bench")?);
            Some(providers::install_for_directory(&workspace)?)
        }
    };
    if let Some(installed) = installed {
        installed.absent.iter().for_each(|why| println!("{why}"));
        cargo.env("KEYWARD_PROVIDERS", installed.folder);
    }
    let printed = stdout(&mut cargo)?;
    let rows = read(&printed).map_err(|words| Stop(format!("The bench {} {words}.", bench.name)))?;
    print!("{}", table(&rows));
    let path = workspace.folder("bench")?.join(format!("{}.json", bench.name));
    let json = serde_json::to_string_pretty(&rows)
        .map_err(|error| Stop(format!("Cannot write the rows: {error}.")))?;
    std::fs::write(&path, json + "\n").map_err(|error| Stop::file("write", &path, &error))?;
    println!("Written to {}.", path.display());
    let missed = rows.iter().filter(|row| !row.holds).count();
    if check && missed > 0 {
        println!("{missed} of {} goals missed.", rows.len());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The rows, each with whether it holds.
fn read(printed: &str) -> Result<Vec<Row>, String> {
    let Measured { mut rows } =
        serde_json::from_str(printed).map_err(|error| format!("printed no rows: {error}"))?;
    if rows.is_empty() {
        return Err("measured nothing".to_owned());
    }
    for row in &mut rows {
        row.holds = row.ratio >= row.goal;
    }
    Ok(rows)
}

fn table(rows: &[Row]) -> String {
    let head = ["", "ours", "peer", "unit", "ratio", "goal", ""].map(str::to_owned);
    let number = |value: f64| if value.abs() < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") };
    let cells = rows.iter().map(|row| {
        let goal = format!("≥ {:.2}", row.goal);
        let verdict = if row.holds { "holds" } else { "missed" };
        let ratio = format!("{:.2}", row.ratio);
        [
            row.name.clone(),
            number(row.ours),
            row.peer.map_or_else(|| "–".to_owned(), number),
            row.unit.clone(),
            ratio,
            goal,
            verdict.to_owned(),
        ]
    });
    let lines: Vec<[String; 7]> = std::iter::once(head).chain(cells).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 7] = std::array::from_fn(width);
    let mut table = String::new();
    for line in &lines {
        let cell = |(column, (text, width)): (usize, (&String, usize))| match column {
            1 | 2 | 4 | 5 => format!("{text:>width$}"),
            _ => format!("{text:<width$}"),
        };
        let cells: Vec<String> = line.iter().zip(widths).enumerate().map(cell).collect();
        table.push_str(cells.join("  ").trim_end());
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"{"rows": [
        {"name": "a member", "ours": 8000.4, "peer": 10000, "ratio": 0.8, "goal": 0.8, "unit": "answers/s"},
        {"name": "a stranger", "ours": 1.5, "peer": 10, "ratio": 0.15, "goal": 0.8, "unit": "answers/s"}]}"#;

    #[test]
    fn a_goal_that_is_just_reached_holds() {
        let rows = read(PRINTED).unwrap();
        assert_eq!(rows.iter().map(|row| row.holds).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_bench_that_measured_nothing_is_not_a_success() {
        assert!(read(r#"{"rows": []}"#).is_err());
        assert!(read("warming up").is_err());
    }

    #[test]
    fn a_bench_cannot_say_of_itself_that_it_holds() {
        let printed = PRINTED.replace("\"ratio\": 0.15", "\"holds\": true, \"ratio\": 0.15");
        assert!(!read(&printed).unwrap()[1].holds);
    }

    #[test]
    fn columns_stand_under_each_other() {
        let table = table(&read(PRINTED).unwrap());
        let ends: Vec<usize> = table.lines().filter_map(|line| line.find("answers/s")).collect();
        assert_eq!(ends.len(), 2);
        assert_eq!(ends[0], ends[1], "\n{table}");
        assert!(table.contains("missed"), "\n{table}");
    }
}
