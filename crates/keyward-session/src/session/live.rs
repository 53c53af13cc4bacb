//! An account at work: where it may go, its proven tokens, and who waits for the next one.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use keyward_model::{Error, ErrorCode, Me, Result, Role, Tenant, TenantId, Timestamp};
use tokio::sync::oneshot;

use super::{WindowLabel, parked::Desk, window::Attempt};
use crate::{
    AccountKey, AccountRecord, Connection, TokenView,
    chain::Proven,
    chains::Chains,
    directory::DirectoryClient,
    sign_in::Arrival,
    tenants::{Tenants, roles_of},
};

/// A proven token to ask the directory with, and the directory to ask.
#[derive(Clone)]
pub struct Lease {
    /// Whose.
    pub account: AccountKey,
    /// The tenant it is proven for.
    pub tenant: TenantId,
    /// The token.
    pub token: Arc<Proven>,
    /// The directory.
    pub directory: DirectoryClient,
}

/// Who waits for a token.
pub(super) enum Waiter {
    /// A question to the directory.
    Lease(oneshot::Sender<Result<Lease>>),
    /// A window that wants to move.
    Switch { window: WindowLabel, order: u64, reply: oneshot::Sender<Result<()>> },
    /// Nobody: the token is renewed for the windows that are there.
    Renewal,
    /// The same, by a token that is made from now on, unless one of this version has come.
    Newer(Option<u64>),
}

impl Waiter {
    /// Whether nobody has asked for it.
    pub(super) fn is_renewal(&self) -> bool {
        matches!(self, Self::Renewal | Self::Newer(_))
    }
}

/// Tokens wanted for one tenant.
pub(super) struct Wanted {
    pub(super) tenant: TenantId,
    pub(super) waiters: Vec<Waiter>,
}

/// An account at work.
pub(super) struct Live {
    /// Tells this account at work from the one it took the place of: what that one asked for may come late.
    pub(super) epoch: Attempt,
    pub(super) record: AccountRecord,
    pub(super) chains: Arc<Chains>,
    pub(super) tenants: Tenants,
    pub(super) me: Me,
    /// Whether the next exchange shall have the directory say again who this is.
    pub(super) ask_me: bool,
    /// When an exchange last failed, if none has succeeded since.
    pub(super) failed_at: Option<Timestamp>,
    /// What waits for the person.
    pub(super) parked: Desk,
    /// Nothing stands here that was not proven for its tenant.
    proven: HashMap<TenantId, Arc<Proven>>,
    /// Tenants whose token says what is no longer so.
    outdated: HashSet<TenantId>,
    queue: VecDeque<Wanted>,
    /// The tenant whose exchange is under way.
    busy: Option<TenantId>,
}

impl Live {
    pub(super) fn new(arrival: Arrival, epoch: Attempt) -> (Self, TenantId) {
        let Arrival { record, chains, tenants, me, tenant, proven, unsaved: _, stranger: _ } = arrival;
        let proven = HashMap::from([(tenant.clone(), Arc::new(proven))]);
        let live = Self {
            epoch,
            record,
            chains,
            tenants,
            me,
            ask_me: false,
            failed_at: None,
            parked: Desk::default(),
            proven,
            outdated: HashSet::new(),
            queue: VecDeque::new(),
            busy: None,
        };
        (live, tenant)
    }

    /// Takes over the proven tokens of the account at work that this one takes the place of: its other
    /// windows go on.
    pub(super) fn adopt(&mut self, before: &mut Self) {
        for (tenant, proven) in before.proven.drain() {
            self.proven.entry(tenant).or_insert(proven);
        }
    }

    /// Where they signed in.
    pub(super) fn connection(&self) -> &Connection {
        self.chains.connection()
    }

    /// The tenant's token, if it is good for a while yet.
    pub(super) fn fresh(&self, tenant: &TenantId, now: Timestamp) -> Option<&Arc<Proven>> {
        self.proven.get(tenant).filter(|proven| now < proven.renew_at())
    }

    /// The tenant's token, however old, to show what it says.
    pub(super) fn known(&self, tenant: &TenantId) -> Option<&Arc<Proven>> {
        self.proven.get(tenant)
    }

    pub(super) fn keep(&mut self, tenant: TenantId, proven: Proven) {
        self.outdated.remove(&tenant);
        self.proven.insert(tenant, Arc::new(proven));
    }

    /// Drops a tenant's token.
    pub(super) fn forget(&mut self, tenant: &TenantId) {
        self.proven.remove(tenant);
    }

    pub(super) fn lease(&self, tenant: &TenantId, token: &Arc<Proven>) -> Result<Lease> {
        let directory = self.tenants.directory().ok_or_else(|| {
            Error::new(
                ErrorCode::NotFound,
                format!("{} has no role directory, so there is nothing to ask.", self.connection().name),
            )
        })?;
        Ok(Lease {
            account: self.record.key.clone(),
            tenant: tenant.clone(),
            token: token.clone(),
            directory: directory.clone(),
        })
    }

    /// Puts a waiter in line: one exchange serves all who want the same tenant.
    pub(super) fn want(&mut self, tenant: &TenantId, waiter: Waiter) {
        // What an exchange under way brings may have been made before whatever is newer.
        let newer = matches!(waiter, Waiter::Newer(_));
        if newer {
            self.outdated.insert(tenant.clone());
        }
        let passed = usize::from(newer && self.is_busy());
        match self.queue.iter_mut().skip(passed).find(|wanted| wanted.tenant == *tenant) {
            Some(wanted) => wanted.waiters.push(waiter),
            None => self.queue.push_back(Wanted { tenant: tenant.clone(), waiters: vec![waiter] }),
        }
    }

    /// When the tenant's token is due for renewal: at once, where it is outdated.
    pub(super) fn renew_at(&self, tenant: &TenantId) -> Option<Timestamp> {
        let renew_at = self.proven.get(tenant)?.renew_at();
        Some(if self.outdated.contains(tenant) { Timestamp(0) } else { renew_at })
    }

    /// The tenant is closed: its token is not asked for again until somebody does.
    pub(super) fn closed(&mut self, tenant: &TenantId) {
        self.outdated.remove(tenant);
    }

    /// Whether the tenant's token has this version, or a later one.
    pub(super) fn has(&self, tenant: &TenantId, version: u64) -> bool {
        let of_token = self.proven.get(tenant).and_then(|proven| proven.claims.role_version);
        of_token.is_some_and(|held| held >= version)
    }

    fn has_come(&self, wanted: &Wanted) -> bool {
        wanted.waiters.iter().all(
            |waiter| matches!(waiter, Waiter::Newer(Some(version)) if self.has(&wanted.tenant, *version)),
        )
    }

    /// The next tenant to exchange for, if none is under way. It stays first in line until
    /// [`done`](Self::done).
    pub(super) fn next(&mut self) -> Option<TenantId> {
        if self.busy.is_some() {
            return None;
        }
        while self.queue.front().is_some_and(|wanted| self.has_come(wanted)) {
            self.queue.pop_front();
        }
        self.busy = self.queue.front().map(|wanted| wanted.tenant.clone());
        self.busy.clone()
    }

    /// Whether an exchange is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.busy.is_some()
    }

    /// The exchange has ended: who waited for it.
    pub(super) fn done(&mut self) -> Vec<Waiter> {
        self.busy = None;
        self.queue.pop_front().map(|wanted| wanted.waiters).unwrap_or_default()
    }

    /// Everybody who waits for anything.
    pub(super) fn all_waiters(&mut self) -> Vec<Waiter> {
        self.busy = None;
        self.queue.drain(..).flat_map(|wanted| wanted.waiters).collect()
    }

    /// The tenant, if the directory lists the person in it.
    pub(super) fn tenant(&self, id: &TenantId) -> Option<&Tenant> {
        self.me.tenants.iter().map(|membership| &membership.tenant).find(|tenant| tenant.id == *id)
    }

    /// Roles that the token names, in full as far as the directory has described them, best first.
    pub(super) fn roles(&self, tenant: &TenantId, proven: &Proven) -> Vec<Role> {
        if self.tenants.directory().is_none() {
            return roles_of(self.chains.provider(), proven);
        }
        let held = self.me.tenants.iter().find(|membership| membership.tenant.id == *tenant);
        let known = held.map(|membership| membership.roles.as_slice()).unwrap_or_default();
        known.iter().filter(|role| proven.claims.roles.contains(&role.id)).cloned().collect()
    }
}

/// Describes a token without holding it.
pub(super) fn token_view(proven: &Proven) -> TokenView {
    let claims = &proven.claims;
    TokenView {
        issuer: claims.iss.clone(),
        audience: claims.aud.iter().map(str::to_owned).collect(),
        authorized_party: claims.authorized_party().cloned(),
        roles: claims.roles.clone(),
        permissions: claims.permissions.clone(),
        role_version: claims.role_version,
        issued_at: claims.iat,
        expires_at: claims.exp,
    }
}
