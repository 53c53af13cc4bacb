//! What can go wrong: the answers that are no answer, by status.

use http::StatusCode;
use keyward_model::{Error, ErrorCode};
use serde_json::{Map, Value, json};

use super::{operation::header, written::Schemas};
use crate::http::{Need, Route, answer::status};

pub(super) const ABOUT: &str = "\
Errors are `{code, message}`: act on the code, show the message. Codes are stable; a message is a sentence or two for a \
person, and may be worded anew. Every answer carries `Keyward-Request-Id`, under which the log has the request.\n\n\
Answers for a tenant carry `Keyward-Role-Version`, the caller's own version there: above that of their token, the token \
is stale and is to be renewed.";

/// Refers to the answer of this status.
fn named(status: StatusCode) -> Value {
    json!({ "$ref": format!("#/components/responses/{}", status.as_u16()) })
}

/// What a route can answer besides what was asked for.
pub(super) fn of(route: &Route) -> Map<String, Value> {
    let mut statuses = vec![StatusCode::INTERNAL_SERVER_ERROR];
    if route.need != Need::Nobody {
        statuses.extend([
            StatusCode::BAD_REQUEST,
            StatusCode::UNAUTHORIZED,
            StatusCode::FORBIDDEN,
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::INSUFFICIENT_STORAGE,
        ]);
    }
    if route.path.contains("{tenant}") {
        statuses.push(StatusCode::NOT_FOUND);
    }
    if route.method == http::Method::POST || route.method == http::Method::PATCH {
        statuses.push(StatusCode::PAYLOAD_TOO_LARGE);
    }
    if route.method == http::Method::POST && matches!(route.need, Need::Operator(_)) {
        statuses.push(StatusCode::NOT_FOUND);
    }
    if on_terms(route) || route.method == http::Method::PATCH {
        statuses.push(StatusCode::PRECONDITION_FAILED);
    }
    if route.path.contains("/plans") || route.path.ends_with("/preview") {
        statuses.extend([StatusCode::CONFLICT, StatusCode::GONE]);
    }
    statuses.into_iter().map(|status| (status.as_str().to_owned(), named(status))).collect()
}

/// Whether it is a change that can be bound to a key and to versions.
pub(super) fn on_terms(route: &Route) -> bool {
    route.method == http::Method::POST && !matches!(route.need, Need::Caller | Need::Operator(_))
}

/// Every kind of error that the directory answers with, its status, and what it means.
fn codes(schemas: &mut Schemas) -> Vec<(ErrorCode, StatusCode, String)> {
    let schema = schemas.whole::<ErrorCode>();
    let kinds = schema["oneOf"].as_array().unwrap();
    let read = |kind: &Value| {
        let code: ErrorCode = serde_json::from_value(kind["const"].clone()).unwrap();
        let words = kind["description"].as_str().unwrap().replace('\n', " ");
        status(code).map(|status| (code, status, words))
    };
    kinds.iter().filter_map(read).collect()
}

/// An answer for each status, with the codes it comes with.
pub(super) fn responses(schemas: &mut Schemas) -> Map<String, Value> {
    let error = schemas.answered::<Error>();
    let mut by_status: Map<String, Value> = Map::new();
    let mut say = |status: StatusCode, code: ErrorCode, words: &str| {
        let line = format!("- `{}`: {words}", json!(code).as_str().unwrap());
        let response = by_status.entry(status.as_str()).or_insert_with(|| {
            let more = match status {
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some("WWW-Authenticate"),
                StatusCode::TOO_MANY_REQUESTS => Some("Retry-After"),
                _ => None,
            };
            let headers: Map<String, Value> = ["Keyward-Request-Id", "Keyward-Role-Version"]
                .into_iter()
                .chain(more)
                .map(|name| (name.to_owned(), header(name)))
                .collect();
            json!({
                "description": status.canonical_reason(),
                "headers": headers,
                "content": { "application/json": { "schema": error } },
            })
        });
        let so_far = response["description"].as_str().unwrap();
        response["description"] = format!("{so_far}\n{line}").into();
    };
    for (code, status, words) in codes(schemas) {
        say(status, code, &words);
    }
    let words = "If-Match names somebody who has changed since; the message says who changed them, and how.";
    say(StatusCode::PRECONDITION_FAILED, ErrorCode::PlanStale, words);
    by_status
}

/// Leaves only the codes that the directory answers with: others are of the app that asks it.
pub(super) fn keep_ours(schemas: &mut Map<String, Value>) {
    let kinds = schemas["ErrorCode"]["oneOf"].as_array_mut().unwrap();
    kinds.retain(|kind| status(serde_json::from_value(kind["const"].clone()).unwrap()).is_some());
}
