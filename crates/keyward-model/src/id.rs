//! Identifiers. Each is its own type, valid by construction, and never made by joining strings.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};

/// Why a text is not an identifier of the kind it was offered as.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{value:?} is not a {kind}: {rule}")]
pub struct InvalidId {
    kind: &'static str,
    value: String,
    rule: &'static str,
}

/// Characters of an offered value that an error quotes at most.
const QUOTED: usize = 80;

impl InvalidId {
    pub(crate) fn of(kind: &'static str, value: &str, rule: &'static str) -> Self {
        Self { kind, value: value.chars().take(QUOTED).collect(), rule }
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("A ", $kind, ", if `value` is one: ", $rule, ".")]
            ///
            /// # Errors
            /// [`InvalidId`] names the value and the rule it breaks.
            pub fn new(value: impl Into<String>) -> Result<Self, InvalidId> {
                let value = value.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&value) {
                    return Ok(Self(value));
                }
                Err(InvalidId::of($kind, &value, $rule))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(value: &str) -> Result<Self, InvalidId> {
                Self::new(value)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(value: String) -> Result<Self, InvalidId> {
                Self::new(value)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "description": concat!("A ", $kind, ": ", $rule, "."),
                })
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

pub(crate) use id;

id!(
    /// A tenant's short name, as it stands in audiences, paths and links.
    TenantId, "tenant id", "1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit", is_slug
);
id!(
    /// What a provider calls a tenant: an alias, an organization's id, a directory's GUID. Where it has no
    /// name of its own for it, the tenant's id.
    TenantAlias, "tenant alias", "1 to 255 visible ASCII characters without braces",
    |value| (1..=255).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic() && b != b'{' && b != b'}')
);

impl From<&TenantId> for TenantAlias {
    fn from(tenant: &TenantId) -> Self {
        Self(tenant.0.clone())
    }
}

id!(
    /// A role's short name within its tenant.
    RoleId, "role id", "1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit", is_slug
);
id!(
    /// A configured provider and client, as the person's configuration names it.
    ConnectionId, "connection id", "1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit", is_slug
);
id!(
    /// A provider that asks at issuance, as the directory's configuration names it.
    HookCallerId, "caller's name", "1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit", is_slug
);
id!(
    /// A person in the directory, stable while e-mail and name change.
    PersonId, "person id", "1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit", is_slug
);
id!(
    /// A role plan that the directory made and has not forgotten.
    PlanId, "plan id", "1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit", is_slug
);
id!(
    /// What a role allows, as `thing:verb`.
    Permission, "permission", "two words of a-z, 0-9 and '-' joined by ':'",
    |value| value.split_once(':').is_some_and(|(thing, verb)| is_slug(thing) && is_slug(verb))
);
id!(
    /// The provider's name for a person (OpenID Connect Core §2, `sub`).
    Subject, "subject", "1 to 255 visible ASCII characters",
    |value| (1..=255).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic())
);
id!(
    /// An OAuth client (RFC 6749 §2.2).
    ClientId, "client id", "1 to 255 visible ASCII characters",
    |value| (1..=255).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic())
);
id!(
    /// A provider's issuer identifier (OpenID Connect Discovery §3), compared as exact text.
    Issuer, "issuer", "an https URL, or http on a loopback address, without query or fragment", is_issuer
);

impl Issuer {
    /// Where the provider publishes its metadata (OpenID Connect Discovery §4): a path is kept, one
    /// trailing slash is not doubled.
    pub fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.0.trim_end_matches('/'))
    }
}

fn is_slug(value: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&value.len())
        && value.bytes().all(inner)
        && !value.starts_with('-')
        && !value.ends_with('-')
}

/// Whether a URL's host is this computer: a loopback address, or `localhost`.
pub fn is_on_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn is_issuer(value: &str) -> bool {
    let Ok(url) = Url::parse(value) else { return false };
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_on_this_computer(&url));
    scheme && url.query().is_none() && url.fragment().is_none() && url.username().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_id_is_a_slug_and_nothing_else() {
        for good in ["a", "acme", "acme-2", "0x"] {
            assert!(TenantId::new(good).is_ok(), "{good} is a slug");
        }
        for bad in ["", "-a", "a-", "Acme", "a b", "a/b", "a.b", "ä", &"a".repeat(64)] {
            assert!(TenantId::new(bad).is_err(), "{bad} could be mistaken in a path or an audience");
        }
    }

    #[test]
    fn an_issuer_is_https_or_loopback() {
        for good in ["https://id.example", "https://id.example/t/", "http://127.0.0.1:8080", "http://[::1]:1"]
        {
            assert!(Issuer::new(good).is_ok(), "{good}");
        }
        for bad in
            ["http://id.example", "ftp://127.0.0.1", "https://u@id.example", "https://a/?b", "https://a/#b"]
        {
            assert!(Issuer::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_issuer_with_a_trailing_slash_keeps_its_path_in_discovery() {
        let issuer = Issuer::new("https://id.example/t/").unwrap();
        assert_eq!(issuer.discovery_url(), "https://id.example/t/.well-known/openid-configuration");
    }

    #[test]
    fn a_long_value_is_not_quoted_whole() {
        let error = TenantId::new("A".repeat(10_000)).unwrap_err();
        assert!(error.to_string().len() < 300, "an error line is for people");
    }
}
