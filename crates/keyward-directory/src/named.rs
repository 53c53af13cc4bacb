//! Everybody whom a request is about: people of the tenant by their ids, and by their addresses who is to be
//! added.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use keyward_model::{
    Change, EmailAddress, Error, ErrorCode, Name, Person, PersonId, PlanId, PlanRequest, Result, Timestamp,
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
        for person in changed.chain(request.seen.iter().map(|seen| &seen.person)) {
            if !named.members.contains_key(person) {
                let member = tx.member(&actor.tenant.id, person, from)?;
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
            Change::Give { person, .. } | Change::Take { person, .. } | Change::Remove { person } => {
                Some(person)
            }
            Change::Add { email, .. } => self.addresses.get(&fold_email(email.as_str())),
        };
        let found = id.and_then(|id| self.members.get_key_value(id));
        found.ok_or_else(|| {
            Error::new(ErrorCode::Internal, "A plan is about somebody whom it did not look up.")
        })
    }

    /// Everybody who is in the tenant, and at which version.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&Person, u64)> {
        self.members.values().filter_map(|member| Some((&member.person, member.version?)))
    }
}

/// Somebody to be added, as they were asked for. Their id is the plan's own, so that plan and apply agree on it.
fn newcomer(plan: &PlanId, folded: &str, email: &EmailAddress, name: &Name) -> Result<Member> {
    let hash = digest(&SHA256, format!("{plan} {folded}").as_bytes());
    let id: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let id = PersonId::new(id).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    let person = Person { id, name: name.to_string(), email: email.to_string() };
    Ok(Member { person, version: None, came: false, held: Held::new() })
}
