//! What a request is to the sign-in that is waited for.

use http::{HeaderMap, Method, Request, StatusCode, header};
use keyward_model::{Error, Result};

use super::{answer, door::Door};
use crate::AuthorizationCode;

/// What a request is to the sign-in that is waited for.
pub(super) enum Asked {
    /// Somebody else's. They are told this, and the wait goes on.
    Strange(StatusCode, &'static str),
    /// It carries the sign-in's `state`, but nothing that may be used.
    Doubtful(Error),
    /// The provider's answer.
    Answer(Result<AuthorizationCode>),
}

/// Reads a request at `door`.
pub(super) fn read<B>(request: &Request<B>, door: &Door) -> Asked {
    // A name that was rebound to this computer, or a proxy's request.
    if !is_to(request, &door.host) {
        return Asked::Strange(StatusCode::MISDIRECTED_REQUEST, "This address is not for other hosts.");
    }
    if request.uri().path() != door.path {
        return Asked::Strange(StatusCode::NOT_FOUND, "There is nothing here.");
    }
    if request.method() != Method::GET {
        return Asked::Strange(StatusCode::METHOD_NOT_ALLOWED, "Only GET is answered here.");
    }
    if !is_opened_page(request.headers()) {
        return Asked::Strange(StatusCode::FORBIDDEN, "This is only answered as a page of its own.");
    }
    let query = request.uri().query().unwrap_or_default();
    if !answer::state(query).is_some_and(|state| door.awaited.state.is(&state)) {
        return Asked::Strange(
            StatusCode::BAD_REQUEST,
            "This page does not belong to the sign-in that Keyward is waiting for. Go back to the tab Keyward opened.",
        );
    }
    answer::read(query, &door.awaited).map_or_else(Asked::Doubtful, Asked::Answer)
}

/// Whether both the `Host` header and the target, where it names one (RFC 9112 §3.2.2), are `host`.
fn is_to<B>(request: &Request<B>, host: &str) -> bool {
    let mut named = request.headers().get_all(header::HOST).iter();
    let one = named.next().is_some_and(|value| value == host) && named.next().is_none();
    one && request.uri().authority().is_none_or(|authority| authority == host)
}

/// Whether this is a page that a person is to see. A provider's redirect always is. A browser says when
/// a request is not (Fetch Metadata): a picture, a frame or a fetch in some other page, which must not
/// use the answer up, or a page loaded ahead, which the person may never see.
fn is_opened_page(headers: &HeaderMap) -> bool {
    let is = |name, expected| headers.get(name).is_none_or(|value| value == expected);
    is("sec-fetch-mode", "navigate")
        && is("sec-fetch-dest", "document")
        && !headers.contains_key("sec-purpose")
        && headers.get("purpose").is_none_or(|value| value != "prefetch")
}
