//! ETags: what an answer was, so that it need not be sent again, and so that an edit can be bound to it.
//!
//! A tag is made of the answer's bytes, whatever they hang on. A person's begins with the person and their
//! version: that is what `If-Match` compares, and can tell who moved them. Lists have none: their pages change
//! with every edit, and each row has its version.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH},
    request::Parts,
};
use keyward_model::{Error, ErrorCode, PersonId, Result, Seen};
use serde::Serialize;

use super::{
    Desk,
    answer::{Failure, unwritten},
};
use crate::{Terms, WriteKey, canonical::hex};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Bytes of a digest that a tag has.
const DIGEST: usize = 16;
/// Tags in one header at most, as many as people in one plan.
const MOST: usize = 1000;

/// The tags that the asker has already.
pub(super) struct Had(Vec<String>);

impl FromRequestParts<Desk> for Had {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> std::result::Result<Self, Failure> {
        Ok(Self(tags(&parts.headers, &IF_NONE_MATCH)?))
    }
}

impl Had {
    /// An answer with its tag; without itself where the asker has it. `seen` is whom it is about.
    pub(super) fn tagged<T: Serialize>(&self, seen: Option<Seen>, value: &T) -> Response {
        let Ok(body) = serde_json::to_vec(value) else { return unwritten().into_response() };
        let hash = hash(&body);
        let tag = match seen {
            Some(Seen { person, version }) => format!("\"{person}.{version}.{hash}\""),
            None => format!("\"{hash}\""),
        };
        // RFC 9110 §13.1.2 compares weakly here.
        let had = self.0.iter().any(|one| one == "*" || one.trim_start_matches("W/") == tag);
        let mut response = match had {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => ([(CONTENT_TYPE, "application/json")], body).into_response(),
        };
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

/// The tags that something must still have to be changed; none: it may be as it is.
pub(super) struct Still(Vec<String>);

impl FromRequestParts<Desk> for Still {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> std::result::Result<Self, Failure> {
        Ok(Self(tags(&parts.headers, &IF_MATCH)?))
    }
}

impl Still {
    /// Whether it may be changed.
    pub(super) fn is_so<T: Serialize>(&self, value: &T) -> bool {
        let tag = serde_json::to_vec(value).map(|body| format!("\"{}\"", hash(&body))).unwrap_or_default();
        self.0.is_empty() || self.0.iter().any(|one| one == "*" || *one == tag)
    }
}

fn hash(body: &[u8]) -> String {
    hex(&digest(&SHA256, body).as_ref()[..DIGEST])
}

impl FromRequestParts<Desk> for Terms {
    type Rejection = Failure;

    /// `Idempotency-Key`, and `If-Match` with the tags of people: everybody named must still be as they were.
    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> std::result::Result<Self, Failure> {
        let key = parts.headers.get(IDEMPOTENCY_KEY);
        // What is no text is no visible text either, and is refused for that.
        let key = key.map(|key| WriteKey::new(key.to_str().unwrap_or_default())).transpose()?;
        let named = tags(&parts.headers, &IF_MATCH)?;
        let seen = named.iter().filter(|tag| *tag != "*").map(|tag| seen(tag)).collect::<Result<_>>()?;
        Ok(Self { key, seen })
    }
}

/// The tags of a header, which may be there more than once.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Vec<String>> {
    let mut tags = Vec::new();
    for value in headers.get_all(name) {
        // Ours have no comma within.
        let text = value.to_str().map_err(|_| no_tag(name.as_str(), "this"))?;
        tags.extend(text.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()));
    }
    if tags.len() > MOST {
        let words = format!("{name}: {} tags are more than {MOST}.", tags.len());
        return Err(Error::new(ErrorCode::InvalidRequest, words));
    }
    Ok(tags)
}

/// The version that a person's tag names.
fn seen(tag: &str) -> Result<Seen> {
    let read = || {
        let mut parts = tag.strip_prefix('"')?.strip_suffix('"')?.split('.');
        let (person, version) = (PersonId::new(parts.next()?).ok()?, parts.next()?.parse().ok()?);
        Some(Seen { person, version })
    };
    read().ok_or_else(|| no_tag("If-Match", tag))
}

fn no_tag(header: &str, tag: &str) -> Error {
    let tag: String = tag.chars().take(80).collect();
    Error::new(ErrorCode::InvalidRequest, format!("{header}: {tag} is not the ETag of a person here."))
}
