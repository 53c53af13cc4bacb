//! Signing in, and resuming: from a connection to an account at work in a tenant.

use std::{convert::Infallible, path::PathBuf, sync::Arc, time::Duration};

use keyward_model::{Error, ErrorCode, Me, Result, TenantId, Timestamp};
use tokio::sync::oneshot;

use crate::{
    AccountKey, AccountRecord, Connection,
    chain::{Chain, Proven},
    directory::DirectoryClient,
    keychain::KeychainFault,
    loopback::{Awaited, Loopback, Page},
    ports::Ports,
    provider::{IdClaims, Provider},
    remembered::Place,
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
    /// Where they signed in.
    pub connection: Connection,
    /// Their chain.
    pub chain: Arc<Chain>,
    /// The directory that knows them.
    pub directory: DirectoryClient,
    /// Where they may go.
    pub me: Me,
    /// Where they are.
    pub tenant: TenantId,
    /// The proof.
    pub proven: Proven,
    /// Why the session could not be kept, if it could not.
    pub unsaved: Option<KeychainFault>,
}

/// Signs in at `connection`, in `tenant` or in the person's default one. `sent` hears when the link is
/// ready, before the browser opens. Dropping the other end of `cancelled` ends the wait for the browser;
/// once that has answered, the flow runs to its end, so that what it made can be revoked and not lost.
///
/// # Errors
/// Any of the steps'.
pub async fn sign_in(
    means: Means,
    connection: Connection,
    tenant: Option<TenantId>,
    keep: Keep,
    sent: oneshot::Sender<Sent>,
    mut cancelled: oneshot::Receiver<Infallible>,
) -> Result<Arrival> {
    let ports = means.ports.clone();
    let provider = Arc::new(Provider::discover(connection.clone(), ports.clone()).await?);
    let loopback = Loopback::bind(&connection.redirect_ports).await?;
    let outgoing = provider.sign_in(&loopback.redirect(), tenant.as_ref())?;
    let awaited = Awaited {
        state: crate::OneTime::new(outgoing.state.expose()),
        issuer: connection.issuer.clone(),
        issuer_promised: provider.metadata().authorization_response_iss_parameter_supported,
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
    let exchanged = match &arrived.outcome {
        Ok(code) => provider.exchange_code(code, outgoing).await,
        Err(error) => Err(error.clone()),
    };
    let (granted, id) = match exchanged {
        Ok(exchanged) => exchanged,
        Err(error) => {
            arrived.show(Page::failed(&error.message));
            return Err(error);
        }
    };
    let record = record(&connection, &id);
    let Some(link) = granted.refresh else {
        let error = Error::new(
            ErrorCode::ProviderRefused,
            format!(
                "{} gave no refresh token, so no session can be kept. Its administrator must allow offline_access for this client.",
                connection.name
            ),
        );
        arrived.show(Page::failed(&error.message));
        return Err(error);
    };
    let page = Page::signed_in(id.display_name(), &connection.name);
    let chain = Chain::begin(record.key.clone().into(), provider.clone(), ports.clone(), &means.folder, link);
    let chain = Arc::new(chain);
    let unsaved = match keep {
        Keep::InKeychain => chain.save().await.err(),
        Keep::ThisSession => {
            chain.keep_for_this_session().await;
            None
        }
    };
    let settled = async {
        let claims = provider.prove(&granted.access, &record.key.subject, tenant.as_ref()).await?;
        let proven = Proven { access: granted.access, claims };
        settle(chain.clone(), record, connection, tenant, Some(proven), &ports).await
    };
    match settled.await {
        Ok(mut arrival) => {
            arrived.show(page);
            arrival.unsaved = unsaved.or(arrival.unsaved);
            Ok(arrival)
        }
        Err(error) => {
            arrived.show(Page::failed(&error.message));
            // A session that no window knows of must not be left lying about.
            if let Err(fault) = chain.end().await {
                tracing::warn!(%fault, "a failed sign-in's session could not be removed");
            }
            Err(error)
        }
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
    running: Option<Arc<Chain>>,
) -> Result<Arrival> {
    let chain = match running {
        Some(chain) => chain,
        None => Arc::new(kept_chain(&means, &connection, &record).await?),
    };
    settle(chain, record, connection, Some(place.tenant), None, &means.ports).await
}

/// The account's chain whose link lies in the keychain.
///
/// # Errors
/// [`ErrorCode::SessionEnded`] where the connection has come to name another provider or client: a
/// link is shown to nobody but the provider that made it.
pub async fn kept_chain(means: &Means, connection: &Connection, record: &AccountRecord) -> Result<Chain> {
    if record.key.issuer != connection.issuer || record.key.client != connection.client_id {
        return Err(Error::new(
            ErrorCode::SessionEnded,
            format!(
                "This session was made at {}, and {} now names another provider or client. Sign in again.",
                record.key.issuer, connection.name
            ),
        ));
    }
    let provider = Arc::new(Provider::discover(connection.clone(), means.ports.clone()).await?);
    Ok(Chain::kept(record.key.clone().into(), provider, means.ports.clone(), &means.folder))
}

/// From a chain to a tenant: the one asked for, else the default one, else the first.
async fn settle(
    chain: Arc<Chain>,
    record: AccountRecord,
    connection: Connection,
    tenant: Option<TenantId>,
    at_hand: Option<Proven>,
    ports: &Ports,
) -> Result<Arrival> {
    let directory = DirectoryClient::new(connection.directory.clone(), ports.http.clone());
    let mut unsaved = None;
    let first = match (at_hand, &tenant) {
        (Some(proven), _) => Ok(proven),
        (None, wanted) => chain.exchange(wanted.as_ref()).await.map(|exchanged| {
            unsaved = exchanged.unsaved;
            exchanged.proven
        }),
    };
    let (first, tenant) = match first {
        Ok(proven) => (proven, tenant),
        // The tenant of last time is closed to this person by now: the default one opens.
        Err(error) if matches!(error.code, ErrorCode::TenantForbidden | ErrorCode::TenantUnknown) => {
            let exchanged = chain.exchange(None).await?;
            unsaved = exchanged.unsaved;
            (exchanged.proven, None)
        }
        Err(error) => return Err(error),
    };
    let me = directory.me(&first.access).await?;
    // A tenant that the directory does not list has no name to show and nothing to work with.
    let listed = |id: &TenantId| me.tenants.iter().any(|membership| membership.tenant.id == *id);
    let (tenant, proven) = match tenant.filter(listed) {
        Some(tenant) => (tenant, first),
        None => {
            let tenant = home(&me, &connection)?;
            let exchanged = chain.exchange(Some(&tenant)).await?;
            unsaved = exchanged.unsaved;
            (tenant, exchanged.proven)
        }
    };
    Ok(Arrival { record, connection, chain, directory, me, tenant, proven, unsaved })
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

fn record(connection: &Connection, id: &IdClaims) -> AccountRecord {
    AccountRecord {
        key: AccountKey {
            issuer: connection.issuer.clone(),
            client: connection.client_id.clone(),
            subject: id.sub.clone(),
        },
        connection: connection.id.clone(),
        name: id.display_name().to_owned(),
        email: id.email.clone().unwrap_or_default(),
    }
}
