//! Random changes of everything that a plan can change, and what somebody sees of it who is left alone.

use std::collections::BTreeMap;

use keyward_directory::{Directory, Founding, RoleTemplate};
use keyward_model::{AuditEntry, Change, Name, PeopleQuery, PersonId, Role, RoleId, TimeWindow};
use proptest::prelude::*;

use crate::{
    company::{company, member, person, role},
    house::{House, add, define, drop_role, give, lend, remove, take},
};

/// The people whom random plans are about.
pub const PEOPLE: [&str; 5] = ["ada", "ben", "bob", "eli", "nil"];
/// The roles that they give and edit; the last is none of the company's.
const ROLES: [&str; 5] = ["owner", "admin", "editor", "viewer", "fresh"];
/// Seconds within which roles that are given for a time begin and end.
pub const AHEAD: i64 = 12;

/// The company, and two whom no random plan touches: one who sees all, and where `rooted` one who may all.
pub fn watched_company(rooted: bool) -> Founding {
    let mut company = company();
    let sees = "people:read roles:read audit:read";
    let all = format!("{sees} roles:write");
    let roots = [("watcher", sees, "eye"), ("root", &*all, "root")];
    for (id, permissions, who) in roots.into_iter().take(if rooted { 2 } else { 1 }) {
        company.roles.push(RoleTemplate {
            id: role(id),
            name: id.to_owned(),
            description: String::new(),
            permissions: permissions.split(' ').map(|one| one.parse().unwrap()).collect(),
        });
        company.people.push(member(who, who, &[("acme", id)]));
    }
    company
}

fn any_role() -> impl Strategy<Value = Change> {
    const PERMISSIONS: [&str; 4] = ["roles:write roles:read", "people:read", "content:write", "audit:read"];
    let permissions = prop::sample::subsequence(&PERMISSIONS[..], 0..=4);
    let rank = prop::option::of(0_u32..8);
    let names = prop::sample::select(&["", " 2"][..]);
    (prop::sample::select(&ROLES[..]), permissions, rank, names).prop_map(|(what, permissions, at, more)| {
        let mut change = define(what, what, &permissions.join(" "));
        if let Change::DefineRole { rank, name, .. } = &mut change {
            (*rank, *name) = (at, Name::new(format!("{what}{more}")).unwrap());
        }
        change
    })
}

pub fn any_change() -> impl Strategy<Value = Change> {
    let who = prop::sample::select(&PEOPLE[..]);
    let what = prop::sample::select(&ROLES[..]);
    let bound = || prop::option::weighted(0.6, 0_i64..AHEAD);
    prop_oneof![
        3 => (who.clone(), what.clone()).prop_map(|(who, what)| give(who, what)),
        3 => (who.clone(), what.clone(), bound(), bound())
            .prop_map(|(who, what, from, until)| lend(who, what, from, until)),
        6 => (who.clone(), what.clone()).prop_map(|(who, what)| take(who, what)),
        1 => who.clone().prop_map(remove),
        1 => who.clone().prop_map(|who| Change::Restore { person: person(who) }),
        1 => (prop::sample::select(&["kim@acme.example", "eli@acme.example"][..]), what.clone())
            .prop_map(|(email, what)| add(email, "Kim Novák", &[what])),
        2 => any_role(),
        1 => what.prop_map(drop_role),
    ]
}

/// What is held, for which times, and by whom; and the roles themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    pub people: BTreeMap<PersonId, (BTreeMap<RoleId, TimeWindow>, u64)>,
    pub roles: Vec<Role>,
}

impl Rows {
    /// Without versions, which only rise.
    pub fn timeless(mut self) -> Self {
        self.people.values_mut().for_each(|(_, version)| *version = 0);
        self.roles.iter_mut().for_each(|role| role.version = 0);
        self
    }

    /// Who can edit roles at this moment.
    pub fn admins(&self, holds: impl Fn(&TimeWindow) -> bool) -> Vec<&PersonId> {
        let admin = |id: &RoleId| self.roles.iter().any(|role| role.id == *id && role.admin);
        let is_admin = |held: &BTreeMap<RoleId, TimeWindow>| held.iter().any(|(id, w)| admin(id) && holds(w));
        self.people.iter().filter(|(_, (held, _))| is_admin(held)).map(|(id, _)| id).collect()
    }
}

/// All that the one who sees it sees.
pub fn rows(directory: &Directory) -> Rows {
    let eye = House::caller("eye", "acme");
    let query = PeopleQuery { limit: Some(200), ..PeopleQuery::default() };
    let people = directory.people(&eye, &query).unwrap().people.into_iter();
    let held = |id: &PersonId| {
        let detail = directory.person(&eye, id).unwrap();
        let all = detail.holdings.into_iter().chain(detail.upcoming);
        all.map(|one| (one.role, one.window)).collect()
    };
    Rows {
        people: people.map(|row| (row.person.id.clone(), (held(&row.person.id), row.version))).collect(),
        roles: directory.roles(&eye).unwrap(),
    }
}

/// The audit, oldest first.
pub fn audit(directory: &Directory) -> Vec<AuditEntry> {
    let mut entries = directory.audit(&House::caller("eye", "acme"), None, Some(200)).unwrap().entries;
    entries.reverse();
    entries
}
