//! Entries of the audit taken back.

use keyward_directory::Directory;
use keyward_model::{Change, Conflict, ErrorCode, Plan, TimeWindow, Timestamp, Warning};
use proptest::prelude::*;
use serde_json::{from_value, json};

use crate::{
    company::{person, role},
    engine::{Engine, drive, on_both_engines},
    house::{House, NOW, add, define, drop_role, give, lend, remove, take},
    wishes::{Rows, any_change, rows, watched_company},
};

on_both_engines!(
    whatever_was_done_is_taken_back_and_done_again,
    random_plans_taken_back_one_by_one_leave_what_was_before,
    what_was_changed_since_is_left_alone_and_named,
    a_role_that_was_made_stays_with_whom_it_was_given_to_since,
    an_undo_over_http_is_a_plan_as_any_other,
    an_undo_that_would_leave_nobody_is_refused,
);

/// Makes a plan of an undo, and applies it.
fn undo(directory: &Directory, number: u64) -> keyward_model::Result<u64> {
    let root = House::caller("root", "acme");
    let plan = directory.undo(&root, number)?;
    assert_eq!(plan.conflicts, [], "nothing has changed since");
    directory.apply(&root, &plan.id).map(|applied| applied.audit)
}

async fn rooted(engine: Engine) -> House {
    House::of(engine, watched_company(true)).await
}

async fn whatever_was_done_is_taken_back_and_done_again(engine: Engine) {
    let house = rooted(engine).await;
    let founded = rows(&house.directory).timeless();
    for changes in [
        vec![give("nil", "editor"), take("ann", "viewer")],
        vec![lend("vic", "viewer", None, Some(60)), lend("ann", "support", Some(60), Some(90))],
        vec![remove("ann"), give("vic", "editor")],
        vec![add("kim@acme.example", "Kim Novák", &["viewer", "editor"])],
        vec![
            define("viewer", "Reader", "people:read"),
            define("fresh", "Fresh", "people:read"),
            give("nil", "fresh"),
        ],
        vec![drop_role("editor"), define("admin", "Admin", "roles:write roles:read billing:write")],
    ] {
        let done = house.edit("root", changes.clone()).unwrap().audit;
        let after = rows(&house.directory).timeless();
        assert_ne!(after, founded, "{changes:?}");
        let undone = undo(&house.directory, done).unwrap();
        assert_eq!(rows(&house.directory).timeless(), founded, "{changes:?}");
        let again = undo(&house.directory, undone).unwrap();
        assert_eq!(rows(&house.directory).timeless(), after, "an undo is undone: {changes:?}");
        undo(&house.directory, again).unwrap();
        let nothing = house.directory.undo(&House::caller("root", "acme"), done).unwrap();
        assert_eq!(
            (nothing.warnings, nothing.conflicts),
            (vec![Warning::NoChange], Vec::new()),
            "it is so already"
        );
    }
}

async fn random_plans_taken_back_one_by_one_leave_what_was_before(engine: Engine) {
    let few = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let plans = prop::collection::vec(prop::collection::vec(any_change(), 1..6), 1..8);
    proptest!(few, |(plans in plans)| {
        let house = drive(rooted(engine));
        let mut past: Vec<(u64, Rows)> = Vec::new();
        for changes in plans {
            let before = rows(&house.directory).timeless();
            if let Ok(applied) = house.edit("root", changes) {
                past.push((applied.audit, before));
            }
        }
        for (number, before) in past.into_iter().rev() {
            undo(&house.directory, number).unwrap();
            prop_assert_eq!(rows(&house.directory).timeless(), before);
        }
    });
}

async fn what_was_changed_since_is_left_alone_and_named(engine: Engine) {
    let house = rooted(engine).await;
    let root = House::caller("root", "acme");
    let edit = |changes: Vec<Change>| house.edit("root", changes).unwrap().audit;
    let name = |id: &str| house.directory.person(&root, &person(id)).unwrap().row.person;
    let (ann, vic, sam) = (name("ann"), name("vic"), name("sam"));
    let done = edit(vec![
        take("ann", "viewer"),
        take("ann", "editor"),
        remove("vic"),
        take("sam", "support"),
        give("eli", "support"),
        define("billing-admin", "Billing", "billing:read"),
    ]);
    let until = TimeWindow { starts_at: None, ends_at: Some(Timestamp(NOW + 60)) };
    edit(vec![lend("ann", "viewer", None, Some(60)), Change::Restore { person: person("vic") }]);
    edit(vec![remove("sam"), define("billing-admin", "Bills", "billing:read")]);
    edit(vec![drop_role("editor")]);
    let plan = house.directory.undo(&root, done).unwrap();
    let bills = rows(&house.directory).roles.into_iter().find(|one| one.id == role("billing-admin")).unwrap();
    let Some(Conflict::RoleChanged { now: Some(now), .. }) = plan.conflicts.first() else {
        panic!("{:?}", plan.conflicts)
    };
    assert_eq!((&now.name, &now.permissions), (&bills.name, &bills.permissions));
    assert_eq!(
        plan.conflicts[1..],
        [
            Conflict::RoleGone { person: ann.clone(), role: role("editor") },
            Conflict::HoldingChanged { person: ann, role: role("viewer"), now: Some(until) },
            Conflict::PersonGone { person: sam },
            Conflict::PersonBack { person: vic, roles: Vec::new() },
        ]
    );
    let left: Vec<_> =
        plan.effects.iter().map(|effect| (effect.person.id.as_str(), effect.loses.clone())).collect();
    assert_eq!(left, [("eli", vec![role("support")])], "the rest is taken back");
    house.directory.apply(&root, &plan.id).unwrap();

    let added = edit(vec![add("kim@acme.example", "Kim Novák", &["viewer"])]);
    let kim =
        house.directory.person_by_email(&crate::company::issuer(), "kim@acme.example").unwrap().unwrap().1;
    edit(vec![Change::give(kim.id.clone(), role("support"))]);
    let plan = house.directory.undo(&root, added).unwrap();
    let roles = vec![role("support"), role("viewer")];
    assert_eq!(plan.conflicts, [Conflict::PersonChanged { person: kim, roles }]);
    assert!(plan.effects.is_empty());
    let named = edit(vec![define("viewer", "Reader", "people:read")]);
    edit(vec![define("other", "VIEWER", "people:read")]);
    let plan = house.directory.undo(&root, named).unwrap();
    assert_eq!(plan.conflicts, [Conflict::NameTaken { role: role("viewer"), by: role("other") }]);
}

async fn a_role_that_was_made_stays_with_whom_it_was_given_to_since(engine: Engine) {
    let house = rooted(engine).await;
    let root = House::caller("root", "acme");
    let changes = vec![define("fresh", "Fresh", "people:read"), give("nil", "fresh"), give("vic", "fresh")];
    let made = house.edit("root", changes).unwrap().audit;
    let later = house.edit("root", vec![give("zoe", "fresh"), remove("vic")]).unwrap().audit;
    let plan = house.directory.undo(&root, made).unwrap();
    assert!(
        plan.conflicts.contains(&Conflict::RoleHeld { role: role("fresh"), holders: 1 }),
        "{:?}",
        plan.conflicts
    );
    assert!(plan.role_effects.is_empty());
    undo(&house.directory, later).unwrap();
    let plan = house.directory.undo(&root, made).unwrap();
    assert_eq!(plan.conflicts, []);
}

async fn an_undo_over_http_is_a_plan_as_any_other(engine: Engine) {
    let house = rooted(engine).await;
    let ada = house.token("ada", "acme");
    house.edit("ada", vec![take("vic", "viewer")]).unwrap();
    let undo = |token: &str| house.request("POST", "/v1/tenants/acme/audit/1/undo").bearer_auth(token);
    let answer = crate::house::read(undo(&ada).header("Idempotency-Key", "once")).await;
    let plan: Plan = from_value(answer.expect(201)).unwrap();
    assert_eq!(
        (&plan.effects[0].gains, plan.reason.as_deref()),
        (&vec![role("viewer")], Some("Undoes entry 1."))
    );
    assert_eq!(rows(&house.directory).people[&person("vic")].0.len(), 0, "it is a plan, and nothing is done");
    let again = crate::house::read(undo(&ada).header("Idempotency-Key", "once")).await.expect(201);
    assert_eq!(again["id"], json!(plan.id));
    house.apply(&ada, &json!(plan)).await.expect(200);
    assert_eq!(rows(&house.directory).people[&person("vic")].0.len(), 1);
    for missing in ["9", "0", "x", "-1", "99999999999999999999"] {
        let answer = house.post(&format!("/v1/tenants/acme/audit/{missing}/undo"), &ada, &json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.error().code), (404, ErrorCode::NotFound), "{missing}");
    }
    house.edit("ben", vec![give("nil", "viewer")]).unwrap();
    let plan = crate::house::read(undo(&ada)).await.expect(201);
    assert_eq!(plan["warnings"], json!([{ "kind": "no_change" }]));
}

async fn an_undo_that_would_leave_nobody_is_refused(engine: Engine) {
    let house = House::new(engine).await;
    let (ada, ben) = (House::caller("ada", "acme"), House::caller("ben", "acme"));
    house.edit("ada", vec![take("ben", "admin")]).unwrap();
    let given = house.edit("ada", vec![give("ben", "admin")]).unwrap().audit;
    house.edit("ben", vec![take("ada", "owner")]).unwrap();
    assert_eq!(house.directory.undo(&ada, given).unwrap_err().code, ErrorCode::Forbidden);
    let plan = house.directory.undo(&ben, given).unwrap();
    assert!(matches!(plan.warnings[0], Warning::LastAdmin { .. }));
    assert_eq!(house.directory.apply(&ben, &plan.id).unwrap_err().code, ErrorCode::LastAdmin);
}
