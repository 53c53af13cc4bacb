//! Edits of roles themselves: planned, applied, in the next token, and told to whoever holds one.

use keyward_model::{ErrorCode, Plan, PlanRequest, Role, SeenRole, Warning, limit};
use serde_json::{Value, from_value, json};

use crate::{
    company::{person, role},
    engine::{Engine, on_both_engines},
    house::{House, define, drop_role, give, lend, remove, take, wish},
};

on_both_engines!(
    a_roles_permissions_are_in_the_next_token_of_everybody_who_holds_it,
    a_role_is_made_given_and_dropped_in_one_plan_or_in_several,
    a_plan_says_what_becomes_of_roles_and_what_to_know_before,
    the_last_role_of_admins_keeps_the_right,
    a_plan_is_stale_when_a_role_it_names_was_edited_since,
    everybodys_version_rises_with_a_role_and_never_falls,
    what_is_too_much_or_looks_alike_is_refused,
    an_edit_in_one_tenant_is_none_in_another,
    a_preview_shows_a_role_edit_before_it_is_applied,
    who_could_be_given_a_role_that_is_dropped_meanwhile_makes_the_plan_stale,
);

const EDITOR: &str = "people:read roles:read audit:read content:write";

fn roles(house: &House, at: &str) -> Vec<Role> {
    house.directory.roles(&House::caller("ada", at)).unwrap()
}

fn may(house: &House, who: &str, what: &str) -> bool {
    house.answer(who).permissions.iter().any(|one| one.as_str() == what)
}

async fn a_roles_permissions_are_in_the_next_token_of_everybody_who_holds_it(engine: Engine) {
    let house = House::new(engine).await;
    assert!(!may(&house, "eli", "content:publish"));
    let applied =
        house.edit("ada", vec![define("editor", "Editor", &format!("{EDITOR} content:publish"))]).unwrap();
    assert_eq!(applied.versions, [], "nobody was written");
    for who in ["eli", "ann"] {
        assert!(may(&house, who, "content:publish"));
        assert_eq!(house.answer(who).role_version, applied.audit + 1);
    }
    assert_eq!(house.answer("vic").role_version, 1, "who does not hold it is as they were");
    let eli = House::caller("eli", "acme");
    assert_eq!(house.directory.role_version(&eli).unwrap(), Some(2));
    let row = house.directory.person(&House::caller("ada", "acme"), &person("eli")).unwrap();
    assert!(row.permissions.iter().any(|one| one.as_str() == "content:publish"));
    assert_eq!(row.row.version, 2);
    let listed = house.directory.people(&eli, &Default::default()).unwrap().people;
    let versions: Vec<_> =
        listed.iter().filter(|row| row.version == 2).map(|row| row.person.id.as_str()).collect();
    assert_eq!(versions, ["ann", "eli"]);
}

async fn a_role_is_made_given_and_dropped_in_one_plan_or_in_several(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![define("auditor", "Auditor", "audit:read"), give("nil", "auditor")]).unwrap();
    assert_eq!(roles(&house, "acme").last().unwrap().id, role("auditor"), "a new role comes last");
    assert!(may(&house, "nil", "audit:read"));
    house
        .edit("ada", vec![lend("sam", "auditor", None, Some(60)), lend("vic", "auditor", Some(60), None)])
        .unwrap();
    house.clock.turn(60);
    let before = house.answer("sam").role_version;
    let plan = house.directory.plan(&House::caller("ada", "acme"), wish(vec![drop_role("auditor")])).unwrap();
    let losing: Vec<_> = plan.effects.iter().map(|effect| effect.person.id.as_str()).collect();
    assert_eq!(losing, ["nil", "vic"], "Sam's time is over: he loses nothing");
    assert_eq!((plan.role_effects[0].holders, &plan.role_effects[0].after), (2, &None));
    let applied = house.directory.apply(&House::caller("ada", "acme"), &plan.id).unwrap();
    assert!(!may(&house, "nil", "audit:read"));
    assert!(house.answer("sam").role_version > before, "no row of his is left to count");
    assert!(roles(&house, "acme").iter().all(|one| one.id != role("auditor")));
    let changes =
        vec![define("auditor", "Auditor", "audit:read"), give("nil", "auditor"), drop_role("auditor")];
    let nothing = house.directory.plan(&House::caller("ada", "acme"), wish(changes)).unwrap();
    assert_eq!((nothing.warnings, nothing.effects.len()), (vec![Warning::NoChange], 0));
    house.edit("ada", vec![define("auditor", "Auditor", "audit:read")]).unwrap();
    assert!(roles(&house, "acme").last().unwrap().version > applied.audit + 1);
    assert!(!may(&house, "nil", "audit:read"), "whoever lost it does not have it back");
}

async fn a_plan_says_what_becomes_of_roles_and_what_to_know_before(engine: Engine) {
    let house = House::new(engine).await;
    let ben = house.token("ben", "acme");
    let change = json!({
        "kind": "define_role", "role": "viewer", "name": "Reader", "description": "Reads.", "rank": 2,
        "permissions": ["people:read", "roles:read", "billing:read"],
    });
    let plan = house.post("/v1/tenants/acme/plans", &ben, &json!({ "changes": [change.clone()] })).await;
    let plan: Plan = from_value(plan.expect(201)).unwrap();
    assert!(plan.effects.is_empty());
    let [effect] = &plan.role_effects[..] else { panic!("{:?}", plan.role_effects) };
    let words = |list: &[keyward_model::Permission]| {
        list.iter().map(|one| one.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(words(&effect.gains_permissions), ["billing:read"]);
    assert_eq!(words(&effect.loses_permissions), ["audit:read"]);
    assert_eq!(effect.holders, 3);
    let (before, after) = (effect.before.as_ref().unwrap(), effect.after.as_ref().unwrap());
    assert_eq!((&*before.name, before.rank, &*after.name, after.rank), ("Viewer", 5, "Reader", 2));
    assert_eq!(after.template, Some(role("viewer")), "it is still made from the template");
    let [Warning::AboveOwn { role: above, permissions }] = &plan.warnings[..] else {
        panic!("{:?}", plan.warnings)
    };
    assert_eq!((above, words(permissions)), (&role("viewer"), vec!["billing:read".to_owned()]));
    house.apply(&ben, &json!(plan)).await.expect(200);
    let order: Vec<_> = roles(&house, "acme").iter().map(|role| role.id.to_string()).collect();
    assert_eq!(order, ["owner", "admin", "billing-admin", "viewer", "editor", "support"]);
    let entry = house.get("/v1/tenants/acme/audit", &ben).await.expect(200)["entries"][0].clone();
    assert_eq!(entry["roles"][0]["before"]["name"], "Viewer");
    assert_eq!(
        (&entry["roles"][0]["after"]["description"], &entry["changes"]),
        (&json!("Reads."), &json!([]))
    );
    let again = house.post("/v1/tenants/acme/plans", &ben, &json!({ "changes": [change] })).await.expect(201);
    assert_eq!(
        (&again["warnings"], &again["role_effects"]),
        (&json!([{ "kind": "no_change" }]), &Value::Null)
    );
    assert_eq!(house.apply(&ben, &again).await.status, 400);
}

async fn the_last_role_of_admins_keeps_the_right(engine: Engine) {
    let house = House::new(engine).await;
    let ada = House::caller("ada", "acme");
    let less = |what: &str, name: &str| define(what, name, "people:read roles:read audit:read");
    let plan = house.directory.plan(&ada, wish(vec![less("admin", "Admin")])).unwrap();
    assert_eq!(plan.warnings, [], "Ada owns it still");
    house.directory.apply(&ada, &plan.id).unwrap();
    for changes in [
        vec![less("owner", "Owner")],
        vec![drop_role("owner")],
        vec![give("ben", "owner"), remove("ada"), less("owner", "Owner")],
        vec![lend("ben", "owner", None, Some(60)), take("ada", "owner")],
    ] {
        let plan = house.directory.plan(&ada, wish(changes)).unwrap();
        assert!(matches!(plan.warnings[0], Warning::LastAdmin { .. }), "{:?}", plan.warnings);
        assert!(plan.warnings.contains(&Warning::SelfLockout));
        let refused = house.directory.apply(&ada, &plan.id).unwrap_err();
        assert_eq!(refused.code, ErrorCode::LastAdmin);
        assert!(refused.message.contains("would be the last in Acme"), "{refused}");
    }
    assert_eq!(roles(&house, "acme").iter().filter(|role| role.admin).count(), 1, "refused is refused whole");
    let handed =
        vec![define("viewer", "Viewer", "people:read roles:read audit:read roles:write"), drop_role("owner")];
    house.edit("ada", handed).unwrap();
    assert!(may(&house, "vic", "roles:write"));
    let refused = house.edit("ada", vec![give("nil", "viewer")]).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden, "it was hers by that role alone");
}

async fn a_plan_is_stale_when_a_role_it_names_was_edited_since(engine: Engine) {
    let house = House::new(engine).await;
    let ada = House::caller("ada", "acme");
    let edit = |more: &str| define("editor", "Editor", &format!("{EDITOR} {more}"));
    let drawn = |changes| house.directory.plan(&ada, wish(changes)).unwrap().id;
    let given = drawn(vec![give("nil", "editor")]);
    let edited = drawn(vec![edit("content:publish")]);
    let of_a_holder = drawn(vec![give("eli", "support")]);
    let other = drawn(vec![give("nil", "support")]);
    house.edit("ben", vec![edit("billing:write")]).unwrap();
    for plan in [given, edited] {
        let stale = house.directory.apply(&ada, &plan).unwrap_err();
        assert_eq!(stale.code, ErrorCode::PlanStale);
        let words = "A role has changed since: Ben Ortiz changed Editor on 22 November 2026 at 08:10 UTC.";
        assert!(stale.message.contains(words), "{stale}");
    }
    let stale = house.directory.apply(&ada, &of_a_holder).unwrap_err();
    let words = "Elif Fırat holds a role that has changed since: Ben Ortiz changed Editor";
    assert!(stale.code == ErrorCode::PlanStale && stale.message.contains(words), "{stale}");
    house.directory.apply(&ada, &other).unwrap();

    let seen = |version| PlanRequest {
        seen_roles: vec![SeenRole { role: role("editor"), version }],
        ..wish(vec![edit("content:publish")])
    };
    assert_eq!(house.directory.plan(&ada, seen(1)).unwrap_err().code, ErrorCode::PlanStale);
    house.directory.plan(&ada, seen(2)).unwrap();
    let made = drawn(vec![define("new", "New", "")]);
    house.edit("ben", vec![define("new", "Newer", "")]).unwrap();
    let stale = house.directory.apply(&ada, &made).unwrap_err();
    assert!(stale.code == ErrorCode::PlanStale && stale.message.contains("Ben Ortiz made Newer"), "{stale}");
    let gone = drawn(vec![give("nil", "new")]);
    house.edit("ben", vec![drop_role("new")]).unwrap();
    let stale = house.directory.apply(&ada, &gone).unwrap_err();
    assert!(stale.code == ErrorCode::PlanStale && stale.message.contains("is not in Acme"), "{stale}");
}

/// Whatever is done to roles and to who holds them.
async fn everybodys_version_rises_with_a_role_and_never_falls(engine: Engine) {
    let house = House::new(engine).await;
    let mut last = house.answer("ann").role_version;
    let steps = [
        (vec![define("support", "Support", "people:read")], 0),
        (vec![lend("ann", "support", None, Some(30))], 0),
        (vec![define("support", "Support", "people:read support:write")], 0),
        (vec![define("support", "Support", "people:read")], 60),
        (vec![take("ann", "editor")], 0),
        (vec![drop_role("support")], 0),
        (vec![define("viewer", "Viewer", "people:read")], 0),
        (vec![take("ann", "viewer")], 0),
        (vec![define("viewer", "Viewer", "people:read roles:read")], 0),
    ];
    for (changes, seconds) in steps {
        house.clock.turn(seconds);
        let held = house.answer("ann");
        assert_eq!(held.role_version, last, "time alone moves nothing");
        house.edit("ada", changes.clone()).unwrap();
        let now = house.answer("ann");
        assert!(now.role_version >= last, "{changes:?}");
        assert!(
            now.role_version > last || now == held,
            "it says something else at the same version: {changes:?}"
        );
        last = now.role_version;
    }
}

async fn what_is_too_much_or_looks_alike_is_refused(engine: Engine) {
    let house = House::new(engine).await;
    let ada = House::caller("ada", "acme");
    let refused = |changes| {
        let error = house.directory.plan(&ada, wish(changes)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{error}");
        error.message
    };
    for alike in ["viewer", "VIEWER", "Víewer", "Ｖiewer"] {
        let words = refused(vec![define("new", alike, "")]);
        assert!(words.contains("new") && words.contains("viewer"), "{words}");
    }
    let swap = vec![define("viewer", "Editor", "people:read"), define("editor", "Viewer", "people:read")];
    house.directory.plan(&ada, wish(swap)).unwrap();
    let all =
        |count: usize| (0..count).map(|n| define(&format!("r{n}"), &format!("R{n}"), "")).collect::<Vec<_>>();
    let room = limit::ROLES_OF_TENANT - 6;
    let words = refused(all(room + 1));
    assert!(words.contains("Acme Manufacturing would have 1001 roles") && words.contains("1000"), "{words}");
    house.edit("ada", all(room)).unwrap();
    refused(vec![define("one-more", "One more", "")]);
    house.edit("ada", vec![drop_role("r0"), define("one-more", "One more", "")]).unwrap();
    let many = (0..=limit::PERMISSIONS_OF_ROLE).map(|n| format!("a:b{n}")).collect::<Vec<_>>().join(" ");
    let words = refused(vec![give("nil", "viewer"), define("viewer", "Viewer", &many)]);
    assert!(words.contains("changes[1].permissions: 201 are more than 200"), "{words}");
    let token = house.token("ada", "acme");
    for (field, bad) in [
        ("name", json!("")),
        ("name", json!("A\u{202e}b")),
        ("description", json!("x".repeat(501))),
        ("permissions", json!(["content"])),
        ("role", json!("Editor")),
        ("role", json!("еditor")),
        ("rank", json!(-1)),
    ] {
        let mut change = json!({ "kind": "define_role", "role": "new", "name": "New", "permissions": [] });
        change[field] = bad;
        let answer = house.post("/v1/tenants/acme/plans", &token, &json!({ "changes": [change] })).await;
        assert_eq!(
            (answer.status.as_u16(), answer.error().code),
            (400, ErrorCode::InvalidRequest),
            "{field}"
        );
    }
    let gone = house.directory.plan(&ada, wish(vec![drop_role("r0")])).unwrap_err();
    assert_eq!(gone.code, ErrorCode::NotFound);
}

async fn an_edit_in_one_tenant_is_none_in_another(engine: Engine) {
    let house = House::new(engine).await;
    let before = roles(&house, "globex");
    assert!(before.iter().all(|role| role.template.as_ref() == Some(&role.id)));
    house.edit("ada", vec![define("viewer", "Reader", "people:read"), drop_role("support")]).unwrap();
    assert_eq!(roles(&house, "globex"), before);
    house.edit("ada", vec![define("own", "Own", "people:read")]).unwrap();
    let own = roles(&house, "acme").into_iter().find(|one| one.id == role("own")).unwrap();
    assert_eq!(own.template, None);
}

async fn a_preview_shows_a_role_edit_before_it_is_applied(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let changes = wish(vec![define("editor", "Editor", &format!("{EDITOR} content:publish"))]);
    let plan = house.plan(&ada, &changes).await.expect(201);
    let preview = async |who: &str, plan: &str| {
        let path = format!("/v1/tenants/acme/people/{who}/preview?client=tests{plan}");
        house.get(&path, &ada).await.expect(200)["claims"].clone()
    };
    let after = format!("&plan={}", plan["id"].as_str().unwrap());
    let (eli, vic) = (preview("eli", &after).await, preview("vic", &after).await);
    assert!(eli.to_string().contains("content:publish"), "{eli}");
    assert_eq!(vic, preview("vic", "").await);
    house.apply(&ada, &plan).await.expect(200);
    assert_eq!((eli, vic), (preview("eli", "").await, preview("vic", "").await), "as it was shown");
}

async fn who_could_be_given_a_role_that_is_dropped_meanwhile_makes_the_plan_stale(engine: Engine) {
    let house = House::new(engine).await;
    let ada = House::caller("ada", "acme");
    let plan = house.directory.plan(&ada, wish(vec![drop_role("support")])).unwrap();
    house.edit("ben", vec![give("nil", "support")]).unwrap();
    let stale = house.directory.apply(&ada, &plan.id).unwrap_err();
    assert!(stale.code == ErrorCode::PlanStale && stale.message.contains("Nil Nemo"), "{stale}");
}
