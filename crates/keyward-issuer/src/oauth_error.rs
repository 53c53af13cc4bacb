//! Errors as OAuth names them (RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1, RFC 8707 §2, OpenID
//! Connect Core §3.1.2.6).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use keyward_model::{Error, ErrorCode};
use serde_json::json;

/// The error's name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorName {
    AccessDenied,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    LoginRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    ServerError,
    TemporarilyUnavailable,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UnsupportedTokenType,
}

impl ErrorName {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::AccessDenied
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OauthError {
    pub name: ErrorName,
    /// Printable ASCII without `"` and `\` (RFC 6749 §5.2); never anything that was sent here unchecked.
    pub description: String,
}

impl OauthError {
    pub fn new(name: ErrorName, description: impl Into<String>) -> Self {
        Self { name, description: description.into() }
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
        let body = json!({ "error": self.name.as_str(), "error_description": self.description });
        let mut response = (self.name.status(), Json(body)).into_response();
        if self.name == ErrorName::InvalidClient {
            let basic = HeaderValue::from_static("Basic realm=\"token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
        }
        response
    }
}
