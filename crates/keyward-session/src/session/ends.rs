//! The ways out: the provider ends a session, or the person signs out.

use std::sync::Arc;

use keyward_model::{Error, ErrorCode, Result, TenantId};

use super::{
    WindowLabel,
    owner::{Message, Owner, Reply, answer, refuse, tell},
    window::{Window, signed_out},
};
use crate::{
    AccountKey, ChainKey, Forgotten,
    keychain::{Keychain, KeychainFault},
    sign_in,
};

impl Owner {
    /// The provider has ended the session: every window of the account says so.
    pub(super) fn over(&mut self, account: &AccountKey, why: Error) {
        if let Some(mut live) = self.accounts.remove(account) {
            refuse(live.all_waiters(), &why);
        }
        self.leave(account, Some(&why));
    }

    /// Takes every window out of the account.
    fn leave(&mut self, account: &AccountKey, notice: Option<&Error>) {
        self.memory.state.windows.retain(|_, place| place.account != *account);
        self.save();
        let labels: Vec<WindowLabel> = self
            .windows
            .iter()
            .filter(|(_, window)| window.account() == Some(account))
            .map(|(label, _)| label.clone())
            .collect();
        for label in labels {
            self.set(&label, Window::SignedOut { notice: notice.cloned() });
        }
    }

    pub(super) fn sign_out(&mut self, window: &WindowLabel, forget: bool, reply: Reply<Forgotten>) {
        let account = match self.windows.get(window) {
            Some(Window::At { account, .. }) => account.clone(),
            // A session that cannot be reached just now can still be given up here.
            Some(Window::Offline { place, .. }) => place.account.clone(),
            _ => return answer(reply, Err(signed_out())),
        };
        self.end_account(account, forget, reply);
    }

    /// Ends an account's session, at work or not: revoked at the provider, then removed from the keychain.
    pub(super) fn end_account(&mut self, account: AccountKey, forget: bool, reply: Reply<Forgotten>) {
        let (keychain, report, means) = (self.ports.keychain.clone(), self.me.clone(), self.means());
        let local = self.settings.local.clone();
        let running = self.running(&account);
        let record = self.memory.find(&account).map(|account| account.record.clone());
        let connection = record.as_ref().and_then(|record| self.connection(&record.connection).ok());
        let bound = record.as_ref().map(|record| record.bound.clone()).unwrap_or_default();
        tokio::spawn(async move {
            let chains = match (running, record, connection) {
                (Some(chains), _, _) => Some(chains),
                // Not at work, since something does not answer: the provider may, and is told if it does.
                (None, Some(record), Some(connection)) => {
                    let connection = match connection {
                        Some(connection) => Ok(connection),
                        None => local.start().await,
                    };
                    match connection {
                        Ok(connection) => {
                            sign_in::kept_chains(&means, &connection, &record).await.ok().map(Arc::new)
                        }
                        Err(_) => None,
                    }
                }
                (None, _, _) => None,
            };
            let keys = ChainKey::all_of(&account, &bound);
            let ended = match &chains {
                Some(chains) => match chains.end(bound.iter()).await {
                    // Nobody can read it to revoke it, and it must not stay for that.
                    Err(KeychainFault::Damaged(_)) => delete(&*keychain, &keys).await.map(|()| false),
                    ended => ended,
                },
                None => delete(&*keychain, &keys).await.map(|()| false),
            };
            let in_memory = chains.is_some_and(|chains| chains.are_in_memory());
            let result = match ended {
                Ok(revoked) => match left(&*keychain, &keys).await {
                    Ok(left) => Ok(Forgotten { revoked, gone: !left, entry: keys[0].entry() }),
                    // A session in memory is over all the same; what the keychain holds, nobody can say.
                    Err(_) if in_memory => Ok(Forgotten { revoked, gone: false, entry: keys[0].entry() }),
                    Err(fault) => Err(Error::from(fault)),
                },
                Err(fault) => Err(Error::from(fault)),
            };
            tell(&report, Message::Ended { account, forget, result, reply });
        });
    }

    pub(super) fn ended(
        &mut self,
        account: &AccountKey,
        forget: bool,
        result: Result<Forgotten>,
        reply: Reply<Forgotten>,
    ) {
        let Ok(forgotten) = &result else { return answer(reply, result) };
        if let Some(mut live) = self.accounts.remove(account) {
            refuse(live.all_waiters(), &signed_out());
        }
        if forget {
            self.memory.forget(account);
        } else {
            self.memory.unbind_all(account);
        }
        let untold = (!forgotten.revoked).then(|| {
            Error::new(
                ErrorCode::SignedOut,
                "You are signed out here. The provider has not confirmed that the session is over: it may go on \
                 there until it runs out by itself, or until you end it in the provider's own account page.",
            )
        });
        self.leave(account, untold.as_ref());
        for label in self.offline_windows(account) {
            self.set(&label, Window::SignedOut { notice: untold.clone() });
        }
        answer(reply, result);
    }

    /// Takes every window out of one of the account's tenants.
    pub(super) fn leave_tenant(&mut self, account: &AccountKey, tenant: &TenantId) {
        let there = |window: &Window| {
            window.place().is_some_and(|(whose, here)| whose == *account && here == *tenant)
        };
        let labels: Vec<WindowLabel> =
            self.windows.iter().filter(|(_, window)| there(window)).map(|(label, _)| label.clone()).collect();
        for label in labels {
            self.set(&label, Window::SignedOut { notice: None });
        }
    }

    fn offline_windows(&self, account: &AccountKey) -> Vec<WindowLabel> {
        let offline =
            |window: &Window| matches!(window, Window::Offline { place, .. } if place.account == *account);
        self.windows.iter().filter(|(_, window)| offline(window)).map(|(label, _)| label.clone()).collect()
    }
}

async fn delete(keychain: &dyn Keychain, keys: &[ChainKey]) -> std::result::Result<(), KeychainFault> {
    for key in keys {
        keychain.delete(key).await?;
    }
    Ok(())
}

/// Whether the keychain, asked again, still holds any of these.
async fn left(keychain: &dyn Keychain, keys: &[ChainKey]) -> std::result::Result<bool, KeychainFault> {
    for key in keys {
        if keychain.read(key).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
