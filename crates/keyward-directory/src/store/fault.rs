//! Why a transaction did not happen, and what a person is told of it.

use keyward_model::{Error, ErrorCode};

use super::Database;

/// What came back from inside a transaction.
pub(crate) type Tried<T> = Result<T, Fault>;

/// Why a transaction was given up. The engine's own errors become words where the database is known.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The directory refuses, in words for the caller.
    Refused(Error),
    /// The engine failed; what it said of it.
    Engine(Cause, String),
    /// A row says something that no code of ours could have written.
    Damaged(String),
}

/// What an engine may run into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No room is left.
    Full,
    /// It cannot be read, or not be written.
    Closed,
    /// Others held for too long what was wanted.
    Busy,
    /// The engine finds its own data damaged.
    Damaged,
    /// A key or a check of the schema was broken.
    Key,
    /// The server cannot be reached.
    Away,
    /// The server does not let us in.
    Denied,
    /// Others were in the way; nothing was done, and it may be tried again at once.
    Contended,
    /// The connection broke; nothing was done, and it may be tried again on another.
    Lost,
    /// The connection broke as a change was being kept, and the server could not be asked what came of it.
    Unsure,
    /// Anything else.
    Other,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl Fault {
    /// A key or check that was broken, in words for whoever asked; any other fault as it is.
    pub(crate) fn or_contradiction(self, words: &str) -> Self {
        match self {
            Self::Engine(Cause::Key, said) => {
                Error::new(ErrorCode::InvalidRequest, format!("{words} ({said}).")).into()
            }
            other => other,
        }
    }

    /// What to tell several of, who share the fault.
    pub(super) fn into_cause(self) -> (Cause, String) {
        match self {
            Self::Engine(cause, said) => (cause, said),
            Self::Damaged(what) => (Cause::Damaged, what),
            Self::Refused(error) => (Cause::Other, error.message),
        }
    }

    /// The error for the caller; what is ours alone to know goes to the log.
    pub(super) fn told(self, database: &Database) -> Error {
        let (cause, said) = match self {
            Self::Refused(error) => return error,
            Self::Damaged(what) => (Cause::Damaged, what),
            Self::Engine(cause, said) => (cause, said),
        };
        let (code, words) = match cause {
            Cause::Damaged => return damaged(database, &said),
            Cause::Full => (
                ErrorCode::StorageFull,
                format!(
                    "The disk is full: {database} could not grow. Nothing was changed. Make room and try again."
                ),
            ),
            Cause::Closed => (
                ErrorCode::StorageFull,
                format!("{database} cannot be read or written ({said}). Nothing was changed."),
            ),
            Cause::Busy => (
                ErrorCode::StorageUnavailable,
                format!("{database} is held by another program ({said}). Nothing was changed; try again."),
            ),
            Cause::Away => (
                ErrorCode::StorageUnavailable,
                format!(
                    "{database} cannot be reached ({said}). Nothing was changed; try again when it is there."
                ),
            ),
            Cause::Denied => (
                ErrorCode::ConfigInvalid,
                format!(
                    "{database} does not let us in ({said}). Nothing was changed. Put the user, the password or the \
                     database's name right."
                ),
            ),
            Cause::Contended => (
                ErrorCode::StorageUnavailable,
                format!("{database} is in much demand ({said}). Nothing was changed; try again."),
            ),
            Cause::Lost => (
                ErrorCode::StorageUnavailable,
                format!("The connection to {database} broke ({said}). Nothing was changed; try again."),
            ),
            Cause::Unsure => (
                ErrorCode::StorageUnavailable,
                format!(
                    "The connection to {database} broke as a change was being kept. Whether it was kept cannot be \
                     said: look before you try again."
                ),
            ),
            Cause::Key | Cause::Other => {
                tracing::error!(%database, error = said, "the store failed");
                (ErrorCode::Internal, "The role directory's store failed. Its log says more.".to_owned())
            }
        };
        Error::new(code, words)
    }
}

/// The error for a database that is not what it should be.
pub(super) fn damaged(database: &Database, what: &str) -> Error {
    let way_out = match database {
        Database::File(_) => {
            "put a copy back in its place, or move it, and the -wal file beside it, away to begin anew"
        }
        Database::Postgres(_) => "name another database, or an empty one to begin anew",
    };
    let words =
        format!("{database} is damaged, or not a role directory ({what}). It was left as it is: {way_out}.");
    Error::new(ErrorCode::StorageCorrupt, words)
}
