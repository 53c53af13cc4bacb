//! Errors as OAuth names them (RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1, RFC 8707 §2, OpenID
//! Connect Core §3.1.2.6).

use axum::{
    Json,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use keyward_model::{Error, ErrorCode, Secret};
use serde_json::json;

use crate::quirks::{ErrorBody, ErrorQuirks};

/// The error's name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorName {
    AccessDenied,
    ConsentRequired,
    InteractionRequired,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    LoginRequired,
    MfaRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    ServerError,
    SsoRequired,
    TemporarilyUnavailable,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UnsupportedTokenType,
}

impl ErrorName {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::MfaRequired => "mfa_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::ServerError => "server_error",
            Self::SsoRequired => "sso_required",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            // As Auth0 and WorkOS answer.
            Self::MfaRequired | Self::SsoRequired => StatusCode::FORBIDDEN,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::AccessDenied
            | Self::ConsentRequired
            | Self::InteractionRequired
            | Self::InvalidGrant
            | Self::InvalidRequest
            | Self::InvalidScope
            | Self::InvalidTarget
            | Self::LoginRequired
            | Self::RequestNotSupported
            | Self::RequestUriNotSupported
            | Self::UnsupportedGrantType
            | Self::UnsupportedResponseType
            | Self::UnsupportedTokenType => StatusCode::BAD_REQUEST,
        }
    }
}

/// An error on its way to the client: a name to act on, words for its developer.
#[derive(Debug)]
pub(crate) struct OauthError {
    pub name: ErrorName,
    /// Printable ASCII without `"` and `\` (RFC 6749 §5.2); never anything that was sent here unchecked.
    pub description: String,
    /// What else the answer says.
    more: Vec<(&'static str, Secret)>,
}

impl OauthError {
    pub fn new(name: ErrorName, description: impl Into<String>) -> Self {
        Self { name, description: description.into(), more: Vec::new() }
    }

    /// The error, and a further parameter of its answer.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.more.push((name, Secret::new(value)));
        self
    }

    /// The answer as a provider with these quirks writes it.
    pub fn quirky(self, quirks: &ErrorQuirks) -> Response {
        let name = quirks.name.unwrap_or(self.name.as_str());
        let mut body = json!({ "error": name, "error_description": self.description });
        for (name, value) in &self.more {
            body[*name] = value.expose().into();
        }
        let status = quirks.status.and_then(|status| StatusCode::from_u16(status).ok());
        let status = status.unwrap_or(self.name.status());
        let mut response = match quirks.body {
            ErrorBody::Json => (status, Json(body)).into_response(),
            ErrorBody::PlainText => (status, body.to_string()).into_response(),
            ErrorBody::Html => (status, Html(format!("<h1>{name}</h1>"))).into_response(),
            ErrorBody::Empty => status.into_response(),
        };
        if self.name == ErrorName::InvalidClient {
            let basic = HeaderValue::from_static("Basic realm=\"token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
        }
        response
    }
}

impl From<Error> for OauthError {
    /// A fault of the provider itself. The log has the particulars, the client gets none.
    fn from(error: Error) -> Self {
        tracing::error!(code = ?error.code, "{error}");
        match error.code {
            ErrorCode::StorageFull => Self::new(
                ErrorName::TemporarilyUnavailable,
                "The provider's disk is full. Nothing was changed.",
            ),
            _ => Self::new(ErrorName::ServerError, "The provider has failed. Its log says more."),
        }
    }
}

impl IntoResponse for OauthError {
    /// As the token and revocation endpoints answer (RFC 6749 §5.2).
    fn into_response(self) -> Response {
        self.quirky(&ErrorQuirks::default())
    }
}
