//! Does what [`step`](super::step) decides, and tells it what came of it. Nothing is decided here.

use std::{
    fs::File,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use keyward_model::{Error, ErrorCode, Result};
use tokio::{sync::OwnedMutexGuard, task::spawn_blocking};

use super::{
    Inner, Proven, Target,
    files::on_disk,
    step::{Effect, Event, Guards, Held, Kept, Link, State, Verdict, Wish, step},
    words,
};
use crate::{AccessToken, RefreshToken, backoff, keychain::KeychainFault, provider::LEEWAY};

/// The longest wait before a link is presented a second time.
const FIRST_WAIT: Duration = Duration::from_millis(400);

pub(super) type Act = Effect<Arc<RefreshToken>, Target>;
pub(super) type Came = Event<Arc<RefreshToken>, Target>;
pub(super) type Holding = Held<Arc<RefreshToken>, Target>;

/// A wish under way: where the chain stands, and what is in hand that deciding does not need.
pub(super) struct Going {
    state: State<Arc<RefreshToken>, Target>,
    held: OwnedMutexGuard<Holding>,
    target: Target,
    /// The lock across processes, while it is held.
    lock: Option<File>,
    /// The links that others claim; `None` where nobody can say.
    pub(super) claimed_elsewhere: Option<Vec<String>>,
    /// The token that came last, not proven yet.
    access: Option<AccessToken>,
    proven: Option<Proven>,
    /// The token for whoever asked.
    handed_out: Option<Proven>,
    /// The provider's or the system's last error.
    said: Option<Error>,
    /// The keychain's last fault that still stands.
    unsaved: Option<KeychainFault>,
}

/// A wish come to its end.
pub(super) struct Done {
    pub(super) verdict: Verdict<Target>,
    /// The token for whoever asked.
    pub(super) handed_out: Option<Proven>,
    /// The provider's or the system's last error.
    pub(super) said: Option<Error>,
    /// The keychain's last fault that still stands.
    pub(super) unsaved: Option<KeychainFault>,
}

impl Done {
    /// Why the keychain was not changed as wished.
    pub(super) fn fault(self) -> KeychainFault {
        let Self { verdict, said, unsaved, .. } = self;
        unsaved.unwrap_or_else(|| KeychainFault::Unavailable(words::error(verdict, said, None).message))
    }
}

impl Going {
    fn begin(wish: Wish<Target>, held: OwnedMutexGuard<Holding>) -> (Self, Act) {
        let target = match &wish {
            Wish::Token(target) => target.clone(),
            Wish::Save | Wish::End => None,
        };
        let going = Self {
            state: State::new(wish, held.clone()),
            held,
            target,
            lock: None,
            claimed_elsewhere: None,
            access: None,
            proven: None,
            handed_out: None,
            said: None,
            unsaved: None,
        };
        going.step(Event::Begin)
    }

    /// Goes on, now that this has come.
    pub(super) fn step(mut self, came: Came) -> (Self, Act) {
        let (state, act) = step(&Guards::ALL, self.state, came);
        // At once, so that a fault in what follows costs no link.
        self.held.clone_from(state.held());
        self.state = state;
        (self, act)
    }

    pub(super) fn locked(&mut self, lock: File) -> Came {
        self.lock = Some(lock);
        Event::Locked
    }

    pub(super) fn not_locked(&mut self, why: Error) -> Came {
        self.said = Some(why);
        Event::NotLocked
    }

    pub(super) fn unlocked(&mut self) -> Came {
        self.lock = None;
        Event::Unlocked
    }

    /// What is to be claimed for as long as this process lives.
    pub(super) fn claims(&self) -> Vec<String> {
        self.held.claimed()
    }
}

impl Inner {
    /// # Errors
    /// A fault in Keyward, which costs no link.
    pub(super) async fn perform(self: Arc<Self>, wish: Wish<Target>) -> Result<Done> {
        let held = self.held.clone().lock_owned().await;
        let (mut going, mut act) = Going::begin(wish, held);
        loop {
            if on_disk(&act) {
                let files = self.files.clone();
                let served = spawn_blocking(move || files.serve(going, act)).await;
                (going, act) = served.map_err(|fault| Error::new(ErrorCode::Internal, fault.to_string()))?;
            }
            if let Effect::Finish(verdict) = act {
                // What is over lies nowhere: of it can only be said where it lay.
                if !matches!(verdict, Verdict::SignedOut { .. }) {
                    self.in_keychain.store(matches!(*going.held, Held::Keychain), Ordering::Relaxed);
                }
                let Going { handed_out, said, unsaved, .. } = going;
                return Ok(Done { verdict, handed_out, said, unsaved });
            }
            let came = self.act(act, &mut going).await;
            (going, act) = going.step(came);
        }
    }

    async fn act(&self, act: Act, going: &mut Going) -> Came {
        match act {
            Effect::Lock => match self.files.lock.take().await {
                Ok(lock) => going.locked(lock),
                Err(error) => going.not_locked(error),
            },
            Effect::ReadLink => self.read_link(going).await,
            Effect::Spend(link, _) => self.spend(&link, going).await,
            Effect::Store(link) => match self.ports.keychain.write(&self.key, &link).await {
                Ok(()) => {
                    going.unsaved = None;
                    Event::Stored
                }
                Err(fault) => {
                    going.unsaved = Some(fault);
                    Event::NotStored
                }
            },
            Effect::Remove => match self.ports.keychain.delete(&self.key).await {
                Ok(()) => Event::Removed,
                Err(fault) => {
                    tracing::warn!(%fault, "an ended session's entry could not be removed");
                    going.unsaved = Some(fault);
                    Event::NotRemoved
                }
            },
            Effect::Revoke(link) => {
                Event::Revoked(self.provider.revoke(&link, self.key.bound_to.as_ref()).await)
            }
            Effect::Prove => self.prove(going).await,
            Effect::Wait(failed) => {
                tokio::time::sleep(backoff::delay(FIRST_WAIT, failed)).await;
                Event::Waited
            }
            Effect::HandOut => {
                going.handed_out = going.proven.take();
                Event::HandedOut
            }
            // Done before: what is on disk in `Files::serve`, and the loop ends at its finish.
            Effect::ReadJournal | Effect::Note(_) | Effect::Unlock | Effect::Finish(_) => Event::Begin,
        }
    }

    async fn read_link(&self, going: &mut Going) -> Came {
        match self.ports.keychain.read(&self.key).await {
            Ok(Some(link)) => {
                let link = Arc::new(link);
                let claimed = going.claimed_elsewhere.as_ref();
                let held_elsewhere = claimed.is_none_or(|claimed| claimed.contains(&link.mark()));
                Event::Link { kept: Kept::Found(link), held_elsewhere }
            }
            Ok(None) => Event::Link { kept: Kept::NoEntry, held_elsewhere: false },
            Err(fault) => {
                going.unsaved = Some(fault);
                Event::Link { kept: Kept::Fault, held_elsewhere: false }
            }
        }
    }

    async fn spend(&self, link: &RefreshToken, going: &mut Going) -> Came {
        match self.provider.refresh(link, going.target.as_ref()).await {
            Ok(granted) => {
                going.access = Some(granted.access);
                Event::Granted(granted.refresh.map(Arc::new))
            }
            Err(error) => {
                let event = match error.code {
                    ErrorCode::SessionEnded => Event::Ended,
                    ErrorCode::ProviderUnreachable => Event::NoAnswer,
                    _ => Event::Refused,
                };
                going.said = Some(error);
                event
            }
        }
    }

    async fn prove(&self, going: &mut Going) -> Came {
        let Some(access) = going.access.take() else { return Event::Unproven };
        let target = going.target.as_ref();
        let proving = async {
            let access = self.provider.exchange(access, target).await?;
            let subject = &self.key.account.subject;
            let claims = self.provider.prove(&access, subject, target).await?;
            Ok((access, claims))
        };
        match proving.await {
            Ok((access, claims)) => {
                let until = claims.exp.plus(LEEWAY);
                going.proven = Some(Proven { access, claims });
                Event::Proven { now: self.ports.clock.now(), until }
            }
            Err(error) => {
                going.said = Some(error);
                Event::Unproven
            }
        }
    }
}
