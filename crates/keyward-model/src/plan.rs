//! Role edits: asked for, seen as a plan, then applied as a whole or not at all.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Description, EmailAddress, Name, Permission, Person, PersonId, PlanId, RoleEffect, RoleId,
    SeenRole, TenantId, TimeWindow, Timestamp,
};

/// One wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// The person shall hold the role, for this time and no other: held already, it is from now on held for this.
    Give {
        /// Who.
        person: PersonId,
        /// What.
        role: RoleId,
        /// From when on; none: at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        starts_at: Option<Timestamp>,
        /// Until when; none: until it is taken. Later than `starts_at`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        ends_at: Option<Timestamp>,
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
    /// Whoever signs in at the asker's provider with this e-mail address, verified, shall be in the tenant and hold
    /// these roles. Somebody who is in it already keeps what they hold besides, and their name.
    Add {
        /// The address.
        email: EmailAddress,
        /// What to call them, where the directory does not know them.
        name: Name,
        /// What they shall hold.
        #[serde(default)]
        roles: Vec<RoleId>,
        /// From when on they hold it; none: at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        starts_at: Option<Timestamp>,
        /// Until when; none: until it is taken. Later than `starts_at`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        ends_at: Option<Timestamp>,
    },
    /// Whoever was in the tenant and was taken out shall be in it again, without a role. Somebody who is in it stays
    /// as they are.
    Restore {
        /// Who.
        person: PersonId,
    },
    /// There shall be this role, and it shall be so. It is made where it is not there; where it is, everybody who
    /// holds it has from now on what it allows then.
    DefineRole {
        /// Which.
        role: RoleId,
        /// Its name for people, which no other role of the tenant has, in whatever case or accents.
        name: Name,
        /// What it is for, in a sentence.
        #[serde(default)]
        description: Description,
        /// All that it allows, 200 at most. A role that allows `roles:write` makes admins.
        permissions: BTreeSet<Permission>,
        /// Its place among the roles, 0 the best; none: where it is, and last if it is made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        rank: Option<u32>,
        /// The template that it is made from; none: as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        template: Option<RoleId>,
    },
    /// There shall be no such role: whoever holds it loses it.
    DropRole {
        /// Which.
        role: RoleId,
    },
    /// All of these people shall hold the role, for this time and no other. Who they are is found when the plan is
    /// made, and the plan is stale when it would be others.
    GiveAll {
        /// What.
        role: RoleId,
        /// Whom.
        to: Crowd,
        /// From when on; none: at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        starts_at: Option<Timestamp>,
        /// Until when; none: until it is taken. Later than `starts_at`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        ends_at: Option<Timestamp>,
    },
    /// None of these people shall hold the role.
    TakeAll {
        /// What.
        role: RoleId,
        /// Whom.
        from: Crowd,
    },
    /// The one shall hold what the other holds, now or later, for the same times.
    Copy {
        /// Whose roles.
        from: PersonId,
        /// Who shall hold them too.
        to: PersonId,
        /// Roles that are not copied.
        #[serde(default)]
        without: Vec<RoleId>,
    },
}

/// People of a tenant, by what they hold at the moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Crowd {
    /// Those who hold this role; none: everybody.
    #[serde(default)]
    pub holding: Option<RoleId>,
    /// But not these people.
    #[serde(default)]
    pub except: Vec<PersonId>,
    /// But not who holds one of these roles.
    #[serde(default)]
    pub except_holding: Vec<RoleId>,
}

impl Change {
    /// The person shall hold the role, from now on and without an end.
    pub fn give(person: PersonId, role: RoleId) -> Self {
        Self::Give { person, role, starts_at: None, ends_at: None }
    }

    /// Whom it is about, where it says so by id.
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Give { person, .. }
            | Self::Take { person, .. }
            | Self::Remove { person }
            | Self::Restore { person } => Some(person),
            Self::Add { .. }
            | Self::DefineRole { .. }
            | Self::DropRole { .. }
            | Self::GiveAll { .. }
            | Self::TakeAll { .. }
            | Self::Copy { .. } => None,
        }
    }

    /// The role that it makes, changes or drops.
    pub fn edited_role(&self) -> Option<&RoleId> {
        match self {
            Self::DefineRole { role, .. } | Self::DropRole { role } => Some(role),
            Self::Give { .. }
            | Self::Take { .. }
            | Self::Remove { .. }
            | Self::Add { .. }
            | Self::Restore { .. }
            | Self::GiveAll { .. }
            | Self::TakeAll { .. }
            | Self::Copy { .. } => None,
        }
    }

    /// Every role that it gives, takes, makes, changes or drops, by its id.
    pub fn roles(&self) -> &[RoleId] {
        match self {
            Self::Give { role, .. }
            | Self::Take { role, .. }
            | Self::DefineRole { role, .. }
            | Self::DropRole { role }
            | Self::GiveAll { role, .. }
            | Self::TakeAll { role, .. } => std::slice::from_ref(role),
            Self::Add { roles, .. } => roles,
            Self::Remove { .. } | Self::Restore { .. } | Self::Copy { .. } => &[],
        }
    }

    /// For which time it gives a role, where it gives one.
    pub fn window(&self) -> Option<TimeWindow> {
        match self {
            Self::Give { starts_at, ends_at, .. }
            | Self::Add { starts_at, ends_at, .. }
            | Self::GiveAll { starts_at, ends_at, .. } => {
                Some(TimeWindow { starts_at: *starts_at, ends_at: *ends_at })
            }
            Self::Take { .. }
            | Self::Remove { .. }
            | Self::Restore { .. }
            | Self::DefineRole { .. }
            | Self::DropRole { .. }
            | Self::TakeAll { .. }
            | Self::Copy { .. } => None,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// The wishes, at least one.
    pub changes: Vec<Change>,
    /// What the asker saw of the people they touch. Someone not named here counts as seen now.
    #[serde(default)]
    pub seen: Vec<Seen>,
    /// What the asker saw of the roles they name. One not named here counts as seen now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<SeenRole>>", optional))]
    pub seen_roles: Vec<SeenRole>,
    /// For what, up to 500 characters; kept with each role given and in the audit.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What a plan does to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Effect {
    /// Whom. Of somebody who is to be added it is what was asked; who they are, if the directory knows them, is seen
    /// once they are in the tenant.
    pub person: Person,
    /// Roles they will hold, and now hold for no time, not even for one to come.
    pub gains: Vec<RoleId>,
    /// Roles they hold, if only for a time to come, and will not.
    pub loses: Vec<RoleId>,
    /// Permissions they will have, at once or when a role begins, and have in no role of now.
    pub gains_permissions: Vec<Permission>,
    /// Permissions they have, at once or when a role begins, and will not.
    pub loses_permissions: Vec<Permission>,
    /// Whether they leave the tenant.
    pub removed: bool,
    /// Whether they come into the tenant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<bool>", optional))]
    pub added: bool,
    /// Roles that are gained, kept or lost with a start or an end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<Timing>>", optional))]
    pub timings: Vec<Timing>,
}

/// For which time somebody holds a role before a plan and after it, where either is not simply for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timing {
    /// The role.
    pub role: RoleId,
    /// Before; none: not held.
    pub before: Option<TimeWindow>,
    /// After; none: not held.
    pub after: Option<TimeWindow>,
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
        /// When, where that is not at once: a role would end then that nobody else holds on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "typescript", ts(optional))]
        at: Option<Timestamp>,
    },
    /// The asker would lose the right to edit roles, at once or sooner than now.
    SelfLockout,
    /// The time for which a role is given is over already: the person will not hold it.
    WindowPast {
        /// Who.
        person: Person,
        /// Which.
        role: RoleId,
    },
    /// The person stays in the tenant without any role.
    NoRoleLeft {
        /// Who.
        person: Person,
    },
    /// The role that is given or changed allows what the asker may not do.
    AboveOwn {
        /// Which.
        role: RoleId,
        /// What the asker lacks of it.
        permissions: Vec<Permission>,
    },
    /// What the person's token would say comes to be larger than it usually may: it will leave out permissions, or
    /// roles too, and say so.
    TokenSize {
        /// Whose.
        person: Person,
        /// What all of it takes.
        bytes: u32,
        /// What it may take.
        budget: u32,
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
    /// What it does, person by person, by name; people it does nothing to are left out. The first 1,000: the others
    /// are in `GET …/plans/{plan}/effects`.
    pub effects: Vec<Effect>,
    /// How much it does to people in all.
    #[serde(default)]
    pub total: PlanTotal,
    /// What it does to roles themselves, best first, and so to everybody who holds one: only who loses one that is
    /// dropped is among `effects`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<RoleEffect>>", optional))]
    pub role_effects: Vec<RoleEffect>,
    /// What to know before. Of those about one person, the first 1,000.
    pub warnings: Vec<Warning>,
    /// Of an undo: what it leaves alone, because it was changed since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<Conflict>>", optional))]
    pub conflicts: Vec<Conflict>,
    /// As it was asked.
    pub reason: Option<String>,
}

/// How much a plan does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PlanTotal {
    /// People to whom it does something.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub people: u64,
    /// Roles that they gain, all together.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub gains: u64,
    /// Roles that they lose, all together.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub losses: u64,
    /// Warnings.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub warnings: u64,
}

/// `GET /v1/tenants/{t}/plans/{id}/effects`: more of what a plan does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EffectsPage {
    /// Person by person, by name.
    pub effects: Vec<Effect>,
    /// How much it does in all.
    pub total: PlanTotal,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
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
    /// Versions that the people it touched have now, of the first 1,000. It is the same for all.
    pub versions: Vec<Seen>,
    /// How many people it touched.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub people: u64,
}
