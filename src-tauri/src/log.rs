//! The log: to the terminal and to one file, which the start before keeps a copy of.

use std::{fs, io, path::Path, sync::Mutex};

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Begins logging. Secrets are types that do not print, so none can come here by mistake.
///
/// # Errors
/// Where the file cannot be made; the terminal is logged to all the same.
pub fn begin(folder: &Path) -> io::Result<()> {
    let filter =
        || EnvFilter::try_from_env("KEYWARD_LOG").unwrap_or_else(|_| EnvFilter::new("warn,keyward=info"));
    let terminal = fmt::layer().with_writer(io::stderr).with_target(true);
    let file = open(folder);
    let (to_file, outcome) = match file {
        Ok(file) => (Some(fmt::layer().with_ansi(false).with_writer(Mutex::new(file))), Ok(())),
        Err(error) => (None, Err(error)),
    };
    tracing_subscriber::registry().with(filter()).with(terminal).with(to_file).init();
    outcome
}

fn open(folder: &Path) -> io::Result<fs::File> {
    fs::create_dir_all(folder)?;
    let path = folder.join("keyward.log");
    match fs::rename(&path, folder.join("keyward.previous.log")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::File::create(path)
}
