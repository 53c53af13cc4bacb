//! Each request in the log: its route, its id, and the trace that it is part of.

use axum::extract::{MatchedPath, Request};
use http::{HeaderMap, HeaderName};

use super::request_id::REQUEST_ID;

/// The trace that somebody before us began (W3C Trace Context §3.2).
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The route, not the path and never the query: those name people.
pub(super) fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    tracing::info_span!("directory", id, trace = trace(request.headers()), method = %request.method(), route)
}

/// The trace's id, where one is said in a form that we know. Of a later version the first parts are the same (§4).
fn trace(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(TRACEPARENT).iter();
    let (Some(one), None) = (all.next(), all.next()) else { return None };
    let mut parts = one.to_str().ok()?.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, count| {
        part.len() == count && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let named = |part: &str, count| digits(part, count) && part.bytes().any(|byte| byte != b'0');
    let whole = version != "00" || parts.next().is_none();
    let known = digits(version, 2) && version != "ff" && digits(flags, 2) && whole;
    (known && named(trace, 32) && named(parent, 16)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_known_by_its_id_and_nothing_else_is_taken_for_one() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(TRACEPARENT, value.parse().unwrap());
            }
            trace(&headers).map(str::to_owned)
        };
        let (id, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        for good in [format!("00-{id}-{parent}-01"), format!("01-{id}-{parent}-00-what-is-to-come")] {
            assert_eq!(of(&[&good]).as_deref(), Some(id), "{good}");
        }
        for bad in [
            "",
            "00",
            &format!("00-{id}-{parent}"),
            &format!("00-{id}-{parent}-01-more"),
            &format!("ff-{id}-{parent}-01"),
            &format!("00-{}-{parent}-01", id.to_uppercase()),
            &format!("00-{}-{parent}-01", "0".repeat(32)),
            &format!("00-{id}-{}-01", "0".repeat(16)),
            &format!("00-{id}x-{parent}-01"),
        ] {
            assert_eq!(of(&[bad]), None, "{bad}");
        }
        let good = format!("00-{id}-{parent}-01");
        assert_eq!(of(&[&good, &good]), None, "of two nobody knows which");
    }
}
