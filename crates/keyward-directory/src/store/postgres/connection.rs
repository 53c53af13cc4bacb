//! One connection: how it is made.

use std::time::Duration;

use postgres::{
    Client, Config, NoTls,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Address, fault, live::Statements};
use crate::store::{Fault, Tried, fault::Cause};

/// How long a server may take to answer, where the address does not say.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a silent connection is trusted, and what the client takes for it where nobody says.
const IDLE: Duration = Duration::from_secs(30);
const CLIENTS_IDLE: Duration = Duration::from_secs(2 * 60 * 60);
/// What every session is told; the address may say otherwise. Locks are waited for as on SQLite, and a
/// server of ours that stopped in mid-change does not keep a tenant for ever.
const SESSION: &str = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=60s";

/// A connection, with what was prepared on it.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) statements: Statements,
}

/// Makes connections.
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Connector {
    pub(super) fn new(address: &Address) -> Tried<Self> {
        let mut config = address.config().clone();
        config.options(&format!("{SESSION} {}", config.get_options().unwrap_or_default()));
        if config.get_application_name().is_none() {
            config.application_name("keyward");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(PATIENCE);
        }
        if config.get_keepalives_idle() == CLIENTS_IDLE {
            config.keepalives_idle(IDLE);
        }
        let over_tcp = config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)));
        let tls = (over_tcp && config.get_ssl_mode() != SslMode::Disable).then(tls).transpose()?;
        Ok(Self { config, tls })
    }

    pub(super) fn connect(&self) -> Tried<Connection> {
        let client = match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(NoTls),
        };
        let client = client.map_err(|error| fault::at_the_door(&error))?;
        Ok(Connection { client, statements: Statements::new() })
    }
}

/// TLS by the certificates that the system trusts.
fn tls() -> Tried<MakeRustlsConnect> {
    let none = |errors: Vec<_>| {
        Fault::Engine(Cause::Away, format!("this system has no certificates to check it by: {errors:?}"))
    };
    MakeRustlsConnect::with_native_certs().map(|(tls, _)| tls).map_err(none)
}
