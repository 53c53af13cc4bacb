//! Why a token is refused. One variant for each check, for the log and for tests; the caller learns
//! no more than RFC 6750 §3.1 says.

use http::StatusCode;
use keyward_model::{Error, ErrorCode, ProofFailure, TenantId};
use thiserror::Error as ThisError;

/// A failed check. Its text names the reason and never holds the token.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum Refused {
    /// The request has no `Authorization: Bearer …` (RFC 6750 §2.1).
    #[error("no bearer token")]
    Missing,
    /// Longer than any token here may be.
    #[error("a token of {0} bytes is too large")]
    TooLarge(usize),
    /// Not three base64url parts of JSON (RFC 7515 §7.1).
    #[error("malformed token: {0}")]
    Malformed(&'static str),
    /// A header that asks for something that is never done here: `crit`, embedded or linked keys.
    #[error("header parameter {0:?} is not accepted")]
    HeaderParameter(String),
    /// Another `typ` than this place accepts (RFC 8725 §3.11).
    #[error("token type {0:?} is not accepted here")]
    Type(String),
    /// An algorithm that is not configured for the issuer (RFC 8725 §3.1).
    #[error("algorithm {0:?} is not accepted")]
    Algorithm(String),
    /// No key of the issuer fits `kid` and algorithm.
    #[error("no key of the issuer fits")]
    UnknownKey,
    /// The issuer's keys cannot be had now.
    #[error("the issuer's keys cannot be fetched: {0}")]
    KeysUnavailable(String),
    /// The signature is not of this key.
    #[error("bad signature")]
    Signature,
    /// A claim is missing, doubled or of the wrong type.
    #[error("bad claims: {0}")]
    Claims(String),
    /// Made by somebody else.
    #[error("issuer {0} is not the one expected")]
    Issuer(String),
    /// For another API.
    #[error("audience {0:?} is not this service")]
    Audience(String),
    /// Over, by this many seconds.
    #[error("expired {0} s ago")]
    Expired(i64),
    /// What it says of roles has ended, by this many seconds; the token itself goes on.
    #[error("its roles ended {0} s ago")]
    Ended(i64),
    /// Not begun, or made in the future, by this many seconds.
    #[error("not valid for another {0} s")]
    NotYet(i64),
    /// Made for another client.
    #[error("client {0:?} is not accepted")]
    Client(String),
    /// Not this tenant's.
    #[error("not tenant {tenant}'s: {failure}")]
    Tenant {
        /// The tenant asked for.
        tenant: TenantId,
        /// The claim that does not fit.
        failure: ProofFailure,
    },
    /// Made before a change to the person's roles that is already known of.
    #[error("of role version {}, and {wanted} is known", .has.map_or_else(|| "none".to_owned(), |has| has.to_string()))]
    Older {
        /// The version that it says.
        has: Option<u64>,
        /// The version that it must have at least.
        wanted: u64,
    },
}

impl Refused {
    /// The HTTP status: 503 where the fault is ours, else 401.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::KeysUnavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// The value of `WWW-Authenticate` (RFC 6750 §3): no error code where no token was sent.
    pub fn challenge(&self) -> String {
        match self {
            Self::Missing => "Bearer".to_owned(),
            _ => format!("Bearer error=\"invalid_token\", error_description=\"{}\"", self.said_to_caller()),
        }
    }

    fn said_to_caller(&self) -> &'static str {
        match self {
            Self::Missing => "a token is needed",
            Self::Expired(_) => "the token has expired",
            Self::Ended(_) => "the roles in the token have ended: renew it",
            Self::Older { .. } => "the token is older than the roles of its person: renew it",
            Self::NotYet(_) => "the token is not valid yet",
            Self::Tenant { .. } => "the token is not for this tenant",
            Self::Audience(_) => "the token is not for this service",
            Self::KeysUnavailable(_) => "the token cannot be checked now",
            _ => "the token is not acceptable",
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        let said = refused.said_to_caller();
        Error::new(ErrorCode::Unauthenticated, format!("{}{}.", said[..1].to_uppercase(), &said[1..]))
    }
}
