//! PostgreSQL's errors, sorted by what a person can do about them.

use std::{error::Error, io};

use postgres::error::SqlState;

use crate::store::fault::{Cause, Fault};

impl From<postgres::Error> for Fault {
    fn from(error: postgres::Error) -> Self {
        Self::Engine(cause(&error), said(&error))
    }
}

/// The fault of a connection that was not made.
pub(super) fn at_the_door(error: &postgres::Error) -> Fault {
    let refused = |source: &(dyn Error + 'static)| !source.is::<io::Error>();
    let cause = match cause(error) {
        // Neither the server's word nor the network's: the password is missing, or is for another way in.
        Cause::Other if error.code().is_none() && error.source().is_some_and(refused) => Cause::Denied,
        Cause::Other | Cause::Lost => Cause::Away,
        cause => cause,
    };
    Fault::Engine(cause, said(error))
}

fn cause(error: &postgres::Error) -> Cause {
    let Some(state) = error.code() else {
        let network = error.source().is_some_and(|source| source.is::<io::Error>());
        return if network || error.is_closed() { Cause::Lost } else { Cause::Other };
    };
    match *state {
        SqlState::DISK_FULL => Cause::Full,
        SqlState::READ_ONLY_SQL_TRANSACTION | SqlState::INSUFFICIENT_PRIVILEGE | SqlState::IO_ERROR => {
            Cause::Closed
        }
        SqlState::INVALID_PASSWORD
        | SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        | SqlState::INVALID_CATALOG_NAME => Cause::Denied,
        SqlState::LOCK_NOT_AVAILABLE | SqlState::QUERY_CANCELED => Cause::Busy,
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Cause::Contended,
        SqlState::CANNOT_CONNECT_NOW | SqlState::TOO_MANY_CONNECTIONS => Cause::Away,
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => Cause::Lost,
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => Cause::Damaged,
        // 08: connections. 23: keys and checks.
        _ if state.code().starts_with("08") => Cause::Lost,
        _ if state.code().starts_with("23") => Cause::Key,
        _ => Cause::Other,
    }
}

/// What the server said, or what happened to the connection.
fn said(error: &postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => said.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
