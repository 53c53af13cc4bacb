//! Which tenant a question means: by one of its fields, exactly.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{Template, TenantAlias, TenantId};

use super::{
    asked::{Asked, Field},
    refusal::Refusal,
};

/// How a caller's questions name a tenant. There is no default and no nearest match: a prefix, a suffix or
/// another case names no tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantName {
    /// Where the name stands.
    pub field: Field,
    /// How it is written, such as `https://api.example/{tenant}`.
    pub template: Template,
    /// What the provider's names stand for, where they are not the tenants' ids. Once there is one, every tenant
    /// is named here.
    pub known: BTreeMap<TenantAlias, TenantId>,
}

impl TenantName {
    /// The tenant that the question names; none where nothing in it is of the template's form.
    pub(crate) fn of(&self, asked: &Asked<'_>) -> Result<Option<TenantId>, Refusal> {
        let here = asked.names.iter().filter(|(field, _)| *field == self.field);
        let found: BTreeSet<TenantAlias> =
            here.filter_map(|(_, text)| self.template.alias_in(text)).collect();
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(alias), None) => self.tenant(&alias).map(Some),
            // A token for two tenants would be good in both.
            (Some(_), Some(_)) => {
                Err(Refusal::NoTenant(format!("The {} names more than one tenant.", self.field)))
            }
        }
    }

    fn tenant(&self, alias: &TenantAlias) -> Result<TenantId, Refusal> {
        let tenant = match self.known.get(alias) {
            Some(tenant) => Some(tenant.clone()),
            None if self.known.is_empty() => TenantId::new(alias.as_str()).ok(),
            None => None,
        };
        tenant.ok_or_else(|| Refusal::NoTenant(format!("The {} names no tenant that is known.", self.field)))
    }

    /// Whether an issuer of this text is some tenant's own.
    pub(crate) fn is_an_issuer(&self, text: &str) -> bool {
        self.field == Field::Issuer && self.template.fits(text)
    }
}

/// The refusal for a question that names no tenant, where one must be named.
pub(crate) fn unnamed(name: &TenantName) -> Refusal {
    Refusal::NoTenant(format!("This token is for no tenant: no {} in the question names one.", name.field))
}
