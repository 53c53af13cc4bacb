//! Why somebody holds a role: the entry of the audit that gave it.

use keyward_model::{AuditedChange, Holding, PersonId, RoleId, TenantId};

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
    theirs.and_then(|change| change.after(role)).flatten().is_some()
}
