//! What a server did, for Prometheus. No label names a person or a tenant, and all are of a known few.

use std::sync::{Arc, atomic::AtomicU64};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{Method, header::CONTENT_TYPE};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use tokio::time::Instant;

use super::answer::unwritten;
use crate::hook::Outcome;

const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct At {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    caller: String,
    outcome: &'static str,
}

type Seconds = Family<At, Histogram, fn() -> Histogram>;

/// A server's counts. Clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<Answered, Counter<u64, AtomicU64>>,
    seconds: Seconds,
    hooks: Family<Asked, Counter<u64, AtomicU64>>,
}

/// From a quarter of a millisecond to four seconds.
fn buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 15))
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at nothing.
    pub fn new() -> Self {
        let (requests, hooks) = (Family::default(), Family::default());
        let seconds = Seconds::new_with_constructor(buckets);
        let mut registry = Registry::with_prefix("keyward");
        registry.register("requests", "Requests answered", requests.clone());
        registry.register("request_seconds", "Seconds until a request was answered", seconds.clone());
        registry.register("hook_answers", "Answers to providers at issuance", hooks.clone());
        Self { registry: Arc::new(registry), requests, seconds, hooks }
    }

    /// `GET /metrics`, for whoever may reach it: there is no token to it.
    pub fn router(&self) -> Router {
        Router::new().route("/metrics", get(told)).with_state(self.clone())
    }

    /// Counts what a provider's question came to.
    pub(super) fn asked(&self, caller: &str, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Answered => "answered",
            Outcome::Stale => "stale",
            Outcome::Refused => "refused",
            Outcome::Failed => "failed",
        };
        self.hooks.get_or_create(&Asked { caller: caller.to_owned(), outcome }).inc();
    }
}

async fn told(State(metrics): State<Metrics>) -> Response {
    let mut text = String::new();
    match encode(&mut text, &metrics.registry) {
        Ok(()) => ([(CONTENT_TYPE, TEXT)], text).into_response(),
        Err(_) => unwritten().into_response(),
    }
}

/// Counts a request, and how long it took.
pub(super) async fn measured(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        // Whatever else is refused, and anybody may make up more of them.
        _ => "other",
    };
    let response = next.run(request).await;
    metrics.seconds.get_or_create(&At { route: route.clone() }).observe(began.elapsed().as_secs_f64());
    metrics.requests.get_or_create(&Answered { method, route, status: response.status().as_u16() }).inc();
    response
}
