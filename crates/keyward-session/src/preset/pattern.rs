//! A text in a preset that may have a place for the tenant.

use keyward_model::{Template, TenantAlias};
use serde::{Deserialize, Serialize};

/// A plain text, or one with a place for the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Pattern {
    /// The same for every tenant.
    Plain(String),
    /// Another for each.
    PerTenant(Template),
}

impl Pattern {
    /// The text for a tenant.
    pub fn render(&self, tenant: &TenantAlias) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::PerTenant(template) => template.render(tenant),
        }
    }

    /// The text where it names no tenant.
    pub fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::PerTenant(_) => None,
        }
    }

    /// The texts for no tenant in particular: one where it is plain, else one for each of `tenants`.
    pub fn for_each<'p>(&'p self, tenants: &'p [TenantAlias]) -> impl Iterator<Item = String> + 'p {
        let plain = self.plain().map(str::to_owned);
        let each = match self {
            Self::Plain(_) => &[],
            Self::PerTenant(_) => tenants,
        };
        plain.into_iter().chain(each.iter().map(|tenant| self.render(tenant)))
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains("{tenant}") { text.parse().map(Self::PerTenant) } else { Ok(Self::Plain(text)) }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        match pattern {
            Pattern::Plain(text) => text,
            Pattern::PerTenant(template) => template.into(),
        }
    }
}
