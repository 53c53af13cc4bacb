//! The presets, and what the provider that each is for does and says.

use keyward_issuer::{Coverage, ExchangeStyle, IssuerStyle, Mode, OrganizationStyle, ScopeStyle};
use keyward_model::ErrorCode;

/// A preset as a connection of Northwind's has it. In texts `{issuer}` stands for the provider, `{api}` for
/// the one API that there is, `{tenant}` for a tenant and `{role}` for Ada's role in it.
#[derive(Clone, Copy)]
pub struct Preset {
    pub id: &'static str,
    /// What the provider plays.
    pub mode: Mode,
    pub settings: &'static [(&'static str, &'static str)],
    /// The mode, where the connection describes its provider itself.
    pub described: &'static str,
    /// What the provider calls a tenant.
    pub alias: &'static str,
    /// Who says which tenants there are, where the configuration says so.
    pub tenants_from: Option<&'static str>,
    /// Whether the local directory takes such a provider's tokens.
    pub directory: bool,
    /// Whether the connection lists a tenant, too, that is not hers.
    pub lists_others: bool,
    /// Whether each tenant is signed in to by itself. Then a sign-in names one.
    pub trip_per_tenant: bool,
    /// How a tenant is refused that the person is not in.
    pub refused: ErrorCode,
    /// What a tenant's token says.
    pub says: &'static [(&'static str, &'static str)],
}

const API: &str = "https://api.northwind.example/t/{tenant}";
const TENANT: &str = "https://keyward.dev/claims/tenant";
const CLIENT: (&str, &str) = ("azp", "keyward-desktop");

/// What most have in common.
const USUAL: Preset = Preset {
    id: "auth0-api-per-tenant",
    mode: Mode::Audience,
    settings: &[("tenant_audience", API), ("directory_audience", "{api}")],
    described: "",
    alias: "{tenant}",
    tenants_from: None,
    directory: true,
    lists_others: true,
    trip_per_tenant: false,
    refused: ErrorCode::TenantForbidden,
    says: &[("iss", "{issuer}"), ("aud", API), CLIENT],
};

pub const ALL: [Preset; 14] = [
    USUAL,
    Preset {
        id: "auth0-tenant-claim",
        mode: Mode::TenantClaim,
        settings: &[("audience", "{api}"), ("tenant_parameter", "tenant"), ("tenant_claim", TENANT)],
        says: &[("iss", "{issuer}"), ("aud", "{api}"), (TENANT, "{tenant}"), CLIENT],
        ..USUAL
    },
    Preset {
        id: "auth0-organizations",
        mode: Mode::Organization,
        settings: &[("audience", "{api}")],
        alias: "org_{tenant}",
        trip_per_tenant: true,
        refused: ErrorCode::SignInDenied,
        says: &[("iss", "{issuer}"), ("aud", "{api}"), ("org_id", "org_{tenant}"), CLIENT],
        ..USUAL
    },
    Preset {
        id: "auth0-application-per-tenant",
        mode: Mode::ApplicationPerTenant,
        settings: &[("audience", "{api}")],
        trip_per_tenant: true,
        refused: ErrorCode::SignInDenied,
        says: &[("iss", "{issuer}"), ("aud", "{api}"), ("azp", "app_{tenant}")],
        ..USUAL
    },
    Preset {
        id: "keycloak-organizations",
        mode: Mode::Scope(ScopeStyle::Organization),
        settings: &[],
        tenants_from: Some("claim"),
        directory: false,
        refused: ErrorCode::WrongTenantToken,
        says: &[("iss", "{issuer}"), ("organization", r#"["{tenant}"]"#), CLIENT],
        ..USUAL
    },
    Preset {
        id: "keycloak-scope-per-tenant",
        mode: Mode::Scope(ScopeStyle::Audience),
        settings: &[("tenant_scope", "tenant-{tenant}"), ("tenant_audience", API)],
        refused: ErrorCode::WrongTenantToken,
        ..USUAL
    },
    Preset {
        id: "entra-id",
        mode: Mode::IssuerPerTenant(IssuerStyle::Entra),
        settings: &[("scope", "api://northwind/access"), ("tenant_issuer", "{issuer}/{tenant}")],
        tenants_from: Some("list"),
        directory: false,
        says: &[("iss", "{issuer}/{tenant}"), ("tid", "{tenant}"), ("aud", "{api}"), CLIENT],
        ..USUAL
    },
    Preset {
        id: "okta-server-per-tenant",
        mode: Mode::IssuerPerTenant(IssuerStyle::Okta),
        settings: &[("tenant_issuer", "{issuer}/{tenant}")],
        tenants_from: Some("list"),
        directory: false,
        trip_per_tenant: true,
        refused: ErrorCode::SignInDenied,
        says: &[
            ("iss", "{issuer}/{tenant}"),
            ("aud", API),
            ("cid", "keyward-desktop"),
            ("sub", "ada@northwind.example"),
        ],
        ..USUAL
    },
    Preset {
        id: "zitadel",
        mode: Mode::Exchange(ExchangeStyle::Zitadel),
        settings: &[("project", "{api}")],
        alias: "org_{tenant}",
        refused: ErrorCode::WrongTenantToken,
        says: &[
            ("iss", "{issuer}"),
            ("aud", "{api}"),
            ("urn:zitadel:iam:org:project:{api}:roles", r#"{"{role}":{"org_{tenant}":"{tenant}.example"}}"#),
            CLIENT,
        ],
        ..USUAL
    },
    Preset {
        id: "logto",
        mode: Mode::OrganizationId(OrganizationStyle::Logto),
        settings: &[],
        alias: "org_{tenant}",
        tenants_from: Some("claim"),
        says: &[("iss", "{issuer}"), ("aud", "urn:logto:organization:org_{tenant}"), CLIENT],
        ..USUAL
    },
    Preset {
        id: "workos",
        mode: Mode::OrganizationId(OrganizationStyle::WorkOs),
        settings: &[],
        alias: "org_{tenant}",
        says: &[("iss", "{issuer}"), ("org_id", "org_{tenant}"), CLIENT],
        ..USUAL
    },
    Preset {
        id: "rfc8707",
        mode: Mode::Resource(Coverage::Requested),
        settings: &[("tenant_resource", API), ("directory_resource", "{api}")],
        // A sign-in asks for all that is listed, and is refused for one that is not hers. What it did not ask
        // for cannot be had later.
        lists_others: false,
        refused: ErrorCode::InteractionRequired,
        ..USUAL
    },
    Preset {
        id: "rfc8693",
        mode: Mode::Exchange(ExchangeStyle::Audience),
        settings: &[("tenant_audience", API)],
        ..USUAL
    },
    Preset {
        id: "custom",
        mode: Mode::OrganizationId(OrganizationStyle::Logto),
        settings: &[("audience", "{api}")],
        described: r#"
            [connection.mode.sign_in]
            scope = ["openid", "profile", "email", "offline_access"]
            gives = "nothing"
            [connection.mode.switch.refresh]
            tenant = { organization_id = "org_{tenant}", resource = "{audience}" }
            [connection.mode.proof]
            audience = "{audience}"
            tenant = { claim = { name = "organization_id", value = "org_{tenant}" } }
        "#,
        tenants_from: Some("list"),
        directory: false,
        says: &[("iss", "{issuer}"), ("aud", "{api}"), ("organization_id", "org_{tenant}"), CLIENT],
        ..USUAL
    },
];

/// The one of this id.
pub fn named(id: &str) -> Preset {
    *ALL.iter().find(|preset| preset.id == id).expect("a preset of this name")
}
