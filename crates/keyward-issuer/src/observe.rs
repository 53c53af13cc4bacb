//! What tests may watch: the secrets given out, and how often each endpoint was asked.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use keyward_model::Secret;
use tokio::sync::mpsc;

use crate::provider::lock;

/// A secret that was given out.
#[derive(Debug)]
pub struct Issued {
    /// What it is.
    pub kind: IssuedKind,
    /// The text itself, to look for where it must not be.
    pub secret: Secret,
}

/// What kind of secret was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssuedKind {
    /// An authorization code.
    Code,
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
    /// An ID token.
    IdToken,
}

/// An endpoint of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/.well-known/openid-configuration`
    Discovery,
    /// `/authorize`
    Authorize,
    /// `/sign-in`
    SignIn,
    /// `/token`
    Token,
    /// `/revoke`
    Revoke,
    /// `/logout`
    Logout,
    /// `/jwks.json`
    Keys,
    /// `/userinfo`
    UserInfo,
}

impl Endpoint {
    /// Every endpoint, in the order of their numbers.
    pub(crate) const ALL: [Self; 8] = [
        Self::Discovery,
        Self::Authorize,
        Self::SignIn,
        Self::Token,
        Self::Revoke,
        Self::Logout,
        Self::Keys,
        Self::UserInfo,
    ];

    /// Where it is.
    pub fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/.well-known/openid-configuration",
            Self::Authorize => "/authorize",
            Self::SignIn => "/sign-in",
            Self::Token => "/token",
            Self::Revoke => "/revoke",
            Self::Logout => "/logout",
            Self::Keys => "/jwks.json",
            Self::UserInfo => "/userinfo",
        }
    }
}

/// The watchers and the counts.
#[derive(Default)]
pub(crate) struct Observed {
    watchers: Mutex<Vec<mpsc::UnboundedSender<Issued>>>,
    requests: [AtomicU64; Endpoint::ALL.len()],
}

impl Observed {
    pub fn watch(&self) -> mpsc::UnboundedReceiver<Issued> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.watchers).push(sender);
        receiver
    }

    /// Tells those who watch; whoever stopped watching is forgotten. Nothing is kept here.
    pub fn issued(&self, kind: IssuedKind, text: &str) {
        lock(&self.watchers)
            .retain(|watcher| watcher.send(Issued { kind, secret: Secret::new(text) }).is_ok());
    }

    pub fn count(&self, endpoint: Endpoint) {
        self.requests[endpoint as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        self.requests[endpoint as usize].load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoints_number_is_its_place_in_the_list() {
        for (place, endpoint) in Endpoint::ALL.into_iter().enumerate() {
            assert_eq!(endpoint as usize, place, "{endpoint:?} is counted as itself");
        }
    }
}
