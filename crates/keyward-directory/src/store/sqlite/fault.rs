//! SQLite's errors, sorted by what a person can do about them.

use rusqlite::ErrorCode;

use crate::store::fault::{Cause, Fault};

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let cause = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Cause::Damaged,
            Some(ErrorCode::DiskFull) => Cause::Full,
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure,
            ) => Cause::Closed,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Cause::Busy,
            Some(ErrorCode::ConstraintViolation) => Cause::Key,
            _ => Cause::Other,
        };
        Self::Engine(cause, error.to_string())
    }
}
