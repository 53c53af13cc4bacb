//! The directory over HTTP: one table of routes, from which router, challenges and tests are made.

mod addressed;
mod answer;
mod asked;
mod events;
mod handlers;
mod hooks;
mod limit;
mod metrics;
mod openapi;
mod operators;
mod plans;
mod questions;
mod request_id;
mod tag;
mod trace;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    middleware::{from_fn, from_fn_with_state, map_response_with_state},
    response::Response,
    routing::{MethodRouter, get, patch, post},
};
use http::{HeaderValue, Method, StatusCode, header::WWW_AUTHENTICATE};
use keyward_model::{Error, ErrorCode, TenantId};
use keyward_verify::Verifier;
use tokio::sync::Semaphore;
use tower_http::trace::TraceLayer;

use crate::{Directory, Hooks, permission};
use answer::Failure;
use limit::Limits;
pub use limit::{Rate, Rates};
pub use metrics::Metrics;

/// Bytes of a request's body at most.
const MAX_BODY: usize = 256 * 1024;
/// The same where a plan of 100,000 changes is asked for.
const MAX_PLAN: usize = 16 * 1024 * 1024;

/// One route of the API.
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path, with `{tenant}` and other parts in braces.
    pub path: &'static str,
    /// What it asks of the caller.
    pub need: Need,
    serve: fn() -> MethodRouter<Desk>,
}

/// What a route asks of the caller, beyond a good token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing, not even a token.
    Nobody,
    /// To be known to the directory; the token may be any tenant's or the directory's own.
    Person,
    /// A token proven for the tenant in the path, and to be in it.
    Member,
    /// To be the provider in the path, proven as its configuration says. Tokens of people count for nothing.
    Caller,
    /// A token proven for the tenant in the path, and this permission there, in the token and in the directory.
    Permission(&'static str),
    /// The same in the operators' tenant, whatever tenant is in the path.
    Operator(&'static str),
}

const fn route(method: Method, path: &'static str, need: Need, serve: fn() -> MethodRouter<Desk>) -> Route {
    Route { method, path, need, serve }
}

/// Every route there is.
#[rustfmt::skip]
pub static ROUTES: [Route; 22] = [
    route(Method::GET, "/v1/openapi.json", Need::Nobody, || get(openapi::document)),
    route(Method::GET, "/v1/me", Need::Person, || get(handlers::me)),
    route(Method::GET, "/v1/me/holders", Need::Person, || get(questions::holders)),
    route(Method::GET, "/v1/tenants", Need::Operator(permission::TENANTS_READ), || get(operators::tenants)),
    route(Method::POST, "/v1/tenants", Need::Operator(permission::TENANTS_WRITE), || post(operators::found)),
    route(Method::PATCH, "/v1/tenants/{tenant}", Need::Operator(permission::TENANTS_WRITE), || patch(operators::edit)),
    route(Method::GET, "/v1/tenants/{tenant}", Need::Permission(permission::ROLES_READ), || get(handlers::tenant)),
    route(Method::GET, "/v1/tenants/{tenant}/me", Need::Member, || get(hooks::held)),
    route(Method::GET, "/v1/tenants/{tenant}/people", Need::Permission(permission::PEOPLE_READ), || get(handlers::people)),
    route(Method::GET, "/v1/tenants/{tenant}/people/{person}", Need::Permission(permission::PEOPLE_READ), || get(handlers::person)),
    route(Method::GET, "/v1/tenants/{tenant}/people/{person}/preview", Need::Permission(permission::PEOPLE_READ), || get(hooks::preview)),
    route(Method::GET, "/v1/tenants/{tenant}/people/{person}/held", Need::Permission(permission::AUDIT_READ), || get(questions::held)),
    route(Method::GET, "/v1/tenants/{tenant}/unused", Need::Permission(permission::PEOPLE_READ), || get(questions::unused)),
    route(Method::GET, "/v1/tenants/{tenant}/roles", Need::Permission(permission::ROLES_READ), || get(handlers::roles)),
    route(Method::POST, "/v1/tenants/{tenant}/plans", Need::Permission(permission::ROLES_WRITE), || post(plans::plan).layer(DefaultBodyLimit::max(MAX_PLAN))),
    route(Method::GET, "/v1/tenants/{tenant}/plans/{plan}/effects", Need::Permission(permission::ROLES_WRITE), || get(plans::effects)),
    route(Method::POST, "/v1/tenants/{tenant}/plans/{plan}/apply", Need::Permission(permission::ROLES_WRITE), || post(plans::apply)),
    route(Method::GET, "/v1/tenants/{tenant}/audit", Need::Permission(permission::AUDIT_READ), || get(handlers::audit)),
    route(Method::POST, "/v1/tenants/{tenant}/audit/{number}/undo", Need::Permission(permission::ROLES_WRITE), || post(plans::undo)),
    route(Method::GET, "/v1/tenants/{tenant}/events", Need::Member, || get(events::events)),
    route(Method::POST, "/v1/hooks/{caller}", Need::Caller, || post(hooks::ask)),
    route(Method::GET, "/v1/hooks/{caller}/drill", Need::Caller, || get(hooks::drill)),
];

/// What every handler has at hand.
#[derive(Clone)]
struct Desk {
    directory: Directory,
    verifier: Arc<Verifier>,
    hooks: Hooks,
    limits: Arc<Limits>,
    metrics: Option<Metrics>,
    /// The domain under which each tenant has a host.
    hosts: Option<Arc<str>>,
    /// The tenant of those who run the service.
    operators: Option<TenantId>,
    /// Room for streams of events.
    streams: Arc<Semaphore>,
}

/// The API as it is to be served, under `/v1`. Errors are `{code, message}`; answers for a tenant carry
/// `Keyward-Role-Version`.
pub struct Service(Desk);

impl Service {
    /// The directory, for whoever has a token that this verifies. No provider may ask, nobody is held up, nothing
    /// is counted.
    pub fn new(directory: Directory, verifier: Arc<Verifier>) -> Self {
        let limits = Arc::default();
        Self(Desk {
            directory,
            verifier,
            hooks: Hooks::none(),
            limits,
            metrics: None,
            hosts: None,
            operators: None,
            streams: events::room(),
        })
    }

    /// These providers may ask whenever they issue a token.
    pub fn asked_by(mut self, hooks: Hooks) -> Self {
        self.0.hooks = hooks;
        self
    }

    /// Callers may ask so fast.
    pub fn limited(mut self, rates: Rates) -> Self {
        self.0.limits = Arc::new(Limits::new(rates));
        self
    }

    /// Each tenant has a host of its own under this domain, by its slug or its id: a request to it must be for that
    /// tenant.
    pub fn named_by_host(mut self, domain: &str) -> Self {
        self.0.hosts = Some(domain.trim_matches('.').to_ascii_lowercase().into());
        self
    }

    /// Who holds `tenants:read` or `tenants:write` in this tenant sees all tenants, or founds them. Nobody does where
    /// none is named.
    pub fn operated_by(mut self, tenant: TenantId) -> Self {
        self.0.operators = Some(tenant);
        self
    }

    /// What is done is counted there.
    pub fn measured(mut self, metrics: Metrics) -> Self {
        self.0.metrics = Some(metrics);
        self
    }

    /// Its routes.
    pub fn router(self) -> Router {
        let mut router = Router::new();
        for Route { path, need, serve, method: _ } in &ROUTES {
            router = router.route(path, serve().layer(map_response_with_state(*need, challenged)));
        }
        router = router
            .fallback(|| async { Failure::from(Error::new(ErrorCode::NotFound, "There is no such path.")) })
            .method_not_allowed_fallback(|| async {
                let error = Error::new(ErrorCode::InvalidRequest, "This path does not take this method.");
                Failure::with_status(StatusCode::METHOD_NOT_ALLOWED, error)
            })
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(TraceLayer::new_for_http().make_span_with(trace::span))
            .layer(from_fn(request_id::identified));
        if let Some(metrics) = self.0.metrics.clone() {
            router = router.layer(from_fn_with_state(metrics, metrics::measured));
        }
        router.with_state(self.0)
    }
}

/// Names the missing scope with every 403 (RFC 6750 §3.1).
async fn challenged(State(need): State<Need>, mut response: Response) -> Response {
    if response.status() == StatusCode::FORBIDDEN && need != Need::Caller {
        let scope = match need {
            Need::Nobody | Need::Person | Need::Member | Need::Caller => String::new(),
            Need::Permission(permission) | Need::Operator(permission) => format!(", scope=\"{permission}\""),
        };
        if let Ok(value) = HeaderValue::from_str(&format!("Bearer error=\"insufficient_scope\"{scope}")) {
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
    }
    response
}
