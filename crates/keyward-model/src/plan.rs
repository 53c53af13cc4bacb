//! Role edits: asked for, seen as a plan, then applied as a whole or not at all.

use serde::{Deserialize, Serialize};

use crate::{Permission, Person, PersonId, PlanId, RoleId, TenantId, Timestamp};

/// One wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// The person shall hold the role.
    Give {
        /// Who.
        person: PersonId,
        /// What.
        role: RoleId,
    },
    /// The person shall not hold the role.
    Take {
        /// Who.
        person: PersonId,
        /// What.
        role: RoleId,
    },
    /// The person shall leave the tenant, and with it every role there.
    Remove {
        /// Who.
        person: PersonId,
    },
}

impl Change {
    /// Whom it is about.
    pub fn person(&self) -> &PersonId {
        match self {
            Self::Give { person, .. } | Self::Take { person, .. } | Self::Remove { person } => person,
        }
    }
}

/// The version of a person that the asker had on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Who.
    pub person: PersonId,
    /// [`PersonRow::version`](crate::PersonRow::version) as it was read.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub version: u64,
}

/// `POST /v1/tenants/{t}/plans`: what would these changes do?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// The wishes, at least one.
    pub changes: Vec<Change>,
    /// What the asker saw of the people they touch. Someone not named here counts as seen now.
    #[serde(default)]
    pub seen: Vec<Seen>,
    /// For what, up to 500 characters; kept with each role given and in the audit.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What a plan does to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Effect {
    /// Whom.
    pub person: Person,
    /// Roles they will hold and do not now.
    pub gains: Vec<RoleId>,
    /// Roles they hold and will not.
    pub loses: Vec<RoleId>,
    /// Permissions they will have and do not now.
    pub gains_permissions: Vec<Permission>,
    /// Permissions they have and will not.
    pub loses_permissions: Vec<Permission>,
    /// Whether they leave the tenant.
    pub removed: bool,
}

/// Something to know before applying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// Nobody would be left who can edit roles. Applying is refused.
    LastAdmin {
        /// Who would be the last to lose it.
        person: Person,
    },
    /// The asker would lose the right to edit roles.
    SelfLockout,
    /// The person stays in the tenant without any role.
    NoRoleLeft {
        /// Who.
        person: Person,
    },
    /// The role allows what the asker may not do.
    AboveOwn {
        /// Which.
        role: RoleId,
        /// What the asker lacks of it.
        permissions: Vec<Permission>,
    },
    /// Nothing would change: it is so already.
    NoChange,
}

/// What a request would do, bound to the versions it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Plan {
    /// Its id, for `apply`.
    pub id: PlanId,
    /// Where.
    pub tenant: TenantId,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it can no longer be applied.
    pub expires_at: Timestamp,
    /// What it does, person by person, by name; people it does nothing to are left out.
    pub effects: Vec<Effect>,
    /// What to know before.
    pub warnings: Vec<Warning>,
    /// As it was asked.
    pub reason: Option<String>,
}

/// `POST /v1/tenants/{t}/plans/{id}/apply`: it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Applied {
    /// The plan.
    pub plan: PlanId,
    /// Its entry in the audit.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub audit: u64,
    /// Versions that the people it touched have now.
    pub versions: Vec<Seen>,
}
