//! The UI's own tools: Node, its packages, its build and its tests.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use crate::{
    command::{Stop, answer, must, quietly},
    workspace::Workspace,
};

/// npm's name as a program.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// What the built UI depends on, inside `ui/`.
const SOURCES: &[&str] = &[
    "index.html",
    "package-lock.json",
    "package.json",
    "public",
    "src",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];

/// Whether output is shown as it comes, or kept in a log and shown on failure.
#[derive(Clone, Copy)]
pub enum Voice {
    /// Shown.
    Aloud,
    /// Kept.
    Quiet,
}

/// npm in the UI's folder, with `arguments`.
pub fn npm(workspace: &Workspace, arguments: &[&str]) -> Command {
    npm_in(&workspace.root.join("ui"), arguments)
}

/// npm in a folder, with `arguments`.
pub fn npm_in(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(NPM);
    command.args(arguments).current_dir(folder);
    command
}

/// Stops where Node or npm is absent or too old for Vite.
pub fn check_node() -> Result<(), Stop> {
    let wanted = "The UI is built with Node 20.19, 22.12 or later";
    let way_out = "Install a current one (https://nodejs.org), then run this again.";
    let Some(version) = answer("node", &["--version"]) else {
        return Err(Stop(format!("{wanted}; `node` is not in PATH. {way_out}")));
    };
    if !node_will_do(&version) {
        return Err(Stop(format!("{wanted}; this one is {version}. {way_out}")));
    }
    match answer(NPM, &["--version"]) {
        Some(_) => Ok(()),
        None => Err(Stop(format!("{wanted} and its npm; `npm` is not in PATH. {way_out}"))),
    }
}

fn node_will_do(version: &str) -> bool {
    let mut parts = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else { return false };
    match major {
        20 => minor >= 19,
        22 => minor >= 12,
        _ => major > 22,
    }
}

/// Installs the packages where the lock file changed since the last time.
pub fn install(workspace: &Workspace, voice: Voice) -> Result<(), Stop> {
    let ui = workspace.root.join("ui");
    let (lock, stamp) =
        (ui.join("package-lock.json"), workspace.notes()?.join("installed-package-lock.json"));
    let wanted = fs::read(&lock).map_err(|error| Stop::file("read", &lock, &error))?;
    if ui.join("node_modules").is_dir() && fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut command = npm(workspace, &["ci", "--no-audit", "--no-fund"]);
    speak(&mut command, voice, &workspace.notes()?.join("npm-ci.log"))?;
    fs::write(&stamp, wanted).map_err(|error| Stop::file("write", &stamp, &error))
}

/// Builds the UI where a source is newer than the last build.
pub fn build(workspace: &Workspace, voice: Voice) -> Result<(), Stop> {
    install(workspace, voice)?;
    let ui = workspace.root.join("ui");
    let stamp = workspace.notes()?.join("ui-built");
    let newest = newest(SOURCES.iter().map(|name| ui.join(name)));
    let newest = newest.map_err(|error| Stop::file("read the sources in", &ui, &error))?;
    let built = fs::metadata(&stamp).and_then(|file| file.modified()).ok();
    if ui.join("dist/index.html").is_file() && built.is_some_and(|built| newest < built) {
        return Ok(());
    }
    // The stamp carries the moment before the build: what is saved while it runs is built next time.
    let started = workspace.notes()?.join("ui-started");
    fs::write(&started, "").map_err(|error| Stop::file("write", &started, &error))?;
    let mut command = npm(workspace, &["run", "build"]);
    speak(&mut command, voice, &workspace.notes()?.join("ui-build.log"))?;
    fs::rename(&started, &stamp).map_err(|error| Stop::file("write", &stamp, &error))
}

fn speak(command: &mut Command, voice: Voice, log: &Path) -> Result<(), Stop> {
    match voice {
        Voice::Aloud => must(command),
        Voice::Quiet => quietly(command, log).map(drop),
    }
}

/// The latest change of these files and folders, with all that is in them. A folder changes when a file
/// in it comes or goes, so a deleted source is seen too.
fn newest(paths: impl Iterator<Item = PathBuf>) -> io::Result<SystemTime> {
    let mut latest = SystemTime::UNIX_EPOCH;
    let mut left: Vec<PathBuf> = paths.filter(|path| path.exists()).collect();
    while let Some(path) = left.pop() {
        let file = fs::metadata(&path)?;
        latest = latest.max(file.modified()?);
        if file.is_dir() {
            for entry in fs::read_dir(&path)? {
                left.push(entry?.path());
            }
        }
    }
    Ok(latest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_judged_as_vite_judges_it() {
        for good in ["v20.19.0", "v20.20.2", "v22.12.0", "v23.0.0", "v24.1.0"] {
            assert!(node_will_do(good), "{good}");
        }
        for bad in ["v18.20.4", "v20.18.3", "v21.7.3", "v22.11.0", "", "node"] {
            assert!(!node_will_do(bad), "{bad}");
        }
    }

    #[test]
    fn a_file_deep_in_a_folder_counts_as_a_source() {
        let folder = std::env::temp_dir().join(format!("xtask-newest-{}", std::process::id()));
        fs::create_dir_all(folder.join("a/b")).unwrap();
        fs::write(folder.join("a/b/c.ts"), "").unwrap();
        let later = SystemTime::now() + std::time::Duration::from_secs(3600);
        fs::File::options().write(true).open(folder.join("a/b/c.ts")).unwrap().set_modified(later).unwrap();
        assert_eq!(newest([folder.clone(), folder.join("absent")].into_iter()).unwrap(), later);
        fs::remove_dir_all(&folder).unwrap();
    }
}
