//! What the one function would answer after a plan, which is worked out by the lines that apply it.

use std::collections::BTreeSet;

use keyward_model::{Effect, HookAnswer, PersonId, PlanId, Timestamp};

use crate::{
    caller::Actor,
    edit::{draft, members, planned, version_after},
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
    let effects = draft(tx, actor, &members(tx, actor, &plan.request)?, &plan.request)?.effects;
    let Some(Effect { gains, loses, gains_permissions, loses_permissions, removed, .. }) =
        effects.into_iter().find(|effect| effect.person.id == *person)
    else {
        return Ok(Some(answer));
    };
    if removed {
        return Ok(None);
    }
    let role_version = version_after(tx.next_entry(&actor.tenant.id)?);
    let roles = changed(answer.roles, gains, &loses);
    let permissions = changed(answer.permissions, gains_permissions, &loses_permissions);
    Ok(Some(HookAnswer { roles, permissions, role_version, not_after: answer.not_after }))
}

/// In order, as an answer has them.
fn changed<T: Ord>(before: Vec<T>, gains: Vec<T>, loses: &[T]) -> Vec<T> {
    let mut after: BTreeSet<T> = before.into_iter().chain(gains).collect();
    after.retain(|one| !loses.contains(one));
    after.into_iter().collect()
}
