//! What in an access token proves its tenant, by the provider's mode.

use keyward_model::{Audience, HookAnswer, Issuer, Result, TenantId};
use serde_json::{Map, Value, json};

use crate::{
    door::{Door, Realm},
    mode::{ExchangeStyle, IssuerStyle, Mode, OrganizationStyle, ScopeStyle},
    names,
    provider::Core,
    target::Entitlement,
};

impl Core {
    /// The entitlement to a token for the tenants that the person holds something in.
    pub fn proof(&self, door: &Door, held: Vec<(TenantId, HookAnswer)>) -> Result<Entitlement> {
        let tenants: Vec<&TenantId> = held.iter().map(|(tenant, _)| tenant).collect();
        let scopes = match self.config.mode {
            Mode::Scope(style) => tenants.iter().map(|tenant| names::scope(style, tenant)).collect(),
            _ => Vec::new(),
        };
        Ok(Entitlement {
            issuer: self.proving_issuer(door, &tenants)?,
            audience: self.proving_audience(&tenants),
            claims: self.proving_claims(&held),
            scopes,
            tenant: <[_; 1]>::try_from(held).ok().map(|[one]| one),
        })
    }

    fn proving_issuer(&self, door: &Door, tenants: &[&TenantId]) -> Result<Issuer> {
        match (self.config.mode, tenants) {
            (Mode::IssuerPerTenant(_), [tenant]) => self.issuer(&Realm(Some((*tenant).clone()))),
            _ => self.issuer(&door.realm),
        }
    }

    fn proving_audience(&self, tenants: &[&TenantId]) -> Audience {
        let own = |tenant: &&TenantId| self.config.tenant_audience.render(tenant);
        match (self.config.mode, tenants) {
            (_, []) => Audience::One(self.config.default_audience.clone()),
            (
                Mode::Audience
                | Mode::Resource(_)
                | Mode::Exchange(ExchangeStyle::Audience)
                | Mode::Scope(ScopeStyle::Audience)
                | Mode::IssuerPerTenant(IssuerStyle::Okta),
                [tenant],
            ) => Audience::One(own(tenant)),
            (Mode::Scope(ScopeStyle::Audience), tenants) => Audience::Many(tenants.iter().map(own).collect()),
            (Mode::OrganizationId(OrganizationStyle::Logto), [tenant]) => {
                Audience::One(format!("urn:logto:organization:{}", names::organization(tenant)))
            }
            _ => Audience::One(self.config.default_audience.clone()),
        }
    }

    fn proving_claims(&self, held: &[(TenantId, HookAnswer)]) -> Map<String, Value> {
        let claim = match (self.config.mode, held) {
            (_, []) => None,
            (Mode::Scope(ScopeStyle::Organization), held) => {
                let aliases: Vec<&TenantId> = held.iter().map(|(tenant, _)| tenant).collect();
                Some(("organization".to_owned(), json!(aliases)))
            }
            (Mode::Exchange(ExchangeStyle::Zitadel), held) => {
                Some((names::zitadel_roles(&self.config.default_audience), roles_by_name(held)))
            }
            (Mode::Organization | Mode::OrganizationId(OrganizationStyle::WorkOs), [(tenant, _)]) => {
                Some(("org_id".to_owned(), json!(names::organization(tenant))))
            }
            (Mode::OrganizationId(OrganizationStyle::Logto), [(tenant, _)]) => {
                Some(("organization_id".to_owned(), json!(names::organization(tenant))))
            }
            (Mode::IssuerPerTenant(IssuerStyle::Entra), [(tenant, _)]) => {
                Some(("tid".to_owned(), json!(tenant)))
            }
            _ => None,
        };
        claim.into_iter().collect()
    }
}

/// Each role, with the organizations that it is held in and their domains.
fn roles_by_name(held: &[(TenantId, HookAnswer)]) -> Value {
    let mut roles = Map::new();
    for (tenant, answer) in held {
        for role in &answer.roles {
            let organizations = roles.entry(role.as_str()).or_insert_with(|| json!({}));
            organizations[names::organization(tenant)] = format!("{tenant}.example").into();
        }
    }
    roles.into()
}
