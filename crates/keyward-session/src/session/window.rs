//! What a window is doing: an enum with data, matched whole.

use std::convert::Infallible;

use keyward_model::{ConnectionId, Error, ErrorCode, TenantId};
use tokio::sync::oneshot;

use super::adding::Adding;
use crate::{
    AccountKey, KeychainBlocked, Offline, SigningIn, SomebodyElse, WindowView,
    remembered::Place,
    sign_in::{Arrival, Wish},
};

/// Numbers a flow, so that what an abandoned one reports later is told from the present one's.
pub(super) type Attempt = u64;

/// Held by the window that waits for a sign-in. Dropping it ends the wait for the browser.
pub(super) type Alive = oneshot::Sender<Infallible>;

/// A window's state.
#[allow(dead_code, reason = "`alive` is held for its drop, not read")]
pub(super) enum Window {
    /// Nobody is signed in here.
    SignedOut { notice: Option<Error> },
    /// A flow is under way that has no link to show: resuming, or reaching the provider.
    Starting { attempt: Attempt, connection: String, alive: Alive },
    /// The person is in the browser.
    SigningIn { attempt: Attempt, view: SigningIn, alive: Alive },
    /// The keychain stands in the way.
    Blocked { view: KeychainBlocked, then: Then },
    /// Somebody else than expected has signed in; the person has to say whether they meant it.
    Stranger { view: SomebodyElse, arrival: Box<Arrival>, trip: Box<Trip> },
    /// A connection is being added.
    Adding(Box<Adding>),
    /// The provider or the directory does not answer.
    Offline { view: Offline, place: Place },
    /// At work.
    At { account: AccountKey, tenant: TenantId, notice: Option<Error>, order: u64 },
}

/// A trip to the browser.
#[derive(Clone)]
pub(super) struct Trip {
    /// Where.
    pub(super) connection: ConnectionId,
    /// For what.
    pub(super) wish: Wish,
}

/// What comes once the keychain lets it.
pub(super) enum Then {
    /// Resume.
    Resume(Place),
    /// Enter: the person is signed in, only keeping it failed.
    Enter(Box<Arrival>),
}

impl Window {
    pub(super) fn attempt(&self) -> Option<Attempt> {
        match self {
            Self::Starting { attempt, .. } | Self::SigningIn { attempt, .. } => Some(*attempt),
            Self::SignedOut { .. }
            | Self::Blocked { .. }
            | Self::Stranger { .. }
            | Self::Adding(_)
            | Self::Offline { .. }
            | Self::At { .. } => None,
        }
    }

    /// The account whose tenant is on the screen.
    pub(super) fn account(&self) -> Option<&AccountKey> {
        match self {
            Self::At { account, .. } => Some(account),
            _ => None,
        }
    }

    /// The account and tenant on the screen.
    pub(super) fn place(&self) -> Option<(AccountKey, TenantId)> {
        match self {
            Self::At { account, tenant, .. } => Some((account.clone(), tenant.clone())),
            _ => None,
        }
    }

    /// The view of every state but `At`, which needs the account.
    pub(super) fn view(&self) -> Option<WindowView> {
        Some(match self {
            Self::SignedOut { notice } => WindowView::SignedOut { notice: notice.clone() },
            Self::Starting { connection, .. } => WindowView::Starting { connection: connection.clone() },
            Self::SigningIn { view, .. } => WindowView::SigningIn(view.clone()),
            Self::Blocked { view, .. } => WindowView::KeychainBlocked(view.clone()),
            Self::Stranger { view, .. } => WindowView::SomebodyElse(view.clone()),
            Self::Adding(adding) => WindowView::AddingConnection(Box::new(adding.view.clone())),
            Self::Offline { view, .. } => WindowView::Offline(view.clone()),
            Self::At { .. } => return None,
        })
    }
}

pub(super) fn signed_out() -> Error {
    Error::new(ErrorCode::SignedOut, "Nobody is signed in in this window.")
}
