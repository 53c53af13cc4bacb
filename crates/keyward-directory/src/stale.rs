//! Whether people are still as somebody saw them, and if not, who moved them.

use std::collections::BTreeSet;

use keyward_model::{
    AuditEntry, AuditedRole, Error, ErrorCode, PersonId, Role, RoleId, Seen, SeenRole, Tenant, Timestamp,
    Timing, plain_list,
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

/// Checks that every role is at the version named, 0 where there was none.
///
/// Refuses with [`ErrorCode::PlanStale`], in words that say who changed which, how and when.
pub(crate) fn check_roles(tx: &Tx<'_>, tenant: &Tenant, seen: &[SeenRole]) -> Tried<()> {
    let mut words = Vec::new();
    let mut moved = 0;
    for SeenRole { role, version } in seen {
        let now = tx.role_version(&tenant.id, role)?.unwrap_or_default();
        if now == *version {
            continue;
        }
        moved += 1;
        if moved <= TOLD {
            words.push(told_of_role(tx, tenant, role, now)?);
        }
    }
    if moved == 0 {
        return Ok(());
    }
    if moved > TOLD {
        words.push(format!("So have {} other roles.", moved - TOLD));
    }
    words.push("Nothing was changed by this plan: look again, then decide.".to_owned());
    Err(Error::new(ErrorCode::PlanStale, words.join(" ")).into())
}

fn told_of_role(tx: &Tx<'_>, tenant: &Tenant, role: &RoleId, version: u64) -> Tried<String> {
    if version == 0 {
        return Ok(format!("The role {role} is not in {} any more.", tenant.name));
    }
    let entry = tx.entry(&tenant.id, version - 1)?;
    let by = entry.and_then(|entry| role_deed(&entry, std::slice::from_ref(role)));
    Ok(match by {
        Some(deed) => format!("A role has changed since: {deed}."),
        None => format!("The role {role} is at version {version}, not the one named."),
    })
}

/// "Ada Lindqvist changed Editor on 22 November 2026 at 08:10 UTC", if the entry is of these roles.
fn role_deed(entry: &AuditEntry, roles: &[RoleId]) -> Option<String> {
    let deed = |edit: &AuditedRole| {
        let did = match (&edit.before, &edit.after) {
            (None, _) => "made",
            (_, None) => "dropped",
            _ => "changed",
        };
        let name = edit.after.as_ref().or(edit.before.as_ref()).map(|terms| &*terms.name);
        format!("{did} {}", name.unwrap_or(edit.role.as_str()))
    };
    let deeds: Vec<String> = entry.roles.iter().filter(|edit| roles.contains(&edit.role)).map(deed).collect();
    (!deeds.is_empty()).then(|| format!("{} {} {}", entry.actor.name, plain_list(&deeds), when(entry.at)))
}

/// That a role which somebody holds was edited, where that is the last that moved them.
fn told_by_role(
    tx: &Tx<'_>,
    tenant: &Tenant,
    person: &PersonId,
    last: Option<&AuditEntry>,
) -> Tried<Option<String>> {
    let Some(version) = tx.version(&tenant.id, person)? else { return Ok(None) };
    let number = version.saturating_sub(1);
    if last.is_some_and(|last| last.number >= number) {
        return Ok(None);
    }
    let Some(entry) = tx.entry(&tenant.id, number)? else { return Ok(None) };
    let edited: Vec<RoleId> = entry.roles.iter().map(|edit| edit.role.clone()).collect();
    let mut theirs = Vec::new();
    for role in edited {
        if tx.is_moved_by(&tenant.id, person, &[&role])? {
            theirs.push(role);
        }
    }
    Ok(role_deed(&entry, &theirs))
}

fn told(tx: &Tx<'_>, tenant: &Tenant, roles: &[Role], person: &PersonId) -> Tried<String> {
    let last = tx.entries_about(&tenant.id, person, 1)?.into_iter().next();
    if let Some(deed) = told_by_role(tx, tenant, person, last.as_ref())?
        && let Some(known) = tx.person(person)?
    {
        return Ok(format!("{} holds a role that has changed since: {deed}.", known.name));
    }
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
        if change.arrived {
            deeds.push("signed in for the first time".to_owned());
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
