//! Signing in, and resuming: from a connection to an account at work in a tenant.

use std::{convert::Infallible, path::PathBuf, sync::Arc, time::Duration};

use keyward_model::{Error, ErrorCode, Me, Result, TenantId, Timestamp};
use tokio::sync::oneshot;

use crate::{
    AccessToken, AccountKey, AccountRecord, Connection, KnownTenant,
    chain::Proven,
    chains::Chains,
    keychain::KeychainFault,
    loopback::{Arrived, Awaited, Loopback, Page},
    ports::{ConnectionPorts, Ports},
    preset::Gives,
    provider::{Ask, Granted, IdClaims, Outgoing, Provider, refusal},
    remembered::Place,
    settle::{Settling, no_tenant, record},
    tenants::Tenants,
};

/// How long a person may take in the browser.
pub const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// What a flow works with.
#[derive(Clone)]
pub struct Means {
    /// The world.
    pub ports: Ports,
    /// Where lock files lie.
    pub folder: PathBuf,
}

/// Where a new session is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// In the keychain.
    InKeychain,
    /// In memory, as the person chose.
    ThisSession,
}

/// What a trip to the browser is to come to.
#[derive(Clone)]
pub struct Wish {
    /// What the provider is asked.
    pub ask: Ask,
    /// Where the session is to be kept.
    pub keep: Keep,
    /// Who is to come back, where that matters.
    pub expected: Option<AccountKey>,
    /// What is remembered of them: tenants that the provider has to be asked for beforehand.
    pub remembered: Option<AccountRecord>,
    /// Their chains, where they are at work already: a new link takes its place among them.
    pub running: Option<Arc<Chains>>,
}

/// The browser has its link.
#[derive(Debug)]
pub struct Sent {
    /// The link.
    pub url: String,
    /// When the wait ends.
    pub ends_at: Timestamp,
}

/// An account in a tenant, proven.
pub struct Arrival {
    /// Who.
    pub record: AccountRecord,
    /// Their chains.
    pub chains: Arc<Chains>,
    /// Who knows where they may go.
    pub tenants: Tenants,
    /// Where they may go.
    pub me: Me,
    /// Where they are.
    pub tenant: TenantId,
    /// The proof.
    pub proven: Proven,
    /// Why the session could not be kept, if it could not.
    pub unsaved: Option<KeychainFault>,
    /// Whether somebody else was expected. Then nothing is kept before the person has said that they meant it.
    pub stranger: bool,
}

impl Arrival {
    /// Where they signed in.
    pub fn connection(&self) -> &Connection {
        self.chains.connection()
    }

    /// Keeps the session in the keychain.
    ///
    /// # Errors
    /// [`KeychainFault`]; it stays in memory.
    pub async fn save(&self) -> std::result::Result<(), KeychainFault> {
        self.chains.chain(Some(&self.tenant)).save().await
    }

    /// Keeps the session in memory, as the person chose.
    pub async fn keep_for_this_session(&self) {
        self.chains.chain(Some(&self.tenant)).keep_for_this_session().await;
    }

    /// Ends a session that nobody wants: revoked, and not left lying about.
    pub async fn abandon(&self) {
        if let Err(fault) = self.chains.chain(Some(&self.tenant)).end().await {
            tracing::warn!(%fault, "an unwanted session could not be removed");
        }
    }
}

/// Makes a trip to the browser. `sent` hears when the link is ready, before the browser opens. Dropping the
/// other end of `cancelled` ends the wait for the browser; once that has answered, the flow runs to its end,
/// so that what it made can be revoked and not lost.
///
/// # Errors
/// Any of the steps'.
pub async fn sign_in(
    means: Means,
    connection: Connection,
    wish: Wish,
    sent: oneshot::Sender<Sent>,
    cancelled: oneshot::Receiver<Infallible>,
) -> Result<Arrival> {
    let ports = means.ports.of(&connection)?;
    let provider = match &wish.running {
        Some(chains) => chains.provider().clone(),
        None => Arc::new(Provider::discover(connection.clone(), ports.clone()).await?),
    };
    if let (None, Some(record)) = (&wish.running, &wish.remembered) {
        provider.know(record.tenants.clone());
    }
    let (arrived, outgoing) = browse(&connection, &provider, &ports, &wish.ask, sent, cancelled).await?;
    let exchanged = match &arrived.outcome {
        Ok(code) => provider.exchange_code(code, outgoing).await,
        Err(error) => Err(error.clone()),
    };
    let settled = match exchanged {
        Ok((granted, id)) => {
            let page = Page::signed_in(id.display_name(), &connection.name);
            let signed_in = SignedIn { means: &means, connection: &connection, provider, ports, wish };
            signed_in.settle(granted, &id).await.map(|arrival| (page, arrival))
        }
        Err(error) => Err(error),
    };
    match settled {
        Ok((page, arrival)) => {
            arrived.show(page);
            Ok(arrival)
        }
        Err(error) => {
            arrived.show(Page::failed(&error.message));
            Err(error)
        }
    }
}

/// Sends the browser away and waits for it to come back.
async fn browse(
    connection: &Connection,
    provider: &Provider,
    ports: &ConnectionPorts,
    ask: &Ask,
    sent: oneshot::Sender<Sent>,
    mut cancelled: oneshot::Receiver<Infallible>,
) -> Result<(Arrived, Outgoing)> {
    let loopback = Loopback::bind(&connection.redirect.ports, &connection.redirect.path).await?;
    let outgoing = provider.authorize(&loopback.redirect(), ask).await?;
    let (issuer, promised) = outgoing.answered_by();
    let awaited = Awaited {
        state: crate::OneTime::new(outgoing.state.expose()),
        issuer: issuer.clone(),
        issuer_promised: promised,
    };
    let ends_at = ports.clock.now().plus(PATIENCE);
    // Nobody listening means that the window has gone; then `cancelled` ends the wait.
    let _ = sent.send(Sent { url: outgoing.url.clone(), ends_at });
    let arrived = tokio::select! {
        arrived = loopback.wait(awaited) => arrived?,
        () = tokio::time::sleep(PATIENCE) => return Err(Error::new(
            ErrorCode::SignInTimedOut,
            "Nobody finished the sign-in within five minutes. Start again when you are ready.",
        )),
        _ = &mut cancelled => return Err(Error::new(ErrorCode::SignInCancelled, "The sign-in was cancelled.")),
    };
    Ok((arrived, outgoing))
}

/// A person who has signed in, before anything is kept of it.
struct SignedIn<'a> {
    means: &'a Means,
    connection: &'a Connection,
    provider: Arc<Provider>,
    ports: ConnectionPorts,
    wish: Wish,
}

impl SignedIn<'_> {
    async fn settle(self, granted: Granted, id: &IdClaims) -> Result<Arrival> {
        let Self { connection, provider, wish, .. } = &self;
        let mut record = record(connection, id, wish.remembered.as_ref());
        let stranger = wish.expected.as_ref().is_some_and(|expected| *expected != record.key);
        let Granted { access, refresh, .. } = granted;
        let link = refresh.ok_or_else(|| self.no_link())?;
        provider.know(record.tenants.clone());
        let tenants = Tenants::of(connection, &self.ports.http);
        let known = tenants.known(&record);
        let mode = &connection.mode;
        let (tenant, at_hand) = match self.given(access, &record, &known).await {
            Ok(given) => given,
            Err(error) => {
                // Nobody will hold this link, so nobody could end it later.
                provider.revoke(&link, wish.ask.tenant.as_ref()).await;
                return Err(error);
            }
        };
        if mode.binds_chains() {
            record.bound.extend(tenant.clone());
        }
        let running = wish.running.clone().filter(|_| !stranger);
        // One chain serves all the account's windows, and this link has taken its place.
        let is_theirs = running.is_some() && !mode.binds_chains();
        let (account, folder) = (record.key.clone(), self.means.folder.clone());
        let chains = running
            .unwrap_or_else(|| Arc::new(Chains::new(account, provider.clone(), self.ports.clone(), folder)));
        let chain = chains.begin(tenant.as_ref(), link);
        let unsaved = match wish.keep {
            Keep::InKeychain if !stranger => chain.save().await.err(),
            Keep::InKeychain | Keep::ThisSession => {
                chain.keep_for_this_session().await;
                None
            }
        };
        let settling = Settling { chains: chains.clone(), record, tenants, known };
        match settling.settle(tenant, at_hand).await {
            Ok(mut arrival) => {
                arrival.unsaved = unsaved.or(arrival.unsaved);
                arrival.stranger = stranger;
                Ok(arrival)
            }
            Err(error) if is_theirs => Err(error),
            Err(error) => {
                // A session that no window knows of must not be left lying about.
                if let Err(fault) = chain.end().await {
                    tracing::warn!(%fault, "a failed sign-in's session could not be removed");
                }
                Err(error)
            }
        }
    }

    /// The tenant that the sign-in led to, and its token, proven, where one came.
    async fn given(
        &self,
        access: AccessToken,
        record: &AccountRecord,
        known: &[KnownTenant],
    ) -> Result<(Option<TenantId>, Option<Proven>)> {
        let Self { connection, provider, wish, .. } = self;
        let (mode, subject) = (&connection.mode, &record.key.subject);
        Ok(match (mode.sign_in.gives, wish.ask.tenant.clone()) {
            (Gives::Asked, Some(tenant)) => {
                let claims = provider.prove(&access, subject, Some(&tenant)).await?;
                (Some(tenant), Some(Proven { access, claims }))
            }
            // The provider chose, or asked the person: the token says which tenant it is.
            (Gives::Asked, None) if mode.binds_chains() => {
                let found = provider.tenant_of(&access, subject, known).await;
                let (tenant, claims) = found.ok_or_else(|| no_tenant(connection))?;
                (Some(tenant.id.clone()), Some(Proven { access, claims }))
            }
            (Gives::Asked, None) if mode.proof.no_tenant.is_some() => {
                let claims = provider.prove(&access, subject, None).await?;
                (None, Some(Proven { access, claims }))
            }
            (Gives::Asked | Gives::Nothing, tenant) => (tenant, None),
        })
    }

    /// No refresh token came. Some providers keep it back where nobody was asked.
    fn no_link(&self) -> Error {
        let (connection, ask) = (self.connection, &self.wish.ask);
        if ask.switch {
            let why = "it gives no session without asking you";
            return refusal::interaction(connection, ask.tenant.as_ref(), why);
        }
        Error::new(
            ErrorCode::ProviderRefused,
            format!(
                "{} gave no refresh token, so no session can be kept. Its administrator must allow offline_access for this client.",
                connection.name
            ),
        )
    }
}

/// Takes up the session that `place` remembers, without a browser.
///
/// # Errors
/// Any of the steps'. A keychain that does not answer is not a session that ended.
pub async fn resume(
    means: Means,
    connection: Connection,
    record: AccountRecord,
    place: Place,
    running: Option<Arc<Chains>>,
) -> Result<Arrival> {
    let chains = match running {
        Some(chains) => chains,
        None => Arc::new(kept_chains(&means, &connection, &record).await?),
    };
    let tenants = Tenants::of(&connection, &means.ports.of(&connection)?.http);
    let known = tenants.known(&record);
    Settling { chains, record, tenants, known }.settle(Some(place.tenant), None).await
}

/// The account's chains whose links lie in the keychain.
///
/// # Errors
/// As [`Chains::kept`]; the provider's where it cannot be reached.
pub async fn kept_chains(means: &Means, connection: &Connection, record: &AccountRecord) -> Result<Chains> {
    let ports = means.ports.of(connection)?;
    let provider = Arc::new(Provider::discover(connection.clone(), ports.clone()).await?);
    Chains::kept(provider, ports, means.folder.clone(), record)
}
