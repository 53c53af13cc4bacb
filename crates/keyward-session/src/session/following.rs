//! What happens in the tenants on the screen: listened to as long as a window shows them, and no longer.

use std::{collections::HashSet, sync::Arc};

use keyward_model::TenantId;
use tokio::{sync::watch, task::JoinHandle};

use super::{
    live::Waiter,
    owner::{Message, Owner, tell},
    window::Window,
};
use crate::{
    AccountKey, Following,
    chain::Proven,
    events::{Follower, News, Own, Said},
};

/// A tenant that is followed for an account, however many windows show it.
pub(super) struct Followed {
    token: watch::Sender<Arc<Proven>>,
    task: JoinHandle<()>,
    view: Following,
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Owner {
    /// Listens to the tenants that windows show, each with its newest token, and to no others.
    pub(super) fn follow(&mut self) {
        let places = self.windows.values().filter_map(Window::place);
        let shown: HashSet<_> = places.filter(|_| !self.ending).collect();
        self.followed.retain(|place, _| shown.contains(place));
        for (account, tenant) in shown {
            let Some(live) = self.accounts.get(&account) else { continue };
            let (Some(directory), Some(token)) = (live.tenants.directory(), live.known(&tenant)) else {
                continue;
            };
            if let Some(followed) = self.followed.get(&(account.clone(), tenant.clone())) {
                followed.token.send_if_modified(|held| {
                    let newer = !Arc::ptr_eq(held, token);
                    held.clone_from(token);
                    newer
                });
                continue;
            }
            let (newest, token) = watch::channel(token.clone());
            let follower = Follower {
                directory: directory.clone(),
                tenant: tenant.clone(),
                person: live.tenants.are_told_by_directory().then(|| live.me.person.id.clone()),
                token,
                clock: self.ports.clock.clone(),
            };
            let (report, place) = (self.me.clone(), (account.clone(), tenant.clone()));
            let say = move |said| {
                let (account, tenant) = (account.clone(), tenant.clone());
                tell(&report, Message::Said { account, tenant, said });
            };
            let task = tokio::spawn(follower.run(say));
            let view = Following { audit: None, open: false };
            self.followed.insert(place, Followed { token: newest, task, view });
        }
    }

    /// How the news of a tenant comes.
    pub(super) fn following(&self, account: &AccountKey, tenant: &TenantId) -> Option<Following> {
        let has_directory = self.accounts.get(account)?.tenants.directory().is_some();
        let followed = self.followed.get(&(account.clone(), tenant.clone()));
        let not_yet = has_directory.then_some(Following { audit: None, open: false });
        followed.map(|followed| followed.view.clone()).or(not_yet)
    }

    pub(super) fn said(&mut self, account: AccountKey, tenant: TenantId, said: Said) {
        let place = (account, tenant);
        // Nobody shows it any more.
        let Some(followed) = self.followed.get_mut(&place) else { return };
        let before = followed.view.clone();
        match &said {
            Said::Open(_) => {}
            Said::News(news) => followed.view = Following { audit: Some(news.audit), open: true },
            Said::Away | Said::Refused => followed.view.open = false,
        }
        let changed = followed.view != before;
        let (account, tenant) = place;
        match said {
            Said::Open(Some(version)) => self.renew_if_older(&account, &tenant, version),
            Said::News(News { own: Some(Own::Version(version)), .. }) => {
                self.renew_for(&account, &tenant, Some(version));
            }
            // The provider says whether there is a token still, and why not.
            Said::News(News { own: Some(Own::Left), .. }) | Said::Refused => {
                self.renew_for(&account, &tenant, None);
            }
            Said::Open(None) | Said::News(News { own: None, .. }) | Said::Away => {}
        }
        if changed {
            for (label, window) in &self.windows {
                if window.place().is_some_and(|(whose, here)| whose == account && here == tenant) {
                    self.show(label);
                }
            }
        }
    }

    /// Has the token made anew where it says itself that it is older.
    fn renew_if_older(&mut self, account: &AccountKey, tenant: &TenantId, version: u64) {
        let token = self.accounts.get(account).and_then(|live| live.known(tenant));
        if token.and_then(|token| token.claims.role_version).is_some_and(|held| held < version) {
            self.renew_for(account, tenant, Some(version));
        }
    }

    /// Has a tenant's token made anew, unless one of this version is there, or it waits for the person.
    pub(super) fn renew_for(&mut self, account: &AccountKey, tenant: &TenantId, version: Option<u64>) {
        let Some(live) = self.accounts.get_mut(account) else { return };
        if live.parked.holds(tenant) || version.is_some_and(|version| live.has(tenant, version)) {
            return;
        }
        live.want(tenant, Waiter::Newer(version));
        self.exchange_next(account, true);
    }
}
