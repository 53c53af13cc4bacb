//! Which claims prove that a token belongs to a tenant.
//!
//! One type for both ends: the desktop proves with it before it caches a token, the verifier on
//! every request. Comparison is exact; a prefix, a suffix or another case proves nothing.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::{AccessClaims, ClientId, TenantAlias, TenantId};

/// A text with exactly one `{tenant}` in it, such as `https://api.example/{tenant}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    before: String,
    after: String,
}

const PLACE: &str = "{tenant}";

impl Template {
    /// The text for one tenant.
    pub fn render(&self, tenant: &impl AsRef<str>) -> String {
        format!("{}{}{}", self.before, tenant.as_ref(), self.after)
    }

    /// The tenant for which [`render`](Self::render) gives exactly `text`, if there is one.
    pub fn tenant_in(&self, text: &str) -> Option<TenantId> {
        TenantId::new(self.inner(text)?).ok()
    }

    /// The provider's name for a tenant for which [`render`](Self::render) gives exactly `text`.
    pub fn alias_in(&self, text: &str) -> Option<TenantAlias> {
        TenantAlias::new(self.inner(text)?).ok()
    }

    /// Whether `text` is some tenant's, by whatever name the provider has for it.
    pub fn fits(&self, text: &str) -> bool {
        self.alias_in(text).is_some()
    }

    fn inner<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.strip_prefix(&self.before)?.strip_suffix(&self.after)
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(PLACE) {
            Some((before, after)) if !after.contains(PLACE) => {
                Ok(Self { before: before.to_owned(), after: after.to_owned() })
            }
            _ => Err(format!("{text:?} must contain {PLACE} exactly once")),
        }
    }
}

impl TryFrom<String> for Template {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Template> for String {
    fn from(template: Template) -> String {
        format!("{}{PLACE}{}", template.before, template.after)
    }
}

/// What must hold for a token to be a tenant's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantRule {
    /// `aud` names the tenant's API, and no other tenant's.
    Audience(Template),
    /// A claim holds exactly the tenant's text.
    Claim {
        /// The claim's name.
        name: String,
        /// Its value for a tenant.
        value: Template,
    },
    /// A claim names the tenant's organization and no other: as a text, as an array of one, or as an object
    /// with this one key (Keycloak writes each of the three).
    Organization {
        /// The claim's name.
        name: String,
        /// The organization of a tenant.
        value: Template,
    },
    /// A claim lists roles, each with the organizations it is held in, which are all the tenant's
    /// (Zitadel: `{"admin": {"2873": "acme.example"}}`).
    OrganizationRoles {
        /// The claim's name.
        name: String,
        /// The organization of a tenant.
        value: Template,
    },
    /// `iss` is the tenant's own issuer.
    Issuer(Template),
    /// `azp` (or `client_id`) is the tenant's application.
    AuthorizedParty(BTreeMap<TenantAlias, ClientId>),
    /// All of these, of which there must be one at least.
    All(Vec<TenantRule>),
}

/// A token that does not prove its tenant: what was wanted, and what it says instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{claim} should be {wanted:?} and is {}", shown_or_missing(.found))]
pub struct ProofFailure {
    /// The claim that was looked at.
    pub claim: String,
    /// What would have proven the tenant.
    pub wanted: String,
    /// What stands there. Claims are no secrets; the token is, and is not here.
    pub found: String,
}

impl TenantRule {
    /// Checks that `claims` are those of `tenant`.
    ///
    /// # Errors
    /// [`ProofFailure`] names the first claim that does not fit.
    pub fn prove(&self, claims: &AccessClaims, tenant: &TenantAlias) -> Result<(), ProofFailure> {
        match self {
            Self::Audience(template) => audience(template, claims, tenant),
            Self::Claim { name, value } => {
                let (wanted, found) = (value.render(tenant), claims.other.get(name));
                let proven = found.and_then(Value::as_str) == Some(&wanted);
                decide(proven, name, wanted, || shown(found))
            }
            Self::Organization { name, value } => {
                let (wanted, found) = (value.render(tenant), claims.other.get(name));
                let proven = found.is_some_and(|found| only_member(found) == Some(&wanted));
                decide(proven, name, wanted, || shown(found))
            }
            Self::OrganizationRoles { name, value } => {
                let (wanted, found) = (value.render(tenant), claims.other.get(name));
                let proven = found.and_then(Value::as_object).is_some_and(|roles| {
                    !roles.is_empty()
                        && roles.values().all(|held| held.is_object() && only_member(held) == Some(&wanted))
                });
                decide(proven, name, wanted, || shown(found))
            }
            Self::Issuer(template) => {
                let wanted = template.render(tenant);
                decide(claims.iss.as_str() == wanted, "iss", wanted, || claims.iss.to_string())
            }
            Self::AuthorizedParty(clients) => {
                let (wanted, found) = (clients.get(tenant), claims.authorized_party());
                let text = |client: Option<&ClientId>| client.map(ToString::to_string).unwrap_or_default();
                decide(wanted.is_some() && wanted == found, "azp", text(wanted), || text(found))
            }
            Self::All(rules) if rules.is_empty() => {
                decide(false, "(rule)", "at least one rule".to_owned(), String::new)
            }
            Self::All(rules) => rules.iter().try_for_each(|rule| rule.prove(claims, tenant)),
        }
    }
}

impl TenantRule {
    /// What proves a tenant, in words for people: `aud https://api.example/acme`.
    pub fn words(&self, tenant: &TenantAlias) -> String {
        match self {
            Self::Audience(template) => format!("aud {}", template.render(tenant)),
            Self::Claim { name, value }
            | Self::Organization { name, value }
            | Self::OrganizationRoles { name, value } => format!("{name} {}", value.render(tenant)),
            Self::Issuer(template) => format!("iss {}", template.render(tenant)),
            Self::AuthorizedParty(clients) => {
                format!("azp {}", clients.get(tenant).map(ToString::to_string).unwrap_or_default())
            }
            Self::All(rules) => rules.iter().map(|rule| rule.words(tenant)).collect::<Vec<_>>().join(", "),
        }
    }
}

fn decide(
    proven: bool,
    claim: &str,
    wanted: String,
    found: impl FnOnce() -> String,
) -> Result<(), ProofFailure> {
    if proven {
        return Ok(());
    }
    Err(ProofFailure { claim: claim.to_owned(), wanted, found: found() })
}

/// A token for two tenants of one template would be good in both: it proves neither.
fn audience(template: &Template, claims: &AccessClaims, tenant: &TenantAlias) -> Result<(), ProofFailure> {
    let wanted = template.render(tenant);
    let named = claims.aud.contains(&wanted);
    let other = claims.aud.iter().find(|one| *one != wanted && template.fits(one));
    let found = || match other {
        Some(other) if named => format!("also {other}"),
        _ => claims.aud.iter().collect::<Vec<_>>().join(" "),
    };
    decide(named && other.is_none(), "aud", wanted.clone(), found)
}

/// The one thing that a claim names: its text, its array's only element, its object's only key.
fn only_member(claim: &Value) -> Option<&String> {
    match claim {
        Value::String(one) => Some(one),
        Value::Array(many) => match many.as_slice() {
            [Value::String(one)] => Some(one),
            _ => None,
        },
        Value::Object(map) if map.len() == 1 => map.keys().next(),
        _ => None,
    }
}

fn shown_or_missing(found: &str) -> String {
    if found.is_empty() { "missing".to_owned() } else { format!("{found:?}") }
}

fn shown(claim: Option<&Value>) -> String {
    claim.map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn claims(aud: &[&str]) -> AccessClaims {
        serde_json::from_value(serde_json::json!({
            "iss": "https://id.example", "sub": "ada", "aud": aud, "exp": 2, "iat": 1, "azp": "app", "org": "acme"
        }))
        .unwrap()
    }

    fn tenant(id: &str) -> TenantAlias {
        TenantAlias::new(id).unwrap()
    }

    fn by_audience() -> TenantRule {
        TenantRule::Audience("https://api.example/{tenant}".parse().unwrap())
    }

    #[test]
    fn the_tenants_own_audience_proves_it_beside_a_foreign_one() {
        let claims = claims(&["https://id.example/userinfo", "https://api.example/acme"]);
        assert_eq!(by_audience().prove(&claims, &tenant("acme")), Ok(()));
    }

    #[test]
    fn a_token_for_two_tenants_proves_neither() {
        let claims = claims(&["https://api.example/acme", "https://api.example/globex"]);
        assert!(by_audience().prove(&claims, &tenant("acme")).is_err());
    }

    #[test]
    fn a_longer_or_shorter_audience_is_not_the_tenants() {
        for aud in
            ["https://api.example/acme2", "https://api.example/acm", "https://API.example/acme", "acme"]
        {
            assert!(by_audience().prove(&claims(&[aud]), &tenant("acme")).is_err(), "{aud}");
        }
    }

    #[test]
    fn every_kind_of_rule_tells_its_tenant_from_another() {
        let claims = claims(&["https://api.example/acme"]);
        let rules = [
            by_audience(),
            TenantRule::Claim { name: "org".into(), value: "{tenant}".parse().unwrap() },
            TenantRule::AuthorizedParty([(tenant("acme"), ClientId::new("app").unwrap())].into()),
        ];
        for rule in rules.iter().chain([&TenantRule::All(rules.to_vec())]) {
            assert_eq!(rule.prove(&claims, &tenant("acme")), Ok(()), "{rule:?}");
            assert!(rule.prove(&claims, &tenant("globex")).is_err(), "{rule:?}");
        }
        assert!(TenantRule::All(vec![]).prove(&claims, &tenant("acme")).is_err(), "no rule proves nothing");
    }

    fn with(claim: serde_json::Value) -> AccessClaims {
        let mut claims = claims(&["x"]);
        claims.other.insert("organization".to_owned(), claim);
        claims
    }

    #[test]
    fn an_organization_is_proven_only_where_it_stands_alone() {
        let rule =
            TenantRule::Organization { name: "organization".into(), value: "{tenant}".parse().unwrap() };
        let proves = |claim| rule.prove(&with(claim), &tenant("acme")).is_ok();
        assert!(proves(serde_json::json!("acme")));
        assert!(proves(serde_json::json!(["acme"])));
        assert!(proves(serde_json::json!({ "acme": { "id": "42" } })));
        for none in [
            serde_json::json!(["acme", "globex"]),
            serde_json::json!({ "acme": {}, "globex": {} }),
            serde_json::json!(["Acme"]),
            serde_json::json!([]),
            serde_json::json!(null),
            serde_json::json!([["acme"]]),
        ] {
            assert!(!proves(none.clone()), "{none}");
        }
        assert!(rule.prove(&claims(&["x"]), &tenant("acme")).is_err(), "silently absent proves nothing");
    }

    #[test]
    fn roles_held_in_two_organizations_prove_neither() {
        let rule =
            TenantRule::OrganizationRoles { name: "organization".into(), value: "{tenant}".parse().unwrap() };
        let proves = |claim| rule.prove(&with(claim), &tenant("7")).is_ok();
        assert!(proves(serde_json::json!({ "admin": { "7": "a.example" }, "editor": { "7": "a.example" } })));
        assert!(!proves(serde_json::json!({ "admin": { "7": "a" }, "editor": { "8": "b" } })));
        assert!(!proves(serde_json::json!({ "admin": { "7": "a", "8": "b" } })));
        assert!(!proves(serde_json::json!({})), "no role at all names no organization");
        assert!(!proves(serde_json::json!({ "7": "7" })), "a role's name is no organization");
    }

    proptest! {
        #[test]
        fn a_rendered_template_gives_its_tenant_back(id in "[a-z0-9]{1,20}", before in "[a-z:/]{0,9}", after in "[a-z/]{0,9}") {
            let template: Template = format!("{before}{{tenant}}{after}").parse().unwrap();
            let tenant = TenantId::new(id).unwrap();
            let text = template.render(&tenant);
            prop_assert!(template.fits(&text));
            prop_assert_eq!(template.tenant_in(&text), Some(tenant));
        }
    }
}
