//! Which claims prove that a token belongs to a tenant.
//!
//! One type for both ends: the desktop proves with it before it caches a token, the verifier on
//! every request. Comparison is exact; a prefix, a suffix or another case proves nothing.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{AccessClaims, ClientId, TenantId};

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
    pub fn render(&self, tenant: &TenantId) -> String {
        format!("{}{tenant}{}", self.before, self.after)
    }

    /// The tenant for which [`render`](Self::render) gives exactly `text`, if there is one.
    pub fn tenant_in(&self, text: &str) -> Option<TenantId> {
        let inner = text.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        TenantId::new(inner).ok()
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
    /// `aud` names the tenant's API.
    Audience(Template),
    /// A claim holds exactly the tenant's text.
    Claim {
        /// The claim's name.
        name: String,
        /// Its value for a tenant.
        value: Template,
    },
    /// `iss` is the tenant's own issuer.
    Issuer(Template),
    /// `azp` (or `client_id`) is the tenant's application.
    AuthorizedParty(BTreeMap<TenantId, ClientId>),
    /// All of these, of which there must be one at least.
    All(Vec<TenantRule>),
}

/// A token that does not prove its tenant: what was wanted, and what it says instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{claim} should be {wanted:?} and is {found:?}")]
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
    pub fn prove(&self, claims: &AccessClaims, tenant: &TenantId) -> Result<(), ProofFailure> {
        let (claim, wanted, found) = match self {
            Self::Audience(template) => {
                let wanted = template.render(tenant);
                if claims.aud.contains(&wanted) {
                    // A token for two tenants of one template would be good in both: it proves neither.
                    let other =
                        claims.aud.iter().find(|one| *one != wanted && template.tenant_in(one).is_some());
                    match other {
                        None => return Ok(()),
                        Some(other) => ("aud", wanted, format!("also {other}")),
                    }
                } else {
                    ("aud", wanted, claims.aud.iter().collect::<Vec<_>>().join(" "))
                }
            }
            Self::Claim { name, value } => {
                let wanted = value.render(tenant);
                match claims.other.get(name) {
                    Some(serde_json::Value::String(found)) if *found == wanted => return Ok(()),
                    found => (name.as_str(), wanted, found.map(ToString::to_string).unwrap_or_default()),
                }
            }
            Self::Issuer(template) => {
                let wanted = template.render(tenant);
                if claims.iss.as_str() == wanted {
                    return Ok(());
                }
                ("iss", wanted, claims.iss.to_string())
            }
            Self::AuthorizedParty(clients) => {
                let found = claims.authorized_party();
                match clients.get(tenant) {
                    Some(wanted) if Some(wanted) == found => return Ok(()),
                    wanted => (
                        "azp",
                        wanted.map(ToString::to_string).unwrap_or_default(),
                        found.map(ToString::to_string).unwrap_or_default(),
                    ),
                }
            }
            Self::All(rules) if rules.is_empty() => ("(rule)", "at least one rule".to_owned(), String::new()),
            Self::All(rules) => return rules.iter().try_for_each(|rule| rule.prove(claims, tenant)),
        };
        Err(ProofFailure { claim: claim.to_owned(), wanted, found })
    }
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

    fn tenant(id: &str) -> TenantId {
        TenantId::new(id).unwrap()
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

    proptest! {
        #[test]
        fn a_rendered_template_gives_its_tenant_back(id in "[a-z0-9]{1,20}", before in "[a-z:/]{0,9}", after in "[a-z/]{0,9}") {
            let template: Template = format!("{before}{{tenant}}{after}").parse().unwrap();
            let tenant = TenantId::new(id).unwrap();
            prop_assert_eq!(template.tenant_in(&template.render(&tenant)), Some(tenant));
        }
    }
}
