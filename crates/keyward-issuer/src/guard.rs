//! What holds for every endpoint: the right host, the headers that keep a browser careful.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{Endpoint, Provider};

/// Headers of every answer that does not set them itself.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::PRAGMA, "no-cache"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Lets a request through to its endpoint, and dresses the answer.
pub(crate) async fn guard(State(provider): State<Provider>, request: Request, next: Next) -> Response {
    let core = provider.core();
    let mut response = if is_for(&core.origin.authority, &request) {
        if let Some(endpoint) = Endpoint::ALL.into_iter().find(|one| one.path() == request.uri().path()) {
            core.observed.count(endpoint);
        }
        let slow_by = core.quirks().slow_by;
        if slow_by > Duration::ZERO {
            tokio::time::sleep(slow_by).await;
        }
        next.run(request).await
    } else {
        // A name that was pointed at this computer (DNS rebinding) ends here.
        (StatusCode::MISDIRECTED_REQUEST, "This host is not served here.\n").into_response()
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Whether the request names this host and port, and no other (RFC 9110 §7.2).
fn is_for(authority: &str, request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).into_iter();
    let named = hosts.next().is_some_and(|host| host.as_bytes().eq_ignore_ascii_case(authority.as_bytes()));
    let target = request.uri().authority();
    named && hosts.next().is_none() && target.is_none_or(|target| target.as_str() == authority)
}

/// Whether a page of another origin sent this form, as far as the browser tells (Fetch Metadata).
pub(crate) fn from_another_origin(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    site.is_some_and(|site| site != b"same-origin" && site != b"none")
}
