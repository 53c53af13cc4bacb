//! The shapes of providers' questions and answers: one small file each, JSON in, JSON out.

mod auth0;
mod entra;
mod generic;
mod hydra;
mod okta;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{ClaimNames, asked::Asked, refusal::Refusal};

/// How a provider asks and wants to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Our own: for a script of yours.
    Generic,
    /// Our Action for Auth0 (`integrations/auth0`).
    Auth0,
    /// Okta's token inline hook.
    Okta,
    /// Entra's custom claims provider, at `onTokenIssuanceStart`.
    Entra,
    /// Ory Hydra's token hook.
    Hydra,
}

/// What goes into a token, as a shape is handed it.
pub(crate) struct Grant<'a> {
    pub(super) names: &'a ClaimNames,
    pub(super) claims: &'a Map<String, Value>,
    /// Seconds after which the token must have ended, where it must.
    pub(super) lasts: Option<i64>,
    /// Seconds after which it had better be renewed, where it had.
    pub(super) renew_in: Option<i64>,
}

/// An answer as the provider gets it.
#[derive(Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Reply {
    fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body }
    }

    /// A refusal for a provider that goes by the status.
    fn refused(refusal: &Refusal) -> Self {
        Self { status: refusal.status(), body: json!(refusal.told()) }
    }
}

impl Shape {
    /// Reads a question.
    pub(crate) fn read(self, body: &Value) -> Result<Asked<'_>, Refusal> {
        match self {
            Self::Generic => generic::read(body),
            Self::Auth0 => auth0::read(body),
            Self::Okta => okta::read(body),
            Self::Entra => entra::read(body),
            Self::Hydra => hydra::read(body),
        }
    }

    /// Writes the answer to it. A shape that can cut a token's life refuses what it cannot cut so short.
    pub(crate) fn answer(self, body: &Value, grant: &Grant<'_>) -> Result<Reply, Refusal> {
        match self {
            Self::Generic | Self::Auth0 => Ok(generic::answer(grant)),
            Self::Okta => okta::answer(body, grant),
            Self::Entra => Ok(entra::answer(grant)),
            Self::Hydra => Ok(hydra::answer(body, grant)),
        }
    }

    /// Says "do not issue" so that the provider understands it.
    pub(crate) fn refuse(self, refusal: &Refusal) -> Reply {
        match self {
            Self::Generic | Self::Auth0 | Self::Entra | Self::Hydra => Reply::refused(refusal),
            Self::Okta => okta::refuse(refusal),
        }
    }

    /// Whether claims may be texts and arrays of texts alone.
    pub(crate) fn only_texts(self) -> bool {
        self == Self::Entra
    }

    /// Whether short names of claims may be dropped in silence.
    pub(crate) fn only_urls(self) -> bool {
        self == Self::Auth0
    }
}
