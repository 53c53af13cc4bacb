//! What a plan stands on: the rows as they are, to be weighed at one moment or another.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{
    Change, Error, ErrorCode, PersonId, PlanId, PlanRequest, Role, RoleId, Seen, SeenRole, TimeWindow,
    Timestamp,
};

use crate::{
    caller::Actor,
    draft::{Draft, Ground},
    matching::{self, Spelt},
    named::Named,
    permission,
    rows::{Admins, StoredPlan},
    stale,
    store::{Tried, Tx},
};

/// The actor's own plan, if it can still be applied and everybody in it is as they were.
pub(crate) fn planned(tx: &Tx<'_>, actor: &Actor, id: &PlanId, now: Timestamp) -> Tried<StoredPlan> {
    let tenant = &actor.tenant;
    let plan = tx.plan(&tenant.id, id)?.filter(|plan| plan.actor == actor.person.id);
    let Some(plan) = plan else {
        let words = format!("You have no plan {id} in {}. Make it again.", tenant.name);
        return Err(Error::new(ErrorCode::NotFound, words).into());
    };
    let over = match plan.applied_at {
        Some(_) => Some("This plan was applied already."),
        None if now >= plan.expires_at => Some("This plan is older than 15 minutes. Make it again."),
        None => None,
    };
    if let Some(words) = over {
        return Err(Error::new(ErrorCode::PlanExpired, words).into());
    }
    stale::check(tx, tenant, &plan.versions)?;
    stale::check_roles(tx, tenant, &plan.roles)?;
    Ok(plan)
}

/// What the plan comes to at this moment, if that is what it said.
pub(crate) fn drafted(tx: &Tx<'_>, actor: &Actor, plan: &StoredPlan, now: Timestamp) -> Tried<Draft> {
    // The clock may have been put back since.
    let from = plan.made_at.min(now);
    let plot = Plot::of(tx, actor, &plan.request, &plan.id, (plan.made_at, from))?;
    plot.known_to(plan)?;
    let draft = plot.at(now)?;
    // Nobody edited what it touches; but a role may have ended since, by itself.
    if plot.has_ended_between(plan.made_at, now) && draft.effects != plot.at(plan.made_at)?.effects {
        let words = "A role has ended since this plan was made, or the clock was put right, and it would do something \
                     else now. Nothing was changed: make it again.";
        return Err(Error::new(ErrorCode::PlanStale, words).into());
    }
    Ok(draft)
}

/// Rows, and the request spelt out person by person.
pub(super) struct Plot<'p> {
    actor: &'p Actor,
    changes: Vec<Change>,
    named: Named,
    roles: Vec<Role>,
    holders: BTreeMap<RoleId, u64>,
    admins: Admins,
}

impl<'p> Plot<'p> {
    /// The rows, with what holds at the second of these moments or later; filters match who they did at the first.
    pub(super) fn of(
        tx: &Tx<'_>,
        actor: &'p Actor,
        request: &PlanRequest,
        plan: &PlanId,
        (made_at, from): (Timestamp, Timestamp),
    ) -> Tried<Self> {
        let tenant = &actor.tenant.id;
        let roles = tx.roles(tenant)?;
        let Spelt { changes, sources } = matching::spell_out(tx, actor, &roles, request, made_at)?;
        let others: Vec<&PersonId> = request.seen.iter().map(|seen| &seen.person).chain(&sources).collect();
        let named = Named::of(tx, actor, &changes, &others, plan, from)?;
        let made_admin = |change: &&Change| matches!(change, Change::DefineRole { permissions, .. } if permission::makes_admin(permissions));
        let of_admins: BTreeSet<&RoleId> = roles
            .iter()
            .filter(|role| role.admin)
            .map(|role| &role.id)
            .chain(changes.iter().filter(made_admin).filter_map(Change::edited_role))
            .collect();
        let admins = tx.admins(tenant, &of_admins.into_iter().collect::<Vec<_>>(), from)?;
        let edited: BTreeSet<&RoleId> = changes.iter().filter_map(Change::edited_role).collect();
        let count = |role: &RoleId| Ok((role.clone(), tx.holder_count(tenant, role, from)?));
        let holders = edited.into_iter().map(count).collect::<Tried<_>>()?;
        Ok(Self { actor, changes, named, roles, holders, admins })
    }

    /// What it comes to at a moment.
    pub(super) fn at(&self, now: Timestamp) -> Tried<Draft> {
        let Self { actor, changes, named, roles, holders, admins } = self;
        Ok(Ground { actor, roles, holders, named, admins, now }.draft(changes)?)
    }

    /// The versions that it is bound to.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.named.members().map(|(person, version)| Seen { person: person.id.clone(), version }).collect()
    }

    /// The versions of the roles that it names; 0 where there is none yet.
    pub(super) fn seen_roles(&self, tx: &Tx<'_>) -> Tried<Vec<SeenRole>> {
        let named: BTreeSet<&RoleId> = self.changes.iter().flat_map(Change::roles).collect();
        let seen = |role: &RoleId| {
            let version = tx.role_version(&self.actor.tenant.id, role)?.unwrap_or_default();
            Ok(SeenRole { role: role.clone(), version })
        };
        named.into_iter().map(seen).collect()
    }

    /// Refuses a plan that is now about somebody whom it was not about: who was to be added has come by other means,
    /// a role that it drops was given to somebody, or whom a filter did not match it matches since.
    fn known_to(&self, plan: &StoredPlan) -> Tried<()> {
        let known: BTreeSet<&PersonId> = plan.versions.iter().map(|seen| &seen.person).collect();
        let mut new = self.named.members().filter(|(person, _)| !known.contains(&person.id));
        let Some((person, _)) = new.next() else { return Ok(()) };
        let others = match new.count() {
            0 => String::new(),
            count => format!(" So have {count} others."),
        };
        let (name, tenant) = (&person.name, &self.actor.tenant.name);
        let words = match plan.request.changes.iter().any(matching::is_filter) {
            true => format!(
                "{name} has come to be among those whom this plan is about since it was made.{others}"
            ),
            false => format!(
                "{name} has come into {tenant}, or to a role that would be dropped, since this plan was made.{others}"
            ),
        };
        Err(Error::new(ErrorCode::PlanStale, format!("{words} Nothing was changed: make it again.")).into())
    }

    /// Whether a role that it deals with ends by itself in between: else it comes to the same at both moments.
    fn has_ended_between(&self, one: Timestamp, other: Timestamp) -> bool {
        let ended =
            |window: TimeWindow| window.is_over_at(one.max(other)) && !window.is_over_at(one.min(other));
        self.named.windows().chain(self.changes.iter().filter_map(Change::window)).any(ended)
    }
}
