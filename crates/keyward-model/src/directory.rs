//! What the role directory holds and answers with.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{AuditedRole, Permission, PersonId, PlanId, RoleId, TenantId, TimeWindow, Timestamp, Timing};

/// How careful people must be in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TenantClass {
    /// Real customers, real data.
    Production,
    /// A place to try things.
    Sandbox,
}

impl TenantClass {
    /// Its name, as it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
        }
    }
}

/// A customer of the service: the unit that data and roles belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Tenant {
    /// Its short name.
    pub id: TenantId,
    /// Its name in web addresses, where that is another than its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub slug: Option<TenantId>,
    /// Its name for people.
    pub name: String,
    /// Its colour: a hue in OKLCH, in degrees from 0 to 359.
    pub hue: u16,
    /// How careful people must be here.
    pub class: TenantClass,
}

/// Someone known to the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Person {
    /// Stable id.
    pub id: PersonId,
    /// Name for people.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

/// One tenant that a person is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Membership {
    /// The tenant.
    pub tenant: Tenant,
    /// The roles held there now, best first.
    pub roles: Vec<Role>,
}

/// `GET /v1/me`: who the token's person is, and where they may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Me {
    /// The person.
    pub person: Person,
    /// The tenant that opens when none is named.
    pub default_tenant: Option<TenantId>,
    /// Every tenant the person is in, by name.
    pub tenants: Vec<Membership>,
}

/// A named set of permissions in one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Role {
    /// Its short name in its tenant.
    pub id: RoleId,
    /// Its name for people.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// What it allows, in alphabetical order.
    pub permissions: Vec<Permission>,
    /// Whether it can edit roles: the kind of which a tenant never loses the last holder.
    pub admin: bool,
    /// Its place among the roles, 0 the best.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(as = "Option<u32>", optional))]
    pub rank: u32,
    /// The version that it was read at; name it in a [`PlanRequest`](crate::PlanRequest).
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(as = "Option<u32>", optional))]
    pub version: u64,
    /// The template that it came from. What becomes of it here, the template and other tenants do not see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub template: Option<RoleId>,
}

/// A role that a person holds, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Holding {
    /// The role.
    pub role: RoleId,
    /// Who gave it; none where it came with the tenant itself.
    pub given_by: Option<Person>,
    /// When.
    pub given_at: Timestamp,
    /// For what, in the giver's words.
    pub reason: Option<String>,
    /// The audit's entry that gave it, where that was asked for; none where it came with the tenant itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<u32>", optional))]
    pub audit: Option<u64>,
    /// When it was last named in a token, since it was given; none: never, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub last_used_at: Option<Timestamp>,
    /// For which time.
    #[serde(flatten)]
    pub window: TimeWindow,
}

/// One line of the people list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PersonRow {
    /// Who.
    pub person: Person,
    /// Roles held now, best first.
    pub roles: Vec<RoleId>,
    /// In this tenant since.
    pub since: Timestamp,
    /// Version of (tenant, person) that this was read at; name it in a [`PlanRequest`](crate::PlanRequest).
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub version: u64,
    /// Whether they were invited by e-mail and have not signed in yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<bool>", optional))]
    pub invited: bool,
}

/// What to list of a tenant's people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct PeopleQuery {
    /// Words that must each begin a word of name or e-mail; none: everybody.
    pub search: Option<String>,
    /// Only who holds this role.
    pub role: Option<RoleId>,
    /// Where the page before ended, as its `next` said.
    pub cursor: Option<String>,
    /// Rows wanted: 1 to 200, else 50.
    pub limit: Option<u32>,
}

/// A page of a tenant's people, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PeoplePage {
    /// The rows.
    pub people: Vec<PersonRow>,
    /// How many match in all.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub total: u64,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// One person in one tenant, with the why of each role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PersonDetail {
    /// The row as the list has it.
    pub row: PersonRow,
    /// Each role held now, and why.
    pub holdings: Vec<Holding>,
    /// Each role that begins later, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<Holding>>", optional))]
    pub upcoming: Vec<Holding>,
    /// What they may do here now, without repeats.
    pub permissions: Vec<Permission>,
    /// Their own lines of the audit, newest first, at most ten.
    pub history: Vec<AuditEntry>,
}

/// What one audit entry did to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuditedChange {
    /// Whom.
    pub person: Person,
    /// Roles they hold since.
    pub gained: Vec<RoleId>,
    /// Roles they held before.
    pub lost: Vec<RoleId>,
    /// Whether they were taken out of the tenant.
    pub removed: bool,
    /// Whether they came into the tenant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<bool>", optional))]
    pub added: bool,
    /// Whether they, who were invited, have signed in for the first time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<bool>", optional))]
    pub arrived: bool,
    /// Roles that were gained, kept or lost with a start or an end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<Timing>>", optional))]
    pub timings: Vec<Timing>,
}

impl AuditedChange {
    /// The roles that it is about, each once.
    pub fn roles(&self) -> BTreeSet<&RoleId> {
        let timed = self.timings.iter().map(|timing| &timing.role);
        self.gained.iter().chain(&self.lost).chain(timed).collect()
    }

    /// For which time a role was held before, none being not at all; none where the change leaves it as it was.
    pub fn before(&self, role: &RoleId) -> Option<Option<TimeWindow>> {
        self.side(role, |timing| timing.before, &self.lost)
    }

    /// For which time it is held after, likewise.
    pub fn after(&self, role: &RoleId) -> Option<Option<TimeWindow>> {
        self.side(role, |timing| timing.after, &self.gained)
    }

    /// Before or after: what a timing says of it, and which roles were held for good without one.
    fn side(
        &self,
        role: &RoleId,
        timed: impl Fn(&Timing) -> Option<TimeWindow>,
        held: &[RoleId],
    ) -> Option<Option<TimeWindow>> {
        if let Some(timing) = self.timings.iter().find(|timing| timing.role == *role) {
            return Some(timed(timing));
        }
        if held.contains(role) {
            return Some(Some(TimeWindow::ALWAYS));
        }
        // Who comes or goes holds what the change says, and nothing besides.
        let other = self.gained.contains(role) || self.lost.contains(role);
        (other || self.removed || self.added).then_some(None)
    }
}

/// One applied plan, or somebody's arrival, as the audit keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuditEntry {
    /// Its number in the tenant, from 1, without gaps.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Person,
    /// The plan that was applied; `arrival` where somebody who was invited has come.
    pub plan: PlanId,
    /// What it did.
    pub changes: Vec<AuditedChange>,
    /// What it did to roles themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<AuditedRole>>", optional))]
    pub roles: Vec<AuditedRole>,
    /// For what, in the actor's words.
    pub reason: Option<String>,
    /// Its hash, over what it says and the hash of the entry before it (`docs/audit.md`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub hash: Option<String>,
}

/// A page of the audit, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// An event of a tenant's stream: somebody's token would say something else from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenChange {
    /// Whose.
    pub person: PersonId,
    /// The version of (tenant, person) since; none where they were taken out of the tenant.
    pub version: Option<u64>,
    /// The audit's entry that did it.
    pub audit: u64,
}
