//! Where a directory is kept.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use keyward_model::{Error, ErrorCode};

use super::Address;

/// Where a directory is kept. Its text names the place to a person, without a password.
#[derive(Debug, Clone)]
pub enum Database {
    /// A SQLite file, made if it is not there.
    File(PathBuf),
    /// A database of a PostgreSQL server, of version 15 or later.
    Postgres(Address),
}

impl Database {
    /// A SQLite file.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::File(path.as_ref().to_owned())
    }
}

impl FromStr for Database {
    type Err = Error;

    /// `postgres://USER:PASSWORD@HOST/DATABASE`, `sqlite:PATH`, or a path alone.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Address::read(text).map(Self::Postgres);
        }
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::file(path));
        }
        if text.is_empty() || text.contains("://") {
            let words = "A directory is kept in a file (PATH, or sqlite:PATH) or in PostgreSQL \
                         (postgres://USER:PASSWORD@HOST/DATABASE).";
            return Err(Error::new(ErrorCode::ConfigInvalid, words));
        }
        Ok(Self::file(text))
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}
