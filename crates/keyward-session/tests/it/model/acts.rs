//! What a process of the model does, what comes of it, and what must not be.

use keyward_model::Timestamp;
use keyward_session::chain::step::{Effect, Event, Kept, Wish};

use super::world::{Answer, CLOSED, Fault, MISTAKEN, Nth, Process, Setup, Tenant, Token, World};

impl World {
    /// The process does what it has decided on; this goes wrong.
    pub(super) fn act(
        &mut self,
        setup: &Setup,
        id: u8,
        fault: Option<Fault>,
        omits: bool,
    ) -> Result<(), String> {
        let Some((state, effect)) = self.process(id).working.take() else {
            return Err("nothing is under way".to_owned());
        };
        let keychain_fails = matches!(fault, Some(Fault::Keychain | Fault::KeychainLies));
        let event = match effect {
            Effect::Lock if fault == Some(Fault::Impatience) => Event::NotLocked,
            Effect::Lock => {
                self.lock = Some(id);
                Event::Locked
            }
            Effect::Unlock => {
                self.process(id).claims = state.held().claimed();
                if self.lock == Some(id) {
                    self.lock = None;
                }
                Event::Unlocked
            }
            Effect::ReadJournal => {
                if fault == Some(Fault::JournalLost) {
                    self.journal = None;
                }
                Event::Journal(self.journal.clone())
            }
            Effect::Note(journal) => {
                if *state.wish() == Wish::End && self.lock == Some(id) {
                    for link in journal.behind.iter().chain([&journal.head]) {
                        self.families[usize::from(link.0)].signed_out = true;
                    }
                }
                self.journal = Some(journal);
                Event::Noted
            }
            Effect::ReadLink => {
                let kept = match self.keychain {
                    _ if keychain_fails => Kept::Fault,
                    Some(link) => Kept::Found(link),
                    None => Kept::NoEntry,
                };
                let claimed =
                    |other: &Process| self.keychain.is_some_and(|link| other.claims.contains(&link));
                let held_elsewhere = self.others(id).any(claimed);
                Event::Link { kept, held_elsewhere }
            }
            Effect::Store(link) => {
                self.process(id).untried = false;
                if fault != Some(Fault::Keychain) {
                    self.keychain = Some(link);
                }
                if keychain_fails { Event::NotStored } else { Event::Stored }
            }
            Effect::Remove => {
                if keychain_fails {
                    Event::NotRemoved
                } else {
                    self.keychain = None;
                    Event::Removed
                }
            }
            Effect::Revoke(link) => {
                let reached = fault.is_none();
                if reached {
                    self.families[usize::from(link.0)].alive = false;
                }
                Event::Revoked(reached)
            }
            Effect::Spend(link, tenant) => match self.processes[usize::from(id)].wire {
                None => {
                    self.may_present(id, link)?;
                    if fault == Some(Fault::RequestLost) {
                        Event::NoAnswer
                    } else {
                        let burns = fault == Some(Fault::Burn);
                        let answer = self.answer(setup, link, tenant, burns, omits);
                        let process = self.process(id);
                        process.wire = Some(answer);
                        process.working = Some((state, effect));
                        return Ok(());
                    }
                }
                Some(answer) => {
                    self.process(id).wire = None;
                    if fault == Some(Fault::AnswerLost) {
                        let rotated = matches!(answer, Answer::Granted { next: Some(_), .. });
                        self.excused |= rotated && !setup.grace;
                        Event::NoAnswer
                    } else {
                        self.hears(id, link, answer)?
                    }
                }
            },
            Effect::Wait(_) => Event::Waited,
            Effect::Prove => {
                let Wish::Token(asked) = *state.wish() else {
                    return Err("a token nobody asked for".to_owned());
                };
                match self.processes[usize::from(id)].token {
                    Some(token) if token.tenant == asked => {
                        self.process(id).proven = true;
                        Event::Proven {
                            now: Timestamp(self.now.into()),
                            until: Timestamp(token.until.into()),
                        }
                    }
                    _ => Event::Unproven,
                }
            }
            Effect::HandOut => {
                self.may_hand_out(id, state.wish())?;
                Event::HandedOut
            }
            Effect::Finish(_) => return Err("nothing is left to do".to_owned()),
        };
        self.goes_on(setup, id, state, event)
    }

    fn may_present(&self, id: u8, link: Nth) -> Result<(), String> {
        if self.others(id).any(|other| other.wire.is_some()) {
            return Err("two spends are under way at a time".to_owned());
        }
        if self.answered.contains(&link) {
            return Err("a link is presented again after its successor came".to_owned());
        }
        let family = &self.families[usize::from(link.0)];
        if family.signed_out {
            return Err("a link is presented after the person signed out".to_owned());
        }
        if family.newest - link.1 > 1 {
            return Err("a link two behind is presented".to_owned());
        }
        if self.processes[usize::from(id)].refused {
            return Err("what was refused is asked again by itself".to_owned());
        }
        Ok(())
    }

    fn answer(&mut self, setup: &Setup, link: Nth, tenant: Tenant, burns: bool, omits: bool) -> Answer {
        let family = &mut self.families[usize::from(link.0)];
        let behind = family.newest - link.1;
        if !family.alive || behind > u8::from(setup.grace) {
            // Reuse ends the family.
            family.alive = false;
            return Answer::InvalidGrant;
        }
        let rotates = behind == 0 && !omits && (tenant != CLOSED || burns);
        if rotates {
            family.newest += 1;
        }
        if tenant == CLOSED {
            self.excused |= rotates && !setup.grace;
            return Answer::Refused;
        }
        let next = (family.newest > link.1).then_some(Nth(link.0, family.newest));
        let of = if tenant == MISTAKEN { 0 } else { tenant };
        Answer::Granted { next, token: Token { tenant: of, until: self.now + 1 } }
    }

    fn hears(&mut self, id: u8, link: Nth, answer: Answer) -> Result<Event<Nth, Tenant>, String> {
        let process = self.process(id);
        match answer {
            Answer::Granted { next, token } => {
                process.token = Some(token);
                process.proven = false;
                process.untried = next.is_some();
                if next.is_some() {
                    self.answered.push(link);
                    self.answered.sort_unstable_by_key(|link| (link.0, link.1));
                }
                Ok(Event::Granted(next))
            }
            Answer::Refused => {
                process.refused = true;
                Ok(Event::Refused)
            }
            Answer::InvalidGrant => {
                let family = &mut self.families[usize::from(link.0)];
                if std::mem::replace(&mut family.told, true) {
                    return Err("the provider says twice that the session is over".to_owned());
                }
                Ok(Event::Ended)
            }
        }
    }

    fn may_hand_out(&self, id: u8, wish: &Wish<Tenant>) -> Result<(), String> {
        let process = &self.processes[usize::from(id)];
        let token = process.token.ok_or("no token is handed out")?;
        if !process.proven || Wish::Token(token.tenant) != *wish {
            return Err("an unproven token is handed out".to_owned());
        }
        if self.now >= token.until {
            return Err("an expired token is handed out".to_owned());
        }
        if process.untried {
            return Err("a token is handed out before its link is stored".to_owned());
        }
        Ok(())
    }
}
