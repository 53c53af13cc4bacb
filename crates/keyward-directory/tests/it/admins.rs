//! A tenant never loses its last admin, by whatever path.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Barrier,
    thread,
};

use keyward_directory::Directory;
use keyward_model::{Change, Clock, ErrorCode, PeopleQuery, PersonId, RoleId, TimeWindow, Timing};
use proptest::prelude::*;

use crate::{
    company::{person, role},
    engine::{Engine, drive, on_both_engines},
    house::{House, give, lend, remove, take, wish},
};

on_both_engines!(
    the_last_admin_stays_by_removal_by_demotion_and_by_both_at_once,
    two_admins_who_demote_each_other_at_once_cannot_both,
    random_plans_leave_an_admin_for_all_time_and_an_audit_that_adds_up,
);

async fn the_last_admin_stays_by_removal_by_demotion_and_by_both_at_once(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    for changes in [
        vec![take("ben", "admin"), take("ada", "owner")],
        vec![remove("ben"), remove("ada")],
        vec![remove("ben"), take("ada", "owner"), give("ada", "viewer")],
    ] {
        let plan = house.plan(&ada, &wish(changes)).await.expect(201);
        assert_eq!(plan["warnings"][0]["kind"], "last_admin");
        let refused = house.apply(&ada, &plan).await;
        assert_eq!((refused.status.as_u16(), refused.error().code), (409, ErrorCode::LastAdmin));
        assert!(
            refused.error().message.contains("Ada Lindqvist would be the last in Acme"),
            "{:?}",
            refused.body
        );
    }
    let untouched = house.get("/v1/tenants/acme/audit", &ada).await.expect(200);
    assert_eq!(untouched["entries"].as_array().unwrap().len(), 0, "refused is refused whole");
    let swap = wish(vec![take("ada", "owner"), remove("ben"), give("vic", "admin")]);
    let swap = house.plan(&ada, &swap).await.expect(201);
    house.apply(&ada, &swap).await.expect(200);
}

/// Two directories on one file, as two processes would have: the lock that counts is the file's.
async fn two_admins_who_demote_each_other_at_once_cannot_both(engine: Engine) {
    for round in 0..12 {
        let house = House::new(engine).await;
        let other = Directory::open(&house.scratch.at(), house.clock.clone()).unwrap();
        let (ada, ben) = (House::caller("ada", "acme"), House::caller("ben", "acme"));
        let changes = if round % 2 == 0 {
            (vec![take("ben", "admin")], vec![take("ada", "owner")])
        } else {
            (vec![remove("ada")], vec![remove("ben")])
        };
        let first = house.directory.plan(&ada, wish(changes.0)).unwrap().id;
        let second = other.plan(&ben, wish(changes.1)).unwrap().id;
        let start = Barrier::new(2);
        let results = thread::scope(|scope| {
            let one = scope.spawn(|| {
                start.wait();
                house.directory.apply(&ada, &first)
            });
            let two = scope.spawn(|| {
                start.wait();
                other.apply(&ben, &second)
            });
            [one.join().unwrap(), two.join().unwrap()]
        });
        let refused: Vec<ErrorCode> =
            results.iter().filter_map(|result| result.as_ref().err()).map(|error| error.code).collect();
        // Whoever comes second has just lost the right to, or would take the last one out.
        assert_eq!(refused, [if round % 2 == 0 { ErrorCode::Forbidden } else { ErrorCode::LastAdmin }]);
        assert_eq!(state(&house.directory).admins().len(), 1, "one of the two is left");
    }
}

/// The people whom random plans are about; Victor reads, and is left alone.
const PEOPLE: [&str; 5] = ["ada", "ben", "bob", "eli", "nil"];
const ROLES: [&str; 4] = ["owner", "admin", "editor", "viewer"];
/// Seconds within which roles that are given for a time begin and end.
const AHEAD: i64 = 12;

fn any_change() -> impl Strategy<Value = Change> {
    let who = prop::sample::select(&PEOPLE[..]);
    let what = prop::sample::select(&ROLES[..]);
    let bound = || prop::option::weighted(0.6, 0_i64..AHEAD);
    prop_oneof![
        3 => (who.clone(), what.clone()).prop_map(|(who, what)| give(who, what)),
        3 => (who.clone(), what.clone(), bound(), bound())
            .prop_map(|(who, what, from, until)| lend(who, what, from, until)),
        6 => (who.clone(), what).prop_map(|(who, what)| take(who, what)),
        1 => who.prop_map(remove),
    ]
}

/// Plans, each by one of the people, made of a few changes.
fn any_plans() -> impl Strategy<Value = Vec<(&'static str, Vec<Change>)>> {
    let plan = (prop::sample::select(&PEOPLE[..]), prop::collection::vec(any_change(), 1..4));
    prop::collection::vec(plan, 1..16)
}

/// What Victor sees.
struct State {
    people: BTreeMap<PersonId, (BTreeSet<RoleId>, u64)>,
    audit: Vec<keyward_model::AuditEntry>,
}

impl State {
    fn admins(&self) -> Vec<&PersonId> {
        let admin =
            |roles: &BTreeSet<RoleId>| roles.contains(&role("owner")) || roles.contains(&role("admin"));
        self.people.iter().filter(|(_, (roles, _))| admin(roles)).map(|(id, _)| id).collect()
    }
}

fn state(directory: &Directory) -> State {
    let vic = House::caller("vic", "acme");
    let query = PeopleQuery { limit: Some(200), ..PeopleQuery::default() };
    let people = directory.people(&vic, &query).unwrap().people;
    let mut audit = directory.audit(&vic, None, Some(200)).unwrap().entries;
    audit.reverse();
    let row = |row: keyward_model::PersonRow| (row.person.id, (row.roles.into_iter().collect(), row.version));
    State { people: people.into_iter().map(row).collect(), audit }
}

fn run(directory: &Directory, plans: &[(&str, Vec<Change>)]) {
    for (who, changes) in plans {
        let caller = House::caller(who, "acme");
        if let Ok(plan) = directory.plan(&caller, wish(changes.clone())) {
            let _refusals_are_fine = directory.apply(&caller, &plan.id);
        }
    }
}

/// Two series of random plans run at once. Afterwards somebody can edit roles, and at every moment to come;
/// the audit has no gap, replaying it from the founding gives the rows, and each version is that of the last
/// entry.
async fn random_plans_leave_an_admin_for_all_time_and_an_audit_that_adds_up(engine: Engine) {
    let few = ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(few, |(one in any_plans(), two in any_plans())| {
        let house = drive(House::new(engine));
        let founded = state(&house.directory).people.into_iter();
        let held = |roles: BTreeSet<RoleId>| roles.into_iter().map(|role| (role, TimeWindow::ALWAYS)).collect();
        let mut replayed: BTreeMap<PersonId, (BTreeMap<RoleId, TimeWindow>, u64)> =
            founded.map(|(id, (roles, version))| (id, (held(roles), version))).collect();
        thread::scope(|scope| {
            scope.spawn(|| run(&house.directory, &one));
            scope.spawn(|| run(&house.directory, &two));
        });
        let after = state(&house.directory);
        for (entry, number) in after.audit.iter().zip(1..) {
            prop_assert_eq!(entry.number, number);
            for change in &entry.changes {
                if change.removed {
                    prop_assert!(replayed.remove(&change.person.id).is_some());
                    continue;
                }
                let (roles, version) = replayed.get_mut(&change.person.id).unwrap();
                for lost in &change.lost {
                    prop_assert!(roles.remove(lost).is_some());
                }
                for gained in &change.gained {
                    prop_assert!(roles.insert(gained.clone(), TimeWindow::ALWAYS).is_none());
                }
                for Timing { role, after, .. } in &change.timings {
                    after.and_then(|after| roles.insert(role.clone(), after));
                }
                *version = number + 1;
            }
        }
        for second in 0..=AHEAD {
            let now = house.clock.now();
            let seen = state(&house.directory);
            prop_assert!(!seen.admins().is_empty(), "nobody is left who can edit roles after {second} s");
            let held = |(id, (roles, version)): (&PersonId, &(BTreeMap<RoleId, TimeWindow>, u64))| {
                let open = roles.iter().filter(|(_, window)| window.holds_at(now));
                (id.clone(), (open.map(|(role, _)| role.clone()).collect(), *version))
            };
            prop_assert_eq!(replayed.iter().map(held).collect::<BTreeMap<_, _>>(), seen.people);
            house.clock.turn(1);
        }
    });
}

#[test]
fn the_random_people_are_the_companys() {
    assert!(PEOPLE.iter().all(|id| crate::company::company().people.iter().any(|p| p.id == person(id))));
}
