//! Everybody whom a request is about: people of the tenant by their ids, and by their addresses who is to be
//! added.

use std::collections::{BTreeMap, btree_map::Entry};

use aws_lc_rs::digest::{SHA256, digest};
use keyward_model::{
    Change, EmailAddress, Error, ErrorCode, Name, Person, PersonId, PlanId, Result, TimeWindow, Timestamp,
    limit,
};

use crate::{
    caller::Actor,
    canonical::hex,
    read::nobody,
    rows::{Held, Member, fold_email},
    store::{Tried, Tx},
};

/// Everybody whom a request is about.
pub(crate) struct Named {
    members: BTreeMap<PersonId, Member>,
    /// Whom an address stands for, by its folded form.
    addresses: BTreeMap<String, PersonId>,
}

impl Named {
    /// Finds them and these others, with what they hold at this moment or later.
    ///
    /// Of somebody who is not in the tenant nothing is looked up, known to the directory or not: a plan does not
    /// tell one tenant's admin who is in others.
    pub(crate) fn of(
        tx: &Tx<'_>,
        actor: &Actor,
        changes: &[Change],
        others: &[&PersonId],
        plan: &PlanId,
        from: Timestamp,
    ) -> Tried<Self> {
        let losing = losing(tx, actor, changes, from)?;
        let asked = || changes.iter().filter_map(Change::person).chain(others.iter().copied()).chain(&losing);
        let mut members = tx.members(&actor.tenant.id, asked(), from)?;
        for person in asked() {
            if !members.contains_key(person) {
                let former = match is_restored(changes, person) {
                    true => tx.former(&actor.tenant.id, person)?,
                    false => None,
                };
                members.insert(person.clone(), former.ok_or_else(|| nobody(person, &actor.tenant))?);
            }
        }
        let mut added: BTreeMap<String, EmailAddress> = BTreeMap::new();
        for change in changes {
            if let Change::Add { email, .. } = change {
                added.entry(fold_email(email.as_str())).or_insert_with(|| email.clone());
            }
        }
        let mut addresses = BTreeMap::new();
        if !added.is_empty() {
            let known = tx.people_of(&actor.issuer, &added)?;
            let inside = tx.members(&actor.tenant.id, known.values().map(|person| &person.id), from)?;
            for (folded, Person { id, .. }) in
                known.into_iter().filter(|(_, one)| inside.contains_key(&one.id))
            {
                addresses.insert(folded, id);
            }
            members.extend(inside);
        }
        for change in changes {
            let Change::Add { email, name, .. } = change else { continue };
            if let Entry::Vacant(free) = addresses.entry(fold_email(email.as_str())) {
                let member = newcomer(plan, free.key(), email, name)?;
                free.insert(member.person.id.clone());
                members.insert(member.person.id.clone(), member);
            }
        }
        Ok(Self { members, addresses })
    }

    /// Whom a change of the request is about.
    pub(crate) fn who(&self, change: &Change) -> Result<(&PersonId, &Member)> {
        let id = match change {
            Change::Add { email, .. } => self.addresses.get(&fold_email(email.as_str())),
            Change::Give { .. }
            | Change::Take { .. }
            | Change::Remove { .. }
            | Change::Restore { .. }
            | Change::DefineRole { .. }
            | Change::DropRole { .. }
            // These are spelt out before anybody is looked up.
            | Change::GiveAll { .. }
            | Change::TakeAll { .. }
            | Change::Copy { .. } => change.person(),
        };
        let found = id.and_then(|id| self.members.get_key_value(id));
        found.ok_or_else(|| {
            Error::new(ErrorCode::Internal, "A plan is about somebody whom it did not look up.")
        })
    }

    /// The times for which they hold what they hold.
    pub(crate) fn windows(&self) -> impl Iterator<Item = TimeWindow> {
        self.members.values().flat_map(|member| member.held.values().copied())
    }

    /// Everybody, in the tenant or not yet.
    pub(crate) fn everybody(&self) -> impl Iterator<Item = (&PersonId, &Member)> {
        self.members.iter()
    }

    /// Everybody who is in the tenant, and at which version.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&Person, u64)> {
        self.members.values().filter_map(|member| Some((&member.person, member.version?)))
    }
}

fn is_restored(changes: &[Change], who: &PersonId) -> bool {
    changes.iter().any(|change| matches!(change, Change::Restore { person } if person == who))
}

/// Who holds a role that the request drops.
fn losing(tx: &Tx<'_>, actor: &Actor, changes: &[Change], from: Timestamp) -> Tried<Vec<PersonId>> {
    let mut losing = Vec::new();
    for (place, change) in changes.iter().enumerate() {
        let Change::DropRole { role } = change else { continue };
        let most = limit::CHANGES_OF_PLAN;
        let holders = tx.some_holders(&actor.tenant.id, role, from, most + 1)?;
        if holders.len() > most {
            let words = format!(
                "changes[{place}].role: more than {most} people hold {role}, and one plan takes it from {most} at most. \
                 Take it from some of them first."
            );
            return Err(Error::new(ErrorCode::InvalidRequest, words).into());
        }
        losing.extend(holders);
    }
    Ok(losing)
}

/// Somebody to be added, as they were asked for. Their id is the plan's own, so that plan and apply agree on it.
fn newcomer(plan: &PlanId, folded: &str, email: &EmailAddress, name: &Name) -> Result<Member> {
    let hash = digest(&SHA256, format!("{plan} {folded}").as_bytes());
    let id = PersonId::new(hex(&hash.as_ref()[..16]))
        .map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    let person = Person { id, name: name.to_string(), email: email.to_string() };
    Ok(Member { person, version: None, came: false, held: Held::new() })
}
