//! What those who run the service see of its tenants, and do with them.

use serde::{Deserialize, Serialize};

use crate::{EmailAddress, Name, Tenant, TenantClass, TenantId};

/// `GET /v1/tenants`: which tenants to hear of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TenantsQuery {
    /// Where the page before ended, as its `next` said.
    pub cursor: Option<String>,
    /// Rows wanted: 1 to 200, else 50.
    pub limit: Option<u32>,
}

/// A tenant, and how many are in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantRow {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: Tenant,
    /// How many people are in it.
    pub people: u64,
    /// How many of them can edit its roles at this moment; who was invited and has not come cannot yet.
    pub admins: u64,
}

/// A page of tenants, by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantsPage {
    /// The rows.
    pub tenants: Vec<TenantRow>,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// `POST /v1/tenants`: a tenant to be founded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Its short name, which it keeps.
    pub id: TenantId,
    /// Its name in web addresses; none: its id.
    #[serde(default)]
    pub slug: Option<TenantId>,
    /// Its name for people.
    pub name: Name,
    /// How careful people must be there.
    pub class: TenantClass,
    /// Its colour: a hue in OKLCH, in degrees from 0 to 359.
    #[cfg_attr(feature = "schema", schemars(range(max = 359)))]
    pub hue: u16,
    /// The tenant whose roles it begins with.
    pub roles_of: TenantId,
    /// Who is its first admin, with the best of these roles that makes one.
    pub admin: FirstAdmin,
}

/// Who is to be a tenant's first admin: whoever signs in at the asker's provider with this address, verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FirstAdmin {
    /// The address.
    pub email: EmailAddress,
    /// What to call them, where the directory does not know them.
    pub name: Name,
}

/// `PATCH /v1/tenants/{t}`: what is to be another; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TenantEdit {
    /// Its name for people.
    pub name: Option<Name>,
    /// Its name in web addresses. Its own id: no other.
    pub slug: Option<TenantId>,
    /// Its colour: a hue in OKLCH, in degrees from 0 to 359.
    #[cfg_attr(feature = "schema", schemars(range(max = 359)))]
    pub hue: Option<u16>,
    /// How careful people must be there.
    pub class: Option<TenantClass>,
}
