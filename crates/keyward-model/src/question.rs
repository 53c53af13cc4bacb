//! What is asked of a directory about many tenants, or about another moment.

use serde::{Deserialize, Serialize};

use crate::{Holding, Permission, Person, RoleId, TenantId, TimeWindow, Timestamp};

/// `GET /v1/me/holders`: of whom to hear, in every tenant where the asker may see people and roles. One of role and
/// permission.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct HoldersQuery {
    /// Who holds this role now.
    pub role: Option<RoleId>,
    /// Who holds a role now that allows this.
    pub permission: Option<Permission>,
    /// Where the page before ended, as its `next` said.
    pub cursor: Option<String>,
    /// Rows wanted: 1 to 200, else 50.
    pub limit: Option<u32>,
}

/// `GET /v1/tenants/{t}/unused`: which roles to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct UnusedQuery {
    /// Held since before this moment, and in no token made from it on.
    pub since: Timestamp,
    /// Where the page before ended, as its `next` said.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Rows wanted: 1 to 200, else 50.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Somebody who holds a role, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Holder {
    /// Where.
    pub tenant: TenantId,
    /// Who.
    pub person: Person,
    /// What, and why.
    #[serde(flatten)]
    pub holding: Holding,
}

/// A page of holders: by tenant, then by role, then by person, each by their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HoldersPage {
    /// The rows.
    pub holders: Vec<Holder>,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// `GET /v1/tenants/{t}/people/{person}/held`: of which moment to hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct HeldQuery {
    /// The moment; none to come.
    pub at: Timestamp,
}

/// A role that somebody held at a moment, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HeldRole {
    /// The role.
    pub role: RoleId,
    /// Who gave it; none where it came with the tenant itself.
    pub given_by: Option<Person>,
    /// When; none where it came with the tenant, and nobody knows any more when.
    pub given_at: Option<Timestamp>,
    /// For what, in the giver's words.
    pub reason: Option<String>,
    /// For which time it was given then, whatever became of it later.
    #[serde(flatten)]
    pub window: TimeWindow,
    /// The audit's entry that gave it; none where it came with the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<u32>", optional))]
    pub audit: Option<u64>,
    /// What it allowed then, in alphabetical order; none where that is not known any more.
    pub permissions: Option<Vec<Permission>>,
}

/// What somebody held in a tenant at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HeldThen {
    /// Who, as they are called now.
    pub person: Person,
    /// The moment.
    pub at: Timestamp,
    /// Whether they were in the tenant.
    pub member: bool,
    /// Each role held then, by id, and why.
    pub roles: Vec<HeldRole>,
    /// What these allowed, as far as it is known, without repeats.
    pub permissions: Vec<Permission>,
}
