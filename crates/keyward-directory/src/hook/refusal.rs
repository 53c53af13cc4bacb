//! Why a provider is told not to issue.

use http::StatusCode;
use keyward_model::{Error, ErrorCode, HookRefusal, TenantId};

/// Why there are no claims. Whatever it is, no token for the tenant may be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The question is not of the caller's shape; the words name the field.
    Misread(String),
    /// It names no tenant, or one that cannot be.
    NoTenant(String),
    /// The directory says no, or cannot say.
    Hook(HookRefusal),
    /// What the person holds there has ended.
    Ended(TenantId),
    /// It ends sooner than a token of this provider can.
    TooShort {
        /// In how many seconds.
        seconds: i64,
        /// How long a token lasts at least.
        least: i64,
    },
    /// The caller's budget does not even hold the claims that say that something is left out.
    NoRoom {
        /// What it allows.
        budget: usize,
        /// What the least would take.
        least: usize,
    },
}

impl From<HookRefusal> for Refusal {
    fn from(refusal: HookRefusal) -> Self {
        Self::Hook(refusal)
    }
}

impl Refusal {
    /// The fitting status, where a provider goes by that.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Misread(_) => StatusCode::BAD_REQUEST,
            Self::NoTenant(_)
            | Self::Ended(_)
            | Self::TooShort { .. }
            | Self::Hook(HookRefusal::UnknownTenant(_) | HookRefusal::NotAMember(_)) => StatusCode::FORBIDDEN,
            Self::Hook(HookRefusal::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoRoom { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What the provider is told, which may show it to the person: nothing of how the directory is built, and
    /// the same words for a tenant that is not there and for one that is not theirs.
    pub(super) fn told(&self) -> Error {
        let (code, words) = match self {
            Self::Misread(words) => (ErrorCode::InvalidRequest, words.clone()),
            Self::NoTenant(words) => (ErrorCode::TenantUnknown, words.clone()),
            Self::Hook(HookRefusal::UnknownTenant(tenant)) => (ErrorCode::TenantUnknown, no_place(tenant)),
            Self::Hook(HookRefusal::NotAMember(tenant)) => (ErrorCode::TenantForbidden, no_place(tenant)),
            Self::Ended(tenant) => {
                (ErrorCode::TenantForbidden, format!("What this person holds in {tenant} has ended."))
            }
            Self::TooShort { seconds, least } => (
                ErrorCode::TenantForbidden,
                format!("What this person holds ends in {seconds} s, sooner than a token of {least} s."),
            ),
            Self::Hook(HookRefusal::Unavailable(_)) => (
                ErrorCode::StorageUnavailable,
                "The role directory cannot answer now. Try again in a moment.".to_owned(),
            ),
            Self::NoRoom { .. } => (
                ErrorCode::Internal,
                "The role directory's answer does not fit. Its log says more.".to_owned(),
            ),
        };
        Error::new(code, words)
    }
}

fn no_place(tenant: &TenantId) -> String {
    format!("This person is not in {tenant}.")
}
