//! The one way in which roles change: a plan is made and read, then applied as a whole or not at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_lc_rs::rand;
use keyward_model::{
    Applied, AuditEntry, AuditedChange, Effect, Error, ErrorCode, PersonId, PersonRow, Plan, PlanId,
    PlanRequest, Result, Seen, Timestamp, Warning,
};

use crate::{
    Caller, Directory, Terms,
    caller::Actor,
    canonical::hex,
    draft::{Draft, Ground},
    rows::StoredPlan,
    stale,
    store::{Tried, Tx},
};

/// How long a plan can be applied.
const PLAN_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long a plan that has ended is remembered, so that late callers are told what became of it.
const PLAN_MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// Changes, and people seen, of a plan at most.
const MAX_CHANGES: usize = 1000;
/// Characters of a reason at most.
const MAX_REASON: usize = 500;

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
        self.change(caller, terms, &("plan", &request), |tx, actor| {
            let tenant = &actor.tenant;
            stale::check(tx, tenant, &request.seen)?;
            let members = members(tx, &actor, &request)?;
            let Draft { effects, warnings } = draft(tx, &actor, &members, &request)?;
            let made_at = self.now();
            let versions =
                members.into_iter().map(|(person, row)| Seen { person, version: row.version }).collect();
            let stored = StoredPlan {
                id: id.clone(),
                tenant: tenant.id.clone(),
                actor: actor.person.id.clone(),
                versions,
                made_at,
                expires_at: made_at.plus(PLAN_LIFE),
                applied_at: None,
                request: request.clone(),
            };
            tx.forget_plans(&tenant.id, made_at.minus(PLAN_MEMORY))?;
            tx.keep_plan(&stored)?;
            let StoredPlan { id, tenant, expires_at, request, .. } = stored;
            Ok(Plan { id, tenant, made_at, expires_at, effects, warnings, reason: request.reason })
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
        let applied = self.change(caller, terms, &("apply", id), |tx, actor| {
            let now = self.now();
            let tenant = &actor.tenant;
            let plan = planned(tx, &actor, id, now)?;
            let members = members(tx, &actor, &plan.request)?;
            let draft = draft(tx, &actor, &members, &plan.request)?;
            if draft.effects.is_empty() {
                let words = "This plan changes nothing: it is so already.";
                return Err(Error::new(ErrorCode::InvalidRequest, words).into());
            }
            let entry = AuditEntry {
                number: tx.next_entry(&tenant.id)?,
                at: now,
                actor: actor.person.clone(),
                plan: plan.id,
                changes: draft.effects.iter().map(audited).collect(),
                reason: plan.request.reason,
                // Made as it is written.
                hash: None,
            };
            let versions = write(tx, &actor, &entry)?;
            // On the rows as they now are, inside the transaction: whatever path led here, and whoever
            // else applied a moment ago.
            if tx.admins(&tenant.id)?.is_empty() {
                return Err(last_admin(tx, &actor, &draft)?.into());
            }
            tx.plan_applied(id, now)?;
            Ok(Applied { plan: entry.plan, audit: entry.number, versions })
        })?;
        self.growth().reached(&caller.tenant, applied.audit);
        Ok(applied)
    }
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
    Ok(plan)
}

/// Everybody whom the request names, as they are now.
pub(crate) fn members(
    tx: &Tx<'_>,
    actor: &Actor,
    request: &PlanRequest,
) -> Tried<BTreeMap<PersonId, PersonRow>> {
    let changed = request.changes.iter().map(|change| change.person());
    let named: BTreeSet<&PersonId> = changed.chain(request.seen.iter().map(|seen| &seen.person)).collect();
    let mut members = BTreeMap::new();
    for person in named {
        let row = tx.member(&actor.tenant.id, person)?;
        let row = row.ok_or_else(|| crate::read::nobody(person, &actor.tenant))?;
        members.insert(person.clone(), row);
    }
    Ok(members)
}

/// What a request comes to, on what is there now.
pub(crate) fn draft(
    tx: &Tx<'_>,
    actor: &Actor,
    members: &BTreeMap<PersonId, PersonRow>,
    request: &PlanRequest,
) -> Tried<Draft> {
    let roles = tx.roles(&actor.tenant.id)?;
    let admins = tx.admins(&actor.tenant.id)?;
    Ok(Ground { actor, roles: &roles, members, admins: &admins }.draft(request)?)
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
    for AuditedChange { person, gained, lost, removed } in &entry.changes {
        if *removed {
            tx.remove(tenant, &person.id)?;
            continue;
        }
        for role in lost {
            tx.take(tenant, &person.id, role)?;
        }
        for role in gained {
            tx.give(tenant, &person.id, role, &actor.person, entry.at, entry.reason.as_deref())?;
        }
        tx.raise(tenant, &person.id, version)?;
        versions.push(Seen { person: person.id.clone(), version });
    }
    tx.write_entry(tenant, entry)?;
    Ok(versions)
}

fn audited(effect: &Effect) -> AuditedChange {
    AuditedChange {
        person: effect.person.clone(),
        gained: effect.gains.clone(),
        lost: effect.loses.clone(),
        removed: effect.removed,
    }
}

fn last_admin(tx: &Tx<'_>, actor: &Actor, draft: &Draft) -> Tried<Error> {
    let tenant = &actor.tenant;
    let who = draft.warnings.iter().find_map(|warning| match warning {
        Warning::LastAdmin { person } => Some(person.name.as_str()),
        Warning::SelfLockout | Warning::NoRoleLeft { .. } | Warning::AboveOwn { .. } | Warning::NoChange => {
            None
        }
    });
    let roles = tx.roles(&tenant.id)?;
    let names: Vec<&str> = roles.iter().filter(|role| role.admin).map(|role| role.name.as_str()).collect();
    let words = format!(
        "{} would be the last in {} to lose the right to edit roles. Nothing was changed: make somebody else {} \
         first.",
        who.unwrap_or("Somebody"),
        tenant.name,
        names.join(" or ")
    );
    Ok(Error::new(ErrorCode::LastAdmin, words))
}

/// The request, within its limits, its reason trimmed.
fn checked(mut request: PlanRequest) -> Result<PlanRequest> {
    let invalid = |words: String| Err(Error::new(ErrorCode::InvalidRequest, words));
    if request.changes.is_empty() {
        return invalid("changes: there must be at least one.".to_owned());
    }
    for (field, count) in [("changes", request.changes.len()), ("seen", request.seen.len())] {
        if count > MAX_CHANGES {
            return invalid(format!("{field}: {count} are more than {MAX_CHANGES}, the most in one plan."));
        }
    }
    request.reason =
        request.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let length = request.reason.as_ref().map_or(0, |reason| reason.chars().count());
    if length > MAX_REASON {
        return invalid(format!("reason: {length} characters are more than {MAX_REASON}."));
    }
    Ok(request)
}

/// A plan id that nobody guesses: 128 random bits.
fn new_id() -> Result<PlanId> {
    let fault = |_| Error::new(ErrorCode::Internal, "The system gives no random numbers.");
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes).map_err(fault)?;
    PlanId::new(hex(&bytes)).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))
}
