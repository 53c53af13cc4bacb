//! `cargo xtask doctor`: what this machine has, and what it lacks.

use std::process::ExitCode;

use crate::{
    command::{Stop, answer, nothing_else},
    system_packages::{BUILD, Need, RUN, TEST},
    tools, ui,
};

/// Runs the task. It changes nothing.
pub fn task(arguments: &[&str]) -> Result<ExitCode, Stop> {
    nothing_else("doctor", arguments)?;
    let mut lacks = 0;
    let mut line = |here: bool, what: &str, about: &str| {
        lacks += usize::from(!here);
        println!("  {} {what:<26} {about}", if here { "✓" } else { "✗" });
    };

    println!("Toolchain");
    for (name, arguments) in [
        ("cargo", &["--version"][..]),
        ("cargo fmt", &["fmt", "--version"]),
        ("cargo clippy", &["clippy", "--version"]),
    ] {
        let version = answer("cargo", arguments);
        line(
            version.is_some(),
            name,
            version.as_deref().unwrap_or("add it with `rustup component add rustfmt clippy`"),
        );
    }
    match ui::check_node() {
        Ok(()) => line(true, "node and npm", &answer("node", &["--version"]).unwrap_or_default()),
        Err(Stop(words)) => line(false, "node and npm", &words),
    }
    if cfg!(target_os = "linux") {
        for (purpose, needs) in [("To build the app", BUILD), ("To use it", RUN), ("To test it", TEST)] {
            println!("{purpose}");
            for need @ Need { package, why, .. } in needs {
                line(need.is_met(), package, why);
            }
        }
    }
    println!("To check it");
    for tool in tools::ALL {
        let found = tool.installed();
        let about = found.as_deref().unwrap_or("`cargo xtask check` compiles it once");
        line(found.is_some(), tool.name, about);
    }
    match lacks {
        0 => println!("\nNothing is missing."),
        _ => println!("\nThe tasks install what is marked ✗ when they need it, or say how."),
    }
    Ok(ExitCode::SUCCESS)
}
