//! What in an access token proves its tenant, by the provider's mode.

use keyward_model::{Audience, HookAnswer, Issuer, Result, TenantId, claim};
use serde_json::{Map, Value, json};

use crate::{
    door::{Door, Realm},
    mode::{IssuerStyle, Mode, OrganizationStyle, ScopeStyle},
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
            claims: self.proving_claims(&tenants),
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
                | Mode::Exchange
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

    fn proving_claims(&self, tenants: &[&TenantId]) -> Map<String, Value> {
        let claim = match (self.config.mode, tenants) {
            (_, []) => None,
            (Mode::Scope(ScopeStyle::Organization), tenants) => Some(("organization", json!(tenants))),
            (Mode::Audience | Mode::Resource(_) | Mode::Exchange | Mode::TenantClaim, [tenant]) => {
                Some((claim::TENANT, json!(tenant)))
            }
            (Mode::Organization | Mode::OrganizationId(OrganizationStyle::WorkOs), [tenant]) => {
                Some(("org_id", json!(names::organization(tenant))))
            }
            (Mode::OrganizationId(OrganizationStyle::Logto), [tenant]) => {
                Some(("organization_id", json!(names::organization(tenant))))
            }
            (Mode::IssuerPerTenant(IssuerStyle::Entra), [tenant]) => Some(("tid", json!(tenant))),
            _ => None,
        };
        claim.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
