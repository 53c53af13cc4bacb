//! The project's own tasks, behind `cargo xtask`. It is the first thing that a fresh machine compiles,
//! so it leans on next to nothing.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is its job"
)]
#![allow(clippy::disallowed_methods, reason = "it says how long things take")]

mod app;
mod bench;
mod check;
mod command;
mod corpus;
mod doctor;
mod house;
mod providers;
mod report;
mod run;
mod system_packages;
mod test;
mod tools;
mod tour;
mod types;
mod ui;
mod workspace;

use std::process::ExitCode;

use command::Stop;

const HELP: &str = "\
Keyward's own tasks.

  cargo xtask run [--fresh] [-- ARGS]   build the app and open its window; --fresh forgets the local workspace,
                                        ARGS go to the app
  cargo xtask test [FILTER…]            every test, the real window's included; FILTER picks tests by name
       --ui | --unit | --system         only the UI's, only what needs no window, only the whole system's
       --require-providers              a provider of others' that cannot be installed is a failure, not a skip
  cargo xtask check [STEP…]             format, lints, types, licences, dependencies, house rules, UI; STEP
                                        picks steps by name; --advisories also asks the RustSec database
  cargo xtask tour                      drive the real window through the journey; pictures go to target/tour
  cargo xtask bench NAME [--check]      measure; --check fails where a goal is missed; --list names them
  cargo xtask types                     write the UI's types anew from the Rust ones
  cargo xtask doctor                    what this machine has, and what it lacks
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(Stop(words)) => {
            eprintln!("\n{words}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[&str]) -> Result<ExitCode, Stop> {
    let Some((task, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    if rest
        .iter()
        .take_while(|argument| **argument != "--")
        .any(|argument| matches!(*argument, "--help" | "-h"))
    {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    match *task {
        "run" => run::task(rest),
        "test" => test::task(rest),
        "check" => check::task(rest),
        "tour" => tour::task(rest),
        "bench" => bench::task(rest),
        "types" => types::task(rest),
        "doctor" => doctor::task(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(Stop(format!("There is no task {other:?}.\n\n{HELP}"))),
    }
}
