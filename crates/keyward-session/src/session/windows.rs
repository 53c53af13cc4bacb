//! The windows: each pinned to an account and a tenant, opened, shown, moved to another account, closed.

use keyward_model::{ConnectionId, Error, ErrorCode, Result, TenantId};

use super::{
    Shown, WindowLabel,
    owner::{Owner, Resume},
    window::{Window, signed_out},
};
use crate::{
    AccountKey, ConnectionView, LastVisit,
    remembered::{Account, Place},
    view::{AccountEntry, AppView},
};

impl Owner {
    pub(super) fn open(&mut self, window: &WindowLabel) {
        let how = if self.asked_for.remove(window) { Resume::AsAsked } else { Resume::Quietly };
        match self.memory.state.windows.get(window).cloned() {
            Some(place) => self.take_up(window.clone(), place, how),
            None => self.set(window, Window::SignedOut { notice: None }),
        }
    }

    /// Goes to a place: at once where its token is at hand, else by taking up the session that is kept.
    fn take_up(&mut self, window: WindowLabel, place: Place, how: Resume) {
        let now = self.ports.clock.now();
        let Place { account, tenant } = &place;
        let live = self.accounts.get(account);
        if live.is_some_and(|live| live.fresh(tenant, now).is_some() && live.tenant(tenant).is_some()) {
            return self.pin(&window, place.account, place.tenant);
        }
        self.resume(window, place, how);
    }

    /// Moves a window to another account of this computer. Nobody is signed out for it.
    pub(super) fn switch_account(
        &mut self,
        window: WindowLabel,
        account: AccountKey,
        tenant: Option<TenantId>,
    ) -> Result<()> {
        let place = self.place(account, tenant)?;
        self.take_up(window, place, Resume::AsAsked);
        Ok(())
    }

    /// Where an account is to open: in this tenant, else where it was last.
    fn place(&self, account: AccountKey, tenant: Option<TenantId>) -> Result<Place> {
        let known = self.memory.find(&account).ok_or_else(signed_out)?;
        let tenant = tenant.or_else(|| last_visit(known).map(|(tenant, _)| tenant.clone()));
        let tenant = tenant.ok_or_else(|| {
            Error::new(ErrorCode::NotFound, "This account has not been in any tenant yet. Sign in with it.")
        })?;
        Ok(Place { account, tenant })
    }

    /// Prepares a window that is about to open: its first look takes it there.
    pub(super) fn open_window(
        &mut self,
        window: WindowLabel,
        from: &WindowLabel,
        account: Option<AccountKey>,
        tenant: Option<TenantId>,
    ) -> Result<()> {
        let here = self.windows.get(from).and_then(Window::place);
        let place = match (account, here) {
            (Some(account), _) => Some(self.place(account, tenant)?),
            (None, Some((account, here))) => Some(Place { account, tenant: tenant.unwrap_or(here) }),
            (None, None) => None,
        };
        if let Some(place) = place {
            self.asked_for.insert(window.clone());
            self.memory.state.windows.insert(window, place);
            self.save();
        }
        Ok(())
    }

    /// A window that the person closed does not open again, unless it was the last: that one is where they
    /// go on.
    pub(super) fn window_closed(&mut self, window: &WindowLabel) {
        self.windows.remove(window);
        self.asked_for.remove(window);
        self.used.remove(window);
        if !self.ending && !self.windows.is_empty() {
            self.memory.state.windows.remove(window);
            self.save();
        }
    }

    /// Changes a window's state and shows it. The state before is dropped, and with it any wait.
    pub(super) fn set(&mut self, window: &WindowLabel, state: Window) {
        self.windows.insert(window.clone(), state);
        self.show(window);
    }

    pub(super) fn show(&self, window: &WindowLabel) {
        // Nobody listens any more only when the app is closing.
        let _ = self.show.send(Shown { window: window.clone(), view: self.view(window) });
    }

    pub(super) fn show_account(&self, account: &AccountKey) {
        for (label, window) in &self.windows {
            if window.account() == Some(account) {
                self.show(label);
            }
        }
    }

    pub(super) fn app(&self) -> AppView {
        let configured = self.config.connections.iter();
        let mut connections: Vec<ConnectionView> = configured
            .map(|connection| self.connection_view(connection.id.clone(), connection.name.clone(), false))
            .collect();
        if let Ok(id) = ConnectionId::new(crate::LOCAL) {
            connections.push(self.connection_view(id, crate::LOCAL_NAME.to_owned(), true));
        }
        AppView {
            version: self.settings.version.clone(),
            connections,
            config_problem: self.config.problems.first().cloned(),
            accounts: self
                .accounts_by_visit()
                .into_iter()
                .map(|account| self.account_entry(account))
                .collect(),
            keychain: self.health.clone(),
        }
    }

    /// The accounts of this computer, last used first.
    pub(super) fn accounts_by_visit(&self) -> Vec<&Account> {
        let mut accounts: Vec<&Account> = self.memory.state.accounts.iter().collect();
        accounts.sort_by_key(|account| std::cmp::Reverse(last_visit(account).map(|(_, visit)| visit.at)));
        accounts
    }

    fn account_entry(&self, account: &Account) -> AccountEntry {
        let record = &account.record;
        let visit = last_visit(account);
        AccountEntry {
            account: record.key.clone(),
            connection: record.connection.clone(),
            connection_name: self.connection_name(&record.connection),
            name: record.name.clone(),
            email: record.email.clone(),
            at_work: self.windows.values().any(|window| window.account() == Some(&record.key)),
            tenant: visit.map(|(tenant, _)| tenant.clone()),
            tenant_name: visit.map(|(_, visit)| visit.name.clone()),
        }
    }

    fn connection_view(&self, id: ConnectionId, name: String, local: bool) -> ConnectionView {
        let account = self.memory.state.last.get(&id).and_then(|key| self.memory.find(key));
        let last = account.map(|account| {
            let visit = last_visit(account);
            LastVisit {
                person: account.record.name.clone(),
                tenant: visit.map(|(tenant, _)| tenant.clone()),
                tenant_name: visit.map(|(_, visit)| visit.name.clone()),
            }
        });
        ConnectionView { id, name, local, last }
    }
}

fn last_visit(account: &Account) -> Option<(&TenantId, &crate::remembered::Visit)> {
    account.visits.iter().max_by_key(|(_, visit)| visit.at)
}
