//! Where a PostgreSQL database is, and the password that opens it.

use std::{fmt, net::IpAddr, sync::Arc};

use keyward_model::{Error, ErrorCode};
use postgres::{
    Config,
    config::{Host, SslMode},
};

/// A PostgreSQL address. Printed it is without its password, which nothing gives out again.
#[derive(Clone)]
pub struct Address {
    config: Arc<Config>,
    name: String,
}

impl Address {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE`.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`]. It repeats nothing of the text: half-read, any of it may be the password.
    pub(in crate::store) fn read(text: &str) -> Result<Self, Error> {
        // A second @ may be the password's, and what stands before it be taken for a host.
        let config = if text.matches('@').count() < 2 { text.parse::<Config>().ok() } else { None };
        let Some(mut config) = config else {
            let words = "The address of the PostgreSQL database cannot be read. It is \
                         postgres://USER:PASSWORD@HOST/DATABASE; in the password, what is neither letter nor digit \
                         is written as % and two digits.";
            return Err(Error::new(ErrorCode::ConfigInvalid, words));
        };
        // The client's own default gives way where a server, or whoever stands between, says that it has no TLS.
        if !text.contains("sslmode=") && config.get_hosts().iter().any(is_elsewhere) {
            config.ssl_mode(SslMode::Require);
        }
        let name = name(&config);
        Ok(Self { config: Arc::new(config), name })
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }
}

/// Whether the way there leads over a network.
fn is_elsewhere(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name != "localhost" && !name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => false,
    }
}

fn name(config: &Config) -> String {
    let user = config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
    let ports = config.get_ports();
    let place = |(n, host): (usize, &Host)| {
        let port = ports.get(n).or(ports.first()).map(|port| format!(":{port}")).unwrap_or_default();
        match host {
            Host::Tcp(name) => format!("{name}{port}"),
            #[cfg(unix)]
            Host::Unix(folder) => format!("{}{port}", folder.display()),
        }
    };
    let places: Vec<String> = config.get_hosts().iter().enumerate().map(place).collect();
    format!("postgres://{user}{}/{}", places.join(","), config.get_dbname().unwrap_or_default())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_place_and_never_its_password() {
        let address = Address::read("postgres://ada:can%41ry@db.example:5433/keyward").unwrap();
        for text in [format!("{address}"), format!("{address:?}")] {
            assert_eq!(text, "postgres://ada@db.example:5433/keyward");
        }
        let socket = Address::read("postgresql://ada:canary@%2Frun%2Fpostgresql/keyward").unwrap();
        assert_eq!(socket.to_string(), "postgres://ada@/run/postgresql:5432/keyward");
    }

    #[test]
    fn what_goes_over_a_network_goes_over_tls_unless_the_address_says_otherwise() {
        for (text, tls) in [
            ("postgres://ada@db.example/keyward", SslMode::Require),
            ("postgres://ada@192.0.2.7/keyward", SslMode::Require),
            ("postgres://ada@db.example/keyward?sslmode=disable", SslMode::Disable),
            ("postgres://ada@localhost/keyward", SslMode::Prefer),
            ("postgres://ada@[::1]/keyward", SslMode::Prefer),
            ("postgres://ada@%2Frun%2Fpostgresql/keyward", SslMode::Prefer),
        ] {
            assert_eq!(Address::read(text).unwrap().config().get_ssl_mode(), tls, "{text}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_read_is_not_repeated() {
        for text in [
            "postgres://ada:can@ary@db/keyward",
            "postgres://ada:ca/nary",
            "postgres://ada@db?canary=1",
            "postgres://ada:canary@db/%ff",
        ] {
            let error = Address::read(text).unwrap_err();
            assert_eq!(error.code, ErrorCode::ConfigInvalid, "{text}");
            assert!(!error.message.contains("ary"), "{error}");
        }
    }
}
