//! What whoever watches over the server asks it, without a token: is it alive, can it serve?

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::get,
};
use keyward_directory::Directory;
use keyward_model::{Error, ErrorCode};
use serde_json::json;

use crate::off_thread;

pub(super) fn router(directory: Directory) -> Router {
    Router::new()
        .route("/health/live", get(async || good("live")))
        .route("/health/ready", get(ready))
        .with_state(directory)
}

/// Ready is who gets an answer from the store.
async fn ready(State(directory): State<Directory>) -> Response {
    let Err(error) = off_thread(move || directory.is_empty()).await else { return good("ready") };
    tracing::warn!(%error, "not ready");
    // Nobody in particular asks: the log says which database, and why.
    let words = "The directory's store does not answer. The server's log says why.";
    let error = Error::new(ErrorCode::StorageUnavailable, words);
    uncached((StatusCode::SERVICE_UNAVAILABLE, Json(error)).into_response())
}

fn good(status: &str) -> Response {
    uncached(Json(json!({ "status": status })).into_response())
}

fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
