//! The role directory over HTTP, with a token that has been proven for the tenant that is asked about.

use std::sync::Arc;

use http::{HeaderMap, Method, Request, Response, StatusCode, header, request};
use keyward_model::{
    Applied, AuditPage, Error, ErrorCode, Me, PeoplePage, PeopleQuery, PersonDetail, PersonId, Plan, PlanId,
    PlanRequest, Role, TenantId,
};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::{
    AccessToken,
    ports::{Http, NoAnswer, Pieces},
    provider::StepUp,
};

/// The caller's own role version, on every answer about a tenant.
const ROLE_VERSION: &str = "keyward-role-version";
const LAST_EVENT_ID: &str = "last-event-id";

/// An answer, and how fresh the caller's token would have to be.
#[derive(Debug)]
pub struct Answer<T> {
    /// The answer.
    pub body: T,
    /// The caller's role version as the directory has it now.
    pub role_version: Option<u64>,
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum Asked {
    /// Refused, or not reached.
    Refused(Error),
    /// It wants more of the person than their token says.
    Challenged(Error, StepUp),
}

impl From<Error> for Asked {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Asked> for Error {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Refused(error) | Asked::Challenged(error, _) => error,
        }
    }
}

type Result<T> = std::result::Result<T, Asked>;

/// The directory of one connection.
#[derive(Clone)]
pub struct DirectoryClient {
    origin: Url,
    http: Arc<dyn Http>,
}

impl DirectoryClient {
    /// The directory at `origin`.
    pub fn new(origin: Url, http: Arc<dyn Http>) -> Self {
        Self { origin, http }
    }

    /// Who the token's person is, and where they may go.
    ///
    /// # Errors
    /// The directory's own, or [`ErrorCode::DirectoryUnreachable`].
    pub async fn me(&self, token: &AccessToken) -> keyward_model::Result<Me> {
        Ok(self.get(token, &["me"], &()).await?.body)
    }

    /// A page of the tenant's people.
    ///
    /// # Errors
    /// As [`me`](Self::me).
    pub async fn people(
        &self,
        token: &AccessToken,
        tenant: &TenantId,
        query: &PeopleQuery,
    ) -> Result<Answer<PeoplePage>> {
        self.get(token, &["tenants", tenant.as_str(), "people"], query).await
    }

    /// One person in the tenant.
    ///
    /// # Errors
    /// As [`me`](Self::me).
    pub async fn person(
        &self,
        token: &AccessToken,
        tenant: &TenantId,
        person: &PersonId,
    ) -> Result<Answer<PersonDetail>> {
        self.get(token, &["tenants", tenant.as_str(), "people", person.as_str()], &()).await
    }

    /// The tenant's roles.
    ///
    /// # Errors
    /// As [`me`](Self::me).
    pub async fn roles(&self, token: &AccessToken, tenant: &TenantId) -> Result<Answer<Vec<Role>>> {
        self.get(token, &["tenants", tenant.as_str(), "roles"], &()).await
    }

    /// What the changes would do.
    ///
    /// # Errors
    /// As [`me`](Self::me); [`ErrorCode::PlanStale`] where somebody was quicker.
    pub async fn plan(
        &self,
        token: &AccessToken,
        tenant: &TenantId,
        request: &PlanRequest,
    ) -> Result<Answer<Plan>> {
        let body = serde_json::to_vec(request).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
        self.send(Method::POST, token, &["tenants", tenant.as_str(), "plans"], &(), body).await
    }

    /// Applies a plan.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub async fn apply(
        &self,
        token: &AccessToken,
        tenant: &TenantId,
        plan: &PlanId,
    ) -> Result<Answer<Applied>> {
        let path = ["tenants", tenant.as_str(), "plans", plan.as_str(), "apply"];
        self.send(Method::POST, token, &path, &(), Vec::new()).await
    }

    /// A page of the tenant's audit.
    ///
    /// # Errors
    /// As [`me`](Self::me).
    pub async fn audit(
        &self,
        token: &AccessToken,
        tenant: &TenantId,
        cursor: Option<&str>,
    ) -> Result<Answer<AuditPage>> {
        self.get(token, &["tenants", tenant.as_str(), "audit"], &[("cursor", cursor)]).await
    }

    /// What happens in the tenant from now on, or after the event of this id, as a stream of server-sent events;
    /// or whatever the directory answers instead.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn events(
        &self,
        token: &AccessToken,
        tenant: &TenantId,
        after: &str,
    ) -> std::result::Result<Response<Pieces>, NoAnswer> {
        let path = ["tenants", tenant.as_str(), "events"];
        let no_answer = |error: Error| NoAnswer(error.message);
        let mut request = self.request(Method::GET, token, &path, &()).map_err(no_answer)?;
        if !after.is_empty() {
            request = request.header(LAST_EVENT_ID, after);
        }
        let request = request.header(header::ACCEPT, "text/event-stream").body(Vec::new());
        self.http.open(request.map_err(|e| no_answer(unmade(e)))?).await
    }

    async fn get<T: DeserializeOwned>(
        &self,
        token: &AccessToken,
        path: &[&str],
        query: &impl Serialize,
    ) -> Result<Answer<T>> {
        self.send(Method::GET, token, path, query, Vec::new()).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        token: &AccessToken,
        path: &[&str],
        query: &impl Serialize,
        body: Vec<u8>,
    ) -> Result<Answer<T>> {
        let mut request =
            self.request(method, token, path, query)?.header(header::ACCEPT, "application/json");
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(body).map_err(unmade)?;
        let answer = self.http.send(request).await.map_err(|e| self.unreachable(&e.to_string()))?;
        let role_version = role_version(answer.headers());
        if answer.status().is_success() {
            let body = serde_json::from_slice(answer.body())
                .map_err(|e| self.unreachable(&format!("it answered with something else: {e}")))?;
            return Ok(Answer { body, role_version });
        }
        if answer.status() == StatusCode::UNAUTHORIZED
            && let Some(step_up) = StepUp::of_resource(answer.headers())
        {
            return Err(Asked::Challenged(self.wants_the_person(), step_up));
        }
        Err(self.refusal(answer.status(), answer.body()).into())
    }

    fn request(
        &self,
        method: Method,
        token: &AccessToken,
        path: &[&str],
        query: &impl Serialize,
    ) -> keyward_model::Result<request::Builder> {
        let mut url = self.origin.clone();
        url.path_segments_mut()
            .map_err(|()| unmade(format!("{} cannot hold a path", self.origin)))?
            .pop_if_empty()
            .push("v1")
            .extend(path);
        let query = serde_urlencoded::to_string(query).map_err(unmade)?;
        url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
        Ok(Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(header::AUTHORIZATION, format!("Bearer {}", token.expose())))
    }

    fn refusal(&self, status: StatusCode, body: &[u8]) -> Error {
        match serde_json::from_slice::<Error>(body) {
            Ok(error) if may_say(error.code) => error,
            Ok(error) => self.unreachable(&format!("it answered with {:?}", error.code)),
            Err(_) => self.unreachable(&format!("it answered with {status}")),
        }
    }

    fn wants_the_person(&self) -> Error {
        let host = self.origin.host_str().unwrap_or("?");
        Error::new(
            ErrorCode::InteractionRequired,
            format!("The role directory at {host} wants a stronger or newer sign-in before it does this."),
        )
    }

    fn unreachable(&self, why: &str) -> Error {
        let host = self.origin.host_str().unwrap_or("?");
        Error::new(
            ErrorCode::DirectoryUnreachable,
            format!(
                "The role directory at {host} does not answer as it should ({why}). Nothing was changed; try again."
            ),
        )
    }
}

/// The caller's role version as an answer has it.
pub fn role_version(headers: &HeaderMap) -> Option<u64> {
    headers.get(ROLE_VERSION)?.to_str().ok()?.parse().ok()
}

/// A request that cannot be made.
fn unmade(why: impl ToString) -> Error {
    Error::new(ErrorCode::Internal, why.to_string())
}

/// Errors that a directory can mean. What is this computer's or the provider's to say, it cannot.
fn may_say(code: ErrorCode) -> bool {
    use ErrorCode::{
        Forbidden, Internal, InvalidRequest, LastAdmin, NotFound, PlanExpired, PlanStale, StorageCorrupt,
        StorageFull, StorageUnavailable, TenantForbidden, TenantUnknown, TooLarge, Unauthenticated,
    };
    matches!(
        code,
        Forbidden
            | Internal
            | InvalidRequest
            | LastAdmin
            | NotFound
            | PlanExpired
            | PlanStale
            | StorageCorrupt
            | StorageFull
            | StorageUnavailable
            | TenantForbidden
            | TenantUnknown
            | TooLarge
            | Unauthenticated
    )
}
