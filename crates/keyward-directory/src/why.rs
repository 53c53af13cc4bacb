//! Why somebody holds a role: the entry of the audit that gave it.

use keyward_model::{AuditedChange, Holding, PersonId, RoleId, TenantId, TimeWindow, Timing};

use crate::store::{Tried, Tx};

/// Numbers each role that a person holds with the entry that gave it. What came with the tenant has none.
pub(crate) fn number(
    tx: &Tx<'_>,
    tenant: &TenantId,
    person: &PersonId,
    holdings: &mut [Holding],
) -> Tried<()> {
    if holdings.iter().all(|held| held.given_by.is_none()) {
        return Ok(());
    }
    let touches = tx.touches(tenant, person)?;
    for held in holdings {
        let Some(giver) = &held.given_by else { continue };
        let mut entries = touches
            .iter()
            .filter(|touch| touch.at == held.given_at && touch.actor == giver.id)
            .map(|touch| touch.number);
        held.audit = match (entries.next(), entries.next()) {
            (Some(first), Some(second)) => {
                // Of two in one second, the one that gave this role.
                let mut given = None;
                for number in [first, second].into_iter().chain(entries) {
                    if given.is_none() && gave(&tx.deeds(tenant, number)?, person, &held.role) {
                        given = Some(number);
                    }
                }
                given
            }
            (one, _) => one,
        };
    }
    Ok(())
}

fn gave(changes: &[AuditedChange], person: &PersonId, role: &RoleId) -> bool {
    let theirs = changes.iter().find(|change| change.person.id == *person);
    theirs.and_then(|change| after(change, role)).flatten().is_some()
}

/// For which time a role is held after a change, none being not at all; none where the change leaves it as it was.
pub(crate) fn after(change: &AuditedChange, role: &RoleId) -> Option<Option<TimeWindow>> {
    let AuditedChange { gained, lost, removed, added, timings, .. } = change;
    if let Some(Timing { after, .. }) = timings.iter().find(|timing| timing.role == *role) {
        return Some(*after);
    }
    if gained.contains(role) {
        return Some(Some(TimeWindow::ALWAYS));
    }
    // Who comes or goes holds what the change says, and nothing besides.
    (lost.contains(role) || *removed || *added).then_some(None)
}

/// For which time it was held before, likewise.
pub(crate) fn before(change: &AuditedChange, role: &RoleId) -> Option<Option<TimeWindow>> {
    let AuditedChange { gained, lost, removed, added, timings, .. } = change;
    if let Some(Timing { before, .. }) = timings.iter().find(|timing| timing.role == *role) {
        return Some(*before);
    }
    if lost.contains(role) {
        return Some(Some(TimeWindow::ALWAYS));
    }
    (gained.contains(role) || *removed || *added).then_some(None)
}
