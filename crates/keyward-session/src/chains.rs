//! An account's chains: one for all tenants, or one for each where the provider binds a refresh token to one.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use keyward_model::{Error, ErrorCode, Result, TenantId};

use crate::{
    AccountKey, AccountRecord, ChainKey, Connection, RefreshToken,
    chain::{Chain, Exchanged},
    keychain::KeychainFault,
    ports::ConnectionPorts,
    provider::{Provider, refusal},
    view::Kept,
};

/// The chains of one account.
pub struct Chains {
    account: AccountKey,
    provider: Arc<Provider>,
    ports: ConnectionPorts,
    folder: PathBuf,
    /// By the tenant that each is bound to.
    open: Mutex<HashMap<Option<TenantId>, Arc<Chain>>>,
}

impl Chains {
    /// The chains whose links lie in the keychain.
    ///
    /// # Errors
    /// [`ErrorCode::SessionEnded`] where the connection has come to name another provider or client: a
    /// link is shown to nobody but the provider that made it.
    pub fn kept(
        provider: Arc<Provider>,
        ports: ConnectionPorts,
        folder: PathBuf,
        record: &AccountRecord,
    ) -> Result<Self> {
        let connection = provider.connection();
        if record.key.issuer != connection.issuer || record.key.client != connection.client_id {
            return Err(Error::new(
                ErrorCode::SessionEnded,
                format!(
                    "This session was made at {}, and {} now names another provider or client. Sign in again.",
                    record.key.issuer, connection.name
                ),
            ));
        }
        provider.know(record.tenants.clone());
        Ok(Self::new(record.key.clone(), provider, ports, folder))
    }

    /// The chains of an account that has just signed in; none is open yet.
    pub fn new(
        account: AccountKey,
        provider: Arc<Provider>,
        ports: ConnectionPorts,
        folder: PathBuf,
    ) -> Self {
        Self { account, provider, ports, folder, open: Mutex::default() }
    }

    /// The provider.
    pub fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        self.provider.connection()
    }

    /// Begins a chain with `link`, which is not stored yet, in place of the one for the same tenant.
    pub fn begin(&self, tenant: Option<&TenantId>, link: RefreshToken) -> Arc<Chain> {
        let key = self.key(tenant);
        let (provider, ports) = (self.provider.clone(), self.ports.clone());
        let chain = Arc::new(Chain::begin(key.clone(), provider, ports, &self.folder, link));
        self.open().insert(key.bound_to, chain.clone());
        chain
    }

    /// The chain that serves a tenant.
    pub fn chain(&self, tenant: Option<&TenantId>) -> Arc<Chain> {
        let key = self.key(tenant);
        let kept =
            || Arc::new(Chain::kept(key.clone(), self.provider.clone(), self.ports.clone(), &self.folder));
        self.open().entry(key.bound_to.clone()).or_insert_with(kept).clone()
    }

    fn open(&self) -> std::sync::MutexGuard<'_, HashMap<Option<TenantId>, Arc<Chain>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, tenant: Option<&TenantId>) -> ChainKey {
        let bound_to = tenant.filter(|_| self.connection().mode.binds_chains()).cloned();
        ChainKey { account: self.account.clone(), bound_to }
    }

    /// A proven token of `tenant`, or of the directory itself.
    ///
    /// # Errors
    /// As [`Chain::exchange`]. Where each tenant has a chain of its own, one that is not there or has ended
    /// ends no other: the browser gets it ([`ErrorCode::InteractionRequired`]).
    pub async fn exchange(&self, tenant: Option<&TenantId>) -> Result<Exchanged> {
        let exchanged = self.chain(tenant).exchange(tenant).await;
        match exchanged {
            Err(error) if error.code == ErrorCode::SessionEnded && self.connection().mode.binds_chains() => {
                let why = "each tenant is signed in to by itself here";
                Err(refusal::interaction(self.connection(), tenant, why))
            }
            other => other,
        }
    }

    /// Where the link for a tenant lies.
    pub fn lies(&self, tenant: &TenantId) -> Kept {
        self.chain(Some(tenant)).lies()
    }

    /// Whether any link lies in memory only.
    pub fn are_in_memory(&self) -> bool {
        self.open().values().any(|chain| chain.lies() == Kept::ThisSession)
    }

    /// Ends every chain of the account: those that are open, and those that are remembered to be bound.
    /// Says whether the provider confirmed each.
    ///
    /// # Errors
    /// The first [`KeychainFault`]; the others were tried all the same.
    pub async fn end<'t>(
        &self,
        bound: impl Iterator<Item = &'t TenantId>,
    ) -> std::result::Result<bool, KeychainFault> {
        let mut chains: HashMap<Option<TenantId>, Arc<Chain>> = self.open().clone();
        let remembered: Vec<Option<TenantId>> = match self.connection().mode.binds_chains() {
            true => bound.cloned().map(Some).collect(),
            false => vec![None],
        };
        for tenant in remembered {
            chains.entry(tenant.clone()).or_insert_with(|| self.chain(tenant.as_ref()));
        }
        let (mut revoked, mut fault) = (true, None);
        for chain in chains.into_values() {
            match chain.end().await {
                Ok(confirmed) => revoked &= confirmed,
                Err(why) => fault = fault.or(Some(why)),
            }
        }
        fault.map_or(Ok(revoked), Err)
    }
}
