//! What waits in memory between two requests: sign-in pages, browser sessions, codes.

use std::time::Duration;

use keyward_model::{Subject, Timestamp};

use crate::{acr::Acr, door::Door, random::Digest, redirect::Redirect, scope::Scope, terms::Terms};

/// An authorization request that was found good (RFC 6749 §4.1.1).
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationRequest {
    pub redirect: Redirect,
    /// PKCE's `code_challenge`, always of the method S256 (RFC 7636 §4.3).
    pub challenge: String,
    pub nonce: Option<String>,
    pub scope: Scope,
    pub door: Door,
    pub terms: Terms,
    /// Whether it said whom the access token is for.
    pub named: bool,
    /// The authentication context that it wants.
    pub acr: Option<Acr>,
    /// Authentication contexts that the tokens have to name, separated by spaces.
    pub acrs: String,
    pub login_hint: Option<String>,
    /// The oldest sign-in that will do.
    pub max_age: Option<Duration>,
    /// Whether the client wants the password asked for, whoever is signed in.
    pub force_login: bool,
}

impl AuthorizationRequest {
    /// Whether a session is recent and sure enough.
    pub fn accepts(&self, session: &Session, now: Timestamp) -> bool {
        !self.force_login
            && self.max_age.is_none_or(|max_age| now <= session.auth_time.plus(max_age))
            && self.acr.is_none_or(|wanted| session.acr.reaches(wanted))
    }

    /// Whether the person needs the code beside the password.
    pub fn wants_second_factor(&self) -> bool {
        self.acr.is_some_and(Acr::has_second_factor)
    }
}

/// A sign-in page that is open somewhere.
pub(crate) struct Pending {
    pub request: AuthorizationRequest,
    /// The digest of its form's cookie.
    pub cookie: Digest,
    /// Who it offers to continue as.
    pub offered: Option<Subject>,
}

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub subject: Subject,
    /// When the password was last asked for.
    pub auth_time: Timestamp,
    /// What was asked for then.
    pub acr: Acr,
}

/// An authorization code.
pub(crate) enum Code {
    /// Not presented yet.
    Fresh(Box<CodeGrant>),
    /// Presented; if that was with success, the family it made. To be revoked at the next try.
    Spent(Option<String>),
}

/// What a code stands for.
#[derive(Debug, Clone)]
pub(crate) struct CodeGrant {
    pub request: AuthorizationRequest,
    pub session: Session,
}
