//! Where a directory is kept.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use keyward_model::{Error, ErrorCode};

/// Where a directory is kept. Its text names the place to a person, without a password.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Database {
    /// A SQLite file, made if it is not there.
    File(PathBuf),
}

impl Database {
    /// A SQLite file.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::File(path.as_ref().to_owned())
    }
}

impl FromStr for Database {
    type Err = Error;

    /// `sqlite:PATH`, or a path alone.
    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::file(path));
        }
        if text.is_empty() || text.contains("://") {
            let words = "A directory is kept in a file (PATH, or sqlite:PATH).";
            return Err(Error::new(ErrorCode::ConfigInvalid, words));
        }
        Ok(Self::file(text))
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
        }
    }
}
