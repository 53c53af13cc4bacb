//! From a wish for a token, or for the link to be saved, to what came of it.

use super::{
    Effect, Guards, Over, Refusal, TRIES, Verdict,
    state::{At, GrantedFor, Held, Journal, Kept, Known, Link, Own, Spend, Standing, State, Then, Wish},
};

type Stepped<L, T> = (State<L, T>, Effect<L, T>);

impl<L: Link, T: Clone> State<L, T> {
    pub(super) fn begin(self, guards: &Guards) -> Stepped<L, T> {
        let read_first = !guards.reread && matches!(self.wish, Wish::Token(_));
        if guards.lock && !read_first { self.goes(At::Locking, Effect::Lock) } else { self.look(guards) }
    }

    /// What can have changed since last time is read anew.
    pub(super) fn look(self, guards: &Guards) -> Stepped<L, T> {
        match (&self.wish, &self.held) {
            (Wish::Save, Held::Keychain) => self.unlock(Then::Finish(Verdict::Saved)),
            // Nobody else can have a link of this chain.
            (Wish::Token(_) | Wish::Save, Held::Memory(own))
                if own.known == Known::Never || !guards.yielding =>
            {
                let own = own.clone();
                self.with_own(guards, own)
            }
            _ => self.goes(At::ReadingJournal, Effect::ReadJournal),
        }
    }

    pub(super) fn with_journal(
        mut self,
        guards: &Guards,
        journal: Option<Journal<L::Mark, T>>,
    ) -> Stepped<L, T> {
        let Held::Memory(own) = &self.held else { return self.read_link(journal) };
        if matches!(self.wish, Wish::End) {
            return self.read_link(journal);
        }
        if journal.as_ref().is_some_and(|journal| journal.ends_any(&own.claimed())) {
            self.held = Held::Keychain;
            return self.unlock(Then::Finish(Verdict::Parked(Over::EndedElsewhere)));
        }
        // Nobody else can have written that: the keychain, which may not answer, need not be asked.
        let newest = journal.as_ref().is_some_and(|journal| journal.head == own.link.mark());
        match newest || own.known == Known::Perhaps {
            true => {
                let own = own.clone();
                self.with_own(guards, own)
            }
            false => self.read_link(journal),
        }
    }

    fn read_link(self, journal: Option<Journal<L::Mark, T>>) -> Stepped<L, T> {
        self.goes(At::ReadingLink(journal), Effect::ReadLink)
    }

    fn with_own(self, guards: &Guards, own: Own<L, T>) -> Stepped<L, T> {
        match self.wish {
            Wish::Save => self.goes(At::Storing { handed_out: false }, Effect::Store(own.link)),
            _ => self.ready(guards, Spend { link: own.link, before: own.standing }),
        }
    }

    pub(super) fn with_link(
        mut self,
        guards: &Guards,
        journal: Option<Journal<L::Mark, T>>,
        kept: Kept<L>,
        held_elsewhere: bool,
    ) -> Stepped<L, T> {
        let held = std::mem::replace(&mut self.held, Held::Keychain);
        let link = match (kept, held) {
            (Kept::Found(link), Held::Memory(own)) => {
                if own.claimed().contains(&link.mark()) {
                    // Only this process can have moved on from what is there.
                    self.held = Held::Memory(own.clone());
                    return self.with_own(guards, own);
                }
                // Somebody has signed in anew.
                link
            }
            (Kept::Found(link), Held::Keychain) => link,
            (Kept::NoEntry, _) => {
                // Whoever ends a chain says so and takes its entry out.
                let ended = journal.is_some_and(|journal| matches!(journal.standing, Standing::Over));
                let why = if ended { Over::EndedElsewhere } else { Over::NoEntry };
                return self.unlock(Then::Finish(Verdict::Parked(why)));
            }
            (Kept::Fault, Held::Memory(own)) if journal.is_none() => {
                // A journal that is lost takes nothing from whoever holds the link.
                self.held = Held::Memory(own.clone());
                return self.with_own(guards, own);
            }
            (Kept::Fault, held) => {
                self.held = held;
                return self.refuse(Refusal::Keychain);
            }
        };
        if matches!(self.wish, Wish::Save) {
            return self.unlock(Then::Finish(Verdict::Saved));
        }
        self.with_kept(guards, journal, link, held_elsewhere)
    }

    fn with_kept(
        self,
        guards: &Guards,
        journal: Option<Journal<L::Mark, T>>,
        link: L,
        held_elsewhere: bool,
    ) -> Stepped<L, T> {
        if held_elsewhere {
            return self.refuse(Refusal::HeldElsewhere);
        }
        let mark = link.mark();
        let before = match journal {
            Some(journal) if journal.ends(&mark) && guards.over_is_over => {
                return self.unlock(Then::Finish(Verdict::Parked(Over::EndedElsewhere)));
            }
            Some(journal) if journal.head == mark => journal.standing,
            Some(journal) => match journal.leaves_behind(&mark) {
                Some(true) if guards.not_two_behind => return self.over(mark, Over::LeftBehind),
                Some(_) => Standing::SuccessorLost,
                // It speaks of another link: it says nothing against this one.
                None => Standing::Settled,
            },
            None => Standing::Settled,
        };
        self.ready(guards, Spend { link, before })
    }

    fn ready(self, guards: &Guards, spend: Spend<L, T>) -> Stepped<L, T> {
        if guards.lock && !guards.reread {
            return self.goes(At::LockingLate(spend), Effect::Lock);
        }
        self.announce(spend)
    }

    /// Says in the journal that the link may be spent from now on, whatever becomes of this process.
    pub(super) fn announce(mut self, spend: Spend<L, T>) -> Stepped<L, T> {
        let standing = match &spend.before {
            Standing::Settled => Standing::AnswerLost,
            known => known.clone(),
        };
        match self.stands(&spend.link, standing) {
            Some(journal) => self.note(journal, Then::Spend(spend)),
            None => self.noted(Then::Spend(spend)),
        }
    }

    /// From now on this stands against the link: what to tell others of it.
    fn stands(&mut self, link: &L, standing: Standing<T>) -> Option<Journal<L::Mark, T>> {
        match &mut self.held {
            Held::Keychain => Some(Journal::of_kept(link.mark(), standing)),
            Held::Memory(own) => {
                own.standing = standing;
                self.own_journal()
            }
        }
    }

    pub(super) fn noted(self, then: Then<L, T>) -> Stepped<L, T> {
        match (then, self.wish.clone()) {
            (Then::Spend(spend), Wish::Token(tenant)) => {
                let link = spend.link.clone();
                self.goes(At::Spending(spend), Effect::Spend(link, tenant))
            }
            (then, _) => self.unlock(then),
        }
    }

    pub(super) fn granted(self, guards: &Guards, spent: Spend<L, T>, next: Option<L>) -> Stepped<L, T> {
        let granted = GrantedFor { spent, next };
        if guards.store_first { self.keep(guards, granted, false) } else { self.prove(guards, Some(granted)) }
    }

    /// Puts the new link in its place. The old one is spent by now: from here on the new one is in memory
    /// until the keychain has it.
    pub(super) fn keep(
        mut self,
        guards: &Guards,
        granted: GrantedFor<L, T>,
        handed_out: bool,
    ) -> Stepped<L, T> {
        let GrantedFor { spent, next } = granted;
        let own = match (&mut self.held, next) {
            (Held::Keychain, Some(new)) => {
                let behind = vec![spent.link.mark()];
                let own = Own { behind, known: Known::Before, ..Own::new(new) };
                self.held = Held::Memory(own.clone());
                own
            }
            // None came back: the old one goes on being good (RFC 6749 §6).
            (Held::Keychain, None) if guards.keep_old_link => {
                let journal = Journal::of_kept(spent.link.mark(), Standing::Settled);
                return self.note(journal, Self::after(handed_out));
            }
            (Held::Keychain, None) => return self.over(spent.link.mark(), Over::NoEntry),
            (Held::Memory(own), next) => {
                if let Some(new) = next {
                    own.moves_on(new);
                }
                own.standing = Standing::Settled;
                own.clone()
            }
        };
        match (own.chosen, self.own_journal()) {
            (false, _) => self.goes(At::Storing { handed_out }, Effect::Store(own.link)),
            (true, Some(journal)) => self.note(journal, Self::after(handed_out)),
            (true, None) => self.unlock(Self::after(handed_out)),
        }
    }

    fn after(handed_out: bool) -> Then<L, T> {
        if handed_out { Then::Finish(Verdict::Served) } else { Then::Prove }
    }

    pub(super) fn stored(mut self, handed_out: bool) -> Stepped<L, T> {
        let then = match self.wish {
            Wish::Token(_) => Self::after(handed_out),
            _ => Then::Finish(Verdict::Saved),
        };
        match std::mem::replace(&mut self.held, Held::Keychain) {
            Held::Memory(own) => self.note(Journal::of_kept(own.link.mark(), own.standing), then),
            Held::Keychain => self.unlock(then),
        }
    }

    /// The keychain did not take the link, or took it and does not say so: either way it is claimed.
    pub(super) fn not_stored(mut self, guards: &Guards, handed_out: bool) -> Stepped<L, T> {
        let then = match self.wish {
            Wish::Token(_) => Self::after(handed_out),
            _ => Then::Finish(Verdict::Refused(Refusal::Keychain)),
        };
        if let Held::Memory(own) = &mut self.held {
            own.known = match own.known {
                _ if !guards.unsaved_mark => Known::Never,
                Known::Never | Known::Perhaps => Known::Perhaps,
                Known::Before => Known::Before,
            };
        }
        match self.own_journal() {
            Some(journal) => self.note(journal, then),
            None => self.unlock(then),
        }
    }

    pub(super) fn unanswered(mut self, guards: &Guards, spend: Spend<L, T>) -> Stepped<L, T> {
        if !guards.only_invalid_grant_ends {
            return self.over(spend.link.mark(), Over::Ended(spend.before));
        }
        self.tries += 1;
        if self.tries < TRIES { self.unlock(Then::Again) } else { self.refuse(Refusal::Provider) }
    }

    /// The provider may have rotated first: until an exchange proves it, nobody knows what the link is.
    pub(super) fn refused(mut self, guards: &Guards, spend: Spend<L, T>) -> Stepped<L, T> {
        if !guards.only_invalid_grant_ends {
            return self.over(spend.link.mark(), Over::Ended(spend.before));
        }
        self.tries += 1;
        if !guards.refusal_is_final && self.tries < TRIES {
            return self.unlock(Then::Again);
        }
        let then = Then::Finish(Verdict::Refused(Refusal::Provider));
        let Wish::Token(tenant) = self.wish.clone() else { return self.unlock(then) };
        match self.stands(&spend.link, Standing::Refused(tenant)) {
            Some(journal) => self.note(journal, then),
            None => self.unlock(then),
        }
    }

    /// The chain is over. What of it lies in the keychain would only mislead.
    pub(super) fn over(mut self, presented: L::Mark, why: Over<T>) -> Stepped<L, T> {
        let verdict = Verdict::Parked(why);
        match std::mem::replace(&mut self.held, Held::Keychain) {
            Held::Keychain => {
                let journal = Journal::of_kept(presented, Standing::Over);
                self.goes(At::Removing(journal, verdict), Effect::Remove)
            }
            Held::Memory(own) if own.known != Known::Never => {
                let (head, behind, known) = (own.link.mark(), own.behind, own.known);
                let journal = Journal { head, behind, standing: Standing::Over };
                match known {
                    Known::Before => self.goes(At::Removing(journal, verdict), Effect::Remove),
                    // What lies there, if anything, may be another session's.
                    Known::Perhaps | Known::Never => self.note(journal, Then::Finish(verdict)),
                }
            }
            Held::Memory(_) => self.unlock(Then::Finish(verdict)),
        }
    }

    pub(super) fn unlocked(self, guards: &Guards, then: Then<L, T>) -> Stepped<L, T> {
        match then {
            Then::Prove => self.prove(guards, None),
            Then::Again => {
                let failed = self.tries;
                self.goes(At::Waiting, Effect::Wait(failed))
            }
            Then::Finish(verdict) => self.finish(verdict),
            Then::Spend(_) => self.finish(Verdict::Refused(Refusal::OutOfOrder)),
        }
    }

    fn prove(self, guards: &Guards, unstored: Option<GrantedFor<L, T>>) -> Stepped<L, T> {
        if guards.proof {
            self.goes(At::Proving { unstored }, Effect::Prove)
        } else {
            self.hand_out(unstored)
        }
    }

    pub(super) fn hand_out(self, unstored: Option<GrantedFor<L, T>>) -> Stepped<L, T> {
        self.goes(At::HandingOut { unstored }, Effect::HandOut)
    }

    /// The computer slept on the way. Another token is asked for, so many times and no more.
    pub(super) fn too_late(mut self, guards: &Guards) -> Stepped<L, T> {
        self.tries += 1;
        if self.tries < TRIES { self.begin(guards) } else { self.refuse(Refusal::TooLate) }
    }
}
