//! What the one function would answer after a plan, which is worked out by the lines that apply it.

use std::collections::BTreeSet;

use keyward_model::{
    Effect, HookAnswer, Permission, PersonId, PlanId, RoleId, TimeWindow, Timestamp, Timing,
};

use crate::{
    caller::Actor,
    draft::Draft,
    edit::{drafted, planned, version_after},
    rows::{Held, Standing},
    store::{Tried, Tx},
};

/// What a member would hold after the actor's plan, of which `answer` is what they hold before it; none where it
/// takes them out.
pub(super) fn after(
    tx: &Tx<'_>,
    actor: &Actor,
    plan: &PlanId,
    person: &PersonId,
    now: Timestamp,
    answer: HookAnswer,
) -> Tried<Option<HookAnswer>> {
    let plan = planned(tx, actor, plan, now)?;
    let Draft { effects, role_effects, roles: after, .. } = drafted(tx, actor, &plan, now)?;
    let tenant = &actor.tenant.id;
    let edited: Vec<&RoleId> = role_effects.iter().map(|effect| &effect.role).collect();
    let mut held = tx.windows(tenant, person, now)?;
    match effects.into_iter().find(|effect| effect.person.id == *person) {
        Some(effect) if effect.removed => return Ok(None),
        Some(effect) => held = held_after(held, effect),
        None if tx.is_moved_by(tenant, person, &edited)? => {}
        None => return Ok(Some(answer)),
    }
    let Standing { roles, not_after, renew_at } = Standing::of(held, now);
    let granting = after.into_iter().filter(|role| roles.contains(&role.id));
    let permissions: BTreeSet<Permission> = granting.flat_map(|role| role.permissions).collect();
    Ok(Some(HookAnswer {
        permissions: permissions.into_iter().collect(),
        role_version: version_after(tx.next_entry(tenant)?),
        roles,
        not_after,
        renew_at,
    }))
}

/// What is held, now or later, after an effect.
fn held_after(mut held: Held, effect: Effect) -> Held {
    held.retain(|role, _| !effect.loses.contains(role));
    held.extend(effect.gains.into_iter().map(|role| (role, TimeWindow::ALWAYS)));
    held.extend(effect.timings.into_iter().filter_map(|Timing { role, after, .. }| Some((role, after?))));
    held
}
