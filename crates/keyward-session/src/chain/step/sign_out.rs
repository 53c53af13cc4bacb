//! From a wish that the chain be over to what came of it: revoke, then remove, then say so to others.

use super::{
    Effect, Refusal, Verdict,
    state::{At, Held, Journal, Kept, Known, Link, SignOut, Standing, State, Then},
};

type Stepped<L, T> = (State<L, T>, Effect<L, T>);

impl<L: Link, T: Clone> State<L, T> {
    pub(super) fn revoke(self, journal: Option<Journal<L::Mark, T>>, kept: Kept<L>) -> Stepped<L, T> {
        let reachable = !matches!(kept, Kept::Fault);
        let in_keychain = match kept {
            Kept::Found(link) => Some(link),
            Kept::NoEntry | Kept::Fault => None,
        };
        let entry = in_keychain.as_ref().map(Link::mark);
        match (&self.held, in_keychain) {
            (Held::Keychain, Some(link)) => {
                let journal = entry.map(|entry| Journal::of_kept(entry, Standing::Over));
                let sign_out = SignOut { journal, more: None, reachable };
                self.goes(At::Revoking(sign_out), Effect::Revoke(link))
            }
            (Held::Keychain, None) if reachable => {
                // Nothing is left to revoke it with. Over it is only where somebody has heard so before: the
                // provider said it, or was told by whoever signed out, who knows whether it listened.
                let over = |journal: &Journal<_, _>| matches!(journal.standing, Standing::Over);
                let done = Then::Finish(Verdict::SignedOut { revoked: journal.as_ref().is_some_and(over) });
                // Whoever holds a link of it in memory is told by the journal.
                match journal {
                    Some(journal) => self.note(journal.over(), done),
                    None => self.unlock(done),
                }
            }
            (Held::Keychain, None) => self.refuse(Refusal::Keychain),
            (Held::Memory(own), older) => {
                let mut behind = own.behind.clone();
                behind.extend(entry.filter(|entry| !own.behind.contains(entry)));
                let shared = own.known != Known::Never || !behind.is_empty();
                let head = own.link.mark();
                let journal = shared.then_some(Journal { head, behind, standing: Standing::Over });
                let own = own.link.clone();
                // An older session of the same account may lie in the keychain: it ends with this one.
                let (first, more) = match older {
                    Some(older) => (older, Some(own)),
                    None => (own, None),
                };
                self.goes(At::Revoking(SignOut { journal, more, reachable }), Effect::Revoke(first))
            }
        }
    }

    pub(super) fn revoked(self, sign_out: SignOut<L, T>, confirmed: bool) -> Stepped<L, T> {
        let SignOut { journal, more, reachable } = sign_out;
        match (more, reachable) {
            (Some(link), _) => {
                let sign_out = SignOut { journal, more: None, reachable };
                self.goes(At::Revoking(sign_out), Effect::Revoke(link))
            }
            (None, true) => self.goes(At::Clearing { journal, revoked: confirmed }, Effect::Remove),
            // A session in memory is over all the same.
            (None, false) => self.cleared(journal, confirmed),
        }
    }

    pub(super) fn cleared(mut self, journal: Option<Journal<L::Mark, T>>, revoked: bool) -> Stepped<L, T> {
        self.held = Held::Keychain;
        let done = Then::Finish(Verdict::SignedOut { revoked });
        match journal {
            Some(journal) => self.note(journal, done),
            None => self.unlock(done),
        }
    }

    /// The entry may still be there. If its chain is over, nobody needs to try it.
    pub(super) fn not_cleared(self, journal: Option<Journal<L::Mark, T>>, revoked: bool) -> Stepped<L, T> {
        let failed = Then::Finish(Verdict::Refused(Refusal::Keychain));
        match journal.filter(|_| revoked) {
            Some(journal) => self.note(journal, failed),
            None => self.unlock(failed),
        }
    }
}
