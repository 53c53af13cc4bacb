//! The ways in which providers give a tenant's token. The embedded provider plays one of them.

/// How a client asks for a tenant's token, and what in the token proves the tenant.
///
/// Parameters of other modes are ignored, as RFC 6749 §3.1 wants it. Names of things at the provider
/// are made from the tenant: its organization is `org_{tenant}`, its application `app_{tenant}`, its
/// scope `tenant-{tenant}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// An API per tenant. `audience`, or `resource` for the same, at the sign-in, the code exchange and
    /// the refresh; proof: `aud`.
    #[default]
    Audience,
    /// RFC 8707. `resource`, several at the sign-in, one at the token endpoint; without one the token is
    /// for the default audience; proof: `aud`.
    Resource(Coverage),
    /// One API. The parameter `tenant` at the sign-in and the refresh; proof: Keyward's tenant claim.
    TenantClaim,
    /// As Auth0: `organization` at the sign-in, for good: at a refresh it is ignored; proof: `org_id`.
    Organization,
    /// `organization_id` at the refresh.
    OrganizationId(OrganizationStyle),
    /// As Keycloak: a scope per tenant, narrowed at the refresh. What was not granted at the sign-in, or
    /// is not the person's, is silently left out. A refresh token comes without `offline_access` too.
    Scope(ScopeStyle),
    /// Beside the root's, an issuer `{issuer}/{tenant}` with endpoints of its own; proof: `iss`.
    IssuerPerTenant(IssuerStyle),
    /// RFC 8693: an access token of the default audience is exchanged for a tenant's.
    Exchange(ExchangeStyle),
    /// An application per tenant beside the usual one, each with its own refresh tokens; proof: `azp`.
    ApplicationPerTenant,
}

impl Mode {
    /// What an ID token may say beside the usual.
    pub(crate) fn id_token_claims(self) -> &'static [&'static str] {
        match self {
            Self::Organization | Self::OrganizationId(OrganizationStyle::WorkOs) => &["org_id"],
            Self::OrganizationId(OrganizationStyle::Logto) => &["organizations"],
            Self::Scope(ScopeStyle::Organization) => &["organization"],
            Self::IssuerPerTenant(IssuerStyle::Entra) => &["tid"],
            Self::Audience
            | Self::Resource(_)
            | Self::TenantClaim
            | Self::Scope(ScopeStyle::Audience)
            | Self::IssuerPerTenant(IssuerStyle::Okta)
            | Self::Exchange(_)
            | Self::ApplicationPerTenant => &[],
        }
    }
}

/// What a refresh token is good for in [`Mode::Resource`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coverage {
    /// Every tenant that lets the person in.
    #[default]
    Every,
    /// The resources of the authorization request.
    Requested,
    /// The one that the code exchange names; where it names none, those of the authorization request.
    Exchanged,
    /// The first of the authorization request, for good, also where a refresh names none.
    First,
}

/// How `organization_id` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganizationStyle {
    /// `aud` is `urn:logto:organization:{id}`; with a `resource`, that API and the claim
    /// `organization_id`. Without the parameter: a global token. The ID token lists `organizations`.
    Logto,
    /// The claim `org_id`. Also a parameter of the sign-in; without it: the last organization used.
    WorkOs,
}

/// What a tenant's scope does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeStyle {
    /// `organization:{tenant}`, or `organization:*` for all of the person's: the claim `organization`
    /// lists them.
    Organization,
    /// `tenant-{tenant}`: the tenant's API is in `aud`.
    Audience,
}

/// How a token exchange names the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeStyle {
    /// By `audience` or `resource`; proof: `aud`.
    Audience,
    /// As Zitadel, whose project is the default audience: by the scope
    /// `urn:zitadel:iam:org:roles:id:org_{tenant}`, or all of the person's; the claim
    /// `urn:zitadel:iam:org:project:{project}:roles` maps each role to its organizations.
    Zitadel,
}

/// What a refresh token of one issuer is worth at another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerStyle {
    /// As much. The tenant's tokens also say `tid`, and their audience is the default one.
    Entra,
    /// Nothing. The tenant's access tokens are for the tenant's audience, have the e-mail as `sub`, the
    /// person as `uid`, and the client as `cid` alone.
    Okta,
}
