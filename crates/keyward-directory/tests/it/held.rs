//! What somebody held at a moment of the past.

use std::collections::BTreeMap;

use keyward_model::{Change, ErrorCode, HeldThen, PersonId, RoleId, TimeWindow, Timestamp};
use proptest::prelude::*;
use serde_json::from_value;

use crate::{
    company::{SINCE, person},
    engine::{Engine, drive, on_both_engines},
    house::{House, NOW, add, give, lend, remove, take},
};

on_both_engines!(
    a_moment_of_the_past_is_told_with_the_why_of_then,
    who_has_left_is_remembered_and_a_stranger_is_not,
    a_role_that_ran_out_before_it_was_given_anew_was_held_in_its_time,
    whatever_was_planned_each_past_moment_is_as_it_was_seen_then,
);

/// Role, giver, moment, reason, entry.
type Why = (String, Option<String>, Option<i64>, Option<String>, Option<u64>);

fn whys(then: &HeldThen) -> Vec<Why> {
    let why = |one: &keyward_model::HeldRole| {
        let by = one.given_by.as_ref().map(|by| by.id.to_string());
        (one.role.to_string(), by, one.given_at.map(|at| at.0), one.reason.clone(), one.audit)
    };
    then.roles.iter().map(why).collect()
}

fn at(house: &House, who: &str, seconds: i64) -> HeldThen {
    house.directory.held_at(&House::caller("vic", "acme"), &person(who), Timestamp(NOW + seconds)).unwrap()
}

fn names(then: &HeldThen) -> String {
    then.roles.iter().map(|one| one.role.to_string()).collect::<Vec<_>>().join(" ")
}

async fn a_moment_of_the_past_is_told_with_the_why_of_then(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    house.clock.turn(100);
    let wish = keyward_model::PlanRequest {
        changes: vec![lend("ann", "billing-admin", None, Some(300)), take("ann", "viewer")],
        seen: Vec::new(),
        seen_roles: Vec::new(),
        reason: Some("quarter close".to_owned()),
    };
    let plan = house.plan(&ada, &wish).await.expect(201);
    house.apply(&ada, &plan).await.expect(200);
    house.clock.turn(100);
    house.edit("ben", vec![give("ann", "billing-admin")]).unwrap();
    house.clock.turn(1000);

    let path = |who: &str, seconds: i64| format!("/v1/tenants/acme/people/{who}/held?at={}", NOW + seconds);
    let told = house.get(&path("ann", 150), &house.token("vic", "acme")).await.expect(200);
    let then: HeldThen = from_value(told).unwrap();
    let founded = |what: &str| (what.to_owned(), None, Some(SINCE.0), None, None);
    let ada_gave = (
        "billing-admin".to_owned(),
        Some("ada".to_owned()),
        Some(NOW + 100),
        Some("quarter close".to_owned()),
        Some(1),
    );
    assert!(then.member);
    assert_eq!(whys(&then), [ada_gave, founded("editor")]);
    assert_eq!(then.roles[0].window.ends_at, Some(Timestamp(NOW + 300)), "as it was meant then");
    let may: Vec<_> = then.permissions.iter().map(ToString::to_string).collect();
    assert_eq!(may.join(" "), "audit:read billing:read billing:write content:write people:read roles:read");
    assert_eq!(names(&at(&house, "ann", 99)), "editor viewer");
    assert_eq!(names(&at(&house, "ann", 100)), "billing-admin editor", "from its second on");
    let ben_gave = at(&house, "ann", 1200);
    assert_eq!(
        (whys(&ben_gave)[0].1.as_deref(), ben_gave.roles[0].window),
        (Some("ben"), TimeWindow::ALWAYS)
    );
    assert_eq!(names(&at(&house, "ann", SINCE.0 - NOW - 1)), "", "before the tenant was");
    assert!(!at(&house, "ann", SINCE.0 - NOW - 1).member);

    let early = house.get(&path("ann", 1201), &ada).await;
    assert_eq!((early.status.as_u16(), early.error().code), (400, ErrorCode::InvalidRequest));
    let billing = house.get(&path("ann", 150), &house.token("bob", "acme")).await;
    assert_eq!(billing.status, 403, "who may not read the audit");
}

async fn who_has_left_is_remembered_and_a_stranger_is_not(engine: Engine) {
    let house = House::new(engine).await;
    house.clock.turn(10);
    house.edit("ada", vec![remove("ann")]).unwrap();
    house.clock.turn(10);
    house.edit("ada", vec![add("ann@acme.example", "Ann", &["support"])]).unwrap();
    house.clock.turn(10);
    house.edit("ada", vec![remove("ann")]).unwrap();
    let told: Vec<_> = [0, 9, 10, 19, 20, 29, 30]
        .iter()
        .map(|seconds| at(&house, "ann", *seconds))
        .map(|then| (then.member, names(&then)))
        .collect();
    let (founded, out, back) =
        ((true, "editor viewer".to_owned()), (false, String::new()), (true, "support".to_owned()));
    assert_eq!(told, [founded.clone(), founded, out.clone(), out.clone(), back.clone(), back, out]);
    for who in ["out", "nobody"] {
        let caller = House::caller("vic", "acme");
        let stranger = house.directory.held_at(&caller, &person(who), Timestamp(NOW)).unwrap_err();
        assert_eq!(stranger.code, ErrorCode::NotFound, "{who}");
    }
}

async fn a_role_that_ran_out_before_it_was_given_anew_was_held_in_its_time(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![lend("nil", "support", Some(10), Some(20))]).unwrap();
    house.clock.turn(30);
    house.edit("ada", vec![give("nil", "support")]).unwrap();
    house.clock.turn(10);
    let held = |seconds: &i64| names(&at(&house, "nil", *seconds)) == "support";
    assert_eq!(
        [0, 9, 10, 19, 20, 29, 30].iter().map(held).collect::<Vec<_>>(),
        [false, false, true, true, false, false, true]
    );
}

/// What somebody holds at a moment, and from when until when.
type Seen = BTreeMap<RoleId, (Option<PersonId>, Timestamp, TimeWindow)>;

/// Somebody's row now, whether or not they are in the tenant.
fn look(house: &House, who: &PersonId) -> Option<Seen> {
    let detail = house.directory.person(&House::caller("ada", "acme"), who).ok()?;
    let seen = detail
        .holdings
        .into_iter()
        .map(|held| (held.role, (held.given_by.map(|by| by.id), held.given_at, held.window)));
    Some(seen.collect())
}

async fn whatever_was_planned_each_past_moment_is_as_it_was_seen_then(engine: Engine) {
    let few = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let people = ["ann", "vic", "nil"].map(person);
    let roles = ["editor", "support", "viewer"];
    let bound = || prop::option::weighted(0.5, -3_i64..25);
    let step = (0_usize..3, 0_usize..3, bound(), bound(), 0_u8..6, 0_i64..4);
    proptest!(few, |(steps in prop::collection::vec(step, 1..14))| {
        let house = drive(House::new(engine));
        let (mut now, mut seen) = (0, Vec::new());
        for (who, what, from, until, kind, wait) in steps {
            let who = people[who].as_str();
            let change: Change = match kind {
                0 => remove(who),
                1 => add(&format!("{who}@acme.example"), who, &[roles[what]]),
                2 => take(who, roles[what]),
                3 => give(who, roles[what]),
                _ => lend(who, roles[what], from.map(|from| now + from), until.map(|until| now + until)),
            };
            // Refused where it changes nothing, or is about somebody who has left: that is a moment too.
            let _either = house.edit("ada", vec![change]);
            for second in 0..wait {
                // What is seen in a second in which something is still done counts when it is done.
                seen.push((now + second, people.each_ref().map(|who| look(&house, who))));
                house.clock.turn(1);
            }
            now += wait;
        }
        for (second, then) in seen {
            for (who, then) in people.iter().zip(then) {
                let told = house.directory.held_at(&House::caller("ada", "acme"), who, Timestamp(NOW + second));
                let told = told.unwrap();
                prop_assert_eq!(told.member, then.is_some(), "{} at {}", who, second);
                let roles: Seen = told.roles.into_iter().map(|one| {
                    (one.role, (one.given_by.map(|by| by.id), one.given_at.unwrap_or(SINCE), one.window))
                }).collect();
                prop_assert_eq!(roles, then.unwrap_or_default(), "{} at {}", who, second);
            }
        }
    });
}
