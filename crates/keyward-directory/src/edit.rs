//! The one way in which roles change: a plan is made and read, then applied as a whole or not at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_lc_rs::rand;
use keyward_model::{
    Applied, AuditEntry, AuditedChange, AuditedRole, Change, Effect, Error, ErrorCode, Person, PersonId,
    Plan, PlanId, PlanRequest, Result, Role, RoleEffect, RoleId, Seen, SeenRole, TimeWindow, Timestamp,
    Timing, Warning, limit,
};

use crate::{
    Caller, Directory, Terms,
    caller::Actor,
    canonical::hex,
    draft::{Draft, Ground},
    guard,
    named::Named,
    permission,
    rows::{Admins, Gift, StoredPlan},
    stale,
    store::{Tried, Tx},
};

/// How long a plan can be applied.
const PLAN_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long a plan that has ended is remembered, so that late callers are told what became of it.
const PLAN_MEMORY: Duration = Duration::from_secs(24 * 60 * 60);

impl Directory {
    /// Says what a request would do, and keeps it to be applied by the same caller within 15 minutes. Needs
    /// `roles:write`.
    ///
    /// # Errors
    /// [`ErrorCode::PlanStale`] where somebody is no longer as they were seen, [`ErrorCode::NotFound`] names a
    /// person or role that is not there, [`ErrorCode::InvalidRequest`] a field out of its limits.
    pub fn plan(&self, caller: &Caller, request: PlanRequest) -> Result<Plan> {
        self.plan_on(caller, &Terms::default(), request)
    }

    /// The same on terms.
    ///
    /// # Errors
    /// As [`Directory::plan`]; [`ErrorCode::InvalidRequest`] where the key was used for something else.
    pub fn plan_on(&self, caller: &Caller, terms: &Terms, request: PlanRequest) -> Result<Plan> {
        let request = checked(request)?;
        let id = new_id()?;
        self.change(caller, terms, &("plan", &request), |tx, actor, made_at| {
            stale::check(tx, &actor.tenant, &request.seen)?;
            stale::check_roles(tx, &actor.tenant, &request.seen_roles)?;
            made(tx, &actor, &id, request.clone(), made_at)
        })
    }

    /// Does what the plan said: rows, versions and one audit entry in one transaction. Needs `roles:write` at
    /// this moment.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where the caller has no such plan, [`ErrorCode::PlanExpired`] where it was applied
    /// or is too old, [`ErrorCode::PlanStale`] where somebody it touches has changed since,
    /// [`ErrorCode::LastAdmin`] where nobody would be left who can edit roles.
    pub fn apply(&self, caller: &Caller, id: &PlanId) -> Result<Applied> {
        self.apply_on(caller, &Terms::default(), id)
    }

    /// The same on terms.
    ///
    /// # Errors
    /// As [`Directory::apply`]; [`ErrorCode::InvalidRequest`] where the key was used for something else.
    pub fn apply_on(&self, caller: &Caller, terms: &Terms, id: &PlanId) -> Result<Applied> {
        let applied = self.change(caller, terms, &("apply", id), |tx, actor, now| {
            let tenant = &actor.tenant;
            let plan = planned(tx, &actor, id, now)?;
            let draft = drafted(tx, &actor, &plan, now)?;
            if draft.is_empty() {
                let words = "This plan changes nothing: it is so already.";
                return Err(Error::new(ErrorCode::InvalidRequest, words).into());
            }
            let entry = AuditEntry {
                number: tx.next_entry(&tenant.id)?,
                at: now,
                actor: actor.person.clone(),
                plan: plan.id,
                changes: draft
                    .effects
                    .iter()
                    .map(|effect| audited(tx, &actor, effect))
                    .collect::<Tried<_>>()?,
                roles: draft.role_effects.iter().map(audited_role).collect(),
                reason: plan.request.reason,
                // Made as it is written.
                hash: None,
            };
            let versions = write(tx, &actor, &entry)?;
            guard::check(tx, tenant, now, last_admin(&draft))?;
            tx.plan_applied(id, now)?;
            Ok(Applied { plan: entry.plan, audit: entry.number, versions })
        })?;
        self.growth().reached(&caller.tenant, applied.audit);
        Ok(applied)
    }
}

/// Works a request out, and keeps it as a plan of the actor's own.
pub(crate) fn made(
    tx: &Tx<'_>,
    actor: &Actor,
    id: &PlanId,
    request: PlanRequest,
    made_at: Timestamp,
) -> Tried<Plan> {
    let tenant = &actor.tenant.id;
    let named = Named::of(tx, actor, &request, id, made_at)?;
    let draft = Plot::of(tx, actor, &named, &request, made_at)?.at(made_at, &request)?;
    let versions =
        named.members().map(|(person, version)| Seen { person: person.id.clone(), version }).collect();
    let roles: BTreeSet<&RoleId> = request.changes.iter().flat_map(Change::roles).collect();
    let seen_now = |role: &RoleId| {
        Ok(SeenRole { role: role.clone(), version: tx.role_version(tenant, role)?.unwrap_or_default() })
    };
    let stored = StoredPlan {
        id: id.clone(),
        tenant: tenant.clone(),
        actor: actor.person.id.clone(),
        versions,
        roles: roles.into_iter().map(seen_now).collect::<Tried<_>>()?,
        made_at,
        expires_at: made_at.plus(PLAN_LIFE),
        applied_at: None,
        request,
    };
    tx.forget_plans(tenant, made_at.minus(PLAN_MEMORY))?;
    tx.keep_plan(&stored)?;
    let StoredPlan { id, tenant, expires_at, request, .. } = stored;
    let Draft { effects, role_effects, warnings, roles: _ } = draft;
    let (reason, conflicts) = (request.reason, Vec::new());
    Ok(Plan { id, tenant, made_at, expires_at, effects, role_effects, warnings, conflicts, reason })
}

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
    let named = Named::of(tx, actor, &plan.request, &plan.id, from)?;
    unseen(plan, &named, actor)?;
    let plot = Plot::of(tx, actor, &named, &plan.request, from)?;
    let draft = plot.at(now, &plan.request)?;
    // Nobody edited what it touches; but a role may have ended since, by itself.
    if draft.effects != plot.at(plan.made_at, &plan.request)?.effects {
        let words = "A role has ended since this plan was made, or the clock was put right, and it would do something else now. Nothing was \
                     changed: make it again.";
        return Err(Error::new(ErrorCode::PlanStale, words).into());
    }
    Ok(draft)
}

/// What a plan stands on: rows as they are, to be weighed at one moment or another.
struct Plot<'p> {
    actor: &'p Actor,
    named: &'p Named,
    roles: Vec<Role>,
    holders: BTreeMap<RoleId, u64>,
    admins: Admins,
}

impl<'p> Plot<'p> {
    /// The rows, with what holds at this moment or later.
    fn of(
        tx: &Tx<'_>,
        actor: &'p Actor,
        named: &'p Named,
        request: &PlanRequest,
        from: Timestamp,
    ) -> Tried<Self> {
        let tenant = &actor.tenant.id;
        let roles = tx.roles(tenant)?;
        let made_admin = |change: &Change| matches!(change, Change::DefineRole { permissions, .. } if permission::makes_admin(permissions));
        let of_admins: BTreeSet<&RoleId> = roles
            .iter()
            .filter(|role| role.admin)
            .map(|role| &role.id)
            .chain(request.changes.iter().filter(|c| made_admin(c)).filter_map(Change::edited_role))
            .collect();
        let admins = tx.admins(tenant, &of_admins.into_iter().collect::<Vec<_>>(), from)?;
        let edited: BTreeSet<&RoleId> = request.changes.iter().filter_map(Change::edited_role).collect();
        let count = |role: &RoleId| Ok((role.clone(), tx.holder_count(tenant, role, from)?));
        let holders = edited.into_iter().map(count).collect::<Tried<_>>()?;
        Ok(Self { actor, named, roles, holders, admins })
    }

    fn at(&self, now: Timestamp, request: &PlanRequest) -> Result<Draft> {
        let Self { actor, named, roles, holders, admins } = self;
        Ground { actor, roles, holders, named, admins, now }.draft(request)
    }
}

/// A version is one more than the audit entry that made it: it never repeats, whoever comes back.
pub(crate) fn version_after(entry: u64) -> u64 {
    entry + 1
}

/// Writes the rows, the audit entry and the new versions, and gives the versions of who is still there.
fn write(tx: &Tx<'_>, actor: &Actor, entry: &AuditEntry) -> Tried<Vec<Seen>> {
    let tenant = &actor.tenant.id;
    let version = version_after(entry.number);
    let mut versions = Vec::new();
    for AuditedRole { role, after, .. } in &entry.roles {
        if let Some(terms) = after {
            tx.define_role(tenant, role, terms, version)?;
        }
    }
    let gift = Gift { by: &actor.person, at: entry.at, reason: entry.reason.as_deref() };
    for AuditedChange { person, gained, lost, removed, added, timings, arrived: _ } in &entry.changes {
        if *removed {
            tx.remove(tenant, &person.id)?;
            continue;
        }
        if *added {
            tx.join(tenant, &person.id, (&person.name, &person.email), entry.at, version)?;
        }
        for role in lost {
            tx.take(tenant, &person.id, role)?;
        }
        let timed = timings.iter().filter_map(|Timing { role, after, .. }| Some((role, (*after)?)));
        let given: BTreeMap<&RoleId, TimeWindow> =
            gained.iter().map(|role| (role, TimeWindow::ALWAYS)).chain(timed).collect();
        for (role, window) in given {
            tx.give(tenant, &person.id, role, window, &gift)?;
        }
        tx.raise(tenant, &person.id, version)?;
        versions.push(Seen { person: person.id.clone(), version });
    }
    for AuditedRole { role, after, .. } in &entry.roles {
        if after.is_none() {
            tx.drop_role(tenant, role, version)?;
        }
    }
    tx.write_entry(tenant, entry)?;
    Ok(versions)
}

/// What the audit keeps of an effect. Whoever is added is known to the directory from here on.
fn audited(tx: &Tx<'_>, actor: &Actor, effect: &Effect) -> Tried<AuditedChange> {
    let known = tx.person(&effect.person.id)?;
    let person = match known {
        None if effect.added => tx.invite(&actor.issuer, &effect.person, &actor.tenant.id)?,
        _ => effect.person.clone(),
    };
    Ok(AuditedChange {
        person,
        gained: effect.gains.clone(),
        lost: effect.loses.clone(),
        removed: effect.removed,
        added: effect.added,
        arrived: false,
        timings: effect.timings.clone(),
    })
}

/// What the audit keeps of what becomes of a role.
fn audited_role(effect: &RoleEffect) -> AuditedRole {
    let RoleEffect { role, before, after, .. } = effect.clone();
    AuditedRole { role, before, after }
}

/// Refuses a plan that would add somebody who has come into the tenant since by other means, or take a role that it
/// drops from somebody to whom it was given since.
fn unseen(plan: &StoredPlan, named: &Named, actor: &Actor) -> Result<()> {
    let known: BTreeSet<&PersonId> = plan.versions.iter().map(|seen| &seen.person).collect();
    match named.members().find(|(person, _)| !known.contains(&person.id)) {
        Some((person, _)) => {
            let words = format!(
                "{} has come into {}, or to a role that would be dropped, since this plan was made. Nothing was changed: \
                 make it again.",
                person.name, actor.tenant.name
            );
            Err(Error::new(ErrorCode::PlanStale, words))
        }
        None => Ok(()),
    }
}

/// Whom the draft names as the last who can edit roles.
fn last_admin(draft: &Draft) -> Option<&Person> {
    draft.warnings.iter().find_map(|warning| match warning {
        Warning::LastAdmin { person, at: _ } => Some(person),
        Warning::SelfLockout
        | Warning::NoRoleLeft { .. }
        | Warning::WindowPast { .. }
        | Warning::AboveOwn { .. }
        | Warning::NoChange => None,
    })
}

/// The request, within its limits, its reason trimmed.
fn checked(mut request: PlanRequest) -> Result<PlanRequest> {
    let invalid = |words: String| Err(Error::new(ErrorCode::InvalidRequest, words));
    if request.changes.is_empty() {
        return invalid("changes: there must be at least one.".to_owned());
    }
    let asked = [
        ("changes", request.changes.len()),
        ("seen", request.seen.len()),
        ("seen_roles", request.seen_roles.len()),
    ];
    for (field, count) in asked {
        let most = limit::CHANGES_OF_PLAN;
        if count > most {
            return invalid(format!("{field}: {count} are more than {most}, the most in one plan."));
        }
    }
    for (place, change) in request.changes.iter().enumerate() {
        let count = if let Change::DefineRole { permissions, .. } = change { permissions.len() } else { 0 };
        let most = limit::PERMISSIONS_OF_ROLE;
        if count > most {
            let words =
                format!("changes[{place}].permissions: {count} are more than {most}, the most of one role.");
            return invalid(words);
        }
    }
    request.reason =
        request.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let length = request.reason.as_ref().map_or(0, |reason| reason.chars().count());
    if length > limit::REASON {
        return invalid(format!("reason: {length} characters are more than {}.", limit::REASON));
    }
    Ok(request)
}

/// A plan id that nobody guesses: 128 random bits.
pub(crate) fn new_id() -> Result<PlanId> {
    let fault = |_| Error::new(ErrorCode::Internal, "The system gives no random numbers.");
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes).map_err(fault)?;
    PlanId::new(hex(&bytes)).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))
}
