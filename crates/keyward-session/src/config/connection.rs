//! A connection: one provider, one client, the tenants to be had there, and the role directory if there is one.

use std::path::PathBuf;

use keyward_model::{ClientId, ConnectionId, Issuer, TenantAlias, TenantClass, TenantId, TenantRule};
use serde::Deserialize;
use url::Url;

use super::written::Written;
use crate::preset::{CUSTOM, Mode, Preset, Settings};

/// A connection, ready to be used: its preset is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Connection {
    /// Its id, unique in the configuration.
    pub id: ConnectionId,
    /// Its name for people.
    pub name: String,
    /// The provider's issuer identifier.
    pub issuer: Issuer,
    /// The client registered there for Keyward, a public one (RFC 8252 §8.4).
    pub client_id: ClientId,
    /// Origin of the role directory; `/v1` is added. Without one there are no people, plans and audit.
    pub directory: Option<Url>,
    /// Where the list of tenants comes from.
    pub tenants_from: TenantsFrom,
    /// The tenants that the configuration lists.
    pub tenants: Vec<KnownTenant>,
    /// Where the browser comes back to.
    pub redirect: Redirect,
    /// The way to the provider and the directory.
    pub network: NetworkSettings,
    /// The provider's ways.
    pub mode: Mode,
}

/// Where the list of a person's tenants comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TenantsFrom {
    /// The role directory.
    Directory,
    /// A claim of the ID token, which the preset names.
    Claim,
    /// The configuration.
    List,
}

/// A tenant that is known before anybody is asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
pub struct KnownTenant {
    /// Its id here.
    pub id: TenantId,
    /// Its name for people.
    pub name: String,
    /// What the provider calls it.
    pub alias: TenantAlias,
    /// Its own application, where the provider has one for each tenant.
    pub client_id: Option<ClientId>,
    /// How careful people must be in it.
    pub class: TenantClass,
}

/// Where the browser comes back to (RFC 8252 §7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Ports that the provider allows, tried in turn; none: any free port.
    pub ports: Vec<u16>,
    /// The path, `/callback` unless the configuration says otherwise.
    pub path: String,
}

/// The way to a connection's servers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NetworkSettings {
    /// A file of certificates (PEM) trusted beside the system's.
    pub ca: Option<PathBuf>,
    /// How to get out.
    pub proxy: Proxy,
}

/// How to get out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Proxy {
    /// As the environment says (`HTTPS_PROXY`, `NO_PROXY`, …), and the system where it does.
    #[default]
    FromEnvironment,
    /// Straight.
    Direct,
    /// Through this one.
    Through(Url),
}

impl Connection {
    /// What the provider calls a tenant: as the configuration has it, else by its id.
    pub fn alias(&self, tenant: &TenantId) -> TenantAlias {
        self.listed(tenant).map_or_else(|| tenant.into(), |known| known.alias.clone())
    }

    /// The tenant, if the configuration lists it.
    pub fn listed(&self, tenant: &TenantId) -> Option<&KnownTenant> {
        self.tenants.iter().find(|known| known.id == *tenant)
    }

    /// The client that asks for a tenant: its own application, where the provider has one for each.
    pub fn client(&self, tenant: Option<&TenantId>) -> &ClientId {
        let own = tenant.and_then(|tenant| self.listed(tenant)).and_then(|known| known.client_id.as_ref());
        own.filter(|_| self.mode.has_applications()).unwrap_or(&self.client_id)
    }
}

impl TryFrom<Written> for Connection {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let id = written.id.clone();
        resolve(written).map_err(|why| format!("connection {id}: {why}"))
    }
}

fn resolve(written: Written) -> Result<Connection, String> {
    let directory = written.directory.is_some();
    let mut mode = mode(&written, directory)?;
    let tenants: Vec<KnownTenant> = written.tenants.into_iter().map(KnownTenant::from).collect();
    if let Some((at, twice)) =
        tenants.iter().enumerate().find(|(at, one)| tenants[..*at].iter().any(|earlier| earlier.id == one.id))
    {
        return Err(format!("tenant {} is listed twice (again as number {})", twice.id, at + 1));
    }
    if mode.has_applications() {
        let applications =
            tenants.iter().filter_map(|known| Some((known.alias.clone(), known.client_id.clone()?)));
        fill_applications(&mut mode.proof.tenant, &applications.collect::<Vec<_>>());
        if let Some(without) = tenants.iter().find(|known| known.client_id.is_none()) {
            return Err(format!("tenant {} needs its application's client_id", without.id));
        }
    }
    let tenants_from = match (written.tenants_from, directory, tenants.is_empty()) {
        (Some(from), _, _) => from,
        (None, true, _) => TenantsFrom::Directory,
        (None, false, false) => TenantsFrom::List,
        (None, false, true) => TenantsFrom::Claim,
    };
    match tenants_from {
        TenantsFrom::Directory if !directory => {
            return Err("tenants_from = \"directory\" needs a directory".to_owned());
        }
        TenantsFrom::List if tenants.is_empty() => {
            return Err("tenants_from = \"list\" needs [[connection.tenant]] entries".to_owned());
        }
        TenantsFrom::Claim if mode.claims.tenants.is_none() => {
            return Err("nothing says which tenants there are: name a directory, list them as \
                        [[connection.tenant]], or take a preset whose tokens list them"
                .to_owned());
        }
        _ => {}
    }
    if let (Some(own), TenantRule::Audience(template)) = (&mode.proof.no_tenant, &mode.proof.tenant)
        && template.fits(own)
    {
        return Err(format!("{own:?}, the directory's audience, is also a tenant's; they must differ"));
    }
    let path = written.redirect_path.unwrap_or_else(|| "/callback".to_owned());
    // As a browser would ask for it, letter by letter: the redirect's path is compared as text.
    if !url::Url::parse(&format!("http://127.0.0.1{path}")).is_ok_and(|url| url.path() == path) {
        return Err(format!("redirect_path {path:?} must be a plain path such as \"/callback\""));
    }
    Ok(Connection {
        id: written.id,
        name: written.name,
        issuer: written.issuer,
        client_id: written.client_id,
        directory: written.directory,
        tenants_from,
        tenants,
        redirect: Redirect { ports: written.redirect_ports, path },
        network: NetworkSettings { ca: written.ca, proxy: proxy(written.proxy)? },
        mode,
    })
}

fn mode(written: &Written, directory: bool) -> Result<Mode, String> {
    match (&written.mode, written.preset.as_str()) {
        (Some(mode), CUSTOM) => Mode::read(mode, &written.settings, directory),
        (None, CUSTOM) => Err("preset \"custom\" needs its own [connection.mode]".to_owned()),
        (Some(_), named) => Err(format!("mode is for preset = \"custom\"; this one is {named:?}")),
        (None, named) => {
            let settings: &Settings = &written.settings;
            Preset::find(named).map_err(|e| e.message)?.mode(settings, directory)
        }
    }
}

fn fill_applications(rule: &mut TenantRule, applications: &[(TenantAlias, ClientId)]) {
    match rule {
        TenantRule::AuthorizedParty(clients) => clients.extend(applications.iter().cloned()),
        TenantRule::All(rules) => rules.iter_mut().for_each(|rule| fill_applications(rule, applications)),
        TenantRule::Audience(_)
        | TenantRule::Claim { .. }
        | TenantRule::Organization { .. }
        | TenantRule::OrganizationRoles { .. }
        | TenantRule::Issuer(_) => {}
    }
}

fn proxy(written: Option<String>) -> Result<Proxy, String> {
    match written.as_deref() {
        None => Ok(Proxy::FromEnvironment),
        Some("none") => Ok(Proxy::Direct),
        Some(url) => match Url::parse(url) {
            Ok(url) if matches!(url.scheme(), "http" | "https" | "socks5") && url.host().is_some() => {
                Ok(Proxy::Through(url))
            }
            _ => {
                Err(format!("proxy {url:?} must be \"none\" or a URL such as \"http://proxy.example:3128\""))
            }
        },
    }
}
