//! Trips to the browser: signing in, as somebody in particular or not, and what the provider asks for later.

use std::sync::Arc;

use keyward_model::{ConnectionId, Error, ErrorCode, Result, TenantId};
use tokio::sync::oneshot;

use super::{
    WindowLabel,
    owner::{From, Message, Owner, Resume, tell},
    window::{Attempt, Trip, Window, signed_out},
};
use crate::{
    AccountKey, Named, SigningIn, SomebodyElse,
    provider::{Ask, Who},
    remembered::Place,
    sign_in::{self, Arrival, Keep, Sent, Wish},
};

impl Trip {
    /// A sign-in of whoever comes.
    pub(super) fn of_anybody(connection: ConnectionId, tenant: Option<TenantId>) -> Self {
        let ask = Ask { tenant, ..Ask::default() };
        let wish = Wish { ask, keep: Keep::InKeychain, expected: None, remembered: None, running: None };
        Self { connection, wish }
    }
}

impl Owner {
    /// A trip of an account that is known here: the provider is told whom to expect.
    pub(super) fn trip_of(&self, account: &AccountKey, tenant: Option<TenantId>) -> Result<Trip> {
        let record = &self.memory.find(account).ok_or_else(signed_out)?.record;
        let running = self.accounts.get(account).map(|live| live.chains.clone());
        let ask = Ask { tenant, hint: Some(record.email.clone()), ..Ask::default() };
        let wish = Wish {
            ask,
            keep: Keep::InKeychain,
            expected: Some(account.clone()),
            remembered: Some(record.clone()),
            running,
        };
        Ok(Trip { connection: record.connection.clone(), wish })
    }

    /// Begins a trip; the window waits for it.
    pub(super) fn depart(&mut self, window: WindowLabel, trip: Trip, elsewhere: bool) -> Result<()> {
        let connection = self.connection(&trip.connection)?;
        let name = self.connection_name(&trip.connection);
        let (attempt, means) = (self.next_attempt(), self.means());
        let (local, report) = (self.settings.local.clone(), self.me.clone());
        let (alive, cancelled) = oneshot::channel();
        self.set(&window, Window::Starting { attempt, connection: name.clone(), alive });
        tokio::spawn(async move {
            let (sent, link) = oneshot::channel();
            let wish = trip.wish.clone();
            let tenant = wish.ask.tenant.clone();
            let flow = async {
                let connection = match connection {
                    Some(connection) => connection,
                    None if elsewhere => local.start_elsewhere().await?,
                    None => local.start().await?,
                };
                sign_in::sign_in(means, connection, wish, sent, cancelled).await.map(Box::new)
            };
            let relay = async {
                if let Ok(sent) = link.await {
                    let window = window.clone();
                    tell(&report, Message::Sent { window, attempt, connection: name, tenant, sent });
                }
            };
            let (result, ()) = tokio::join!(flow, relay);
            let from = From::SignIn(Box::new(trip));
            tell(&report, Message::Finished { window, attempt, from, result });
        });
        Ok(())
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
            Some(Window::Adding(adding)) if adding.view.trying.is_some() => {
                self.browse(adding.view.trying.as_deref().unwrap_or_default())
            }
            _ => Err(Error::new(ErrorCode::NotFound, "No sign-in is waiting in this window.")),
        }
    }

    pub(super) fn browse(&self, url: &str) -> Result<()> {
        self.ports.browser.open(url).map_err(|why| {
            tracing::warn!(why, "browser not opened");
            Error::new(
                ErrorCode::BrowserFailed,
                format!("The browser could not be opened ({why}). Copy the link and open it yourself."),
            )
        })
    }

    /// Signs in at a connection. In a window at work there, its person is expected back.
    pub(super) fn sign_in(
        &mut self,
        window: WindowLabel,
        connection: ConnectionId,
        tenant: Option<TenantId>,
        elsewhere: bool,
    ) -> Result<()> {
        let here = self.windows.get(&window).and_then(Window::account);
        let of_here = here.and_then(|account| self.memory.find(account));
        let trip = match of_here.filter(|account| account.record.connection == connection && !elsewhere) {
            Some(account) => self.trip_of(&account.record.key.clone(), tenant)?,
            None => Trip::of_anybody(connection, tenant),
        };
        self.depart(window, trip, elsewhere)
    }

    /// Signs in as somebody else at a connection: the provider is asked to let the person choose.
    pub(super) fn add_account(&mut self, window: WindowLabel, connection: ConnectionId) -> Result<()> {
        let mut trip = Trip::of_anybody(connection, None);
        trip.wish.ask.who = Who::Choose;
        self.depart(window, trip, false)
    }

    /// Goes to the browser for what waits in this window, because the person says so. One whose session cannot be
    /// taken up signs in again.
    pub(super) fn continue_in_browser(&mut self, window: WindowLabel) -> Result<()> {
        let (account, here) = match self.windows.get(&window) {
            Some(Window::At { account, tenant, .. }) => (account, tenant),
            Some(Window::Offline { place, .. }) => {
                let trip = self.trip_of(&place.account, Some(place.tenant.clone()))?;
                return self.depart(window, trip, false);
            }
            _ => return Err(signed_out()),
        };
        let (account, nothing) = (account.clone(), "Nothing waits for you in the browser.");
        let live = self.accounts.get_mut(&account).ok_or_else(signed_out)?;
        let Some((tenant, _)) = live.parked.shown(here) else {
            return Err(Error::new(ErrorCode::NotFound, nothing));
        };
        let tenant = tenant.clone();
        live.parked.leaves_for(&tenant);
        let step_up = live.chains.provider().wants(Some(&tenant));
        let mut trip = self.trip_of(&account, Some(tenant))?;
        trip.wish.ask.step_up = step_up;
        self.depart(window, trip, false)
    }

    /// Somebody else than expected has come back.
    pub(super) fn meet(&mut self, window: &WindowLabel, arrival: Box<Arrival>, trip: Box<Trip>) {
        let expected = trip.wish.remembered.as_ref();
        let named = |name: &str, email: &str| Named { name: name.to_owned(), email: email.to_owned() };
        let view = SomebodyElse {
            connection: arrival.connection().name.clone(),
            expected: expected
                .map(|record| named(&record.name, &record.email))
                .unwrap_or_else(|| named("", "")),
            arrived: named(&arrival.record.name, &arrival.record.email),
        };
        self.set(window, Window::Stranger { view, arrival, trip });
    }

    /// The person meant to sign in as whoever came.
    pub(super) fn accept_arrival(&mut self, window: WindowLabel) -> Result<()> {
        let (mut arrival, trip) = self.take_stranger(&window)?;
        let name = arrival.connection().name.clone();
        self.go_on(window, name, async move {
            arrival.stranger = false;
            if trip.wish.keep == Keep::InKeychain {
                arrival.unsaved = arrival.save().await.err();
            }
            arrival
        });
        Ok(())
    }

    /// The person did not: the provider is asked to sign in anew whom they expected.
    pub(super) fn retry_as_expected(&mut self, window: WindowLabel) -> Result<()> {
        let (arrival, mut trip) = self.take_stranger(&window)?;
        tokio::spawn(async move { arrival.abandon().await });
        trip.wish.ask.who = Who::Anew;
        self.depart(window, *trip, false)
    }

    fn take_stranger(&mut self, window: &WindowLabel) -> Result<(Box<Arrival>, Box<Trip>)> {
        match self.windows.remove(window) {
            Some(Window::Stranger { arrival, trip, .. }) => Ok((arrival, trip)),
            other => {
                if let Some(other) = other {
                    self.windows.insert(window.clone(), other);
                }
                Err(Error::new(ErrorCode::NotFound, "Nobody unexpected has signed in in this window."))
            }
        }
    }

    /// Ends the wait for the browser, or drops whom it brought.
    pub(super) fn cancel_sign_in(&mut self, window: WindowLabel) {
        match self.windows.get(&window) {
            Some(Window::SigningIn { .. }) => self.back(window, None),
            Some(Window::Starting { .. }) => self.set(&window, Window::SignedOut { notice: None }),
            Some(Window::Adding(_)) => self.give_up_trying(&window),
            Some(Window::Stranger { .. }) => {
                if let Ok((arrival, _)) = self.take_stranger(&window) {
                    tokio::spawn(async move { arrival.abandon().await });
                }
                self.back(window, None);
            }
            _ => {}
        }
    }

    /// Back to where the window was before a trip that came to nothing: at work, if it was.
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
            None => self.resume(window, place, Resume::Quietly),
        }
    }

    /// A trip that ended in a challenge: a silent one that the provider would not answer silently.
    pub(super) fn challenged(&mut self, window: WindowLabel, trip: &Trip, problem: Error) {
        let account = trip.wish.expected.clone();
        match (account, &trip.wish.ask.tenant) {
            (Some(account), Some(tenant)) if self.accounts.contains_key(&account) => {
                let refused = self.park(&account, tenant, problem).err();
                self.back(window, refused);
            }
            _ => self.back(window, Some(problem)),
        }
    }

    /// Puts a tenant's challenge aside, and tells the person once.
    ///
    /// # Errors
    /// What to say instead, where the provider asks for ever.
    pub(super) fn park(&mut self, account: &AccountKey, tenant: &TenantId, problem: Error) -> Result<()> {
        let Some(live) = self.accounts.get_mut(account) else { return Ok(()) };
        let new = live.parked.park(tenant, problem.clone())?;
        if new {
            let name = &live.connection().name;
            let title = match problem.code {
                ErrorCode::ProviderRefused => format!("{name} refuses to go on"),
                _ => format!("{name} wants you in the browser"),
            };
            self.ports.notifier.notify(&title, &problem.message);
        }
        self.show_account(account);
        Ok(())
    }

    /// Whether a window's account already has chains that a trip may add to.
    pub(super) fn running(&self, account: &AccountKey) -> Option<Arc<crate::chains::Chains>> {
        self.accounts.get(account).map(|live| live.chains.clone())
    }
}
