//! Errors as every layer hands them on: a code to act on and a message to read.

use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

/// `Result` with Keyward's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, in words for the person, and which kind it is, for the code that reacts.
///
/// Never holds a secret: messages are shown, logged and sent.
#[derive(Debug, Clone, PartialEq, Eq, ThisError, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "KeywardError"))]
#[error("{message}")]
pub struct Error {
    /// Which kind it is. Code acts on this alone.
    pub code: ErrorCode,
    /// A sentence or two: what happened, to what, and the way out.
    pub message: String,
}

impl Error {
    /// An error of this kind, in these words.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The kinds of error. One exists because something acts on it: another screen, another button,
/// another HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A configuration file cannot be read or says something it must not.
    ConfigInvalid,
    /// A TCP port that must be this one is taken by another program.
    PortInUse,
    /// The disk is full or the data folder cannot be written.
    StorageFull,
    /// A database file is damaged. It is left as it is.
    StorageCorrupt,
    /// The database does not answer, or is held by others. Trying again later may help.
    StorageUnavailable,

    /// No answer from the provider: network, TLS, time-out, 5xx. Trying again later may help.
    ProviderUnreachable,
    /// The provider's metadata is missing, malformed, or names somebody else.
    DiscoveryInvalid,
    /// The provider refused, with a standard error or without.
    ProviderRefused,
    /// This computer's clock is too far from the provider's.
    ClockSkew,
    /// The ID token failed a check (OpenID Connect Core §3.1.3.7).
    IdTokenInvalid,

    /// The person cancelled the sign-in.
    SignInCancelled,
    /// Nobody finished the sign-in in time.
    SignInTimedOut,
    /// The provider answered the sign-in with an error, such as `access_denied`.
    SignInDenied,
    /// The system browser could not be opened. The link still works by hand.
    BrowserFailed,
    /// The provider wants the person, in their browser: a second factor, consent, a new sign-in. What was
    /// asked for waits; nothing opens until they say so.
    InteractionRequired,
    /// The session is over: revoked, expired, or ended elsewhere. Signing in again helps.
    SessionEnded,
    /// Nobody is signed in in this window.
    SignedOut,

    /// There is no such tenant.
    TenantUnknown,
    /// There is, and this person is not in it.
    TenantForbidden,
    /// The provider answered with a token of another tenant. It was dropped.
    WrongTenantToken,
    /// The window has moved to another tenant since the request was made.
    TenantMoved,

    /// The keychain is there and locked.
    KeychainLocked,
    /// There is no keychain, or it does not answer.
    KeychainUnavailable,

    /// No answer from the role directory.
    DirectoryUnreachable,
    /// No token, or one that proves nothing here (RFC 6750 §3.1 `invalid_token`).
    Unauthenticated,
    /// A good token without the permission this needs (RFC 6750 §3.1 `insufficient_scope`).
    Forbidden,
    /// No such person, role, plan or page.
    NotFound,
    /// The request is malformed; the message names the field.
    InvalidRequest,
    /// The request is larger than it may be.
    TooLarge,
    /// The caller asks faster than anyone may. Trying again after the time named helps.
    TooManyRequests,
    /// Somebody changed the same people since the plan's versions were read.
    PlanStale,
    /// The plan was already applied, or is older than plans may be.
    PlanExpired,
    /// It would leave the tenant without anybody who can edit roles.
    LastAdmin,

    /// A fault in Keyward. The log says more.
    Internal,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_a_code_and_a_message_on_the_wire() {
        let json = serde_json::to_value(Error::new(ErrorCode::LastAdmin, "No.")).unwrap();
        assert_eq!(json, serde_json::json!({ "code": "last_admin", "message": "No." }));
    }
}
