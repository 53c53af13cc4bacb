//! A table's people and roles, looked up.

use std::collections::BTreeMap;

use keyward_model::{Change, EmailAddress, Error, ErrorCode, Person, PersonId, Result, RoleId, TimeWindow};

use super::{
    Sheet, bad_value,
    line::{Deed, Line, Who},
};
use crate::{
    caller::Actor,
    rows::fold_email,
    store::{Tried, Tx},
};

/// Who is known by address, and who of them is in the tenant.
struct Known {
    tenant: String,
    by_email: BTreeMap<String, Person>,
    versions: BTreeMap<PersonId, u64>,
}

impl Sheet {
    /// The changes that the table asks for, in order.
    ///
    /// Of addresses only the case of A to Z does not matter. One that looks like another's is refused, and says whose,
    /// if they are in the tenant.
    pub(crate) fn changes(&self, tx: &Tx<'_>, actor: &Actor) -> Tried<Vec<Change>> {
        let tenant = &actor.tenant;
        let addresses = self.lines.iter().filter_map(|line| match &line.who {
            Who::Email(email) => Some(fold_email(email.as_str())),
            Who::Person(_) => None,
        });
        let addresses: Vec<String> = addresses.collect();
        let by_email = tx.people_like(&actor.issuer, addresses.iter())?;
        let ids = self.lines.iter().filter_map(|line| match &line.who {
            Who::Person(id) => Some(id),
            Who::Email(_) => None,
        });
        let versions = tx.versions(&tenant.id, ids.chain(by_email.values().map(|person| &person.id)))?;
        let known = Known { tenant: tenant.name.clone(), by_email, versions };
        let roles = tx.roles(&tenant.id)?;
        let mut gone: BTreeMap<PersonId, u64> = BTreeMap::new();
        let mut changes = Vec::new();
        for line in &self.lines {
            if let Some(role) = line.role().filter(|role| !roles.iter().any(|one| one.id == **role)) {
                let names = roles.iter().map(|role| role.id.as_str()).collect::<Vec<_>>().join(", ");
                let why = format!("{} has no such role. It has {names}.", tenant.name);
                return Err(bad_value(line.number, "role", role.as_str(), &why).into());
            }
            let change = known.change(line)?;
            if let Some((person, before)) = change.person().and_then(|person| gone.get_key_value(person)) {
                let why = format!("line {before} takes them out of {}.", tenant.name);
                return Err(bad_value(line.number, "person", person.as_str(), &why).into());
            }
            if let Change::Remove { person } = &change {
                gone.insert(person.clone(), line.number);
            }
            changes.push(change);
        }
        Ok(changes)
    }
}

impl Line {
    fn role(&self) -> Option<&RoleId> {
        match &self.deed {
            Deed::Give(role, _) | Deed::Take(role) | Deed::Add(_, Some(role), _) => Some(role),
            Deed::Remove | Deed::Add(_, None, _) => None,
        }
    }
}

impl Known {
    fn change(&self, line: &Line) -> Result<Change> {
        Ok(match &line.deed {
            Deed::Give(role, TimeWindow { starts_at, ends_at }) => Change::Give {
                person: self.member(line)?,
                role: role.clone(),
                starts_at: *starts_at,
                ends_at: *ends_at,
            },
            Deed::Take(role) => Change::Take { person: self.member(line)?, role: role.clone() },
            Deed::Remove => Change::Remove { person: self.member(line)? },
            Deed::Add(name, role, TimeWindow { starts_at, ends_at }) => {
                let Who::Email(email) = &line.who else {
                    return Err(Error::new(ErrorCode::Internal, "A line adds somebody without an address."));
                };
                self.own(line.number, email)?;
                Change::Add {
                    email: email.clone(),
                    name: name.clone(),
                    roles: role.iter().cloned().collect(),
                    starts_at: *starts_at,
                    ends_at: *ends_at,
                }
            }
        })
    }

    /// Whom a line is about, who must be in the tenant.
    fn member(&self, line: &Line) -> Result<PersonId> {
        let (column, value, id) = match &line.who {
            Who::Person(id) => ("person", id.as_str(), Some(id)),
            Who::Email(email) => {
                ("email", email.as_str(), self.own(line.number, email)?.map(|person| &person.id))
            }
        };
        let inside = id.filter(|id| self.versions.contains_key(*id)).cloned();
        inside.ok_or_else(|| {
            let why = format!(
                "nobody in {} is known by it. Mend it, or bring them in with the action add and a name.",
                self.tenant
            );
            bad_value(line.number, column, value, &why)
        })
    }

    /// The person whose address this is; refused where it only looks so.
    fn own(&self, number: u64, email: &EmailAddress) -> Result<Option<&Person>> {
        let found = self.by_email.get(&fold_email(email.as_str()));
        let Some(other) = found.filter(|person| !email.is_same(&person.email)) else { return Ok(found) };
        let whose = match self.versions.contains_key(&other.id) {
            true => format!("{}, {}", other.name, other.email),
            false => "somebody else".to_owned(),
        };
        let why = format!("it can be mistaken for the address of {whose}, and is not it. Write it as it is.");
        Err(bad_value(number, "email", email.as_str(), &why))
    }
}
