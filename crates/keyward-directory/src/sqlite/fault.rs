//! Why a transaction did not happen, and what a person is told of it.

use std::path::Path;

use keyward_model::{Error, ErrorCode};
use rusqlite::ErrorCode as Engine;

/// What came back from inside a transaction.
pub(crate) type Tried<T> = Result<T, Fault>;

/// Why a transaction was given up. The engine's own errors become words where the file is known.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The directory refuses, in words for the caller.
    Refused(Error),
    /// The engine failed.
    Engine(rusqlite::Error),
    /// A row says something that no code of ours could have written.
    Damaged(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

impl Fault {
    /// The error for the caller; what is ours alone to know goes to the log.
    pub(crate) fn told(self, path: &Path) -> Error {
        let error = match self {
            Self::Refused(error) => return error,
            Self::Damaged(what) => return corrupt(path, &what),
            Self::Engine(error) => error,
        };
        let file = path.display();
        match error.sqlite_error_code() {
            Some(Engine::DatabaseCorrupt | Engine::NotADatabase) => corrupt(path, &error.to_string()),
            Some(Engine::DiskFull) => Error::new(
                ErrorCode::StorageFull,
                format!(
                    "The disk is full: {file} could not grow. Nothing was changed. Make room and try again."
                ),
            ),
            Some(
                Engine::CannotOpen | Engine::ReadOnly | Engine::PermissionDenied | Engine::SystemIoFailure,
            ) => {
                let words = format!("{file} cannot be read or written ({error}). Nothing was changed.");
                Error::new(ErrorCode::StorageFull, words)
            }
            Some(Engine::DatabaseBusy | Engine::DatabaseLocked) => Error::new(
                ErrorCode::Internal,
                format!("{file} is held by another program. Nothing was changed; try again."),
            ),
            _ => {
                tracing::error!(file = %file, %error, "the store failed");
                Error::new(ErrorCode::Internal, "The role directory's store failed. Its log says more.")
            }
        }
    }
}

/// The error for a file that is not what it should be.
pub(super) fn corrupt(path: &Path, what: &str) -> Error {
    Error::new(
        ErrorCode::StorageCorrupt,
        format!(
            "{} is damaged, or not a role directory ({what}). It was left as it is: put a copy back in its place, \
             or move it, and the -wal file beside it, away to begin anew.",
            path.display()
        ),
    )
}
