//! Changes that say whom they are about by what people hold: spelt out person by person.
//!
//! The same lines do it when a plan is made and when it is applied, both times as of the moment at which it was made.
//! So who has come to match is found, and who no longer does has another version.

use keyward_model::{
    Change, Error, ErrorCode, PersonId, PlanRequest, Role, RoleId, TimeWindow, Timestamp, limit,
};

use crate::{
    caller::Actor,
    read::nobody,
    rows::{Search, State},
    store::{Tried, Tx},
};

/// A request, person by person.
pub(crate) struct Spelt {
    /// No filter and no copy among them.
    pub(crate) changes: Vec<Change>,
    /// People whose roles were looked at besides.
    pub(crate) sources: Vec<PersonId>,
}

/// Whether a change finds its people itself.
pub(crate) fn is_filter(change: &Change) -> bool {
    matches!(change, Change::GiveAll { .. } | Change::TakeAll { .. } | Change::Copy { .. })
}

/// Spells a request out, as of this moment. People for whom it is so already are left out.
pub(crate) fn spell_out(
    tx: &Tx<'_>,
    actor: &Actor,
    roles: &[Role],
    request: &PlanRequest,
    at: Timestamp,
) -> Tried<Spelt> {
    let mut spelt = Spelt { changes: Vec::new(), sources: Vec::new() };
    let tenant = &actor.tenant;
    let known = |role: &RoleId, place: usize| match roles.iter().any(|one| one.id == *role) {
        true => Ok(()),
        false => {
            let words = format!("changes[{place}]: there is no role {role} in {}.", tenant.name);
            Err(Error::new(ErrorCode::NotFound, words))
        }
    };
    for (place, change) in request.changes.iter().enumerate() {
        match change {
            Change::GiveAll { role, to, starts_at, ends_at } => {
                let mut mentioned = to.holding.iter().chain(&to.except_holding).chain([role]);
                mentioned.try_for_each(|role| known(role, place))?;
                let (starts_at, ends_at) = (*starts_at, *ends_at);
                let window = TimeWindow { starts_at, ends_at };
                let sought = Search { tenant: &tenant.id, crowd: to, role, at };
                let people = tx.sought(&sought, &[State::Without, State::NotFor(window)])?;
                let give = |person| Change::Give { person, role: role.clone(), starts_at, ends_at };
                spelt.changes.extend(people.into_iter().map(give));
            }
            Change::TakeAll { role, from } => {
                let mut mentioned = from.holding.iter().chain(&from.except_holding).chain([role]);
                mentioned.try_for_each(|role| known(role, place))?;
                let sought = Search { tenant: &tenant.id, crowd: from, role, at };
                let always = TimeWindow::ALWAYS;
                let people = tx.sought(&sought, &[State::For(always), State::NotFor(always)])?;
                spelt
                    .changes
                    .extend(people.into_iter().map(|person| Change::Take { person, role: role.clone() }));
            }
            Change::Copy { from, to, without } => {
                without.iter().try_for_each(|role| known(role, place))?;
                for person in [from, to] {
                    tx.version(&tenant.id, person)?.ok_or_else(|| nobody(person, tenant))?;
                    spelt.sources.push(person.clone());
                }
                let held = tx.windows(&tenant.id, from, at)?.into_iter();
                spelt.changes.extend(held.filter(|(role, _)| !without.contains(role)).map(
                    |(role, window)| {
                        let TimeWindow { starts_at, ends_at } = window;
                        Change::Give { person: to.clone(), role, starts_at, ends_at }
                    },
                ));
            }
            Change::Give { .. }
            | Change::Take { .. }
            | Change::Remove { .. }
            | Change::Add { .. }
            | Change::Restore { .. }
            | Change::DefineRole { .. }
            | Change::DropRole { .. } => {
                spelt.changes.push(change.clone());
            }
        }
    }
    let (count, most) = (spelt.changes.len(), limit::CHANGES_OF_PLAN);
    if count > most {
        let words =
            format!("changes: they come to {count} for {most} at most in one plan. Make several plans.");
        return Err(Error::new(ErrorCode::InvalidRequest, words).into());
    }
    Ok(spelt)
}
