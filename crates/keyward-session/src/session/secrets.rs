//! Where secrets lie, and their deletion looked at: the keychain is asked each time, never believed.

use keyward_model::{Error, ErrorCode, Result, TenantId};
use tokio::sync::oneshot;

use super::{
    owner::{Message, Owner, Reply, answer, tell},
    window::signed_out,
};
use crate::{
    AccountKey, ChainKey, Forgotten, Kept,
    keychain::{Answer, Keychain, KeychainHealth, KeychainState, SecretPlace},
    remembered::Account,
    view::{Health, KeychainView, SecretView, SecretsView},
};

impl Owner {
    /// Has the keychain test itself; what it finds is remembered until the next time.
    pub(super) fn examine_keychain(&self, reply: Reply<KeychainView>) {
        let (keychain, report) = (self.ports.keychain.clone(), self.me.clone());
        tokio::spawn(async move {
            let health = health_view(keychain.examine().await);
            tell(&report, Message::Examined { health, reply });
        });
    }

    pub(super) fn examined(&mut self, health: KeychainView, reply: Reply<KeychainView>) {
        self.health.clone_from(&health);
        answer(reply, Ok(health));
    }

    /// Looks where each refresh token lies.
    pub(super) fn secrets(&self, reply: oneshot::Sender<SecretsView>) {
        let (keychain, health) = (self.ports.keychain.clone(), self.health.clone());
        let wanted: Vec<SecretView> =
            self.accounts_by_visit().into_iter().flat_map(|account| self.secrets_of(account)).collect();
        tokio::spawn(async move {
            let mut secrets = Vec::with_capacity(wanted.len());
            for view in wanted {
                let key = ChainKey { account: view.account.clone(), bound_to: view.tenant.clone() };
                secrets.push(placed(view, keychain.place(&key).await));
            }
            answer(reply, SecretsView { keychain: health, secrets });
        });
    }

    /// The chains that an account has, before the keychain is asked for them.
    fn secrets_of(&self, account: &Account) -> Vec<SecretView> {
        let record = &account.record;
        let live = self.accounts.get(&record.key);
        let mut keys = ChainKey::all_of(&record.key, &record.bound);
        if !record.bound.is_empty() {
            // Where the provider binds chains to tenants, there is none for all.
            keys.retain(|key| key.bound_to.is_some());
        }
        let view = |key: ChainKey| SecretView {
            account: record.key.clone(),
            connection_name: self.connection_name(&record.connection),
            name: record.name.clone(),
            email: record.email.clone(),
            kept: live.map_or(Kept::Keychain, |live| live.chains.chain(key.bound_to.as_ref()).lies()),
            entry: key.entry(),
            tenant: key.bound_to,
            service: String::new(),
            state: Answer::NoEntry,
            parts: 0,
            problem: None,
        };
        keys.into_iter().map(view).collect()
    }

    /// Ends a session and says whether its entry is gone: an account's, or only the one that is bound to a
    /// tenant.
    pub(super) fn delete_secret(
        &mut self,
        account: AccountKey,
        tenant: Option<TenantId>,
        reply: Reply<Forgotten>,
    ) {
        let Some(known) = self.memory.find(&account) else { return answer(reply, Err(signed_out())) };
        match tenant.filter(|tenant| known.record.bound.contains(tenant)) {
            None => self.end_account(account, false, reply),
            Some(tenant) => self.end_chain(account, tenant, reply),
        }
    }

    fn end_chain(&mut self, account: AccountKey, tenant: TenantId, reply: Reply<Forgotten>) {
        let (keychain, report) = (self.ports.keychain.clone(), self.me.clone());
        let running = self.running(&account);
        let key = ChainKey { account: account.clone(), bound_to: Some(tenant.clone()) };
        tokio::spawn(async move {
            let ended = match running {
                Some(chains) => chains.chain(Some(&tenant)).end().await,
                None => keychain.delete(&key).await.map(|()| false),
            };
            let result = match ended {
                Ok(revoked) => look_again(&*keychain, &key, revoked).await,
                Err(fault) => Err(Error::from(fault)),
            };
            tell(&report, Message::ChainEnded { account, tenant, result, reply });
        });
    }

    /// One tenant's session is over; the account's others go on.
    pub(super) fn chain_ended(
        &mut self,
        account: &AccountKey,
        tenant: &TenantId,
        result: Result<Forgotten>,
        reply: Reply<Forgotten>,
    ) {
        if result.is_ok() {
            if let Some(live) = self.accounts.get_mut(account) {
                live.record.bound.remove(tenant);
                live.forget(tenant);
            }
            self.memory.unbind(account, tenant);
            self.save();
            self.leave_tenant(account, tenant);
        }
        answer(reply, result);
    }
}

async fn look_again(keychain: &dyn Keychain, key: &ChainKey, revoked: bool) -> Result<Forgotten> {
    let left = keychain.read(key).await?;
    Ok(Forgotten { revoked, gone: left.is_none(), entry: key.entry() })
}

fn placed(view: SecretView, place: SecretPlace) -> SecretView {
    let problem = place.fault.map(|why| {
        let code = match place.answer {
            Answer::Locked => ErrorCode::KeychainLocked,
            Answer::Found | Answer::NoEntry | Answer::Unavailable => ErrorCode::KeychainUnavailable,
        };
        Error::new(code, format!("{}: {why}.", place.store))
    });
    SecretView { service: place.service, state: place.answer, parts: place.pieces, problem, ..view }
}

/// Before the first test, nobody knows.
pub(super) fn not_asked() -> KeychainView {
    KeychainView { store: String::new(), state: Health::NotAsked, problem: None }
}

fn health_view(health: KeychainHealth) -> KeychainView {
    let KeychainHealth { store, state, fault } = health;
    let (state, code) = match state {
        KeychainState::Working => (Health::Working, ErrorCode::KeychainUnavailable),
        KeychainState::Locked => (Health::Locked, ErrorCode::KeychainLocked),
        KeychainState::Unavailable => (Health::Unavailable, ErrorCode::KeychainUnavailable),
        KeychainState::Broken => (Health::Broken, ErrorCode::KeychainUnavailable),
    };
    let problem = fault.map(|why| Error::new(code, format!("{store}: {why}.")));
    KeychainView { store, state, problem }
}
