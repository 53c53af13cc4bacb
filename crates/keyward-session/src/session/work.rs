//! A window at work: its tenant's token, the way to another tenant, and the way out.

use std::{sync::Arc, time::Duration};

use keyward_model::{Error, ErrorCode, Me, Result, TenantId, Timestamp};

use super::{
    WindowLabel,
    live::{Lease, Live, Waiter, token_view},
    owner::{Message, Owner, Reply, answer, refuse, tell},
    window::{Attempt, Window, signed_out},
};
use crate::{
    AccountKey, AccountView, Parked, SignedIn, TenantEntry, WindowView,
    chain::{Exchanged, Proven},
    provider::StepUp,
    remembered::{Place, Visit},
};

/// The longest time between looks at the clock: a computer that slept has missed the moment, and no
/// timer tells. Also how long a renewal that failed waits for the next try.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// How long after the person's last act a window counts as idle.
const IDLE_AFTER: Duration = Duration::from_secs(15 * 60);

impl Owner {
    /// Puts the window into a tenant whose token is proven, and has that remembered: no switch waits for a disk.
    pub(super) fn pin(&mut self, window: &WindowLabel, account: AccountKey, tenant: TenantId) {
        if self.remember(window, &account, &tenant) {
            self.save_beside();
            self.put(window, account, tenant, None);
        }
    }

    /// As [`pin`](Self::pin), for who has just come: the next start finds them, however this one ends.
    pub(super) fn pin_and_save(&mut self, window: &WindowLabel, account: AccountKey, tenant: TenantId) {
        if self.remember(window, &account, &tenant) {
            let notice = self.memory.save().err();
            self.put(window, account, tenant, notice);
        }
    }

    fn remember(&mut self, window: &WindowLabel, account: &AccountKey, tenant: &TenantId) -> bool {
        let Some(live) = self.accounts.get(account) else { return false };
        let name = live.tenant(tenant).map_or_else(|| tenant.to_string(), |tenant| tenant.name.clone());
        let visit = Visit { at: self.ports.clock.now(), name };
        self.memory.account(&live.record).visits.insert(tenant.clone(), visit);
        let place = Place { account: account.clone(), tenant: tenant.clone() };
        self.memory.state.windows.insert(window.clone(), place);
        true
    }

    fn put(&mut self, window: &WindowLabel, account: AccountKey, tenant: TenantId, notice: Option<Error>) {
        // The number of the last wish goes on: one that is still under way is told from it.
        let order = match self.windows.get(window) {
            Some(Window::At { order, .. }) => *order,
            _ => 0,
        };
        self.set(window, Window::At { account, tenant, notice, order });
    }

    /// What the window shows.
    pub(super) fn view(&self, window: &WindowLabel) -> WindowView {
        let gone = WindowView::SignedOut { notice: None };
        let Some(state) = self.windows.get(window) else { return gone };
        let Window::At { account, tenant, notice, .. } = state else { return state.view().unwrap_or(gone) };
        let at_work =
            self.accounts.get(account).and_then(|live| self.signed_in(live, tenant, notice.as_ref()));
        at_work.map_or(gone, |view| WindowView::SignedIn(Box::new(view)))
    }

    fn signed_in(&self, live: &Live, tenant: &TenantId, notice: Option<&Error>) -> Option<SignedIn> {
        let proven = live.known(tenant)?;
        let memory = self.memory.find(&live.record.key);
        let entry = |membership: &keyward_model::Membership| TenantEntry {
            roles: membership.roles.iter().map(|role| role.name.clone()).collect(),
            favourite: memory.is_some_and(|memory| memory.favourites.contains(&membership.tenant.id)),
            visited_at: memory
                .and_then(|memory| memory.visits.get(&membership.tenant.id))
                .map(|visit| visit.at),
            tenant: membership.tenant.clone(),
        };
        Some(SignedIn {
            account: AccountView {
                connection: live.connection().id.clone(),
                connection_name: live.connection().name.clone(),
                issuer: live.record.key.issuer.clone(),
                subject: live.record.key.subject.clone(),
                person: live.me.person.clone(),
            },
            tenant: live.tenant(tenant)?.clone(),
            tenants: live.me.tenants.iter().map(entry).collect(),
            default_tenant: live.me.default_tenant.clone(),
            token: token_view(proven),
            roles: live.roles(tenant, proven),
            kept: live.chains.lies(tenant),
            notice: notice.cloned(),
            parked: live.parked.shown(tenant).map(|(waiting, problem)| Parked {
                tenant: waiting.clone(),
                tenant_name: live.tenant(waiting).map_or_else(|| waiting.to_string(), |t| t.name.clone()),
                problem: problem.clone(),
            }),
            directory: live.tenants.directory().is_some(),
            following: self.following(&live.record.key, tenant),
        })
    }

    /// The window's account and tenant, and a running number that its next switch takes.
    fn at(&mut self, window: &WindowLabel) -> Result<(AccountKey, TenantId, &mut u64)> {
        match self.windows.get_mut(window) {
            Some(Window::At { account, tenant, order, .. }) => Ok((account.clone(), tenant.clone(), order)),
            _ => Err(signed_out()),
        }
    }

    // ---- tokens --------------------------------------------------------------------------------

    /// Lends the tenant's proven token to a question, but never `not`, which was refused.
    pub(super) fn lease(
        &mut self,
        window: &WindowLabel,
        tenant: &TenantId,
        not: Option<Arc<Proven>>,
        reply: Reply<Lease>,
    ) {
        let account = match self.at(window) {
            Ok((account, here, _)) if here == *tenant => account,
            Ok(_) => {
                let moved = "This window has moved to another tenant meanwhile; nothing was asked.";
                return answer(reply, Err(Error::new(ErrorCode::TenantMoved, moved)));
            }
            Err(error) => return answer(reply, Err(error)),
        };
        let now = self.ports.clock.now();
        let Some(live) = self.accounts.get_mut(&account) else { return answer(reply, Err(signed_out())) };
        let held =
            live.fresh(tenant, now).filter(|held| !not.as_ref().is_some_and(|not| Arc::ptr_eq(held, not)));
        match held {
            Some(token) => answer(reply, live.lease(tenant, token)),
            None => {
                live.want(tenant, Waiter::Lease(reply));
                self.exchange_next(&account, false);
            }
        }
    }

    /// Moves the window at once where a proven token is there, else when it comes. The last wish counts.
    pub(super) fn switch(&mut self, window: WindowLabel, tenant: TenantId, reply: Reply<()>) {
        let (account, order) = match self.at(&window) {
            Ok((account, _, order)) => {
                *order += 1;
                (account, *order)
            }
            Err(error) => return answer(reply, Err(error)),
        };
        let now = self.ports.clock.now();
        let Some(live) = self.accounts.get_mut(&account) else { return answer(reply, Err(signed_out())) };
        if live.fresh(&tenant, now).is_some() && live.tenant(&tenant).is_some() {
            self.pin(&window, account, tenant);
            return answer(reply, Ok(()));
        }
        // The provider binds chains to tenants, and this one has none yet: it is got in the browser.
        if live.connection().mode.binds_chains() && !live.record.bound.contains(&tenant) {
            let trip = self.trip_of(&account, Some(tenant)).map(|mut trip| {
                trip.wish.ask.switch = true;
                trip
            });
            return answer(reply, trip.and_then(|trip| self.depart(window, trip, false)));
        }
        live.want(&tenant, Waiter::Switch { window, order, reply });
        let unknown = live.tenant(&tenant).is_none();
        self.exchange_next(&account, unknown);
    }

    /// Starts the account's next exchange if none is under way. `ask_me` has the directory say again who
    /// the person is, because their roles or tenants have changed.
    pub(super) fn exchange_next(&mut self, account: &AccountKey, ask_me: bool) {
        let leaving = self.leaving.is_some();
        let Some(live) = self.accounts.get_mut(account) else { return };
        live.ask_me |= ask_me;
        // What is under way is finished; nothing new is begun that the end of the app could cut off.
        if leaving {
            return refuse(live.all_waiters(), &signed_out());
        }
        let Some(tenant) = live.next() else { return };
        let (ask_me, epoch) = (std::mem::take(&mut live.ask_me), live.epoch);
        let (chains, tenants, report) = (live.chains.clone(), live.tenants.clone(), self.me.clone());
        let (account, record) = (account.clone(), live.record.clone());
        tokio::spawn(async move {
            let exchanged = chains.exchange(Some(&tenant)).await;
            let me = match &exchanged {
                Ok(exchanged) if ask_me => Some(tenants.me(&record, &exchanged.proven).await),
                _ => None,
            };
            let result = exchanged.map(Box::new);
            tell(&report, Message::Minted { account, epoch, tenant, result, me });
        });
    }

    pub(super) fn minted(
        &mut self,
        account: &AccountKey,
        epoch: Attempt,
        tenant: TenantId,
        result: Result<Box<Exchanged>>,
        me: Option<Result<Me>>,
    ) {
        let now = self.ports.clock.now();
        // An account that has been signed out or in again meanwhile is another one.
        let Some(live) = self.accounts.get_mut(account).filter(|live| live.epoch == epoch) else {
            return self.leave_if_still();
        };
        let waiters = live.done();
        let notice = match result {
            Ok(exchanged) => {
                let Exchanged { proven, unsaved } = *exchanged;
                // A token that is due on arrival comes of a clock that is wrong: no reason to hurry.
                live.failed_at = (now >= proven.renew_at()).then_some(now);
                live.parked.done(&tenant);
                live.keep(tenant.clone(), proven);
                let untold = match me {
                    Some(Ok(me)) => {
                        live.me = me;
                        None
                    }
                    Some(Err(error)) => {
                        live.ask_me = true;
                        Some(error)
                    }
                    None => None,
                };
                self.serve(account, &tenant, waiters);
                self.leave_unlisted(account, &tenant);
                unsaved.map(Error::from).or(untold)
            }
            Err(error) if error.code == ErrorCode::SessionEnded => {
                refuse(waiters, &error);
                self.over(account, error);
                return self.leave_if_still();
            }
            Err(error) if error.code == ErrorCode::InteractionRequired => {
                refuse(waiters, &error);
                self.park(account, &tenant, error).err()
            }
            Err(error) => {
                live.failed_at = Some(now);
                // Whoever asked is told; a renewal that nobody asked for is told to the windows there.
                let unasked = waiters.iter().any(Waiter::is_renewal);
                if matches!(error.code, ErrorCode::TenantForbidden | ErrorCode::TenantUnknown) {
                    live.closed(&tenant);
                }
                refuse(waiters, &error);
                let had = error.code == ErrorCode::ProviderRefused && live.known(&tenant).is_some();
                match had.then(|| live.parked.refused(&tenant, &error)).flatten() {
                    Some(for_good) => self.park(account, &tenant, for_good).err(),
                    None => unasked.then_some(error),
                }
            }
        };
        for window in self.windows.values_mut() {
            if let Window::At { account: whose, tenant: here, notice: shown, .. } = window
                && whose == account
                && *here == tenant
            {
                shown.clone_from(&notice);
            }
        }
        self.show_account(account);
        self.exchange_next(account, false);
        self.leave_if_still();
    }

    /// Windows in a tenant that the directory no longer lists go where the new token is good, and say why.
    fn leave_unlisted(&mut self, account: &AccountKey, to: &TenantId) {
        let Some(live) = self.accounts.get(account) else { return };
        let listed = |tenant: &TenantId| live.tenant(tenant).is_some();
        let stranded = |window: &Window| matches!(window.place(), Some((whose, here)) if whose == *account && !listed(&here));
        let labels: Vec<(WindowLabel, TenantId)> = self
            .windows
            .iter()
            .filter(|(_, window)| stranded(window))
            .filter_map(|(label, window)| Some((label.clone(), window.place()?.1)))
            .collect();
        let lands = listed(to);
        for (label, here) in labels {
            let notice = Some(unlisted(&here));
            let state = match lands {
                true => Window::At { account: account.clone(), tenant: to.clone(), notice, order: 0 },
                false => Window::SignedOut { notice },
            };
            self.set(&label, state);
        }
    }

    /// Lets the app end once no exchange is under way and all is saved.
    pub(super) fn leave_if_still(&mut self) {
        if !self.accounts.values().any(Live::is_busy)
            && self.saving.is_still()
            && let Some(leaving) = self.leaving.take()
        {
            answer(leaving, ());
        }
    }

    /// Gives the new token to all who waited for it.
    fn serve(&mut self, account: &AccountKey, tenant: &TenantId, waiters: Vec<Waiter>) {
        for waiter in waiters {
            match waiter {
                Waiter::Renewal | Waiter::Newer(_) => {}
                Waiter::Lease(reply) => {
                    let live = self.accounts.get(account);
                    let token = live.and_then(|live| Some((live, live.known(tenant)?)));
                    let lease =
                        token.ok_or_else(signed_out).and_then(|(live, token)| live.lease(tenant, token));
                    answer(reply, lease);
                }
                Waiter::Switch { window, order, reply } => {
                    let last_wish = matches!(self.windows.get(&window),
                        Some(Window::At { account: whose, order: last, .. }) if whose == account && *last == order);
                    let known = self.accounts.get(account).is_some_and(|live| live.tenant(tenant).is_some());
                    if last_wish && known {
                        self.pin(&window, account.clone(), tenant.clone());
                    }
                    answer(reply, if known { Ok(()) } else { Err(unlisted(tenant)) });
                }
            }
        }
    }

    // ---- renewal -------------------------------------------------------------------------------

    /// When the next token of a window in use is due.
    pub(super) fn until_renewal(&self) -> Duration {
        let now = self.ports.clock.now();
        let due = self.windows.iter().filter_map(|(label, window)| self.due(label, window));
        let first = due
            .min()
            .map_or(LOOK_AGAIN, |at| Duration::from_secs(now.seconds_until(at).max(0).unsigned_abs()));
        first.clamp(Duration::from_secs(1), LOOK_AGAIN)
    }

    /// When a window's token is due. Never, where nobody has acted in it for a while: it is renewed when
    /// they do. Nor where it waits for the person.
    fn due(&self, label: &WindowLabel, window: &Window) -> Option<Timestamp> {
        let Window::At { account, tenant, .. } = window else { return None };
        let live = self.accounts.get(account)?;
        let used = self.used.get(label)?;
        if self.ports.clock.now() >= used.plus(IDLE_AFTER) || live.parked.holds(tenant) {
            return None;
        }
        let at = live.renew_at(tenant)?;
        Some(live.failed_at.map_or(at, |failed| at.max(failed.plus(LOOK_AGAIN))))
    }

    /// Renews what is due in a window in use, so that nobody waits for it when they act.
    pub(super) fn renew(&mut self) {
        let now = self.ports.clock.now();
        let due: Vec<(AccountKey, TenantId)> = self
            .windows
            .iter()
            .filter(|(label, window)| self.due(label, window).is_some_and(|at| at <= now))
            .filter_map(|(_, window)| window.place())
            .collect();
        for (account, tenant) in due {
            if let Some(live) = self.accounts.get_mut(&account) {
                live.want(&tenant, Waiter::Renewal);
                self.exchange_next(&account, false);
            }
        }
    }

    /// A resource wants more of the person than their token says: it waits for them.
    pub(super) fn stepped_up(
        &mut self,
        account: &AccountKey,
        tenant: &TenantId,
        step_up: StepUp,
        problem: Error,
    ) {
        let Some(live) = self.accounts.get(account) else { return };
        live.chains.provider().want(Some(tenant), step_up);
        if let Err(refused) = self.park(account, tenant, problem) {
            tracing::warn!(%refused, "a resource asks for ever");
        }
    }

    pub(super) fn set_favourite(
        &mut self,
        window: &WindowLabel,
        tenant: TenantId,
        favourite: bool,
    ) -> Result<()> {
        let (account, _, _) = self.at(window)?;
        let live = self.accounts.get(&account).ok_or_else(signed_out)?;
        let marked = &mut self.memory.account(&live.record).favourites;
        if favourite {
            marked.insert(tenant);
        } else {
            marked.remove(&tenant);
        }
        let saved = self.memory.save();
        self.show_account(&account);
        saved
    }
}

/// The provider gives a token for a tenant that the directory does not list for this person.
fn unlisted(tenant: &TenantId) -> Error {
    Error::new(
        ErrorCode::TenantForbidden,
        format!("The role directory does not list you in “{tenant}”. Ask one of its admins to add you."),
    )
}
