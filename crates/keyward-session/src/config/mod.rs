//! `keyward.toml`: the connections a person or their administrator has set up.
//!
//! Up to three files are read: the system's, which an administrator hands out, the person's own, and the
//! one that `KEYWARD_CONFIG` names. A later file's connection takes the place of an earlier one's of the same
//! id. A file with a mistake takes only itself away.

mod connection;
mod draft;
mod written;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use keyward_model::{Error, ErrorCode, Result};
use serde::Deserialize;

pub use connection::{Connection, KnownTenant, NetworkSettings, Proxy, Redirect, TenantsFrom};
pub use draft::append;
pub use written::{Written, WrittenTenant};

/// Bytes of a configuration file at most.
const MAX_BYTES: u64 = 256 * 1024;
/// The name of a configuration file.
const FILE: &str = "keyward.toml";

/// The connections, and what is wrong with the files that they come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// In the files' order.
    pub connections: Vec<Connection>,
    /// One for each file that cannot be used.
    pub problems: Vec<Error>,
}

/// A file's text, as serde has it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "connection")]
    connections: Vec<Connection>,
}

/// The files to read, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The system's.
    pub system: Option<PathBuf>,
    /// The person's own, which Keyward adds connections to.
    pub own: PathBuf,
    /// The one that `KEYWARD_CONFIG` names.
    pub named: Option<PathBuf>,
}

impl Sources {
    /// The system's folder, then the person's, then `KEYWARD_CONFIG`.
    pub fn usual(own_folder: &Path) -> Self {
        Self {
            system: system_folder().map(|folder| folder.join(FILE)),
            own: own_folder.join(FILE),
            named: std::env::var_os("KEYWARD_CONFIG").map(PathBuf::from),
        }
    }
}

fn system_folder() -> Option<PathBuf> {
    if cfg!(target_os = "windows") {
        std::env::var_os("ProgramData").map(|folder| PathBuf::from(folder).join("dev.keyward.desktop"))
    } else if cfg!(target_os = "macos") {
        Some(PathBuf::from("/Library/Application Support/dev.keyward.desktop"))
    } else {
        Some(PathBuf::from("/etc/keyward"))
    }
}

impl Config {
    /// Reads what there is. A file that is not there adds nothing; one that cannot be used adds a problem.
    pub fn read(sources: &Sources) -> Self {
        let mut config = Self::default();
        let files = sources.system.iter().chain([&sources.own]).chain(&sources.named);
        for path in files {
            match read_file(path) {
                Ok(connections) => config.add(connections),
                Err(problem) => config.problems.push(problem),
            }
        }
        // Whoever sets the variable means a file that is there.
        if let Some(named) = sources.named.as_ref().filter(|path| !path.exists()) {
            config.problems.push(invalid(named, "KEYWARD_CONFIG names it, and it is not there"));
        }
        config
    }

    fn add(&mut self, connections: Vec<Connection>) {
        for connection in connections {
            match self.connections.iter_mut().find(|earlier| earlier.id == connection.id) {
                Some(earlier) => *earlier = connection,
                None => self.connections.push(connection),
            }
        }
    }
}

/// The connections of a file; none where there is no file.
///
/// # Errors
/// [`ErrorCode::ConfigInvalid`] names the file, and line and key where one is at fault.
pub fn read_file(path: &Path) -> Result<Vec<Connection>> {
    match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(invalid(path, &e.to_string())),
        Ok(meta) if meta.len() > MAX_BYTES => {
            return Err(invalid(path, &format!("{} bytes; at most {MAX_BYTES} are read", meta.len())));
        }
        Ok(_) => {}
    }
    let text = fs::read_to_string(path).map_err(|e| invalid(path, &e.to_string()))?;
    parse(&text).map_err(|why| invalid(path, &why))
}

fn invalid(path: &Path, why: &str) -> Error {
    Error::new(ErrorCode::ConfigInvalid, format!("{}: {why}", path.display()))
}

fn parse(text: &str) -> std::result::Result<Vec<Connection>, String> {
    let File { connections } = toml::from_str(text).map_err(|e| at_line(text, &e))?;
    for (at, connection) in connections.iter().enumerate() {
        let doubled = connections[..at].iter().any(|earlier| earlier.id == connection.id);
        if doubled || connection.id.as_str() == crate::LOCAL {
            let why = if doubled { "is used twice" } else { "is the local workspace's own" };
            return Err(format!("connection id {:?} {why}; give it another", connection.id.as_str()));
        }
    }
    Ok(connections)
}

/// `line 3, key "issuer": …`, which is where a person will look.
fn at_line(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().trim_end();
    let Some(span) = error.span() else { return message.to_owned() };
    let start = span.start.min(text.len());
    let line = text[..start].matches('\n').count();
    let key = text.lines().nth(line).and_then(|l| l.split_once('=')).map(|(key, _)| key.trim());
    match key {
        Some(key) => format!("line {}, key {key:?}: {message}", line + 1),
        None => format!("line {}: {message}", line + 1),
    }
}

#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
