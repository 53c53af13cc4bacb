//! The company of the local workspace: its tenants, its roles, and who is where.
//!
//! All of it follows from the tables here and in `people.txt`, so it is the same on every computer.

use std::collections::{BTreeMap, BTreeSet};

use keyward_directory::{Founding, FoundingMember, FoundingPerson, RoleTemplate};
use keyward_model::{
    InvalidId, Issuer, Permission, PersonId, RoleId, Subject, Tenant, TenantClass, TenantId, Timestamp,
};

use TenantClass::{Production, Sandbox};

/// Tenants by name: id, name, hue, class, people. Hues are thirty degrees apart.
const TENANTS: [(&str, &str, u16, TenantClass, usize); 12] = [
    ("acme", "Acme Manufacturing", 250, Production, 60),
    ("acme-staging", "Acme Staging", 100, Sandbox, 14),
    ("atlas-rail", "Atlas Rail", 10, Production, 38),
    ("copperfield", "Copperfield Press", 310, Production, 22),
    ("globex", "Globex Logistics", 40, Production, 52),
    ("harbourline", "Harbourline Freight", 190, Production, 31),
    ("lumen-energy", "Lumen Energy", 70, Production, 27),
    ("meridian-health", "Meridian Health", 160, Production, 45),
    ("northwind-demo", "Northwind Demo", 280, Sandbox, 12),
    ("quarrystone", "Quarry & Stone", 340, Production, 18),
    ("tidewater", "Tidewater Bank", 220, Production, 41),
    ("verdant-foods", "Verdant Foods", 130, Production, 24),
];

/// Roles, best first: id, name, description, permissions.
const ROLES: [(&str, &str, &str, &str); 6] = [
    (
        "owner",
        "Owner",
        "Answers for the tenant: may do everything, its settings included.",
        "people:read roles:read roles:write audit:read content:read content:write billing:read billing:write \
         support:read support:write tenant:write",
    ),
    (
        "admin",
        "Admin",
        "Looks after people: decides who holds which role.",
        "people:read roles:read roles:write audit:read content:read content:write support:read support:write",
    ),
    (
        "billing-admin",
        "Billing admin",
        "Sees and pays invoices, changes the plan.",
        "people:read roles:read billing:read billing:write",
    ),
    (
        "editor",
        "Editor",
        "Writes and publishes content.",
        "people:read roles:read audit:read content:read content:write",
    ),
    (
        "support",
        "Support",
        "Answers tickets, and reads what they are about.",
        "people:read roles:read content:read support:read support:write",
    ),
    ("viewer", "Viewer", "Looks, and changes nothing.", "people:read roles:read audit:read content:read"),
];

/// Where Ada is, and as what; she is in neither Tidewater Bank nor Verdant Foods.
const ADA: [(&str, &str); 10] = [
    ("acme", "owner"),
    ("acme-staging", "editor"),
    ("globex", "editor"),
    ("northwind-demo", "editor"),
    ("atlas-rail", "viewer"),
    ("copperfield", "viewer"),
    ("harbourline", "viewer"),
    ("lumen-energy", "viewer"),
    ("meridian-health", "viewer"),
    ("quarrystone", "viewer"),
];

/// What people come to hold, in turn, once there are admins.
const TURNS: [&str; 10] = [
    "editor",
    "viewer",
    "support",
    "editor",
    "billing-admin",
    "viewer",
    "editor",
    "viewer",
    "support",
    "viewer",
];

const PEOPLE: &str = include_str!("people.txt");
/// The company's own staff: they have no tenant of their own, and help in everybody's.
const STAFF: &str = "northwind";
/// Staff that help in one tenant, beside its own people.
const HELPERS: usize = 4;

/// Seconds of a day.
pub(super) const DAY: i64 = 24 * 60 * 60;

/// A person of the company.
pub(super) struct Somebody {
    pub(super) id: PersonId,
    pub(super) subject: Subject,
    home: String,
    email: String,
    name: String,
}

/// A person in a tenant.
pub(super) struct Place {
    /// Which of [`Company::people`].
    pub(super) who: usize,
    /// Since when.
    pub(super) since: Timestamp,
    /// The role held since the tenant was founded.
    pub(super) founded_as: RoleId,
    /// The role held today.
    pub(super) role: RoleId,
    /// Whether another tenant, or the company, is their home.
    pub(super) guest: bool,
}

/// The company, before it is written.
pub(super) struct Company {
    pub(super) people: Vec<Somebody>,
    /// Tenants, each with its people; the first two are its admins.
    pub(super) tenants: Vec<(Tenant, Vec<Place>)>,
    roles: Vec<RoleTemplate>,
}

impl Company {
    /// The company as of `now`: people came in the two years before.
    pub(super) fn new(now: Timestamp) -> Result<Self, InvalidId> {
        let people = PEOPLE.lines().filter(|line| !line.starts_with('#')).map(somebody);
        let people = people.collect::<Result<Vec<_>, _>>()?;
        let roles = ROLES.iter().map(|(id, name, description, permissions)| {
            let permissions =
                permissions.split_whitespace().map(Permission::new).collect::<Result<_, _>>()?;
            let (name, description) = ((*name).to_owned(), (*description).to_owned());
            Ok(RoleTemplate { id: RoleId::new(*id)?, name, description, permissions })
        });
        let roles = roles.collect::<Result<_, _>>()?;
        let mut tenants = Vec::new();
        for (place, (id, name, hue, class, size)) in TENANTS.into_iter().enumerate() {
            let tenant = Tenant { id: TenantId::new(id)?, slug: None, name: name.to_owned(), hue, class };
            tenants.push((tenant, places(&people, place, size, now)?));
        }
        Ok(Self { people, tenants, roles })
    }

    /// What the directory is founded with.
    pub(super) fn founding(&self, issuer: &Issuer) -> Founding {
        let mut places: Vec<BTreeMap<TenantId, FoundingMember>> = Vec::new();
        places.resize_with(self.people.len(), BTreeMap::new);
        for (tenant, members) in &self.tenants {
            for Place { who, since, founded_as, .. } in members {
                let member = FoundingMember { since: *since, roles: BTreeSet::from([founded_as.clone()]) };
                places[*who].insert(tenant.id.clone(), member);
            }
        }
        let people = self.people.iter().zip(places).map(|(person, tenants)| {
            // One's own tenant opens first; Ada's, as all staff's, is the first by name.
            let own = tenants.keys().find(|tenant| tenant.as_str() == person.home);
            FoundingPerson {
                id: person.id.clone(),
                issuer: issuer.clone(),
                subject: person.subject.clone(),
                email: person.email.clone(),
                name: person.name.clone(),
                default_tenant: own.or_else(|| tenants.keys().next()).cloned(),
                tenants,
            }
        });
        Founding {
            tenants: self.tenants.iter().map(|(tenant, _)| tenant.clone()).collect(),
            roles: self.roles.clone(),
            people: people.collect(),
        }
    }
}

/// A line of `people.txt`.
fn somebody(line: &str) -> Result<Somebody, InvalidId> {
    let mut words = line.split_whitespace();
    let (home, local) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let id = local.replace('.', "-");
    Ok(Somebody {
        subject: Subject::new(format!("nw|{id}"))?,
        id: PersonId::new(id)?,
        home: home.to_owned(),
        email: format!("{local}@{home}.example"),
        name: words.collect::<Vec<_>>().join(" "),
    })
}

/// Who is in a tenant: Ada, where she is; its own people; then helpers and guests up to its size.
fn places(people: &[Somebody], tenant: usize, size: usize, now: Timestamp) -> Result<Vec<Place>, InvalidId> {
    let id = TENANTS[tenant].0;
    let ada = ADA.into_iter().find(|(at, _)| *at == id).map(|(_, role)| role);
    let home = match id {
        "acme-staging" => "acme",
        "northwind-demo" => STAFF,
        id => id,
    };
    let of =
        |home: &str| -> Vec<usize> { (1..people.len()).filter(|who| people[*who].home == home).collect() };
    let (mut inside, staff) = (of(home), of(STAFF));
    inside.truncate(size - usize::from(ada.is_some()));
    let own = inside.len();
    let helpers = (0..HELPERS).map(|n| staff[(tenant * HELPERS + n) % staff.len()]);
    let guests = (0..).map(|n| 1 + (tenant * 37 + n * 53) % (people.len() - 1));
    for who in helpers.chain(guests) {
        if inside.len() + usize::from(ada.is_some()) >= size {
            break;
        }
        if !inside.contains(&who) {
            inside.push(who);
        }
    }
    let mut places = Vec::with_capacity(size);
    for (turn, who) in inside.into_iter().enumerate() {
        // Acme's owner is Ada; every other tenant's is one of its own.
        let founder = match (turn, ada == Some("owner")) {
            (0, false) => Some("owner"),
            (0, true) | (1, false) => Some("admin"),
            _ => None,
        };
        let helper = turn >= own && people[who].home == STAFF;
        let role = founder.unwrap_or(if helper { "support" } else { TURNS[turn % TURNS.len()] });
        places.push(Place {
            who,
            since: since(tenant, turn, founder.is_some(), now),
            founded_as: RoleId::new(founder.unwrap_or("viewer"))?,
            role: RoleId::new(role)?,
            guest: turn >= own,
        });
    }
    if let Some(role) = ada {
        let role = RoleId::new(role)?;
        let since = since(tenant, 0, true, now);
        places.insert(0, Place { who: 0, since, founded_as: role.clone(), role, guest: false });
        if places[0].role.as_str() != "owner" {
            places.rotate_left(1);
        }
    }
    Ok(places)
}

/// Founders came two years ago, the others from then until two months ago, on working hours.
fn since(tenant: usize, turn: usize, founder: bool, now: Timestamp) -> Timestamp {
    let mixed = i64::try_from((tenant * 131 + turn * 67) % 640).unwrap_or_default();
    let days = if founder { 728 } else { 62 + mixed };
    let today = now.0 - now.0.rem_euclid(DAY);
    Timestamp(today - days * DAY + 8 * 3600 + mixed * 47)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_335_000);

    #[test]
    fn the_company_is_as_the_readme_says() {
        let company = Company::new(NOW).unwrap();
        let emails: BTreeSet<String> =
            company.people.iter().map(|person| person.email.to_lowercase()).collect();
        let names: BTreeSet<&str> = company.people.iter().map(|person| person.name.as_str()).collect();
        assert_eq!((company.people.len(), emails.len(), names.len()), (240, 240, 240));
        assert_eq!(company.people[0].email, crate::local::FIRST_PERSON);
        assert_eq!((company.tenants.len(), company.roles.len()), (12, 6));
        let hues: BTreeSet<u16> = company.tenants.iter().map(|(tenant, _)| tenant.hue / 30).collect();
        assert_eq!(hues.len(), 12, "no two tenants look alike");
        let names: Vec<&str> = company.tenants.iter().map(|(tenant, _)| tenant.name.as_str()).collect();
        assert!(names.is_sorted());

        let mut somewhere = BTreeSet::new();
        for ((tenant, places), (.., size)) in company.tenants.iter().zip(TENANTS) {
            let inside: BTreeSet<usize> = places.iter().map(|place| place.who).collect();
            assert_eq!((inside.len(), places.len()), (size, size), "{}", tenant.name);
            assert!((12..=60).contains(&size));
            let admin = |place: &&Place| ["owner", "admin"].contains(&place.founded_as.as_str());
            assert_eq!(places.iter().filter(admin).count(), 2, "{}", tenant.name);
            assert!(
                places
                    .iter()
                    .all(|p| p.since < NOW
                        && p.since > NOW.minus(std::time::Duration::from_secs(731 * 86_400)))
            );
            somewhere.extend(inside);
        }
        assert_eq!(somewhere.len(), 240, "everybody is somewhere");
    }

    #[test]
    fn ada_is_owner_of_one_editor_in_three_viewer_in_six_and_not_in_the_last_two() {
        let company = Company::new(NOW).unwrap();
        let ada = |(_, places): &(Tenant, Vec<Place>)| {
            places.iter().find(|place| place.who == 0).map(|place| place.role.to_string())
        };
        let roles: Vec<Option<String>> = company.tenants.iter().map(ada).collect();
        let count = |role: &str| roles.iter().flatten().filter(|one| *one == role).count();
        assert_eq!((count("owner"), count("editor"), count("viewer")), (1, 3, 6));
        assert_eq!(roles[10..], [None, None]);
        let founding = company.founding(&Issuer::new("http://127.0.0.1:1").unwrap());
        assert_eq!(founding.people[0].default_tenant.as_ref().unwrap().as_str(), "acme");
    }
}
