//! The permissions that the directory itself asks for. A role may hold many others.

use keyward_model::Permission;

/// See who is in the tenant, and why they hold what they hold.
pub const PEOPLE_READ: &str = "people:read";
/// See the tenant and its roles.
pub const ROLES_READ: &str = "roles:read";
/// Plan and apply changes of roles. Whoever holds it is an admin: a tenant never loses the last one.
pub const ROLES_WRITE: &str = "roles:write";
/// Read the audit.
pub const AUDIT_READ: &str = "audit:read";
/// In the operators' tenant: see all tenants, and how many people are in each.
pub const TENANTS_READ: &str = "tenants:read";
/// In the operators' tenant: found tenants, and call them something else.
pub const TENANTS_WRITE: &str = "tenants:write";

/// Whether `permissions` makes its holder an admin.
pub(crate) fn makes_admin<'p>(permissions: impl IntoIterator<Item = &'p Permission>) -> bool {
    permissions.into_iter().any(|one| one.as_str() == ROLES_WRITE)
}
