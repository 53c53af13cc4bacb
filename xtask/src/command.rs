//! Other programs: run, watched, and what is said when they fail.

use std::{
    ffi::OsStr,
    fs::File,
    io,
    path::{Path, PathBuf},
    process::{Command, ExitCode, ExitStatus, Stdio},
};

/// Why a task goes no further, in words for the person who started it.
#[derive(Debug)]
pub struct Stop(pub String);

impl Stop {
    /// A failure to do something with a file.
    pub fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self(format!("Cannot {doing} {}: {error}.", path.display()))
    }
}

/// Cargo, the one that runs this task.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Stops at an argument that a task does not take.
pub fn nothing_else(task: &str, arguments: &[&str]) -> Result<(), Stop> {
    match arguments.first() {
        None => Ok(()),
        Some(unknown) => Err(Stop(format!(
            "`cargo xtask {task}` does not take {unknown:?}. `cargo xtask --help` says what there is."
        ))),
    }
}

/// The command as one would type it.
pub fn typed(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_else(|| command.get_program());
    let words = std::iter::once(name).chain(command.get_args()).map(OsStr::to_string_lossy);
    words.collect::<Vec<_>>().join(" ")
}

fn not_started(command: &Command, error: &io::Error) -> Stop {
    Stop(format!("Cannot start `{}`: {error}.", typed(command)))
}

/// Runs with the terminal's own input and output.
pub fn status(command: &mut Command) -> Result<ExitStatus, Stop> {
    command.status().map_err(|error| not_started(command, &error))
}

/// Runs with the terminal's own output and stops where it fails.
pub fn must(command: &mut Command) -> Result<(), Stop> {
    let status = status(command)?;
    if status.success() { Ok(()) } else { Err(Stop(format!("`{}` failed ({status}).", typed(command)))) }
}

/// Runs, and gives what it printed on standard output; what it says on standard error is shown.
pub fn stdout(command: &mut Command) -> Result<String, Stop> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Stop(format!("`{}` failed ({}).", typed(command), output.status)))
}

/// The first line that a program prints about itself, if it is here and answers.
pub fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// Runs without a word; where it fails, all it said, in the order it said it, is the error. `log` keeps it.
pub fn quietly(command: &mut Command, log: &Path) -> Result<String, Stop> {
    let open = || -> io::Result<(File, File)> {
        let file = File::create(log)?;
        Ok((file.try_clone()?, file))
    };
    let (out, err) = open().map_err(|error| Stop::file("write", log, &error))?;
    let status = self::status(command.stdin(Stdio::null()).stdout(out).stderr(err))?;
    let said = std::fs::read(log).map_err(|error| Stop::file("read", log, &error))?;
    let said = String::from_utf8_lossy(&said).into_owned();
    if status.success() {
        return Ok(said);
    }
    Err(Stop(format!("$ {}\n{}\n({status})", typed(command), said.trim_end())))
}

/// Where a program lies, by the names it may have, in the order given.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    let suffix = std::env::consts::EXE_SUFFIX;
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(format!("{name}{suffix}"))))
        .find(|path| path.is_file())
}

/// A program's exit status as ours.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    ExitCode::from(code)
}
