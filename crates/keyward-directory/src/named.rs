//! Everybody whom a request is about: people of the tenant by their ids, and by their addresses who is to be
//! added.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use keyward_model::{
    Change, EmailAddress, Error, ErrorCode, Name, Person, PersonId, PlanId, PlanRequest, Result, Timestamp,
    limit,
};

use crate::{
    caller::Actor,
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
    /// Finds them, with what they hold at this moment or later.
    ///
    /// Of somebody who is not in the tenant nothing is looked up, known to the directory or not: a plan does not
    /// tell one tenant's admin who is in others.
    pub(crate) fn of(
        tx: &Tx<'_>,
        actor: &Actor,
        request: &PlanRequest,
        plan: &PlanId,
        from: Timestamp,
    ) -> Tried<Self> {
        let mut named = Self { members: BTreeMap::new(), addresses: BTreeMap::new() };
        let changed = request.changes.iter().filter_map(Change::person);
        let losing = losing(tx, actor, request, from)?;
        for person in changed.chain(request.seen.iter().map(|seen| &seen.person)).chain(&losing) {
            if !named.members.contains_key(person) {
                let member = match tx.member(&actor.tenant.id, person, from)? {
                    None if is_restored(request, person) => tx.former(&actor.tenant.id, person)?,
                    member => member,
                };
                let member = member.ok_or_else(|| nobody(person, &actor.tenant))?;
                named.members.insert(person.clone(), member);
            }
        }
        for change in &request.changes {
            if let Change::Add { email, name, .. } = change {
                named.add(tx, actor, email, name, plan, from)?;
            }
        }
        Ok(named)
    }

    fn add(
        &mut self,
        tx: &Tx<'_>,
        actor: &Actor,
        email: &EmailAddress,
        name: &Name,
        plan: &PlanId,
        from: Timestamp,
    ) -> Tried<()> {
        let folded = fold_email(email.as_str());
        if self.addresses.contains_key(&folded) {
            return Ok(());
        }
        let member = match tx.person_at(&actor.issuer, email)? {
            Some(known) => tx.member(&actor.tenant.id, &known.id, from)?,
            None => None,
        };
        let member = match member {
            Some(member) => member,
            None => newcomer(plan, &folded, email, name)?,
        };
        self.addresses.insert(folded, member.person.id.clone());
        self.members.entry(member.person.id.clone()).or_insert(member);
        Ok(())
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
            | Change::DropRole { .. } => change.person(),
        };
        let found = id.and_then(|id| self.members.get_key_value(id));
        found.ok_or_else(|| {
            Error::new(ErrorCode::Internal, "A plan is about somebody whom it did not look up.")
        })
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

fn is_restored(request: &PlanRequest, who: &PersonId) -> bool {
    request.changes.iter().any(|change| matches!(change, Change::Restore { person } if person == who))
}

/// Who holds a role that the request drops.
fn losing(tx: &Tx<'_>, actor: &Actor, request: &PlanRequest, from: Timestamp) -> Tried<Vec<PersonId>> {
    let mut losing = Vec::new();
    for (place, change) in request.changes.iter().enumerate() {
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
    let id: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let id = PersonId::new(id).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    let person = Person { id, name: name.to_string(), email: email.to_string() };
    Ok(Member { person, version: None, came: false, held: Held::new() })
}
