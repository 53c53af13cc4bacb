//! What a request asks for, as the provider's mode reads it.

use std::collections::BTreeSet;

use keyward_model::{Audience, TenantId};

use crate::{
    door::Door,
    mode::{Coverage, ExchangeStyle, IssuerStyle, Mode, OrganizationStyle, ScopeStyle},
    names,
    oauth_error::{ErrorName, OauthError},
    params::Params,
    provider::Core,
    store::Family,
    target::{Covers, Entitlement, Target},
};

/// What a sign-in agrees on.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// Whom its access token is for.
    pub target: Target,
    /// What its refresh token is good for.
    pub covers: Covers,
}

impl From<Target> for Terms {
    fn from(target: Target) -> Self {
        Self { target, covers: Covers::Every }
    }
}

impl Core {
    /// What an authorization request asks for.
    pub fn terms(&self, params: &Params, door: &Door) -> Result<Terms, OauthError> {
        Ok(match self.config.mode {
            Mode::Audience => self.target(params.audience()?)?.into(),
            Mode::Resource(coverage) => self.resources(params, coverage)?,
            Mode::TenantClaim => {
                self.only_api(params)?;
                self.named_tenant(params)?.unwrap_or(Target::Default).into()
            }
            Mode::Organization => {
                self.organization(params, "organization")?.unwrap_or(Target::Default).into()
            }
            Mode::OrganizationId(OrganizationStyle::WorkOs) => {
                self.organization(params, "organization_id")?.unwrap_or(Target::Default).into()
            }
            Mode::Scope(style) => scopes(params.get("scope").unwrap_or_default(), style),
            Mode::IssuerPerTenant(_) | Mode::ApplicationPerTenant => self.at(door).into(),
            Mode::OrganizationId(OrganizationStyle::Logto) | Mode::Exchange(_) => Target::Default.into(),
        })
    }

    /// What a code exchange asks for, after such an authorization request.
    pub fn terms_of_code(&self, params: &Params, agreed: &Terms) -> Result<Terms, OauthError> {
        let target = match self.config.mode {
            Mode::Audience if params.audience()?.is_some() => self.target(params.audience()?)?,
            Mode::Resource(coverage) => {
                let target = self.resource(params, coverage, &agreed.target, &agreed.covers)?;
                if let (Coverage::Exchanged, Target::Tenant(tenant)) = (coverage, &target) {
                    let covers = Covers::Only([tenant.clone()].into());
                    return Ok(Terms { target, covers });
                }
                target
            }
            Mode::TenantClaim => self.named_tenant(params)?.unwrap_or_else(|| agreed.target.clone()),
            _ => agreed.target.clone(),
        };
        Ok(Terms { target, covers: agreed.covers.clone() })
    }

    /// Whom a refresh asks a token for.
    pub fn target_of_refresh(
        &self,
        params: &Params,
        family: &Family,
        door: &Door,
    ) -> Result<Target, OauthError> {
        let agreed = || self.target(Some(&family.audience));
        match self.config.mode {
            Mode::Audience => self.target(Some(params.audience()?.unwrap_or(&family.audience))),
            Mode::Resource(coverage) => self.resource(params, coverage, &agreed()?, &family.covers),
            Mode::TenantClaim => self.named_tenant(params)?.map_or_else(agreed, Ok),
            Mode::Organization => agreed(),
            Mode::OrganizationId(OrganizationStyle::WorkOs) => {
                self.organization(params, "organization_id")?.map_or_else(agreed, Ok)
            }
            Mode::OrganizationId(OrganizationStyle::Logto) => {
                Ok(self.organization(params, "organization_id")?.unwrap_or(Target::Default))
            }
            Mode::Scope(style) => Ok(narrowed(params.get("scope"), style, &family.covers)),
            Mode::IssuerPerTenant(IssuerStyle::Okta) if agreed()? != self.at(door) => {
                let words = "The refresh token belongs to another authorization server.";
                Err(OauthError::new(ErrorName::InvalidGrant, words))
            }
            Mode::IssuerPerTenant(_) | Mode::ApplicationPerTenant => Ok(self.at(door)),
            Mode::Exchange(_) => Ok(Target::Default),
        }
    }

    /// Whom a token exchange asks a token for.
    pub fn target_of_exchange(&self, params: &Params, style: ExchangeStyle) -> Result<Target, OauthError> {
        match style {
            ExchangeStyle::Audience => self.target(params.audience()?),
            ExchangeStyle::Zitadel => {
                let scopes = params.get("scope").unwrap_or_default().split_ascii_whitespace();
                let named: BTreeSet<TenantId> = scopes.filter_map(names::of_zitadel_scope).collect();
                Ok(if named.is_empty() { Target::Every } else { Target::these(named) })
            }
        }
    }

    /// Logto's organization tokens are for the API that is asked for, where one is.
    pub fn address(&self, params: &Params, entitlement: &mut Entitlement) {
        let api = &self.config.default_audience;
        let logto = self.config.mode == Mode::OrganizationId(OrganizationStyle::Logto);
        if logto && params.get("resource") == Some(api) {
            entitlement.audience = Audience::One(api.clone());
        }
    }

    /// The tenant that client or endpoint belong to.
    fn at(&self, door: &Door) -> Target {
        door.tenant.clone().map_or(Target::Default, Target::Tenant)
    }

    /// The resources of an authorization request.
    fn resources(&self, params: &Params, coverage: Coverage) -> Result<Terms, OauthError> {
        let mut named = Vec::new();
        for resource in params.all("resource") {
            if let Target::Tenant(tenant) = self.target(Some(resource))? {
                named.push(tenant);
            }
        }
        Ok(match coverage {
            Coverage::Every => Target::Default.into(),
            Coverage::Requested | Coverage::Exchanged => {
                Terms { target: Target::Default, covers: Covers::Only(named.into_iter().collect()) }
            }
            Coverage::First => {
                let first = named.into_iter().next();
                let covers = Covers::Only(first.iter().cloned().collect());
                Terms { target: first.map_or(Target::Default, Target::Tenant), covers }
            }
        })
    }

    /// The one resource of a token request.
    fn resource(
        &self,
        params: &Params,
        coverage: Coverage,
        agreed: &Target,
        covers: &Covers,
    ) -> Result<Target, OauthError> {
        let target = match params.one_resource()? {
            None if coverage == Coverage::First => agreed.clone(),
            resource => self.target(resource)?,
        };
        match &target {
            Target::Tenant(tenant) if !covers.has(tenant) => {
                self.unknown("The sign-in did not ask for this resource.")
            }
            _ => Ok(target),
        }
    }

    /// Refuses an API other than the one there is.
    fn only_api(&self, params: &Params) -> Result<(), OauthError> {
        match params.audience()? {
            Some(audience) if audience != self.config.default_audience => {
                self.unknown("There is no API of this audience.").map(drop)
            }
            _ => Ok(()),
        }
    }

    fn named_tenant(&self, params: &Params) -> Result<Option<Target>, OauthError> {
        let Some(name) = params.get("tenant") else { return Ok(None) };
        let tenant = TenantId::new(name).map(Target::Tenant);
        tenant.or_else(|_| self.unknown("There is no such tenant.")).map(Some)
    }

    fn organization(&self, params: &Params, parameter: &str) -> Result<Option<Target>, OauthError> {
        let Some(id) = params.get(parameter) else { return Ok(None) };
        let tenant = names::of_organization(id).map(Target::Tenant);
        tenant.map_or_else(|| self.unknown("There is no such organization."), Ok).map(Some)
    }
}

/// The tenants' scopes of a sign-in.
fn scopes(text: &str, style: ScopeStyle) -> Terms {
    if every(text, style) {
        return Target::Every.into();
    }
    let covers = Covers::Only(tenants(text, style));
    Terms { target: narrowed(None, style, &covers), covers }
}

/// What of the granted tenants a refresh asks for.
fn narrowed(text: Option<&str>, style: ScopeStyle, covers: &Covers) -> Target {
    let all = || match covers {
        Covers::Every => Target::Every,
        Covers::Only(tenants) => Target::these(tenants.clone()),
    };
    let Some(text) = text.filter(|text| !every(text, style)) else { return all() };
    Target::these(tenants(text, style).into_iter().filter(|tenant| covers.has(tenant)).collect())
}

fn every(text: &str, style: ScopeStyle) -> bool {
    style == ScopeStyle::Organization
        && text.split_ascii_whitespace().any(|scope| scope == names::EVERY_ORGANIZATION)
}

fn tenants(text: &str, style: ScopeStyle) -> BTreeSet<TenantId> {
    text.split_ascii_whitespace().filter_map(|scope| names::of_scope(style, scope)).collect()
}
