//! What a provider may want before it gives a token for a tenant that other tenants do not need.

use keyward_model::TenantId;

/// A tenant for which the person has to come to the browser first. Refreshes and token exchanges for it
/// are refused; so is `prompt=none` where the sign-in names it. An attempt costs no refresh token,
/// unless `burn_on_refusal` says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The tenant.
    pub tenant: TenantId,
    /// How it is refused, and until when.
    pub refusal: Refusal,
}

/// How a tenant's token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `mfa_required` with an `mfa_token`, until a sign-in with a second factor: by `acr_values`, or by
    /// naming the tenant.
    SecondFactor,
    /// `interaction_required` with `claims`, until a sign-in that carries those claims.
    Claims,
    /// `login_required`, until a sign-in that names the tenant.
    Login,
    /// `consent_required`, until a sign-in that names the tenant.
    Consent,
    /// `sso_required`, until a sign-in that names the tenant.
    Sso,
    /// `temporarily_unavailable`, always.
    Unavailable,
}
