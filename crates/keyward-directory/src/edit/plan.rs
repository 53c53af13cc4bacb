//! A plan is made, and shown.

use std::time::Duration;

use aws_lc_rs::rand;
use keyward_model::{
    Change, EffectsPage, Error, ErrorCode, Plan, PlanId, PlanRequest, PlanTotal, Result, Timestamp, Warning,
    limit,
};

use super::plot::{Plot, drafted, planned};
use crate::{
    Caller, Directory, Terms,
    caller::{Actor, authorise},
    canonical::hex,
    cursor::{self, EffectsCursor},
    draft::Draft,
    permission, read,
    rows::StoredPlan,
    sheet::Sheet,
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
        self.change(caller, terms, &("plan", &request), |tx, actor, now| {
            stale::check(tx, &actor.tenant, &request.seen)?;
            stale::check_roles(tx, &actor.tenant, &request.seen_roles)?;
            made(tx, &actor, &id, request.clone(), now)
        })
    }

    /// The same for a table, whose lines are looked up as the plan is made.
    ///
    /// # Errors
    /// As [`Directory::plan_on`]; [`ErrorCode::InvalidRequest`] and [`ErrorCode::NotFound`] name the table's line.
    pub(crate) fn plan_sheet(
        &self,
        caller: &Caller,
        terms: &Terms,
        sheet: &Sheet,
        reason: Option<String>,
    ) -> Result<Plan> {
        let id = new_id()?;
        self.change(caller, terms, &("plan", "csv", sheet.sha256(), &reason), |tx, actor, now| {
            let changes = sheet.changes(tx, &actor)?;
            let (seen, seen_roles) = (Vec::new(), Vec::new());
            let request = PlanRequest { changes, seen, seen_roles, reason: reason.clone() };
            made(tx, &actor, &id, checked(request)?, now)
        })
    }

    /// More of what a plan of one's own does: a page of its effects, by name. Needs `roles:write`.
    ///
    /// # Errors
    /// As [`Directory::apply`] where the plan can no longer be applied; [`ErrorCode::InvalidRequest`] names a field
    /// out of its limits.
    pub fn effects(
        &self,
        caller: &Caller,
        plan: &PlanId,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<EffectsPage> {
        let limit = read::checked_limit(limit)? as usize;
        let after = cursor::read::<EffectsCursor>(cursor)?.map_or(0, |cursor| cursor.after);
        self.store().read(|tx| {
            let now = self.now();
            let actor = authorise(tx, caller, permission::ROLES_WRITE, now)?;
            let plan = planned(tx, &actor, plan, now)?;
            let draft = drafted(tx, &actor, &plan, now)?;
            let total = total(&draft);
            let from = usize::try_from(after).unwrap_or(usize::MAX);
            let effects: Vec<_> = draft.effects.into_iter().skip(from).take(limit).collect();
            let reached = after.saturating_add(effects.len() as u64);
            let next = (reached < total.people).then(|| cursor::write(&EffectsCursor { after: reached }));
            Ok(EffectsPage { effects, total, next: next.transpose()? })
        })
    }
}

/// Works a request out, keeps it as a plan of the actor's own, and says what it does.
pub(crate) fn made(
    tx: &Tx<'_>,
    actor: &Actor,
    id: &PlanId,
    request: PlanRequest,
    made_at: Timestamp,
) -> Tried<Plan> {
    let tenant = &actor.tenant.id;
    let plot = Plot::of(tx, actor, &request, id, (made_at, made_at))?;
    let draft = plot.at(made_at)?;
    let stored = StoredPlan {
        id: id.clone(),
        tenant: tenant.clone(),
        actor: actor.person.id.clone(),
        versions: plot.seen(),
        roles: plot.seen_roles(tx)?,
        made_at,
        expires_at: made_at.plus(PLAN_LIFE),
        applied_at: None,
        request,
    };
    tx.forget_plans(tenant, made_at.minus(PLAN_MEMORY))?;
    tx.keep_plan(&stored)?;
    let total = total(&draft);
    let StoredPlan { id, tenant, expires_at, request, .. } = stored;
    let Draft { mut effects, role_effects, warnings, roles: _ } = draft;
    effects.truncate(limit::EFFECTS_OF_ANSWER);
    let (reason, conflicts, warnings) = (request.reason, Vec::new(), shown(warnings));
    Ok(Plan { id, tenant, made_at, expires_at, effects, total, role_effects, warnings, conflicts, reason })
}

fn total(Draft { effects, warnings, .. }: &Draft) -> PlanTotal {
    let sum = |count: fn(&keyward_model::Effect) -> usize| effects.iter().map(count).sum::<usize>() as u64;
    PlanTotal {
        people: effects.len() as u64,
        gains: sum(|effect| effect.gains.len()),
        losses: sum(|effect| effect.loses.len()),
        warnings: warnings.len() as u64,
    }
}

/// Of warnings about one person each so many as an answer has room for; of the others all.
fn shown(mut warnings: Vec<Warning>) -> Vec<Warning> {
    let mut room = limit::EFFECTS_OF_ANSWER;
    warnings.retain(|warning| match warning {
        Warning::WindowPast { .. } | Warning::NoRoleLeft { .. } | Warning::TokenSize { .. } => {
            let has_room = room > 0;
            room = room.saturating_sub(1);
            has_room
        }
        Warning::LastAdmin { .. } | Warning::SelfLockout | Warning::AboveOwn { .. } | Warning::NoChange => {
            true
        }
    });
    warnings
}

/// The request, within its limits, its reason trimmed.
pub(super) fn checked(mut request: PlanRequest) -> Result<PlanRequest> {
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
