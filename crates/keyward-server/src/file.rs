//! `keywardd.toml`: where the directory is kept and served, whose tokens it takes, and which providers ask it.
//! `docs/server.md` has every key.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use keyward_model::{Error, ErrorCode, Result, TenantId};
use serde::Deserialize;

use crate::{hooks::WrittenHook, serve::WrittenIssuer};

/// Bytes of a file at most.
const MOST: u64 = 256 * 1024;

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) db: Option<String>,
    pub(crate) db_file: Option<PathBuf>,
    pub(crate) origin: Option<String>,
    pub(crate) requests_per_second: Option<u32>,
    pub(crate) hosts: Option<String>,
    pub(crate) operators: Option<TenantId>,
    #[serde(default)]
    pub(crate) issuer: Vec<WrittenIssuer>,
    #[serde(default)]
    pub(crate) hook: Vec<WrittenHook>,
}

/// Reads it. Blocks.
///
/// # Errors
/// [`ErrorCode::ConfigInvalid`] names the file, and the line that is not right.
pub(crate) fn read(path: &Path) -> Result<Written> {
    let text = text(path)?;
    toml::from_str(&text).map_err(|e| wrong(path, &place(&text, &e)))
}

/// A small file's text.
pub(crate) fn text(path: &Path) -> Result<String> {
    let unread = |e: std::io::Error| wrong(path, &format!("it cannot be read: {e}."));
    if fs::metadata(path).map_err(unread)?.len() > MOST {
        return Err(wrong(path, &format!("it is larger than {MOST} bytes.")));
    }
    fs::read_to_string(path).map_err(unread)
}

/// The error for a file that is not right.
pub(crate) fn wrong(path: &Path, why: &str) -> Error {
    Error::new(ErrorCode::ConfigInvalid, format!("{}: {why}", path.display()))
}

/// A mistake with its line.
fn place(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    format!("{line}{}", error.message())
}
