//! A provider's ways, with every setting filled in.

use std::collections::BTreeMap;

use keyward_model::{AccessClaims, ClientId, Template, TenantAlias, TenantRule};
use serde::Deserialize;
use serde_json::Value;

use super::{Pattern, Settings, expand};

/// Parameters of a request, by name.
pub type Parameters = BTreeMap<String, Pattern>;

/// A provider's ways.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    /// What a sign-in adds to the authorization request.
    pub sign_in: SignIn,
    /// How another tenant's token is got.
    pub switch: Switch,
    /// What proves that it is that tenant's.
    pub proof: Proof,
    /// Where else to look in a token.
    #[serde(default)]
    pub claims: ClaimNames,
}

/// What a sign-in adds to the authorization request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Scopes. One with a place for the tenant is asked for once for each tenant that is known beforehand.
    pub scope: Vec<Pattern>,
    /// Parameters of every sign-in; with a place for the tenant: repeated likewise.
    #[serde(default)]
    pub parameters: Parameters,
    /// Those of a sign-in to one tenant.
    #[serde(default)]
    pub tenant: Parameters,
    /// Those of a sign-in to none in particular.
    #[serde(default)]
    pub no_tenant: Parameters,
    /// What the access token is that comes with the code's exchange.
    pub gives: Gives,
}

/// What the access token of a sign-in is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// The tenant's, or the directory's, as the sign-in asked. It is proven like any other.
    Asked,
    /// Something else, such as an opaque one. It is dropped, and the first refresh gets the one wanted.
    Nothing,
}

/// How another tenant's token is got.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Switch {
    /// The refresh token is exchanged for it (RFC 6749 §6), one chain for all tenants.
    Refresh {
        /// Parameters for a tenant.
        tenant: Parameters,
        /// Parameters for the directory itself.
        #[serde(default)]
        no_tenant: Parameters,
        /// The tenant's own issuer, whose token endpoint takes the same refresh token and whose keys sign.
        issuer: Option<Template>,
    },
    /// An access token that a refresh gave is exchanged for it (RFC 8693).
    Exchange {
        /// Parameters of the exchange for a tenant.
        tenant: Parameters,
        /// Parameters of the refresh that gets the token to exchange.
        #[serde(default)]
        no_tenant: Parameters,
    },
    /// The provider binds a refresh token to one tenant: the browser gets another, and each tenant has a
    /// chain of its own from then on.
    Browser {
        /// Parameters of the authorization request, beside those of a sign-in to the tenant.
        #[serde(default)]
        tenant: Parameters,
        /// Parameters of a refresh.
        #[serde(default)]
        refresh: Parameters,
        /// The tenant's own issuer.
        issuer: Option<Template>,
        /// Whether each tenant has an application (client) of its own.
        #[serde(default)]
        application: bool,
    },
}

/// What proves a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// That it is a tenant's.
    pub tenant: TenantRule,
    /// An audience that every token names, where tenants share an API.
    pub audience: Option<String>,
    /// That it is for the directory itself: its audience. None where such a token is not used.
    pub no_tenant: Option<String>,
    /// The claim that names the person as the ID token's `sub` does. `none` where no claim does so in every
    /// tenant; then only the chain tells whose token it is.
    #[serde(default = "sub")]
    pub person: String,
}

fn sub() -> String {
    "sub".to_owned()
}

/// Where else to look in a token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimNames {
    /// The access token's roles.
    pub roles: Option<ClaimPath>,
    /// The ID token's list of tenants.
    pub tenants: Option<ClaimPath>,
    /// The access token's client, where that is neither `azp` nor `client_id`.
    pub client: Option<String>,
}

/// The way to a claim: names of nested objects, the last one the claim's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ClaimPath(Vec<String>);

impl ClaimPath {
    /// What stands there, as a list of names: texts of an array, keys of an object, words of a text; of an
    /// array's objects their `id`, `alias` or `name`. Each name comes with a name for people, where there is one.
    pub fn names(&self, claims: &serde_json::Map<String, Value>) -> Vec<(String, Option<String>)> {
        let Some((first, rest)) = self.0.split_first() else { return Vec::new() };
        let mut found = claims.get(first);
        for name in rest {
            found = found.and_then(|inner| inner.get(name));
        }
        let text = |object: &Value, key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
        match found {
            Some(Value::String(words)) => {
                words.split_whitespace().map(|one| (one.to_owned(), None)).collect()
            }
            Some(Value::Array(all)) => all
                .iter()
                .filter_map(|one| match one {
                    Value::String(name) => Some((name.clone(), None)),
                    object => {
                        let name = text(object, "name");
                        Some((text(object, "id").or_else(|| text(object, "alias")).or(name.clone())?, name))
                    }
                })
                .collect(),
            Some(Value::Object(map)) => {
                map.iter().map(|(key, one)| (key.clone(), text(one, "name"))).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Mode {
    /// A mode from its table, with the settings filled in.
    ///
    /// # Errors
    /// In words: what the table lacks, or has too much.
    pub fn read(table: &toml::Table, settings: &Settings, with_directory: bool) -> Result<Self, String> {
        let mut table = table.clone();
        if !with_directory {
            drop_directory(&mut table);
        }
        let table = expand::table(&table, settings)?;
        let mode: Self = table.try_into().map_err(|e: toml::de::Error| format!("mode: {}", e.message()))?;
        mode.check()?;
        Ok(mode)
    }

    fn check(&self) -> Result<(), String> {
        let plain = |which: &str, parameters: &Parameters| match parameters
            .iter()
            .find(|(_, value)| value.plain().is_none())
        {
            Some((name, _)) => {
                Err(format!("mode: {which} names no tenant, so {name} can have no place for one"))
            }
            None => Ok(()),
        };
        plain("sign_in.no_tenant", &self.sign_in.no_tenant)?;
        match &self.switch {
            Switch::Refresh { no_tenant, .. } => plain("switch.refresh.no_tenant", no_tenant),
            Switch::Exchange { no_tenant, .. } => plain("switch.exchange.no_tenant", no_tenant),
            Switch::Browser { .. } => Ok(()),
        }
    }

    /// Whether each tenant has a chain of its own.
    pub fn binds_chains(&self) -> bool {
        matches!(self.switch, Switch::Browser { .. })
    }

    /// Whether each tenant has an application of its own.
    pub fn has_applications(&self) -> bool {
        matches!(self.switch, Switch::Browser { application: true, .. })
    }

    /// The tenant's own issuer, where it has one.
    pub fn issuer(&self, tenant: &TenantAlias) -> Option<String> {
        match &self.switch {
            Switch::Refresh { issuer, .. } | Switch::Browser { issuer, .. } => {
                issuer.as_ref().map(|issuer| issuer.render(tenant))
            }
            Switch::Exchange { .. } => None,
        }
    }

    /// The client that an access token was made for, if it says so.
    pub fn client_of(&self, claims: &AccessClaims) -> Option<ClientId> {
        match &self.claims.client {
            Some(name) => {
                claims.other.get(name).and_then(Value::as_str).and_then(|text| ClientId::new(text).ok())
            }
            None => claims.authorized_party().cloned(),
        }
    }
}

/// Where there is no directory, no token is for it.
fn drop_directory(table: &mut toml::Table) {
    let inner = |table: &mut toml::Table, way: &[&str]| {
        let mut at = Some(table);
        for name in way {
            at = at.and_then(|table| table.get_mut(*name)).and_then(toml::Value::as_table_mut);
        }
        if let Some(table) = at {
            table.remove("no_tenant");
        }
    };
    inner(table, &["sign_in"]);
    inner(table, &["switch", "refresh"]);
    inner(table, &["proof"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(claims: Value) -> Vec<String> {
        let path = ClaimPath(vec!["in".to_owned(), "here".to_owned()]);
        let claims = serde_json::json!({ "in": { "here": claims } });
        path.names(claims.as_object().unwrap()).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn names_are_read_in_every_shape_that_providers_write() {
        let both = ["acme", "globex"];
        assert_eq!(names(serde_json::json!(["acme", "globex"])), both);
        assert_eq!(names(serde_json::json!({ "acme": {}, "globex": { "id": "4" } })), both);
        assert_eq!(names(serde_json::json!("acme globex")), both);
        assert_eq!(names(serde_json::json!([{ "id": "acme", "name": "Acme" }, { "name": "globex" }])), both);
        assert!(names(serde_json::json!(7)).is_empty());
    }
}
