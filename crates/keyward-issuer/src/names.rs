//! Names at the provider that are made from a tenant, and back.

use keyward_model::TenantId;

use crate::mode::ScopeStyle;

/// An organization's id.
const ORGANIZATION: &str = "org_";
/// An application's client id.
const APPLICATION: &str = "app_";
/// The scope of one organization's roles at Zitadel.
const ZITADEL_ROLES: &str = "urn:zitadel:iam:org:roles:id:";
/// The scope of all of a person's organizations.
pub(crate) const EVERY_ORGANIZATION: &str = "organization:*";

pub(crate) fn organization(tenant: &TenantId) -> String {
    format!("{ORGANIZATION}{tenant}")
}

pub(crate) fn of_organization(id: &str) -> Option<TenantId> {
    tenant(id.strip_prefix(ORGANIZATION)?)
}

pub(crate) fn of_application(client: &str) -> Option<TenantId> {
    tenant(client.strip_prefix(APPLICATION)?)
}

pub(crate) fn scope(style: ScopeStyle, tenant: &TenantId) -> String {
    format!("{}{tenant}", scope_prefix(style))
}

pub(crate) fn of_scope(style: ScopeStyle, scope: &str) -> Option<TenantId> {
    tenant(scope.strip_prefix(scope_prefix(style))?)
}

pub(crate) fn of_zitadel_scope(scope: &str) -> Option<TenantId> {
    of_organization(scope.strip_prefix(ZITADEL_ROLES)?)
}

/// The claim that has a project's roles at Zitadel.
pub(crate) fn zitadel_roles(project: &str) -> String {
    format!("urn:zitadel:iam:org:project:{project}:roles")
}

fn scope_prefix(style: ScopeStyle) -> &'static str {
    match style {
        ScopeStyle::Organization => "organization:",
        ScopeStyle::Audience => "tenant-",
    }
}

fn tenant(text: &str) -> Option<TenantId> {
    TenantId::new(text).ok()
}
