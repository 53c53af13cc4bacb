//! How a window comes to be at work: what a trip to the browser brought, resuming, and a keychain that
//! stands in the way.

use std::sync::Arc;

use keyward_model::{ConnectionId, Error, ErrorCode, Result};
use tokio::sync::oneshot;

use super::{
    WindowLabel,
    live::Live,
    owner::{From, Message, Owner, Resume, refuse, tell},
    window::{Attempt, Then, Window, signed_out},
};
use crate::{
    Connection, KeychainBlocked, Offline,
    remembered::Place,
    sign_in::{self, Arrival, Keep, Means},
};

impl Owner {
    /// The configured connection of this id; `None` is the local workspace.
    pub(super) fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>> {
        if id.as_str() == crate::LOCAL {
            return Ok(None);
        }
        let found = self.config.connections.iter().find(|connection| connection.id == *id);
        found.cloned().map(Some).ok_or_else(|| {
            // What a broken file held may be the very connection that is wanted.
            self.config.problems.first().cloned().unwrap_or_else(|| {
                Error::new(
                    ErrorCode::NotFound,
                    format!("The configuration has no connection “{id}” (any more)."),
                )
            })
        })
    }

    /// The connection's name for people; its id, where it is not configured any more.
    pub(super) fn connection_name(&self, id: &ConnectionId) -> String {
        match self.connection(id) {
            Ok(Some(connection)) => connection.name,
            Ok(None) => crate::LOCAL_NAME.to_owned(),
            Err(_) => id.to_string(),
        }
    }

    /// Takes up the session of last time.
    pub(super) fn resume(&mut self, window: WindowLabel, place: Place, how: Resume) {
        let Some(account) = self.memory.find(&place.account) else {
            return self.set(&window, Window::SignedOut { notice: None });
        };
        let record = account.record.clone();
        let connection = match self.connection(&record.connection) {
            Ok(connection) => connection,
            Err(error) => return self.set(&window, Window::SignedOut { notice: Some(error) }),
        };
        let name = self.connection_name(&record.connection);
        let (attempt, means) = (self.next_attempt(), self.means());
        // Another window of the account has its chains: two would spend one link twice.
        let running = self.running(&place.account);
        let (local, keychain, report) =
            (self.settings.local.clone(), self.ports.keychain.clone(), self.me.clone());
        let (alive, _) = oneshot::channel();
        self.set(&window, Window::Starting { attempt, connection: name, alive });
        tokio::spawn(async move {
            let from = From::Resume(place.clone(), how);
            let flow = async {
                if how == Resume::Unlocking {
                    keychain.unlock().await?;
                }
                let connection = match connection {
                    Some(connection) => connection,
                    None => local.start().await?,
                };
                sign_in::resume(means, connection, record, place, running).await.map(Box::new)
            };
            let result = flow.await;
            tell(&report, Message::Finished { window, attempt, from, result });
        });
    }

    pub(super) fn finished(
        &mut self,
        window: WindowLabel,
        attempt: Attempt,
        from: From,
        result: Result<Box<Arrival>>,
    ) {
        if self.windows.get(&window).and_then(Window::attempt) != Some(attempt) {
            return Self::abandoned(from, result);
        }
        match (result, from) {
            (Ok(arrival), From::SignIn(trip)) if arrival.stranger => self.meet(&window, arrival, trip),
            (Ok(arrival), _) if arrival.unsaved.is_some() => self.block(&window, arrival),
            (Ok(arrival), _) => self.enter(&window, *arrival),
            (Err(error), From::SignIn(trip)) if error.code == ErrorCode::InteractionRequired => {
                self.challenged(window, &trip, error);
            }
            (Err(error), From::SignIn(_) | From::Arrived) => {
                let notice = Some(error).filter(|error| error.code != ErrorCode::SignInCancelled);
                self.back(window, notice);
            }
            // The person asked for this account: what is not kept any more, their browser brings back.
            (Err(error), From::Resume(place, Resume::AsAsked))
                if matches!(error.code, ErrorCode::SessionEnded | ErrorCode::InteractionRequired) =>
            {
                let trip = self.trip_of(&place.account, Some(place.tenant));
                if let Err(error) = trip.and_then(|trip| self.depart(window.clone(), trip, false)) {
                    self.set(&window, Window::SignedOut { notice: Some(error) });
                }
            }
            (Err(error), From::Resume(place, _)) => self.not_resumed(&window, place, error),
        }
    }

    /// A flow that nobody waits for any more: a session it made is ended, not left lying about.
    fn abandoned(from: From, result: Result<Box<Arrival>>) {
        if let (Ok(arrival), From::SignIn(_) | From::Arrived) = (result, from) {
            tokio::spawn(async move { arrival.abandon().await });
        }
    }

    fn not_resumed(&mut self, window: &WindowLabel, place: Place, problem: Error) {
        let (person, connection) = match self.memory.find(&place.account) {
            Some(account) => (account.record.name.clone(), account.record.connection.clone()),
            None => return self.set(window, Window::SignedOut { notice: Some(problem) }),
        };
        let connection = self.connection_name(&connection);
        let state = match problem.code {
            ErrorCode::KeychainLocked | ErrorCode::KeychainUnavailable => Window::Blocked {
                view: KeychainBlocked { problem, person: Some(person), after_sign_in: false },
                then: Then::Resume(place),
            },
            ErrorCode::SessionEnded
            | ErrorCode::InteractionRequired
            | ErrorCode::TenantForbidden
            | ErrorCode::TenantUnknown
            | ErrorCode::PortInUse
            | ErrorCode::StorageCorrupt => {
                if problem.code == ErrorCode::SessionEnded {
                    self.memory.state.windows.remove(window);
                    self.save();
                }
                Window::SignedOut { notice: Some(problem) }
            }
            _ => Window::Offline { view: Offline { problem, person, connection }, place },
        };
        self.set(window, state);
    }

    fn block(&mut self, window: &WindowLabel, arrival: Box<Arrival>) {
        let problem = match &arrival.unsaved {
            Some(fault) => Error::from(fault.clone()),
            None => return self.enter(window, *arrival),
        };
        let view =
            KeychainBlocked { problem, person: Some(arrival.record.name.clone()), after_sign_in: true };
        self.set(window, Window::Blocked { view, then: Then::Enter(arrival) });
    }

    pub(super) fn retry(&mut self, window: WindowLabel, unlock: bool) {
        let keychain = self.ports.keychain.clone();
        match self.windows.remove(&window) {
            Some(Window::Offline { place, .. }) => self.resume(window, place, Resume::Quietly),
            Some(Window::Blocked { then: Then::Resume(place), .. }) => {
                self.resume(window, place, if unlock { Resume::Unlocking } else { Resume::Quietly });
            }
            Some(Window::Blocked { then: Then::Enter(mut arrival), .. }) => {
                let name = arrival.connection().name.clone();
                self.go_on(window, name, async move {
                    let unlocked = if unlock { keychain.unlock().await } else { Ok(()) };
                    arrival.unsaved = match unlocked {
                        Ok(()) => arrival.save().await.err(),
                        Err(fault) => Some(fault),
                    };
                    arrival
                });
            }
            Some(other) => {
                self.windows.insert(window, other);
            }
            None => {}
        }
    }

    /// Goes on without the keychain: into the tenant where the person is signed in already, else through
    /// a new sign-in whose session stays in memory.
    pub(super) fn go_on_without_keychain(&mut self, window: WindowLabel) -> Result<()> {
        match self.windows.remove(&window) {
            Some(Window::Blocked { then: Then::Enter(mut arrival), .. }) => {
                let name = arrival.connection().name.clone();
                self.go_on(window, name, async move {
                    arrival.keep_for_this_session().await;
                    arrival.unsaved = None;
                    arrival
                });
                Ok(())
            }
            Some(Window::Blocked { then: Then::Resume(place), .. }) => {
                let mut trip = self.trip_of(&place.account, Some(place.tenant))?;
                trip.wish.keep = Keep::ThisSession;
                self.depart(window, trip, false)
            }
            Some(other) => {
                self.windows.insert(window, other);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Does something for a person who has signed in already, then has the window go on with them.
    pub(super) fn go_on(
        &mut self,
        window: WindowLabel,
        connection: String,
        work: impl Future<Output = Box<Arrival>> + Send + 'static,
    ) {
        let (attempt, report) = (self.next_attempt(), self.me.clone());
        let (alive, _) = oneshot::channel();
        self.set(&window, Window::Starting { attempt, connection, alive });
        tokio::spawn(async move {
            let arrival = work.await;
            tell(&report, Message::Finished { window, attempt, from: From::Arrived, result: Ok(arrival) });
        });
    }

    fn enter(&mut self, window: &WindowLabel, arrival: Arrival) {
        let account = arrival.record.key.clone();
        let mut record = arrival.record.clone();
        if let Some(known) = self.memory.find(&account) {
            record.bound.extend(known.record.bound.iter().cloned());
        }
        self.memory.account(&record);
        self.memory.state.last.insert(record.connection.clone(), account.clone());
        if let Some(live) = self.accounts.get_mut(&account)
            && Arc::ptr_eq(&live.chains, &arrival.chains)
        {
            // Another window of an account at work: its waiters and tokens stay.
            live.record = record;
            live.me = arrival.me;
            live.parked.done(&arrival.tenant);
            live.keep(arrival.tenant.clone(), arrival.proven);
            return self.pin_and_save(window, account, arrival.tenant);
        }
        let epoch = self.next_attempt();
        let (mut live, tenant) = Live::new(Arrival { record, ..arrival }, epoch);
        if let Some(mut before) = self.accounts.remove(&account) {
            live.adopt(&mut before);
            refuse(before.all_waiters(), &signed_out());
        }
        self.accounts.insert(account.clone(), live);
        self.pin_and_save(window, account, tenant);
    }

    pub(super) fn next_attempt(&mut self) -> Attempt {
        self.attempts += 1;
        self.attempts
    }

    pub(super) fn means(&self) -> Means {
        Means { ports: self.ports.clone(), folder: self.settings.folder.clone() }
    }
}
