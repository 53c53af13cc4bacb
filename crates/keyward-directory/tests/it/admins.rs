//! A tenant never loses its last admin, by whatever path.

use std::{collections::BTreeMap, sync::Barrier, thread};

use keyward_directory::Directory;
use keyward_model::{
    AuditEntry, AuditedRole, Change, Clock, ErrorCode, PersonId, RoleId, TimeWindow, Timing,
};
use proptest::prelude::*;

use crate::{
    company::company,
    engine::{Engine, drive, on_both_engines},
    house::{House, define, drop_role, give, lend, remove, take, wish},
    wishes::{AHEAD, PEOPLE, Rows, any_change, audit, rows, watched_company},
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
    let less = |what: &str| define(what, what, "people:read roles:read audit:read");
    // What each wants, and what the later is told: they have just lost the right to, or would take the last one out.
    let pairs: [(Vec<Change>, Vec<Change>, ErrorCode); 6] = [
        (vec![take("ben", "admin")], vec![take("ada", "owner")], ErrorCode::Forbidden),
        (vec![remove("ada")], vec![remove("ben")], ErrorCode::LastAdmin),
        (vec![less("owner")], vec![less("admin")], ErrorCode::LastAdmin),
        (vec![drop_role("admin")], vec![drop_role("owner")], ErrorCode::Forbidden),
        (vec![less("owner")], vec![remove("ben")], ErrorCode::LastAdmin),
        (
            vec![lend("ada", "owner", None, Some(60))],
            vec![lend("ben", "admin", None, Some(90))],
            ErrorCode::LastAdmin,
        ),
    ];
    for (changes_of_ada, changes_of_ben, told) in pairs.iter().cycle().take(12) {
        let house = House::of(engine, watched_company(false)).await;
        let other = Directory::open(&house.scratch.at(), house.clock.clone()).unwrap();
        let (ada, ben) = (House::caller("ada", "acme"), House::caller("ben", "acme"));
        let first = house.directory.plan(&ada, wish(changes_of_ada.clone())).unwrap().id;
        let second = other.plan(&ben, wish(changes_of_ben.clone())).unwrap().id;
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
        assert_eq!(refused, [*told], "{changes_of_ada:?} and {changes_of_ben:?}");
        let left = rows(&house.directory);
        assert_eq!(left.admins(|window| window.ends_at.is_none()).len(), 1, "one of the two is left");
    }
}

/// Plans, each by one of the people, made of a few changes.
fn any_plans() -> impl Strategy<Value = Vec<(&'static str, Vec<Change>)>> {
    let plan = (prop::sample::select(&PEOPLE[..]), prop::collection::vec(any_change(), 1..4));
    prop::collection::vec(plan, 1..16)
}

fn run(directory: &Directory, plans: &[(&str, Vec<Change>)]) {
    for (who, changes) in plans {
        let caller = House::caller(who, "acme");
        if let Ok(plan) = directory.plan(&caller, wish(changes.clone())) {
            let _refusals_are_fine = directory.apply(&caller, &plan.id);
        }
    }
}

/// What entries come to, one after the other, from the founding on.
struct Replayed {
    people: BTreeMap<PersonId, (BTreeMap<RoleId, TimeWindow>, u64)>,
    roles: BTreeMap<RoleId, u64>,
}

impl Replayed {
    fn entry(&mut self, entry: &AuditEntry) -> Result<(), TestCaseError> {
        let since = entry.number + 1;
        for AuditedRole { role, after, .. } in &entry.roles {
            match after {
                Some(_) => self.roles.insert(role.clone(), since),
                None => self.roles.remove(role),
            };
        }
        for change in &entry.changes {
            if change.removed {
                prop_assert!(self.people.remove(&change.person.id).is_some());
                continue;
            }
            if change.added {
                let unknown = self.people.insert(change.person.id.clone(), (BTreeMap::new(), since));
                prop_assert!(unknown.is_none());
            }
            let (roles, version) = self.people.get_mut(&change.person.id).unwrap();
            for lost in &change.lost {
                prop_assert!(roles.remove(lost).is_some());
            }
            for gained in &change.gained {
                prop_assert!(roles.insert(gained.clone(), TimeWindow::ALWAYS).is_none());
            }
            for Timing { role, after, .. } in &change.timings {
                after.and_then(|after| roles.insert(role.clone(), after));
            }
            *version = since;
        }
        Ok(())
    }

    /// With the version that a role gives to whoever holds it.
    fn people(&self) -> BTreeMap<PersonId, (BTreeMap<RoleId, TimeWindow>, u64)> {
        let version = |held: &BTreeMap<RoleId, TimeWindow>, own: u64| {
            held.keys().filter_map(|role| self.roles.get(role)).copied().max().unwrap_or_default().max(own)
        };
        let people = self.people.iter();
        people.map(|(id, (held, own))| (id.clone(), (held.clone(), version(held, *own)))).collect()
    }
}

/// Two series of random plans run at once: roles given, taken, lent, edited and dropped, people removed and brought
/// back. Afterwards somebody can edit roles, and at every moment to come; the audit has no gap, replaying it from the
/// founding gives the rows, and each version is that of the last entry.
async fn random_plans_leave_an_admin_for_all_time_and_an_audit_that_adds_up(engine: Engine) {
    let few = ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(few, |(one in any_plans(), two in any_plans())| {
        let house = drive(House::of(engine, watched_company(false)));
        let Rows { people, roles } = rows(&house.directory);
        let roles = roles.into_iter().map(|role| (role.id, role.version)).collect();
        let mut replayed = Replayed { people, roles };
        thread::scope(|scope| {
            scope.spawn(|| run(&house.directory, &one));
            scope.spawn(|| run(&house.directory, &two));
        });
        for (entry, number) in audit(&house.directory).iter().zip(1..) {
            prop_assert_eq!(entry.number, number);
            replayed.entry(entry)?;
        }
        let seen = rows(&house.directory);
        prop_assert_eq!(replayed.people(), seen.people.clone());
        for second in 0..=AHEAD {
            let now = house.clock.now();
            let admins = seen.admins(|window| window.holds_at(now));
            // Who was invited has not come, and cannot.
            let came = |id: &&PersonId| company().people.iter().any(|person| person.id == **id);
            prop_assert!(admins.into_iter().any(|id| came(&id)), "nobody is left who can edit roles after {} s", second);
            house.clock.turn(1);
        }
    });
}
