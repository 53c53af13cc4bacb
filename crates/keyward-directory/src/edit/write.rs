//! What an applied plan writes. However many people it touches, it is the same few statements.

use std::collections::BTreeMap;

use keyward_model::{AuditEntry, AuditedChange, AuditedRole, Effect, Person, PersonId, RoleEffect, TenantId};

use super::version_after;
use crate::{
    caller::Actor,
    rows::{Gift, Given},
    store::{Tried, Tx},
};

/// What the audit keeps of effects. Whoever is added is known to the directory from here on.
pub(super) fn audited(tx: &Tx<'_>, actor: &Actor, effects: &[Effect]) -> Tried<Vec<AuditedChange>> {
    let added = || effects.iter().filter(|effect| effect.added).map(|effect| &effect.person);
    // Who is restored has been here before.
    let known = tx.known(added().map(|person| &person.id))?;
    let strangers: Vec<&Person> = added().filter(|person| !known.contains(&person.id)).collect();
    let invited = tx.invite(&actor.issuer, &strangers, &actor.tenant.id)?;
    let mut met: BTreeMap<&PersonId, Person> =
        strangers.iter().map(|person| &person.id).zip(invited).collect();
    let change = |effect: &Effect| AuditedChange {
        person: met.remove(&effect.person.id).unwrap_or_else(|| effect.person.clone()),
        gained: effect.gains.clone(),
        lost: effect.loses.clone(),
        removed: effect.removed,
        added: effect.added,
        arrived: false,
        timings: effect.timings.clone(),
    };
    Ok(effects.iter().map(change).collect())
}

/// What the audit keeps of what becomes of a role.
pub(super) fn audited_role(effect: &RoleEffect) -> AuditedRole {
    let RoleEffect { role, before, after, .. } = effect.clone();
    AuditedRole { role, before, after }
}

/// Writes the rows and the new versions. Roles are made before they are given, and dropped after they were taken.
pub(super) fn rows(tx: &Tx<'_>, tenant: &TenantId, entry: &AuditEntry) -> Tried<()> {
    let version = version_after(entry.number);
    for AuditedRole { role, after, .. } in &entry.roles {
        if let Some(terms) = after {
            tx.define_role(tenant, role, terms, version)?;
        }
    }
    let (gone, there): (Vec<&AuditedChange>, Vec<_>) =
        entry.changes.iter().partition(|change| change.removed);
    let people = |changes: &[&AuditedChange]| changes.iter().map(|change| change.person.id.clone()).collect();
    tx.remove(tenant, people(&gone))?;
    let added: Vec<&Person> =
        there.iter().filter(|change| change.added).map(|change| &change.person).collect();
    tx.join(tenant, &added, entry.at, version)?;
    let lost = there.iter().flat_map(|change| change.lost.iter().map(|role| (&change.person.id, role)));
    tx.take(tenant, lost.collect())?;
    let given = there.iter().flat_map(|change| {
        let person = &change.person.id;
        let held = |role| Some(Given { person, role, window: change.after(role).flatten()? });
        change.roles().into_iter().filter_map(held)
    });
    let gift = Gift { by: &entry.actor, at: entry.at, reason: entry.reason.as_deref() };
    tx.give(tenant, given.collect(), &gift)?;
    tx.raise(tenant, people(&there), version)?;
    for AuditedRole { role, after, .. } in &entry.roles {
        if after.is_none() {
            tx.drop_role(tenant, role, version)?;
        }
    }
    Ok(())
}
