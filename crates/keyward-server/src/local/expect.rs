//! What the local directory expects of a token, by the way in which the provider gives them.

use keyward_issuer::{ExchangeStyle, IssuerStyle, Mode, OrganizationStyle, ScopeStyle};
use keyward_model::{Error, ErrorCode, Issuer, Result, Template, TenantRule, claim};
use keyward_verify::Expect;

use super::{DIRECTORY_AUDIENCE, tenant_audience};

/// The audience of Logto's tokens for a tenant.
const LOGTO_AUDIENCE: &str = "urn:logto:organization:org_{tenant}";

/// Where tenants have audiences, those prove the tenant; else the claim that comes with the roles does.
pub(super) fn expect(mode: Mode, issuer: &Issuer) -> Result<Expect> {
    let by_audience =
        |template| Expect::api_per_tenant(issuer.clone(), DIRECTORY_AUDIENCE.to_owned(), template);
    Ok(match mode {
        Mode::Audience
        | Mode::Resource(_)
        | Mode::Exchange(ExchangeStyle::Audience)
        | Mode::Scope(ScopeStyle::Audience)
        | Mode::IssuerPerTenant(IssuerStyle::Okta) => by_audience(tenant_audience()?),
        Mode::OrganizationId(OrganizationStyle::Logto) => by_audience(template(LOGTO_AUDIENCE)?),
        Mode::TenantClaim
        | Mode::Organization
        | Mode::OrganizationId(OrganizationStyle::WorkOs)
        | Mode::Scope(ScopeStyle::Organization)
        | Mode::IssuerPerTenant(IssuerStyle::Entra)
        | Mode::Exchange(ExchangeStyle::Zitadel)
        | Mode::ApplicationPerTenant => {
            let rule = TenantRule::Claim { name: claim::TENANT.to_owned(), value: template("{tenant}")? };
            Expect { tenant_audience: None, rule, ..by_audience(tenant_audience()?) }
        }
    })
}

fn template(text: &str) -> Result<Template> {
    text.parse().map_err(|why| Error::new(ErrorCode::Internal, why))
}
