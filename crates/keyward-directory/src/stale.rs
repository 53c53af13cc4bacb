//! Whether people are still as somebody saw them, and if not, who moved them.

use std::collections::BTreeSet;

use keyward_model::{
    AuditEntry, Error, ErrorCode, PersonId, Role, RoleId, Seen, Tenant, Timestamp, Timing, plain_list,
};
use time::OffsetDateTime;

use crate::{
    read::nobody,
    store::{Tried, Tx},
};

/// People whose change is told in full; of the others, how many there are.
const TOLD: usize = 3;

/// Checks that everybody is at the version named.
///
/// Refuses with [`ErrorCode::PlanStale`], in words that say who changed whom, how and when; with
/// [`ErrorCode::NotFound`] for somebody who never was in the tenant.
pub(crate) fn check(tx: &Tx<'_>, tenant: &Tenant, seen: &[Seen]) -> Tried<()> {
    if seen.is_empty() {
        return Ok(());
    }
    let versions = tx.versions(&tenant.id, seen.iter().map(|seen| &seen.person))?;
    let is_moved = |seen: &&Seen| versions.get(&seen.person) != Some(&seen.version);
    let mut named = BTreeSet::new();
    let moved: Vec<&PersonId> = seen
        .iter()
        .filter(is_moved)
        .map(|seen| &seen.person)
        .filter(|person| named.insert(*person))
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    let roles = tx.roles(&tenant.id)?;
    let mut words = Vec::new();
    for person in moved.iter().take(TOLD) {
        words.push(told(tx, tenant, &roles, person)?);
    }
    if moved.len() > TOLD {
        words.push(format!("So have {} others.", moved.len() - TOLD));
    }
    words.push("Nothing was changed by this plan: look again, then decide.".to_owned());
    Err(Error::new(ErrorCode::PlanStale, words.join(" ")).into())
}

fn told(tx: &Tx<'_>, tenant: &Tenant, roles: &[Role], person: &PersonId) -> Tried<String> {
    let last = tx.entries_about(&tenant.id, person, 1)?.into_iter().next();
    let Some(known) = tx.person(person)?.filter(|_| last.is_some()) else {
        return match (tx.person(person)?, tx.version(&tenant.id, person)?) {
            (Some(known), Some(version)) => {
                Ok(format!("{} is at version {version}, not the one named.", known.name))
            }
            _ => Err(nobody(person, tenant).into()),
        };
    };
    let what = last.map(|entry| deed(&entry, roles)).unwrap_or_default();
    Ok(format!("{} has changed since: {what}.", known.name))
}

/// "Ada Lindqvist gave Editor and took Viewer on 22 November 2026 at 08:10 UTC".
fn deed(entry: &AuditEntry, roles: &[Role]) -> String {
    let name = |id: &RoleId| {
        roles.iter().find(|role| role.id == *id).map_or_else(|| id.to_string(), |role| role.name.clone())
    };
    let list = |ids: &[RoleId]| plain_list(&ids.iter().map(name).collect::<Vec<_>>());
    let mut deeds = Vec::new();
    for change in &entry.changes {
        if change.removed {
            deeds.push("took them out of the tenant".to_owned());
            continue;
        }
        if change.added {
            deeds.push("added them to the tenant".to_owned());
        }
        if !change.gained.is_empty() {
            deeds.push(format!("gave {}", list(&change.gained)));
        }
        if !change.lost.is_empty() {
            deeds.push(format!("took {}", list(&change.lost)));
        }
        let kept = |timing: &&Timing| timing.before.is_some() && timing.after.is_some();
        let kept: Vec<RoleId> =
            change.timings.iter().filter(kept).map(|timing| timing.role.clone()).collect();
        if !kept.is_empty() {
            deeds.push(format!("gave another time to {}", list(&kept)));
        }
    }
    format!("{} {} {}", entry.actor.name, plain_list(&deeds), when(entry.at))
}

/// A moment as people say it.
pub(crate) fn when(at: Timestamp) -> String {
    match OffsetDateTime::from_unix_timestamp(at.0) {
        Ok(t) => {
            format!("on {} {} {} at {:02}:{:02} UTC", t.day(), t.month(), t.year(), t.hour(), t.minute())
        }
        Err(_) => format!("at {}", at.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_as_people_say_it() {
        assert_eq!(when(Timestamp(1_795_335_000)), "on 22 November 2026 at 08:10 UTC");
        assert_eq!(when(Timestamp(i64::MAX)), format!("at {}", i64::MAX), "a clock gone mad breaks nothing");
    }
}
