//! Where a chain stands: what it holds between wishes, and where in a wish it is.

use std::{fmt, hash::Hash};

use serde::{Deserialize, Serialize};

use super::{Effect, Refusal, Verdict};

/// A refresh token, as far as deciding takes it: it can be handed on and recognised.
pub trait Link: Clone {
    /// Tells links apart without being one: this may lie on disk.
    type Mark: Clone + Eq + Hash + fmt::Debug;

    /// This link's.
    fn mark(&self) -> Self::Mark;
}

/// What is asked of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wish<T> {
    /// A proven token of the tenant.
    Token(T),
    /// That the link be in the keychain.
    Save,
    /// That the chain be over.
    End,
}

/// Where the next link is, between wishes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Held<L: Link, T> {
    /// In the keychain, to be read when it is spent.
    Keychain,
    /// In this process's memory.
    Memory(Own<L, T>),
}

impl<L: Link, T> Held<L, T> {
    /// The links that the keychain may have and that are this process's alone to spend, since it holds the
    /// newest of them.
    pub fn claimed(&self) -> Vec<L::Mark> {
        match self {
            Self::Memory(own) => own.claimed(),
            Self::Keychain => Vec::new(),
        }
    }
}

/// A link in memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Own<L: Link, T> {
    /// The link.
    pub link: L,
    /// The links before it, oldest first, of which the keychain may have one.
    pub behind: Vec<L::Mark>,
    /// What the keychain may have of this chain.
    pub known: Known,
    /// Whether the person chose that it stay in memory.
    pub chosen: bool,
    /// What stands against it.
    pub standing: Standing<T>,
}

/// What the keychain knows of a chain whose newest link is in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Known {
    /// Nothing: it was not asked to take a link of it.
    Never,
    /// It said that it did not take the first link. What lies there may be another session's.
    Perhaps,
    /// An earlier link of it lies there.
    Before,
}

/// So many links behind are remembered: the first, which the keychain took, and the last.
const BEHIND: usize = 32;

impl<L: Link, T> Own<L, T> {
    /// The link of a sign-in, not stored yet.
    pub fn new(link: L) -> Self {
        Self { link, behind: Vec::new(), known: Known::Never, chosen: false, standing: Standing::Settled }
    }

    pub(super) fn claimed(&self) -> Vec<L::Mark> {
        if self.known == Known::Never {
            return Vec::new();
        }
        self.behind.iter().cloned().chain([self.link.mark()]).collect()
    }

    /// `new` has come for the link.
    pub(super) fn moves_on(&mut self, new: L) {
        if self.known != Known::Never {
            self.behind.push(self.link.mark());
            if self.behind.len() > BEHIND {
                self.behind.remove(1);
            }
        }
        self.link = new;
    }
}

/// What stands against a link.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing<T> {
    /// Nothing.
    Settled,
    /// It was presented, and no answer came: it may be spent.
    AnswerLost,
    /// It is spent, and the process that held the next one is gone.
    SuccessorLost,
    /// The provider refused the tenant, and may have rotated first.
    Refused(T),
    /// The provider has ended the chain, or the person has.
    Over,
}

/// What processes tell each other about the chain, under the lock. No secrets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Journal<M, T> {
    /// The newest link known.
    pub head: M,
    /// Where the head is not in the keychain: what may be there instead, oldest first.
    pub behind: Vec<M>,
    /// What stands against the head.
    pub standing: Standing<T>,
}

impl<M: PartialEq, T> Journal<M, T> {
    pub(super) fn of_kept(head: M, standing: Standing<T>) -> Self {
        Self { head, behind: Vec::new(), standing }
    }

    pub(super) fn over(self) -> Self {
        Self { standing: Standing::Over, ..self }
    }

    /// Whether it says that the chain of this link is over.
    pub(super) fn ends(&self, mark: &M) -> bool {
        matches!(self.standing, Standing::Over) && (self.head == *mark || self.behind.contains(mark))
    }

    /// Whether it says that the chain of one of these is over.
    pub(super) fn ends_any(&self, marks: &[M]) -> bool {
        marks.iter().any(|mark| self.ends(mark))
    }

    /// Whether it knows the link as one before the head; and then, whether no grace period saves it: more
    /// than the head has come since, or the head may be spent too.
    pub(super) fn leaves_behind(&self, mark: &M) -> Option<bool> {
        let newer = self.behind.iter().rev().position(|behind| behind == mark)?;
        Some(newer > 0 || !matches!(self.standing, Standing::Settled))
    }
}

/// What the keychain answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kept<L> {
    /// The link.
    Found(L),
    /// There is no entry.
    NoEntry,
    /// Nobody can say.
    Fault,
}

/// A link about to be presented, or being presented.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Spend<L, T> {
    pub(super) link: L,
    /// What stood against it before.
    pub(super) before: Standing<T>,
}

/// The provider gave a token for `spent`, and perhaps a new link.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct GrantedFor<L, T> {
    pub(super) spent: Spend<L, T>,
    pub(super) next: Option<L>,
}

/// What signing out has found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SignOut<L: Link, T> {
    /// What to tell the others, once it is done.
    pub(super) journal: Option<Journal<L::Mark, T>>,
    /// A second link to revoke, and the one whose answer counts.
    pub(super) more: Option<L>,
    /// Whether the keychain answers.
    pub(super) reachable: bool,
}

/// What comes once the journal is written and the lock is free.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Then<L, T> {
    Spend(Spend<L, T>),
    Prove,
    Again,
    Finish(Verdict<T>),
}

/// Where in a wish the chain is: what it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum At<L: Link, T> {
    Begin,
    Locking,
    /// Only where the guard `reread` is left out.
    LockingLate(Spend<L, T>),
    ReadingJournal,
    ReadingLink(Option<Journal<L::Mark, T>>),
    Noting(Then<L, T>),
    Spending(Spend<L, T>),
    Storing {
        handed_out: bool,
    },
    Removing(Journal<L::Mark, T>, Verdict<T>),
    Revoking(SignOut<L, T>),
    Clearing {
        journal: Option<Journal<L::Mark, T>>,
        revoked: bool,
    },
    Unlocking(Then<L, T>),
    Waiting,
    /// `unstored` only where the guard `store_first` is left out.
    Proving {
        unstored: Option<GrantedFor<L, T>>,
    },
    HandingOut {
        unstored: Option<GrantedFor<L, T>>,
    },
    Finished,
}

/// Where a chain stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State<L: Link, T> {
    pub(super) wish: Wish<T>,
    pub(super) held: Held<L, T>,
    pub(super) at: At<L, T>,
    /// How many tries have failed.
    pub(super) tries: u8,
}

type Stepped<L, T> = (State<L, T>, Effect<L, T>);

impl<L: Link, T: Clone> State<L, T> {
    /// A chain that holds its link there and has been asked for this. [`Event::Begin`](super::Event::Begin)
    /// comes first.
    pub fn new(wish: Wish<T>, held: Held<L, T>) -> Self {
        Self { wish, held, at: At::Begin, tries: 0 }
    }

    /// Where its link is.
    pub fn held(&self) -> &Held<L, T> {
        &self.held
    }

    /// What it was asked for.
    pub fn wish(&self) -> &Wish<T> {
        &self.wish
    }

    /// Takes out where it is.
    pub(super) fn leave(mut self) -> (Self, At<L, T>) {
        let at = std::mem::replace(&mut self.at, At::Finished);
        (self, at)
    }

    pub(super) fn goes(mut self, at: At<L, T>, effect: Effect<L, T>) -> Stepped<L, T> {
        self.at = at;
        (self, effect)
    }

    pub(super) fn note(self, journal: Journal<L::Mark, T>, then: Then<L, T>) -> Stepped<L, T> {
        self.goes(At::Noting(then), Effect::Note(journal))
    }

    pub(super) fn unlock(self, then: Then<L, T>) -> Stepped<L, T> {
        self.goes(At::Unlocking(then), Effect::Unlock)
    }

    pub(super) fn finish(self, verdict: Verdict<T>) -> Stepped<L, T> {
        self.goes(At::Finished, Effect::Finish(verdict))
    }

    pub(super) fn refuse(self, why: Refusal) -> Stepped<L, T> {
        self.unlock(Then::Finish(Verdict::Refused(why)))
    }

    /// What to tell other processes of the link in memory; nothing where what they read from the keychain is
    /// none of its chain.
    pub(super) fn own_journal(&self) -> Option<Journal<L::Mark, T>> {
        let Held::Memory(own) = &self.held else { return None };
        (own.known == Known::Before).then(|| Journal {
            head: own.link.mark(),
            behind: own.behind.clone(),
            standing: own.standing.clone(),
        })
    }
}
