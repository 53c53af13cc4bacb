//! Does what [`step`](super::step) decides, and tells it what came of it. Nothing is decided here.

use std::{
    fs::File,
    sync::{Arc, atomic::Ordering},
};

use keyward_model::{Error, ErrorCode};

use super::{
    Inner, Proven, Target, backoff,
    step::{Effect, Event, Guards, Held, Journal, Kept, Link, State, Verdict, Wish, step},
    words,
};
use crate::{AccessToken, RefreshToken, keychain::KeychainFault, provider::LEEWAY};

type Act = Effect<Arc<RefreshToken>, Target>;
type Holding = Held<Arc<RefreshToken>, Target>;
type Came = Event<Arc<RefreshToken>, Target>;

/// What a wish works with and deciding does not need.
#[derive(Default)]
pub(super) struct Aside {
    /// The lock across processes, while it is held.
    lock: Option<File>,
    /// The token that came last, not proven yet.
    access: Option<AccessToken>,
    proven: Option<Proven>,
    /// The token for whoever asked.
    pub(super) handed_out: Option<Proven>,
    /// The provider's or the system's last error.
    pub(super) said: Option<Error>,
    /// The keychain's last fault that still stands.
    pub(super) unsaved: Option<KeychainFault>,
}

/// A wish come to its end.
pub(super) struct Done {
    pub(super) verdict: Verdict<Target>,
    pub(super) aside: Aside,
}

impl Done {
    /// Why the keychain was not changed as wished.
    pub(super) fn fault(self) -> KeychainFault {
        let Aside { said, unsaved, .. } = self.aside;
        unsaved.unwrap_or_else(|| KeychainFault::Unavailable(words::error(self.verdict, said, None).message))
    }
}

impl Inner {
    pub(super) async fn perform(self: Arc<Self>, wish: Wish<Target>) -> Done {
        let mut held = self.held.lock().await;
        let target = match &wish {
            Wish::Token(target) => target.clone(),
            Wish::Save | Wish::End => None,
        };
        let mut aside = Aside::default();
        let mut state = State::new(wish, held.clone());
        let mut event = Event::Begin;
        loop {
            let (next, effect) = step(&Guards::ALL, state, event);
            // At once, so that a fault in what follows costs no link.
            held.clone_from(next.held());
            if let Effect::Finish(verdict) = effect {
                // What is over lies nowhere: of it can only be said where it lay.
                if !matches!(verdict, Verdict::SignedOut { .. }) {
                    self.in_keychain.store(matches!(*held, Held::Keychain), Ordering::Relaxed);
                }
                return Done { verdict, aside };
            }
            event = self.act(effect, &target, next.held(), &mut aside).await;
            state = next;
        }
    }

    async fn act(&self, effect: Act, target: &Target, held: &Holding, aside: &mut Aside) -> Came {
        match effect {
            Effect::Lock => match self.lock.take().await {
                Ok(lock) => {
                    aside.lock = Some(lock);
                    Event::Locked
                }
                Err(error) => {
                    aside.said = Some(error);
                    Event::NotLocked
                }
            },
            Effect::ReadJournal => Event::Journal(self.journal.read().await),
            Effect::ReadLink => self.read_link(aside).await,
            Effect::Note(journal) => self.note(journal).await,
            Effect::Spend(link, _) => self.spend(&link, target, aside).await,
            Effect::Store(link) => match self.ports.keychain.write(&self.key, &link).await {
                Ok(()) => {
                    aside.unsaved = None;
                    Event::Stored
                }
                Err(fault) => {
                    aside.unsaved = Some(fault);
                    Event::NotStored
                }
            },
            Effect::Remove => match self.ports.keychain.delete(&self.key).await {
                Ok(()) => Event::Removed,
                Err(fault) => {
                    tracing::warn!(%fault, "an ended session's entry could not be removed");
                    aside.unsaved = Some(fault);
                    Event::NotRemoved
                }
            },
            Effect::Revoke(link) => {
                Event::Revoked(self.provider.revoke(&link, self.key.bound_to.as_ref()).await)
            }
            Effect::Unlock => {
                if let Err(error) = self.journal.claim(held.claimed()).await {
                    tracing::warn!(%error, "a link that the keychain would not take could not be claimed");
                }
                aside.lock = None;
                Event::Unlocked
            }
            Effect::Prove => self.prove(target, aside).await,
            Effect::Wait(failed) => {
                tokio::time::sleep(backoff::delay(failed)).await;
                Event::Waited
            }
            Effect::HandOut => {
                aside.handed_out = aside.proven.take();
                Event::HandedOut
            }
            // The loop ends there.
            Effect::Finish(_) => Event::Begin,
        }
    }

    async fn read_link(&self, aside: &mut Aside) -> Came {
        match self.ports.keychain.read(&self.key).await {
            Ok(Some(link)) => {
                let link = Arc::new(link);
                let held_elsewhere = self.journal.is_claimed_elsewhere(link.mark()).await;
                Event::Link { kept: Kept::Found(link), held_elsewhere }
            }
            Ok(None) => Event::Link { kept: Kept::NoEntry, held_elsewhere: false },
            Err(fault) => {
                aside.unsaved = Some(fault);
                Event::Link { kept: Kept::Fault, held_elsewhere: false }
            }
        }
    }

    async fn note(&self, journal: Journal<String, Target>) -> Came {
        if let Err(error) = self.journal.write(journal).await {
            tracing::warn!(%error, "the chain's journal could not be written");
        }
        Event::Noted
    }

    async fn spend(&self, link: &RefreshToken, target: &Target, aside: &mut Aside) -> Came {
        match self.provider.refresh(link, target.as_ref()).await {
            Ok(granted) => {
                aside.access = Some(granted.access);
                Event::Granted(granted.refresh.map(Arc::new))
            }
            Err(error) => {
                let event = match error.code {
                    ErrorCode::SessionEnded => Event::Ended,
                    ErrorCode::ProviderUnreachable => Event::NoAnswer,
                    _ => Event::Refused,
                };
                aside.said = Some(error);
                event
            }
        }
    }

    async fn prove(&self, target: &Target, aside: &mut Aside) -> Came {
        let Some(access) = aside.access.take() else { return Event::Unproven };
        let proving = async {
            let access = self.provider.exchange(access, target.as_ref()).await?;
            let subject = &self.key.account.subject;
            let claims = self.provider.prove(&access, subject, target.as_ref()).await?;
            Ok((access, claims))
        };
        match proving.await {
            Ok((access, claims)) => {
                let until = claims.exp.plus(LEEWAY);
                aside.proven = Some(Proven { access, claims });
                Event::Proven { now: self.ports.clock.now(), until }
            }
            Err(error) => {
                aside.said = Some(error);
                Event::Unproven
            }
        }
    }
}
