//! The company that the tests are about: Acme and Globex, and a handful of people.

use std::collections::{BTreeMap, BTreeSet};

use keyward_directory::{Founding, FoundingMember, FoundingPerson, RoleTemplate};
use keyward_model::{
    Issuer, Permission, PersonId, RoleId, Subject, Tenant, TenantClass, TenantId, Timestamp,
};

pub const ISSUER: &str = "https://id.example";
/// When everybody came.
pub const SINCE: Timestamp = Timestamp(1_700_000_000);

/// Roles, best first.
const ROLES: [(&str, &str, &str); 6] = [
    (
        "owner",
        "Owner",
        "people:read roles:read roles:write audit:read tenant:write billing:read billing:write",
    ),
    ("admin", "Admin", "people:read roles:read roles:write audit:read"),
    ("billing-admin", "Billing admin", "people:read roles:read billing:read billing:write"),
    ("editor", "Editor", "people:read roles:read audit:read content:write"),
    ("support", "Support", "people:read support:write"),
    ("viewer", "Viewer", "people:read roles:read audit:read"),
];

/// Who holds what: `acme` and `globex`, `-` for out, `()` for in without a role.
const PEOPLE: [(&str, &str, &str, &str); 11] = [
    ("ada", "Ada Lindqvist", "owner", "viewer"),
    ("ben", "Ben Ortiz", "admin", "-"),
    ("bob", "Bob Billing", "billing-admin", "-"),
    ("eli", "Elif Fırat", "editor", "-"),
    ("sam", "Sam Okafor", "support", "-"),
    ("vic", "Victor Żak", "viewer", "-"),
    ("nil", "Nil Nemo", "()", "-"),
    ("gus", "Gus Globex", "-", "owner"),
    ("zoe", "Zoë Ångström", "viewer", "-"),
    ("ann", "Ann Kowalska", "editor viewer", "-"),
    ("out", "Otto Outside", "-", "-"),
];

pub fn tenant(id: &str) -> TenantId {
    TenantId::new(id).unwrap()
}

pub fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

pub fn role(id: &str) -> RoleId {
    RoleId::new(id).unwrap()
}

pub fn issuer() -> Issuer {
    Issuer::new(ISSUER).unwrap()
}

pub fn subject(id: &str) -> Subject {
    Subject::new(format!("sub-{id}")).unwrap()
}

pub fn all_permissions() -> BTreeSet<Permission> {
    ROLES.iter().flat_map(|(_, _, list)| list.split(' ')).map(|one| Permission::new(one).unwrap()).collect()
}

pub fn member(id: &str, name: &str, places: &[(&str, &str)]) -> FoundingPerson {
    let place = |(at, roles): &(&str, &str)| {
        let roles = roles.split(' ').filter(|one| *one != "()").map(role).collect();
        (tenant(at), FoundingMember { since: SINCE, roles })
    };
    let tenants: BTreeMap<_, _> = places.iter().filter(|(_, roles)| *roles != "-").map(place).collect();
    FoundingPerson {
        id: person(id),
        issuer: issuer(),
        subject: subject(id),
        email: format!("{id}@{}.example", places.first().map_or("nowhere", |(at, _)| at)),
        name: name.to_owned(),
        default_tenant: tenants.keys().next().cloned(),
        tenants,
    }
}

pub fn company() -> Founding {
    let tenants = [("acme", "Acme Manufacturing", 250), ("globex", "Globex", 20)];
    Founding {
        tenants: tenants
            .map(|(id, name, hue)| Tenant {
                id: tenant(id),
                slug: None,
                name: name.to_owned(),
                hue,
                class: TenantClass::Production,
            })
            .into(),
        roles: ROLES
            .map(|(id, name, list)| RoleTemplate {
                id: role(id),
                name: name.to_owned(),
                description: format!("{name} of tests."),
                permissions: list.split(' ').map(|one| Permission::new(one).unwrap()).collect(),
            })
            .into(),
        people: PEOPLE
            .map(|(id, name, acme, globex)| member(id, name, &[("acme", acme), ("globex", globex)]))
            .into(),
    }
}
