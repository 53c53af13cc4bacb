//! Answers: JSON with the caller's version, or `{code, message}` with the fitting status.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE},
};
use keyward_model::{Error, ErrorCode, Result};
use keyward_verify::Refused;
use serde::Serialize;

use super::Desk;
use crate::{Caller, Directory};

/// The caller's own version in the tenant: above that of their token, the token is stale. In a request, the version that
/// the token must have at least.
pub(super) const ROLE_VERSION: HeaderName = HeaderName::from_static("keyward-role-version");

/// An error on its way out.
pub(super) struct Failure {
    status: StatusCode,
    error: Error,
    header: Option<(HeaderName, String)>,
}

impl Failure {
    /// With what would have opened (RFC 9110 §11.6.1).
    pub(super) fn challenged(error: Error, challenge: &str) -> Self {
        Self { header: Some((WWW_AUTHENTICATE, challenge.to_owned())), ..error.into() }
    }

    /// With the seconds to wait.
    pub(super) fn retried(error: Error, seconds: u64) -> Self {
        Self { header: Some((RETRY_AFTER, seconds.to_string())), ..error.into() }
    }

    /// For what HTTP alone knows.
    pub(super) fn with_status(status: StatusCode, error: Error) -> Self {
        Self { status, error, header: None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::with_status(status(error.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), error)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        tracing::info!(reason = %refused, "token refused");
        let status = refused.status();
        let header = (status == StatusCode::UNAUTHORIZED).then(|| (WWW_AUTHENTICATE, refused.challenge()));
        Self { status, header, error: refused.into() }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.error)).into_response();
        if let Some((name, text)) = self.header
            && let Ok(value) = HeaderValue::from_str(&text)
        {
            response.headers_mut().insert(name, value);
        }
        fresh(response)
    }
}

impl Desk {
    /// Works on a thread that may block, and answers.
    pub(super) async fn answer<T: Serialize + Send + 'static>(
        self,
        work: impl FnOnce(&Directory) -> Result<T> + Send + 'static,
    ) -> Response {
        self.answer_as(work, |answer| match answer {
            Ok(value) => Json(value).into_response(),
            Err(error) => Failure::from(error).into_response(),
        })
        .await
    }

    /// The same, in words of one's own.
    pub(super) async fn answer_as<T: Send + 'static>(
        self,
        work: impl FnOnce(&Directory) -> Result<T> + Send + 'static,
        say: impl FnOnce(Result<T>) -> Response,
    ) -> Response {
        let done = tokio::task::spawn_blocking(move || work(&self.directory)).await;
        fresh(say(done.unwrap_or_else(|panic| Err(broken(&panic)))))
    }

    /// The same for a caller in a tenant, whose version goes with the answer, whatever it is.
    pub(super) async fn answer_in_tenant<T: Serialize + Send + 'static>(
        self,
        caller: Caller,
        work: impl FnOnce(&Directory, &Caller) -> Result<T> + Send + 'static,
    ) -> Response {
        self.answer_in_tenant_as(caller, work, |answer| match answer {
            Ok(value) => Json(value).into_response(),
            Err(error) => Failure::from(error).into_response(),
        })
        .await
    }

    /// The same, in words of one's own.
    pub(super) async fn answer_in_tenant_as<T: Send + 'static>(
        self,
        caller: Caller,
        work: impl FnOnce(&Directory, &Caller) -> Result<T> + Send + 'static,
        say: impl FnOnce(Result<T>) -> Response,
    ) -> Response {
        let worked = tokio::task::spawn_blocking(move || {
            let answer = work(&self.directory, &caller);
            // Read after the work: an edit to oneself shows at once. A version above what the answer
            // was read at costs one needless renewal, one below would hide a stale token.
            (answer, self.directory.role_version(&caller).unwrap_or_default())
        });
        let (answer, version) = worked.await.unwrap_or_else(|panic| (Err(broken(&panic)), None));
        let mut response = fresh(say(answer));
        if let Some(version) = version {
            response.headers_mut().insert(ROLE_VERSION, version.into());
        }
        response
    }
}

/// For an answer of ours that cannot be written as JSON.
pub(super) fn unwritten() -> Failure {
    Error::new(ErrorCode::Internal, "The role directory has no words for its answer. Its log says more.")
        .into()
}

/// Nothing here may be kept by a cache on the way: it is one person's view of one moment.
pub(super) fn fresh(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn broken(panic: &tokio::task::JoinError) -> Error {
    tracing::error!(%panic, "a request broke");
    Error::new(ErrorCode::Internal, "The role directory failed. Its log says more.")
}

/// The fitting status; none for what is not the directory's to say.
pub(super) fn status(code: ErrorCode) -> Option<StatusCode> {
    Some(match code {
        ErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden | ErrorCode::TenantForbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotFound | ErrorCode::TenantUnknown => StatusCode::NOT_FOUND,
        ErrorCode::PlanStale | ErrorCode::LastAdmin => StatusCode::CONFLICT,
        ErrorCode::PlanExpired => StatusCode::GONE,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::StorageUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::StorageCorrupt | ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::ConfigInvalid
        | ErrorCode::PortInUse
        | ErrorCode::ProviderUnreachable
        | ErrorCode::DiscoveryInvalid
        | ErrorCode::ProviderRefused
        | ErrorCode::ClockSkew
        | ErrorCode::IdTokenInvalid
        | ErrorCode::SignInCancelled
        | ErrorCode::SignInTimedOut
        | ErrorCode::SignInDenied
        | ErrorCode::BrowserFailed
        | ErrorCode::InteractionRequired
        | ErrorCode::SessionEnded
        | ErrorCode::SignedOut
        | ErrorCode::WrongTenantToken
        | ErrorCode::TenantMoved
        | ErrorCode::KeychainLocked
        | ErrorCode::KeychainUnavailable
        | ErrorCode::DirectoryUnreachable => return None,
    })
}
