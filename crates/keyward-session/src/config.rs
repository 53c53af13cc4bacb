//! `keyward.toml`: the connections a person or their administrator has set up.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use keyward_model::{ClientId, ConnectionId, Error, ErrorCode, Issuer, Result, Template};
use serde::Deserialize;

/// Bytes of a configuration file at most.
const MAX_BYTES: u64 = 256 * 1024;

/// One provider, one client, one role directory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Its id, unique in the file.
    pub id: ConnectionId,
    /// Its name for people.
    pub name: String,
    /// The provider's issuer identifier.
    pub issuer: Issuer,
    /// The client registered there for Keyward, a public one (RFC 8252 §8.4).
    pub client_id: ClientId,
    /// Origin of the role directory; `/v1` is added.
    pub directory: url::Url,
    /// The audience of a tenant's API.
    pub tenant_audience: Template,
    /// The audience of the directory itself, asked for when no tenant is chosen yet.
    pub directory_audience: String,
    /// Ports that the provider allows in redirects, tried in turn; none: any free port (RFC 8252 §7.3).
    #[serde(default)]
    pub redirect_ports: Vec<u16>,
}

/// A configuration file as read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// In the file's order.
    #[serde(default, rename = "connection")]
    pub connections: Vec<Connection>,
}

impl Config {
    /// Reads the file at `path`. No file is an empty configuration.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] names the file, and line and key where one is at fault.
    pub fn read(path: &Path) -> Result<Self> {
        let invalid =
            |what: String| Error::new(ErrorCode::ConfigInvalid, format!("{}: {what}", path.display()));
        match fs::metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(invalid(e.to_string())),
            Ok(meta) if meta.len() > MAX_BYTES => {
                return Err(invalid(format!("{} bytes; at most {MAX_BYTES} are read", meta.len())));
            }
            Ok(_) => {}
        }
        let text = fs::read_to_string(path).map_err(|e| invalid(e.to_string()))?;
        Self::parse(&text).map_err(invalid)
    }

    fn parse(text: &str) -> std::result::Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|e| at_line(text, &e))?;
        for (at, connection) in config.connections.iter().enumerate() {
            let doubled = config.connections[..at].iter().any(|earlier| earlier.id == connection.id);
            if doubled || connection.id.as_str() == crate::LOCAL {
                let why = if doubled { "is used twice" } else { "is the local workspace's own" };
                return Err(format!("connection id {:?} {why}; give it another", connection.id.as_str()));
            }
            if connection.tenant_audience.tenant_in(&connection.directory_audience).is_some() {
                return Err(format!(
                    "connection {}: directory_audience {:?} is also a tenant's audience; they must differ",
                    connection.id, connection.directory_audience
                ));
            }
        }
        Ok(config)
    }

    /// Where the configuration lies: `KEYWARD_CONFIG` if set, else `keyward.toml` in `folder`.
    pub fn path(folder: &Path) -> PathBuf {
        std::env::var_os("KEYWARD_CONFIG").map_or_else(|| folder.join("keyward.toml"), PathBuf::from)
    }
}

/// `line 3, key "issuer": …`, which is where a person will look.
fn at_line(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().trim_end();
    let Some(span) = error.span() else { return message.to_owned() };
    let start = span.start.min(text.len());
    let line = text[..start].matches('\n').count();
    let key = text.lines().nth(line).and_then(|l| l.split_once('=')).map(|(key, _)| key.trim());
    match key {
        Some(key) => format!("line {}, key {key:?}: {message}", line + 1),
        None => format!("line {}: {message}", line + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[connection]]
id = "northwind"
name = "Northwind Cloud"
issuer = "https://login.northwind.example/"
client_id = "keyward"
directory = "https://roles.northwind.example"
tenant_audience = "https://api.northwind.example/{tenant}"
directory_audience = "urn:northwind:directory"
"#;

    #[test]
    fn a_whole_connection_is_read() {
        let config = Config::parse(GOOD).unwrap();
        assert_eq!(config.connections[0].name, "Northwind Cloud");
        assert!(config.connections[0].redirect_ports.is_empty(), "any free port");
    }

    #[test]
    fn a_wrong_value_is_named_by_line_and_key() {
        let error = Config::parse(&GOOD.replace("https://login", "http://login")).unwrap_err();
        assert!(error.contains("line 5") && error.contains("issuer") && error.contains("https"), "{error}");
    }

    #[test]
    fn a_misspelt_key_is_named() {
        let error = Config::parse(&GOOD.replace("client_id", "client")).unwrap_err();
        assert!(error.contains("client") && error.contains("client_id"), "{error}");
    }

    #[test]
    fn a_missing_place_for_the_tenant_is_named() {
        let error = Config::parse(&GOOD.replace("{tenant}", "t")).unwrap_err();
        assert!(error.contains("tenant_audience") && error.contains("{tenant}"), "{error}");
    }

    #[test]
    fn two_connections_of_one_id_are_refused() {
        let error = Config::parse(&format!("{GOOD}{GOOD}")).unwrap_err();
        assert!(error.contains("northwind") && error.contains("twice"), "{error}");
    }

    #[test]
    fn a_file_that_is_not_there_is_no_connection() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Config::read(&folder.path().join("keyward.toml")), Ok(Config::default()));
    }
}
