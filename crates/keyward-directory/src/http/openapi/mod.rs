//! `docs/openapi.json`: the API described (OpenAPI 3.1). A test writes it from [`ROUTES`](super::ROUTES) and the
//! types that are asked and answered; it is served as it was committed.

#[cfg(test)]
mod operation;
#[cfg(test)]
mod problem;
#[cfg(test)]
mod written;

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

const DOCUMENT: &str = include_str!("../../../../../docs/openapi.json");

pub(super) async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}
