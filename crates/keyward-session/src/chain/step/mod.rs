//! What a chain does next, as a pure function: [`step`] takes where a chain stands and what has just come of
//! its last act, and says where it stands now and what to do. No I/O and no time in it, so that a model can
//! try every order in which processes, faults and crashes may meet.
//!
//! One exchange: lock → read the journal and the link again → note that the link is being spent → spend it →
//! store the new one → note that → unlock → prove → hand out.

mod exchange;
mod guards;
mod sign_out;
mod state;

pub use guards::Guards;
pub use state::{Held, Journal, Kept, Known, Link, Own, Standing, State, Wish};

use keyward_model::Timestamp;

use state::{At, Then};

/// How often a link is presented in one exchange while nothing comes back.
pub const TRIES: u8 = 3;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Effect<L: Link, T> {
    /// Take the lock across processes.
    Lock,
    /// Read the journal.
    ReadJournal,
    /// Read the link from the keychain, and whether another process, which lives, claims it.
    ReadLink,
    /// Write the journal.
    Note(Journal<L::Mark, T>),
    /// Present the link for a token of the tenant.
    Spend(L, T),
    /// Put the link into the keychain.
    Store(L),
    /// Take the entry out of the keychain.
    Remove,
    /// Tell the provider that the link's chain is over.
    Revoke(L),
    /// Claim, for as long as this process lives, what it alone may spend ([`Held::claimed`]) and nothing else;
    /// then let go of the lock, if it is held.
    Unlock,
    /// Prove the access token that came last; where the provider makes the tenant's from it, that one.
    Prove,
    /// Wait before another try; so many have failed.
    Wait(u8),
    /// Give the access token to whoever asked.
    HandOut,
    /// Nothing: this came of the wish.
    Finish(Verdict<T>),
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event<L: Link, T> {
    /// Nothing has been done yet.
    Begin,
    /// The lock is ours.
    Locked,
    /// The lock cannot be had.
    NotLocked,
    /// The journal, if there is one that can be read.
    Journal(Option<Journal<L::Mark, T>>),
    /// What the keychain answers.
    Link {
        /// Its answer.
        kept: Kept<L>,
        /// Whether another process, which lives, claims the one found.
        held_elsewhere: bool,
    },
    /// The journal is written, or could not be: it is a help, not a condition.
    Noted,
    /// An access token came, and perhaps a new link.
    Granted(Option<L>),
    /// Nothing came that says what became of the link.
    NoAnswer,
    /// The provider refused this request, and may have rotated first.
    Refused,
    /// `invalid_grant`: the chain is over.
    Ended,
    /// The keychain took the link.
    Stored,
    /// It did not, or said so.
    NotStored,
    /// The entry is gone.
    Removed,
    /// It may still be there.
    NotRemoved,
    /// The provider was told, and confirmed or not.
    Revoked(bool),
    /// The lock is free.
    Unlocked,
    /// The wait is over.
    Waited,
    /// The access token is the tenant's.
    Proven {
        /// The time now.
        now: Timestamp,
        /// When the token is no longer good.
        until: Timestamp,
    },
    /// It is not, or nobody can say.
    Unproven,
    /// Whoever asked has it.
    HandedOut,
}

/// What came of a wish.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Verdict<T> {
    /// The token has been handed out.
    Served,
    /// The link is in the keychain, as far as it is this chain's to say.
    Saved,
    /// Signed out.
    SignedOut {
        /// Whether the provider confirmed.
        revoked: bool,
    },
    /// Not done, and nothing is lost by it.
    Refused(Refusal),
    /// The chain is over: it takes the person to go on.
    Parked(Over<T>),
}

/// Why a wish was not fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The lock could not be had.
    NotLocked,
    /// The keychain does not answer.
    Keychain,
    /// The provider did not answer, or refused, or gave what cannot be proven.
    Provider,
    /// Another process holds the newest link, and the keychain would not take it.
    HeldElsewhere,
    /// Every token that came had run out before it could be used.
    TooLate,
    /// An event that cannot come here: a fault in Keyward.
    OutOfOrder,
}

/// Why a chain is over.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Over<T> {
    /// The provider said so just now. What stood against the chain before says why.
    Ended(Standing<T>),
    /// It was heard before, most likely by another process, or somebody has signed out.
    EndedElsewhere,
    /// The keychain has no entry.
    NoEntry,
    /// Newer links were lost with the process that held them.
    LeftBehind,
}

/// What a chain that stands at `state` does, now that `event` has come.
pub fn step<L: Link, T: Clone>(
    guards: &Guards,
    state: State<L, T>,
    event: Event<L, T>,
) -> (State<L, T>, Effect<L, T>) {
    let (state, at) = state.leave();
    match (at, event) {
        (At::Begin, Event::Begin) | (At::Waiting, Event::Waited) => state.begin(guards),
        (At::Locking, Event::Locked) => state.look(guards),
        // Signing out does not fail because another process holds the lock for too long.
        (At::Locking, Event::NotLocked) if matches!(state.wish, Wish::End) => state.look(guards),
        (At::Locking | At::LockingLate(_), Event::NotLocked) => {
            state.finish(Verdict::Refused(Refusal::NotLocked))
        }
        (At::LockingLate(spend), Event::Locked) => state.announce(spend),
        (At::ReadingJournal, Event::Journal(journal)) => state.with_journal(guards, journal),
        (At::ReadingLink(journal), Event::Link { kept, held_elsewhere }) => match state.wish {
            Wish::End => state.revoke(journal, kept),
            Wish::Token(_) | Wish::Save => state.with_link(guards, journal, kept, held_elsewhere),
        },
        (At::Noting(then), Event::Noted) => state.noted(then),
        (At::Spending(spend), Event::Granted(next)) => state.granted(guards, spend, next),
        (At::Spending(spend), Event::NoAnswer) => state.unanswered(guards, spend),
        (At::Spending(spend), Event::Refused) => state.refused(guards, spend),
        (At::Spending(spend), Event::Ended) => {
            let why = spend.before.clone();
            state.over(spend.link.mark(), Over::Ended(why))
        }
        (At::Storing { handed_out }, Event::Stored) => state.stored(handed_out),
        (At::Storing { handed_out }, Event::NotStored) => state.not_stored(guards, handed_out),
        (At::Removing(journal, verdict), Event::Removed | Event::NotRemoved) => {
            state.note(journal, Then::Finish(verdict))
        }
        (At::Revoking(sign_out), Event::Revoked(confirmed)) => state.revoked(sign_out, confirmed),
        (At::Clearing { journal, revoked }, Event::Removed) => state.cleared(journal, revoked),
        (At::Clearing { journal, revoked }, Event::NotRemoved) => state.not_cleared(journal, revoked),
        (At::Unlocking(then), Event::Unlocked) => state.unlocked(guards, then),
        (At::Proving { unstored }, Event::Proven { now, until }) => {
            if guards.expiry && now >= until {
                state.too_late(guards)
            } else {
                state.hand_out(unstored)
            }
        }
        (At::Proving { .. }, Event::Unproven) => {
            state.unlock(Then::Finish(Verdict::Refused(Refusal::Provider)))
        }
        (At::HandingOut { unstored: Some(granted) }, Event::HandedOut) => state.keep(guards, granted, true),
        (At::HandingOut { unstored: None }, Event::HandedOut) => state.finish(Verdict::Served),
        _ => state.unlock(Then::Finish(Verdict::Refused(Refusal::OutOfOrder))),
    }
}
