//! The inverse of an entry: worked out from what it did and from what is now, without I/O.

use std::collections::BTreeSet;

use keyward_model::{
    AuditEntry, AuditedChange, AuditedRole, Change, Conflict, Description, Error, ErrorCode, Name, PersonId,
    Result, Role, RoleId, RoleTerms, TimeWindow,
};

use super::present::Present;
use crate::{draft::terms, fold::fold, rows::Held};

/// What takes an entry back, and what cannot be.
#[derive(Default)]
pub(super) struct Inverse {
    pub(super) changes: Vec<Change>,
    pub(super) conflicts: Vec<Conflict>,
}

/// What becomes of a role that an entry edited.
enum Way {
    /// It is as it was, or cannot be.
    Stays,
    /// As it was before.
    Define(Change),
    /// It was made, and is dropped once nobody holds it.
    Drop,
}

impl Inverse {
    /// Roles first, so that they can be given; then people; then the end of roles that were made.
    pub(super) fn of(entry: &AuditEntry, present: &Present) -> Result<Self> {
        let mut inverse = Self::default();
        let mut there: BTreeSet<&RoleId> = present.roles.keys().collect();
        let mut made = Vec::new();
        for edit in &entry.roles {
            match inverse.way(edit, present)? {
                Way::Stays => {}
                Way::Define(change) => {
                    there.insert(&edit.role);
                    inverse.changes.push(change);
                }
                Way::Drop => made.push(&edit.role),
            }
        }
        for change in &entry.changes {
            inverse.person(change, &there, present);
        }
        for role in made {
            inverse.drop(role, present);
        }
        Ok(inverse)
    }

    fn way(&mut self, edit: &AuditedRole, present: &Present) -> Result<Way> {
        let AuditedRole { role, before, after } = edit;
        let now = present.roles.get(role);
        if now.map(terms) == *before {
            return Ok(Way::Stays);
        }
        if now.map(terms) != *after {
            self.conflicts.push(Conflict::RoleChanged { role: role.clone(), now: now.map(terms) });
            return Ok(Way::Stays);
        }
        let Some(before) = before else { return Ok(Way::Drop) };
        let name = fold(&before.name);
        let has_it = |other: &&Role| other.id != *role && fold(&other.name) == name;
        if let Some(other) = present.roles.values().find(has_it) {
            self.conflicts.push(Conflict::NameTaken { role: role.clone(), by: other.id.clone() });
            return Ok(Way::Stays);
        }
        define(role, before).map(Way::Define)
    }

    fn person(&mut self, change: &AuditedChange, there: &BTreeSet<&RoleId>, present: &Present) {
        let person = &change.person;
        let held = present.members.get(&person.id);
        let now = |role: &RoleId| present.open(held.and_then(|held| held.get(role).copied()));
        let all: Vec<Moved<'_>> = moved(change, present);
        let to_do: Vec<&Moved<'_>> = all.iter().filter(|moved| now(moved.role) != moved.before).collect();
        let is_as_left = || all.iter().all(|moved| now(moved.role) == moved.after);
        let holds = |held: &Held| held.keys().cloned().collect();
        match held {
            // Whoever was added came with nothing: all that they hold is of the entry, or of later.
            Some(held) if change.added && is_as_left() && held.len() == all.len() => {
                return self.changes.push(Change::Remove { person: person.id.clone() });
            }
            Some(held) if change.added => {
                let roles = holds(held);
                return self.conflicts.push(Conflict::PersonChanged { person: person.clone(), roles });
            }
            Some(held) if change.removed && !to_do.is_empty() => {
                let roles = holds(held);
                return self.conflicts.push(Conflict::PersonBack { person: person.clone(), roles });
            }
            None if change.removed => self.changes.push(Change::Restore { person: person.id.clone() }),
            None if !change.added && !to_do.is_empty() => {
                return self.conflicts.push(Conflict::PersonGone { person: person.clone() });
            }
            Some(_) | None => {}
        }
        for Moved { role, before, after } in to_do {
            let (person, role) = (person.clone(), (*role).clone());
            if now(&role) != *after {
                let now = now(&role);
                self.conflicts.push(Conflict::HoldingChanged { person, role, now });
            } else if before.is_some() && !there.contains(&role) {
                self.conflicts.push(Conflict::RoleGone { person, role });
            } else {
                self.changes.push(held_for(person.id, role, *before));
            }
        }
    }

    /// Drops a role that the entry made, unless somebody would lose it who has it from elsewhere.
    fn drop(&mut self, role: &RoleId, present: &Present) {
        let holds =
            |person: &PersonId| present.members.get(person).is_some_and(|held| held.contains_key(role));
        let loses = |change: &&Change| match change {
            Change::Take { role: taken, .. } => taken == role,
            Change::Remove { person } => holds(person),
            _ => false,
        };
        let losing = self.changes.iter().filter(loses).count() as u64;
        let holders = present.holders.get(role).copied().unwrap_or_default().saturating_sub(losing);
        if holders > 0 {
            self.conflicts.push(Conflict::RoleHeld { role: role.clone(), holders });
        } else {
            self.changes.push(Change::DropRole { role: role.clone() });
        }
    }
}

/// A role that somebody got, lost, or holds for another time since an entry. A time that is over by now is none.
struct Moved<'e> {
    role: &'e RoleId,
    before: Option<TimeWindow>,
    after: Option<TimeWindow>,
}

fn moved<'e>(change: &'e AuditedChange, present: &Present) -> Vec<Moved<'e>> {
    let of = |role: &'e RoleId| Moved {
        role,
        before: present.open(change.before(role).flatten()),
        after: present.open(change.after(role).flatten()),
    };
    change.roles().into_iter().map(of).collect()
}

/// That somebody holds a role for this time, or does not.
fn held_for(person: PersonId, role: RoleId, window: Option<TimeWindow>) -> Change {
    match window {
        Some(TimeWindow { starts_at, ends_at }) => Change::Give { person, role, starts_at, ends_at },
        None => Change::Take { person, role },
    }
}

/// That a role is as it was.
fn define(role: &RoleId, before: &RoleTerms) -> Result<Change> {
    let odd = |e: keyward_model::InvalidId| Error::new(ErrorCode::InvalidRequest, format!("{role}: {e}."));
    let RoleTerms { name, description, permissions, rank, template } = before.clone();
    Ok(Change::DefineRole {
        role: role.clone(),
        name: Name::new(name).map_err(odd)?,
        description: Description::new(description).map_err(odd)?,
        permissions: permissions.into_iter().collect(),
        rank: Some(rank),
        template,
    })
}
