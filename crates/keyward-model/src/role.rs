//! Edits of roles themselves: what a plan does to one, and what the audit keeps of it.

use serde::{Deserialize, Serialize};

use crate::{Permission, Person, RoleId, TimeWindow};

/// All that a role is, apart from its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoleTerms {
    /// Its name for people.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// What it allows, in alphabetical order.
    pub permissions: Vec<Permission>,
    /// Its place among the roles, 0 the best; of two at one place the first by id.
    pub rank: u32,
    /// The template that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub template: Option<RoleId>,
}

/// What a plan does to one role, and so to everybody who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoleEffect {
    /// Which.
    pub role: RoleId,
    /// As it is; none: it is made.
    pub before: Option<RoleTerms>,
    /// As it will be; none: it is dropped.
    pub after: Option<RoleTerms>,
    /// What it will allow, and now does not.
    pub gains_permissions: Vec<Permission>,
    /// What it allows, and will not.
    pub loses_permissions: Vec<Permission>,
    /// How many hold it before the plan, at once or later.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub holders: u64,
}

/// What one audit entry did to one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuditedRole {
    /// Which.
    pub role: RoleId,
    /// As it was; none: it was made.
    pub before: Option<RoleTerms>,
    /// As it is since; none: it was dropped.
    pub after: Option<RoleTerms>,
}

/// The version of a role that the asker had on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SeenRole {
    /// Which.
    pub role: RoleId,
    /// [`Role::version`](crate::Role::version) as it was read; 0: there was none.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub version: u64,
}

/// An event of a tenant's stream: a role says something else from now on, in the token of everybody who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoleChange {
    /// Which.
    pub role: RoleId,
    /// Its version since, and the least of everybody who holds it; none where it was dropped.
    pub version: Option<u64>,
    /// The audit's entry that did it.
    pub audit: u64,
}

/// What an undo leaves alone, because it is not any more as the entry left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Conflict {
    /// Whether and when the person holds the role was changed since.
    HoldingChanged {
        /// Who.
        person: Person,
        /// Which.
        role: RoleId,
        /// For which time they hold it now; none: not at all.
        now: Option<TimeWindow>,
    },
    /// The person held the role, and it is not there any more.
    RoleGone {
        /// Who.
        person: Person,
        /// Which.
        role: RoleId,
    },
    /// The person was taken out, and has come back since.
    PersonBack {
        /// Who.
        person: Person,
        /// What they hold now.
        roles: Vec<RoleId>,
    },
    /// The person was added, and was changed since: they stay.
    PersonChanged {
        /// Who.
        person: Person,
        /// What they hold now.
        roles: Vec<RoleId>,
    },
    /// The person was changed, and is out of the tenant since.
    PersonGone {
        /// Who.
        person: Person,
    },
    /// The role was changed since.
    RoleChanged {
        /// Which.
        role: RoleId,
        /// As it is now; none: it is not there any more.
        now: Option<RoleTerms>,
    },
    /// The role was made, and given since to people who would lose it: it stays.
    RoleHeld {
        /// Which.
        role: RoleId,
        /// How many they are.
        #[cfg_attr(feature = "typescript", ts(type = "number"))]
        holders: u64,
    },
    /// Another role has the name by now that this one had.
    NameTaken {
        /// Which had it.
        role: RoleId,
        /// Which has it.
        by: RoleId,
    },
}
