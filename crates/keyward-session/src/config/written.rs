//! A connection as people write it into `keyward.toml`.

use std::path::PathBuf;

use keyward_model::{ClientId, ConnectionId, Issuer, TenantAlias, TenantClass, TenantId};
use serde::{Deserialize, Serialize};
use url::Url;

use super::connection::{KnownTenant, TenantsFrom};
use crate::preset::{Settings, USUAL};

/// One `[[connection]]`: a provider, a client registered there, and what its preset wants to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// A short name, unique in the configuration: a-z, 0-9 and '-'.
    #[cfg_attr(test, schemars(with = "String", regex(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")))]
    pub id: ConnectionId,
    /// The name that people see.
    pub name: String,
    /// The provider's issuer identifier, to the letter: https, or http on this computer.
    #[cfg_attr(test, schemars(with = "String", regex(pattern = "^https?://")))]
    pub issuer: Issuer,
    /// The public client registered at the provider for Keyward.
    #[cfg_attr(test, schemars(with = "String", regex(pattern = "^[!-~]{1,255}$")))]
    pub client_id: ClientId,
    /// The preset that says how this provider gives tokens of a tenant.
    #[serde(default = "usual", skip_serializing_if = "is_usual")]
    pub preset: String,
    /// What the preset wants to know, by key. `{tenant}` stands for the provider's name of a tenant.
    #[serde(default, skip_serializing_if = "Settings::is_empty")]
    pub settings: Settings,
    /// The provider's ways, for `preset = "custom"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<serde_json::Map<String, serde_json::Value>>"))]
    pub mode: Option<toml::Table>,
    /// Origin of the role directory; `/v1` is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub directory: Option<Url>,
    /// Where the list of tenants comes from: the directory if there is one, else the list below, else a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenants_from: Option<TenantsFrom>,
    /// Ports that the provider allows in redirects, tried in turn; none: any free port.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_ports: Vec<u16>,
    /// The path of the redirect address; `/callback` unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(regex(pattern = "^/[^?# {]*$")))]
    pub redirect_path: Option<String>,
    /// A file of certificates (PEM) to trust beside the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// A proxy's URL, or `none` for no proxy; left out: as the environment says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(regex(pattern = "^(none$|(https?|socks5)://.)")))]
    pub proxy: Option<String>,
    /// Tenants known beforehand, with what the provider calls them.
    #[serde(default, rename = "tenant", skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<WrittenTenant>,
}

/// One `[[connection.tenant]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WrittenTenant {
    /// Its short name: a-z, 0-9 and '-'.
    #[cfg_attr(test, schemars(with = "String", regex(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")))]
    pub id: TenantId,
    /// The name that people see; its id, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the provider calls it, such as `org_…` or a GUID; its id, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub at_provider: Option<TenantAlias>,
    /// Its own application, for presets with an application per tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub client_id: Option<ClientId>,
    /// Whether it is a sandbox, in which things are tried.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
}

impl Written {
    /// A connection of the usual preset with nothing filled in yet.
    pub fn new(id: ConnectionId, name: String, issuer: Issuer, client_id: ClientId) -> Self {
        Self {
            id,
            name,
            issuer,
            client_id,
            preset: usual(),
            settings: Settings::new(),
            mode: None,
            directory: None,
            tenants_from: None,
            redirect_ports: Vec::new(),
            redirect_path: None,
            ca: None,
            proxy: None,
            tenants: Vec::new(),
        }
    }
}

fn usual() -> String {
    USUAL.to_owned()
}

fn is_usual(preset: &str) -> bool {
    preset == USUAL
}

impl From<WrittenTenant> for KnownTenant {
    fn from(written: WrittenTenant) -> Self {
        let WrittenTenant { id, name, at_provider, client_id, sandbox } = written;
        Self {
            name: name.unwrap_or_else(|| id.to_string()),
            alias: at_provider.unwrap_or_else(|| (&id).into()),
            client_id,
            class: if sandbox { TenantClass::Sandbox } else { TenantClass::Production },
            id,
        }
    }
}
