//! A request's own id: in the answer, and in every line of the log about it.
//!
//! Not in the body: `{code, message}` is for people, and whoever reports an error has the header at hand.

use aws_lc_rs::rand;
use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderName, HeaderValue};

use crate::canonical::hex;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("keyward-request-id");
/// Characters of a caller's own id at most.
const LONGEST: usize = 64;

/// Gives the request its id, and the answer the same.
pub(super) async fn identified(mut request: Request, next: Next) -> Response {
    let id = request.headers().get(&REQUEST_ID).filter(|id| is_sane(id.as_bytes())).cloned();
    let id = id.unwrap_or_else(made);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let mut response = next.run(request).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Whether it can stand in a log and in a search for it as it is.
fn is_sane(id: &[u8]) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}

/// 128 random bits; a system without them has worse to tell than this.
fn made() -> HeaderValue {
    let mut bytes = [0_u8; 16];
    let id = rand::fill(&mut bytes).ok().and_then(|()| HeaderValue::from_str(&hex(&bytes)).ok());
    id.unwrap_or(HeaderValue::from_static("none"))
}
