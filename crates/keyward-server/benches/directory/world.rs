//! The world that is measured: 1,000 tenants, a million people, five million assignments. It is the same every time,
//! worked out from a person's number.
//!
//! Tenants are Zipf-sized: a person's home is the tenant of rank r with a probability in proportion to 1/r, and every
//! other person is in a second tenant, drawn the same way. So the largest has some 200,000 people, the second 100,000,
//! the smallest 200. A person holds three roles at home and four in a second tenant; a tenant's first is its owner.

use std::collections::BTreeSet;

/// Tenants.
pub const TENANTS: usize = 1_000;
/// People.
pub const PEOPLE: u32 = 1_000_000;
/// Assignments.
pub const ASSIGNMENTS: usize = 5_000_000;
/// Who signs everybody in.
pub const ISSUER: &str = "https://id.example";
/// The owner's role, of which each tenant has one holder.
const OWNER: usize = 0;
const HOME_ROLES: usize = 3;
const SECOND_ROLES: usize = 4;

/// Every tenant's roles, best first, and what they permit. The first is the owner's.
pub const ROLES: [(&str, &[&str]); 11] = [
    ("owner", &["audit:read", "billing:write", "people:read", "people:write", "roles:read", "roles:write"]),
    ("accountant", &["billing:read", "billing:write", "invoices:read", "people:read"]),
    ("analyst", &["articles:read", "reports:read", "reports:write"]),
    ("auditor", &["audit:read", "people:read", "roles:read"]),
    ("author", &["articles:read", "articles:write", "media:read", "media:write"]),
    ("developer", &["builds:read", "builds:write", "keys:read", "logs:read"]),
    ("editor", &["articles:publish", "articles:read", "articles:write", "media:read"]),
    ("operator", &["builds:read", "keys:read", "keys:write", "logs:read"]),
    ("recruiter", &["people:read", "people:write", "reports:read"]),
    ("support", &["articles:read", "people:read", "tickets:read", "tickets:write"]),
    ("viewer", &["articles:read", "media:read", "reports:read"]),
];

const FIRST: [&str; 32] = [
    "Ada", "Ben", "Cleo", "Dana", "Emil", "Fatima", "Gita", "Hugo", "Ines", "Jonas", "Kim", "Lena", "Mia",
    "Noor", "Omar", "Paula", "Quinn", "Rosa", "Sven", "Tara", "Uma", "Vera", "Wim", "Xenia", "Yara", "Zoe",
    "Anton", "Bela", "Carla", "Dmitri", "Elif", "Finn",
];
const LAST: [&str; 40] = [
    "Abe", "Brandt", "Costa", "Diaz", "Eriksen", "Fischer", "Garcia", "Hansen", "Ito", "Jansen", "Kovacs",
    "Lopez", "Meyer", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Sato", "Tanaka", "Ueda", "Vogel",
    "Weber", "Xu", "Yilmaz", "Zhang", "Adler", "Becker", "Cohen", "Dubois", "Egede", "Farkas", "Gruber",
    "Haddad", "Ivanov", "Jung", "Keller", "Lind", "Moreau", "Nagy",
];

/// Somebody in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub person: u32,
    pub tenant: usize,
    second: bool,
}

/// Who is where.
pub struct World {
    /// The places in each tenant, by person.
    pub tenants: Vec<Vec<Place>>,
}

impl World {
    pub fn new() -> Self {
        let mut sum = 0.0;
        let reach: Vec<f64> = (1..=TENANTS)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        let drawn = |person, draw| {
            let at = (mixed(person, draw) >> 11) as f64 / (1_u64 << 53) as f64 * sum;
            reach.partition_point(|reach| *reach < at).min(TENANTS - 1)
        };
        let mut tenants = vec![Vec::new(); TENANTS];
        for person in 0..PEOPLE {
            let home = drawn(person, 0);
            tenants[home].push(Place { person, tenant: home, second: false });
            if person % 2 == 0 {
                let other = drawn(person, 1);
                let tenant = if other == home { (home + 1) % TENANTS } else { other };
                tenants[tenant].push(Place { person, tenant, second: true });
            }
        }
        Self { tenants }
    }

    /// The smallest tenant of at least so many people.
    pub fn tenant_of(&self, people: usize) -> usize {
        let large = (0..TENANTS).filter(|tenant| self.tenants[*tenant].len() >= people);
        large.min_by_key(|tenant| self.tenants[*tenant].len()).unwrap_or_default()
    }

    /// So many places, drawn over all people alike.
    pub fn drawn(&self, count: usize) -> Vec<Place> {
        let all: Vec<Place> = self.tenants.iter().flatten().copied().collect();
        (0..count).map(|n| all[mixed(n as u32, 7) as usize % all.len()]).collect()
    }

    /// What is held there, in the order of its names.
    pub fn roles(&self, place: Place) -> Vec<usize> {
        let count = if place.second { SECOND_ROLES } else { HOME_ROLES };
        let ordinary = ROLES.len() - 1;
        let first = mixed(place.person, 2 + u32::from(place.second)) as usize;
        // 3 has no divisor in common with 10, so no role comes twice.
        let mut roles: Vec<usize> = (0..count).map(|n| 1 + (first + 3 * n) % ordinary).collect();
        if self.tenants[place.tenant][0] == place {
            roles[0] = OWNER;
        }
        roles.sort_unstable_by_key(|role| ROLES[*role].0);
        roles
    }

    /// What they permit, in order.
    pub fn permissions(&self, place: Place) -> Vec<&'static str> {
        let permitted: BTreeSet<&str> =
            self.roles(place).into_iter().flat_map(|role| ROLES[role].1).copied().collect();
        permitted.into_iter().collect()
    }
}

/// Every permission there is, in order.
pub fn permissions() -> Vec<&'static str> {
    let all: BTreeSet<&str> = ROLES.iter().flat_map(|(_, permissions)| *permissions).copied().collect();
    all.into_iter().collect()
}

pub fn tenant_id(tenant: usize) -> String {
    format!("t{tenant:04}")
}

pub fn person_id(person: u32) -> String {
    format!("p{person:07}")
}

pub fn subject(person: u32) -> String {
    format!("auth0|{:016x}", mixed(person, 9))
}

/// First and last name.
pub fn name(person: u32) -> (&'static str, &'static str) {
    let mixed = mixed(person, 5) as usize;
    (FIRST[mixed % FIRST.len()], LAST[mixed / FIRST.len() % LAST.len()])
}

pub fn email(person: u32) -> String {
    let (first, last) = name(person);
    format!("{}.{}.{person}@example.com", first.to_lowercase(), last.to_lowercase())
}

/// A number that looks like chance, and is the same every time (SplitMix64).
fn mixed(person: u32, draw: u32) -> u64 {
    let mut z = (u64::from(person) << 8 | u64::from(draw)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
