//! Every answer that a test reads, against the API's description.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use http::{HeaderMap, Method, StatusCode};
use jsonschema::Validator;
use keyward_directory::ROUTES;
use serde_json::{Value, json};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap());
/// Made once for each kind of answer.
static MADE: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Checks that this route may answer so.
pub fn check(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &Value) {
    let is_at = |template: &str| {
        let (there, here): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        there.len() == here.len() && there.iter().zip(here).all(|(t, h)| t.starts_with('{') || *t == h)
    };
    // The first: `openapi.json` and `me` have no part that could be anything. Elsewhere there is no promise.
    let Some(route) = ROUTES.iter().find(|route| route.method == *method && is_at(route.path)) else {
        return;
    };
    let place = format!("{method} {} {}", route.path, status.as_u16());
    let response =
        &DOCUMENT["paths"][route.path][method.as_str().to_lowercase()]["responses"][status.as_str()];
    let response = resolved(response);
    assert!(response.is_object(), "{place} is not in the description: {body}");
    for name in headers.keys().map(http::HeaderName::as_str).filter(|name| ours(name)) {
        let told = response["headers"].as_object().unwrap();
        assert!(told.keys().any(|one| one.eq_ignore_ascii_case(name)), "{place} says nothing of {name}");
    }
    let schema = &response["content"]["application/json"]["schema"];
    if schema.is_null() {
        assert!(body.is_null(), "{place} should have no body: {body}");
        return;
    }
    let mut made = MADE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let validator = made.entry(place.clone()).or_insert_with(|| {
        let schema = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
        Arc::new(jsonschema::validator_for(&schema).unwrap())
    });
    let validator = validator.clone();
    drop(made);
    let wrong: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{place} is not as described: {wrong:?}\n{body}");
}

fn ours(header: &str) -> bool {
    header.starts_with("keyward-") || ["etag", "retry-after", "www-authenticate"].contains(&header)
}

fn resolved(response: &Value) -> &Value {
    match response["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => response,
    }
}
