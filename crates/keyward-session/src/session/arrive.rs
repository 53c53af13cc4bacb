//! How a window comes to be at work: signing in, resuming, and a keychain that stands in the way.

use std::sync::Arc;

use keyward_model::{ConnectionId, Error, ErrorCode, Result, TenantId};
use tokio::sync::oneshot;

use super::{
    WindowLabel,
    live::Live,
    owner::{From, Message, Owner, refuse, tell},
    window::{Attempt, Then, Window, signed_out},
};
use crate::{
    Connection, KeychainBlocked, Offline, SigningIn,
    remembered::Place,
    sign_in::{self, Arrival, Keep, Means, Sent},
};

impl Owner {
    pub(super) fn sign_in(
        &mut self,
        window: WindowLabel,
        id: &ConnectionId,
        tenant: Option<TenantId>,
        elsewhere: bool,
        keep: Keep,
    ) -> Result<()> {
        let connection = self.connection(id)?;
        let name =
            connection.as_ref().map_or(crate::LOCAL_NAME.to_owned(), |connection| connection.name.clone());
        let (attempt, means) = (self.next_attempt(), self.means());
        let (local, report) = (self.settings.local.clone(), self.me.clone());
        let (alive, cancelled) = oneshot::channel();
        self.set(&window, Window::Starting { attempt, connection: name.clone(), alive });
        tokio::spawn(async move {
            let (sent, link) = oneshot::channel();
            let flow = async {
                let connection = match connection {
                    Some(connection) => connection,
                    None if elsewhere => local.start_elsewhere().await?,
                    None => local.start().await?,
                };
                sign_in::sign_in(means, connection, tenant.clone(), keep, sent, cancelled).await.map(Box::new)
            };
            let relay = async {
                if let Ok(sent) = link.await {
                    let (window, tenant) = (window.clone(), tenant.clone());
                    tell(&report, Message::Sent { window, attempt, connection: name, tenant, sent });
                }
            };
            let (result, ()) = tokio::join!(flow, relay);
            tell(&report, Message::Finished { window, attempt, from: From::SignIn, result });
        });
        Ok(())
    }

    /// The configured connection of this id; `None` is the local workspace.
    pub(super) fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>> {
        if id.as_str() == crate::LOCAL {
            return Ok(None);
        }
        let config = self.settings.config.as_ref().map_err(Clone::clone)?;
        let found = config.connections.iter().find(|connection| connection.id == *id);
        found.cloned().map(Some).ok_or_else(|| {
            Error::new(ErrorCode::NotFound, format!("The configuration has no connection “{id}” (any more)."))
        })
    }

    pub(super) fn sent(
        &mut self,
        window: &WindowLabel,
        attempt: Attempt,
        connection: String,
        tenant: Option<TenantId>,
        sent: Sent,
    ) {
        let Some(Window::Starting { attempt: present, .. }) = self.windows.get(window) else { return };
        if *present != attempt {
            return;
        }
        let Some(Window::Starting { alive, .. }) = self.windows.remove(window) else { return };
        let browser_problem = self.browse(&sent.url).err();
        let view = SigningIn { connection, tenant, url: sent.url, ends_at: sent.ends_at, browser_problem };
        self.set(window, Window::SigningIn { attempt, view, alive });
    }

    pub(super) fn open_browser(&mut self, window: &WindowLabel) -> Result<()> {
        match self.windows.get(window) {
            Some(Window::SigningIn { view, .. }) => self.browse(&view.url),
            _ => Err(Error::new(ErrorCode::NotFound, "No sign-in is waiting in this window.")),
        }
    }

    fn browse(&self, url: &str) -> Result<()> {
        self.ports.browser.open(url).map_err(|why| {
            tracing::warn!(why, "browser not opened");
            Error::new(
                ErrorCode::BrowserFailed,
                format!("The browser could not be opened ({why}). Copy the link and open it yourself."),
            )
        })
    }

    /// Takes up the session of last time, once the keychain has been unlocked where that was asked for.
    pub(super) fn resume(&mut self, window: WindowLabel, place: Place, unlock: bool) {
        let Some(account) = self.memory.find(&place.account) else {
            return self.set(&window, Window::SignedOut { notice: None });
        };
        let record = account.record.clone();
        let connection = match self.connection(&record.connection) {
            Ok(connection) => connection,
            Err(error) => return self.set(&window, Window::SignedOut { notice: Some(error) }),
        };
        let name =
            connection.as_ref().map_or(crate::LOCAL_NAME.to_owned(), |connection| connection.name.clone());
        let (attempt, means) = (self.next_attempt(), self.means());
        // Another window of the account has its chain: two would spend one link twice.
        let running = self.accounts.get(&place.account).map(|live| live.chain.clone());
        let (local, keychain, report) =
            (self.settings.local.clone(), self.ports.keychain.clone(), self.me.clone());
        let (alive, _) = oneshot::channel();
        self.set(&window, Window::Starting { attempt, connection: name, alive });
        tokio::spawn(async move {
            let from = From::Resume(place.clone());
            let flow = async {
                if unlock {
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
            return self.abandoned(from, result);
        }
        match (result, from) {
            (Ok(arrival), _) if arrival.unsaved.is_some() => {
                self.block(&window, arrival);
            }
            (Ok(arrival), _) => self.enter(&window, *arrival),
            (Err(error), From::SignIn) => {
                let notice = Some(error).filter(|error| error.code != ErrorCode::SignInCancelled);
                self.back(window, notice);
            }
            (Err(error), From::Resume(place)) => self.not_resumed(&window, place, error),
        }
    }

    /// A flow that nobody waits for any more: a session it made is ended, not left lying about.
    fn abandoned(&self, from: From, result: Result<Box<Arrival>>) {
        if let (Ok(arrival), From::SignIn) = (result, from) {
            tokio::spawn(async move {
                if let Err(fault) = arrival.chain.end().await {
                    tracing::warn!(%fault, "a cancelled sign-in's session could not be removed");
                }
            });
        }
    }

    fn not_resumed(&mut self, window: &WindowLabel, place: Place, problem: Error) {
        let (person, connection) = match self.memory.find(&place.account) {
            Some(account) => (account.record.name.clone(), account.record.connection.clone()),
            None => return self.set(window, Window::SignedOut { notice: Some(problem) }),
        };
        let connection = match self.connection(&connection) {
            Ok(Some(connection)) => connection.name,
            Ok(None) => crate::LOCAL_NAME.to_owned(),
            Err(_) => connection.to_string(),
        };
        let state = match problem.code {
            ErrorCode::KeychainLocked | ErrorCode::KeychainUnavailable => Window::Blocked {
                view: KeychainBlocked { problem, person: Some(person), after_sign_in: false },
                then: Then::Resume(place),
            },
            ErrorCode::SessionEnded
            | ErrorCode::TenantForbidden
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
            Some(Window::Offline { place, .. }) => self.resume(window, place, false),
            Some(Window::Blocked { then: Then::Resume(place), .. }) => self.resume(window, place, unlock),
            Some(Window::Blocked { then: Then::Enter(mut arrival), .. }) => {
                let (attempt, report) = (self.next_attempt(), self.me.clone());
                let (alive, _) = oneshot::channel();
                self.set(
                    &window,
                    Window::Starting { attempt, connection: arrival.connection.name.clone(), alive },
                );
                tokio::spawn(async move {
                    let unlocked = if unlock { keychain.unlock().await } else { Ok(()) };
                    arrival.unsaved = match unlocked {
                        Ok(()) => arrival.chain.save().await.err(),
                        Err(fault) => Some(fault),
                    };
                    tell(
                        &report,
                        Message::Finished { window, attempt, from: From::SignIn, result: Ok(arrival) },
                    );
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
            Some(Window::Blocked { then: Then::Enter(arrival), .. }) => {
                self.enter_for_this_session(window, arrival);
                Ok(())
            }
            Some(Window::Blocked { then: Then::Resume(place), .. }) => {
                let connection =
                    self.memory.find(&place.account).map(|account| account.record.connection.clone());
                let connection = connection.ok_or_else(signed_out)?;
                self.sign_in(window, &connection, Some(place.tenant), false, Keep::ThisSession)
            }
            Some(other) => {
                self.windows.insert(window, other);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn enter_for_this_session(&mut self, window: WindowLabel, arrival: Box<Arrival>) {
        let (chain, name) = (arrival.chain.clone(), arrival.connection.name.clone());
        let (attempt, report) = (self.next_attempt(), self.me.clone());
        let (alive, _) = oneshot::channel();
        self.set(&window, Window::Starting { attempt, connection: name, alive });
        tokio::spawn(async move {
            chain.keep_for_this_session().await;
            let mut arrival = arrival;
            arrival.unsaved = None;
            tell(&report, Message::Finished { window, attempt, from: From::SignIn, result: Ok(arrival) });
        });
    }

    /// Back to where the window was before a sign-in that came to nothing: at work, if it was.
    pub(super) fn back(&mut self, window: WindowLabel, notice: Option<Error>) {
        let Some(place) = self.memory.state.windows.get(&window).cloned() else {
            return self.set(&window, Window::SignedOut { notice });
        };
        let Place { account, tenant } = place.clone();
        if self.accounts.get(&account).is_some_and(|live| live.known(&tenant).is_some()) {
            return self.set(&window, Window::At { account, tenant, notice, order: 0 });
        }
        match notice {
            Some(notice) => self.set(&window, Window::SignedOut { notice: Some(notice) }),
            None => self.resume(window, place, false),
        }
    }

    fn enter(&mut self, window: &WindowLabel, arrival: Arrival) {
        if let Some(live) = self.accounts.get_mut(&arrival.record.key)
            && Arc::ptr_eq(&live.chain, &arrival.chain)
        {
            // Another window of an account at work: its waiters and tokens stay.
            live.me = arrival.me;
            live.keep(arrival.tenant.clone(), arrival.proven);
            return self.pin(window, arrival.record.key, arrival.tenant);
        }
        let epoch = self.next_attempt();
        let (live, tenant) = Live::new(arrival, epoch);
        let account = live.record.key.clone();
        self.memory.account(&live.record);
        self.memory.state.last.insert(live.record.connection.clone(), account.clone());
        if let Some(mut before) = self.accounts.insert(account.clone(), live) {
            refuse(before.all_waiters(), &signed_out());
        }
        self.pin(window, account, tenant);
    }

    pub(super) fn next_attempt(&mut self) -> Attempt {
        self.attempts += 1;
        self.attempts
    }

    pub(super) fn means(&self) -> Means {
        Means { ports: self.ports.clone(), folder: self.settings.folder.clone() }
    }
}
