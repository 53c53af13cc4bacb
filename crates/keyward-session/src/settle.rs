//! From an account to its place of work: which tenant opens, proven, and where else the person may go.

use std::sync::Arc;

use keyward_model::{Error, ErrorCode, Me, Result, TenantId};

use crate::{
    AccountKey, AccountRecord, Connection,
    chain::Proven,
    chains::Chains,
    config::KnownTenant,
    keychain::KeychainFault,
    provider::IdClaims,
    sign_in::Arrival,
    tenants::{Tenants, named_by},
};

/// Tenants that are tried at most where nobody says which ones a person may enter.
const TRIES: usize = 8;

/// From chains to a tenant: the one asked for, else the default one, else the first that opens.
pub struct Settling {
    /// Their chains.
    pub chains: Arc<Chains>,
    /// Who.
    pub record: AccountRecord,
    /// Who knows where they may go.
    pub tenants: Tenants,
    /// Tenants known beforehand.
    pub known: Vec<KnownTenant>,
}

impl Settling {
    /// Settles, with the token that is at hand where there is one.
    ///
    /// # Errors
    /// Any of the steps'.
    pub async fn settle(mut self, tenant: Option<TenantId>, at_hand: Option<Proven>) -> Result<Arrival> {
        let mut unsaved = None;
        let (first, tenant) = match at_hand {
            Some(proven) => (proven, tenant),
            None => self.first(tenant, &mut unsaved).await?,
        };
        let me = self.tenants.me(&self.record, &first).await?;
        self.remember(&me);
        // A tenant that is not listed has no name to show and nothing to work with.
        let listed = |id: &TenantId| me.tenants.iter().any(|membership| membership.tenant.id == *id);
        let (tenant, proven) = match tenant.filter(listed) {
            Some(tenant) => (tenant, first),
            None => {
                let tenant = home(&me, self.chains.connection())?;
                let exchanged = self.chains.exchange(Some(&tenant)).await?;
                unsaved = exchanged.unsaved;
                (tenant, exchanged.proven)
            }
        };
        let Self { chains, record, tenants, .. } = self;
        Ok(Arrival { record, chains, tenants, me, tenant, proven, unsaved, stranger: false })
    }

    /// The first token: the tenant's that is wanted; the directory's own; else that of the first known
    /// tenant which opens. A wanted tenant that is closed to this person by now gives way to the others.
    async fn first(
        &self,
        wanted: Option<TenantId>,
        unsaved: &mut Option<KeychainFault>,
    ) -> Result<(Proven, Option<TenantId>)> {
        let directory = self.chains.connection().mode.proof.no_tenant.is_some();
        let mut candidates: Vec<Option<TenantId>> = wanted.iter().cloned().map(Some).collect();
        if directory && !self.chains.connection().mode.binds_chains() {
            candidates.push(None);
        } else {
            let others = self.known.iter().filter(|known| Some(&known.id) != wanted.as_ref());
            candidates.extend(others.map(|known| Some(known.id.clone())));
        }
        let mut refused = no_tenant(self.chains.connection());
        for candidate in candidates.into_iter().take(TRIES) {
            match self.chains.exchange(candidate.as_ref()).await {
                Ok(exchanged) => {
                    *unsaved = exchanged.unsaved;
                    return Ok((exchanged.proven, candidate));
                }
                Err(error) => match error.code {
                    ErrorCode::TenantForbidden | ErrorCode::TenantUnknown => refused = error,
                    // Nobody said that this person is in it: another tenant's token says that they are not.
                    ErrorCode::WrongTenantToken if candidate != wanted => refused = error,
                    _ => return Err(error),
                },
            }
        }
        Err(refused)
    }

    /// Keeps in mind what the directory listed: the next sign-in may have to ask for it beforehand.
    fn remember(&mut self, me: &Me) {
        if self.tenants.directory().is_none() {
            return;
        }
        let provider = self.chains.provider();
        let known = |membership: &keyward_model::Membership| KnownTenant {
            id: membership.tenant.id.clone(),
            name: membership.tenant.name.clone(),
            alias: provider.alias(&membership.tenant.id),
            client_id: None,
            class: membership.tenant.class,
        };
        let tenants: Vec<KnownTenant> = me.tenants.iter().map(known).collect();
        provider.know(tenants.clone());
        self.record.tenants = tenants;
    }
}

fn home(me: &Me, connection: &Connection) -> Result<TenantId> {
    let is_in = |id: &TenantId| me.tenants.iter().any(|membership| membership.tenant.id == *id);
    me.default_tenant
        .clone()
        .filter(is_in)
        .or_else(|| me.tenants.first().map(|membership| membership.tenant.id.clone()))
        .ok_or_else(|| {
            Error::new(
                ErrorCode::TenantForbidden,
                format!(
                    "{} is signed in, but is in no tenant of {}. Ask an admin of one to add you.",
                    me.person.email, connection.name
                ),
            )
        })
}

/// Nothing says which tenant could be opened.
pub fn no_tenant(connection: &Connection) -> Error {
    Error::new(
        ErrorCode::TenantUnknown,
        format!(
            "{} let you in without naming a tenant. Choose “Sign in to a tenant” and name yours.",
            connection.name
        ),
    )
}

/// What is remembered of a person whose ID token has been checked.
pub fn record(connection: &Connection, id: &IdClaims, remembered: Option<&AccountRecord>) -> AccountRecord {
    let key = AccountKey {
        issuer: connection.issuer.clone(),
        client: connection.client_id.clone(),
        subject: id.sub.clone(),
    };
    let before = remembered.filter(|record| record.key == key);
    let named = named_by(connection, id);
    AccountRecord {
        connection: connection.id.clone(),
        name: id.display_name().to_owned(),
        email: id.email.clone().unwrap_or_default(),
        tenants: if named.is_empty() {
            before.map(|record| record.tenants.clone()).unwrap_or_default()
        } else {
            named
        },
        bound: before.map(|record| record.bound.clone()).unwrap_or_default(),
        key,
    }
}
