//! Plan, read, apply, audit; and what happens when two admins do it at once.

use keyward_model::{
    Applied, AuditPage, ErrorCode, Me, PersonDetail, Plan, PlanRequest, Role, TenantClass, Timestamp, Warning,
};
use serde_json::{Value, from_value};

use crate::{
    company::{SINCE, company, member, role},
    engine::{Engine, on_both_engines},
    house::{House, NOW, OWN_AUDIENCE, give, read, remove, seen, take, wish},
};

on_both_engines!(
    a_role_is_given_as_a_plan_applied_and_audited,
    me_lists_my_tenants_with_a_token_of_any_of_them_or_of_the_directory,
    roles_come_best_first_with_what_they_allow,
    two_admins_at_once_get_one_clear_conflict_and_nothing_is_lost,
    a_plan_from_an_old_screen_is_refused_at_once,
    a_plan_is_applied_once_by_its_maker_and_in_time,
    a_plan_says_what_to_know_before,
    an_old_token_of_someone_just_demoted_is_refused_and_says_it_is_stale,
    an_edit_to_myself_shows_in_the_header_of_the_same_answer,
    a_token_older_than_the_version_demanded_is_to_be_renewed,
    a_page_of_the_audit_ends_after_two_thousand_changes,
);

async fn a_role_is_given_as_a_plan_applied_and_audited(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let request = PlanRequest {
        changes: vec![give("ann", "billing-admin"), take("ann", "viewer"), give("vic", "viewer")],
        seen: vec![seen("ann", 1)],
        reason: Some("  quarter close ".to_owned()),
        ..PlanRequest::default()
    };
    let plan: Plan = from_value(house.plan(&ada, &request).await.expect(201)).unwrap();
    assert_eq!(plan.expires_at, Timestamp(NOW + 900));
    assert_eq!(plan.warnings, [], "Ada, the owner, may all that a billing admin may");
    assert_eq!(plan.effects.len(), 1, "Victor is a viewer already, and left out");
    let effect = &plan.effects[0];
    assert_eq!(
        (effect.gains.as_slice(), effect.loses.as_slice()),
        (&[role("billing-admin")][..], &[role("viewer")][..])
    );
    let permissions =
        |list: &[keyward_model::Permission]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(permissions(&effect.gains_permissions), ["billing:read", "billing:write"]);
    assert_eq!(permissions(&effect.loses_permissions), [""; 0], "an editor reads all that a viewer reads");

    let before = house.directory.person(&House::caller("ada", "acme"), &effect.person.id).unwrap();
    assert_eq!(before.row.roles, [role("editor"), role("viewer")], "a plan alone changes nothing");

    house.clock.turn(60);
    let applied: Applied = from_value(house.apply(&ada, &serde_json::json!(plan)).await.expect(200)).unwrap();
    assert_eq!((applied.audit, applied.versions.as_slice()), (1, &[seen("ann", 2)][..]));

    let detail: PersonDetail =
        from_value(house.get("/v1/tenants/acme/people/ann", &ada).await.expect(200)).unwrap();
    assert_eq!(detail.row.roles, [role("billing-admin"), role("editor")]);
    let given = &detail.holdings[0];
    assert_eq!(given.given_by.as_ref().unwrap().name, "Ada Lindqvist");
    assert_eq!((given.given_at, given.reason.as_deref()), (Timestamp(NOW + 60), Some("quarter close")));
    assert_eq!((detail.holdings[1].given_at, &detail.holdings[1].given_by), (SINCE, &None));
    assert_eq!(detail.history.len(), 1);

    let audit: AuditPage = from_value(house.get("/v1/tenants/acme/audit", &ada).await.expect(200)).unwrap();
    let [entry] = audit.entries.as_slice() else { panic!("one edit, one entry: {audit:?}") };
    assert_eq!((entry.number, entry.at, &entry.plan), (1, Timestamp(NOW + 60), &plan.id));
    assert_eq!(entry.changes[0].gained, [role("billing-admin")]);
    assert_eq!(entry.reason.as_deref(), Some("quarter close"));
}

async fn me_lists_my_tenants_with_a_token_of_any_of_them_or_of_the_directory(engine: Engine) {
    let house = House::new(engine).await;
    let mut own = house.claims("ada", "acme");
    own["aud"] = OWN_AUDIENCE.into();
    for token in [house.sign("at+jwt", &own), house.token("ada", "acme"), house.token("ada", "globex")] {
        let me: Me = from_value(house.get("/v1/me", &token).await.expect(200)).unwrap();
        assert_eq!(me.person.email, "ada@acme.example");
        assert_eq!(me.default_tenant.unwrap().as_str(), "acme");
        let places: Vec<_> =
            me.tenants.iter().map(|at| (at.tenant.name.as_str(), at.roles[0].name.as_str())).collect();
        assert_eq!(places, [("Acme Manufacturing", "Owner"), ("Globex", "Viewer")]);
        assert_eq!(me.tenants[0].tenant.class, TenantClass::Production);
        assert!(me.tenants[0].roles[0].admin && !me.tenants[1].roles[0].admin);
    }
    let stranger = house.get("/v1/me", &house.token("nobody", "acme")).await;
    assert_eq!((stranger.status.as_u16(), stranger.error().code), (403, ErrorCode::Forbidden));
    let outsider: Me =
        from_value(house.get("/v1/me", &house.token("out", "acme")).await.expect(200)).unwrap();
    assert_eq!((outsider.tenants, outsider.default_tenant), (vec![], None), "known, and nowhere");
}

async fn roles_come_best_first_with_what_they_allow(engine: Engine) {
    let house = House::new(engine).await;
    let roles: Vec<Role> =
        from_value(house.get("/v1/tenants/acme/roles", &house.token("vic", "acme")).await.expect(200))
            .unwrap();
    let ids: Vec<_> = roles.iter().map(|role| role.id.as_str()).collect();
    assert_eq!(ids, ["owner", "admin", "billing-admin", "editor", "support", "viewer"]);
    assert_eq!(roles.iter().filter(|role| role.admin).count(), 2);
    assert!(roles[0].permissions.is_sorted());
}

async fn two_admins_at_once_get_one_clear_conflict_and_nothing_is_lost(engine: Engine) {
    let house = House::new(engine).await;
    let (ada, ben) = (house.token("ada", "acme"), house.token("ben", "acme"));
    let mine = house.plan(&ada, &wish(vec![give("ann", "support"), give("vic", "editor")])).await.expect(201);
    let theirs = house.plan(&ben, &wish(vec![take("ann", "viewer")])).await.expect(201);
    house.apply(&ben, &theirs).await.expect(200);

    let conflict = house.apply(&ada, &mine).await;
    assert_eq!((conflict.status.as_u16(), conflict.error().code), (409, ErrorCode::PlanStale));
    let words = conflict.error().message;
    for told in ["Ann Kowalska", "Ben Ortiz took Viewer", "22 November 2026"] {
        assert!(words.contains(told), "{words} should say {told}");
    }
    let rows = house.directory.people(&House::caller("ada", "acme"), &Default::default()).unwrap().people;
    let held = |id: &str| rows.iter().find(|row| row.person.id.as_str() == id).unwrap().roles.clone();
    assert_eq!(held("ann"), [role("editor")], "Ben's edit stands");
    assert_eq!(
        held("vic"),
        [role("viewer")],
        "of Ada's plan nothing was done, not even what did not collide"
    );

    let again = house.plan(&ada, &wish(vec![give("ann", "support")])).await.expect(201);
    house.apply(&ada, &again).await.expect(200);
}

async fn a_plan_from_an_old_screen_is_refused_at_once(engine: Engine) {
    let house = House::new(engine).await;
    let (ada, ben) = (house.token("ada", "acme"), house.token("ben", "acme"));
    let plan = house.plan(&ben, &wish(vec![remove("ann")])).await.expect(201);
    house.apply(&ben, &plan).await.expect(200);
    let old = PlanRequest { seen: vec![seen("ann", 1)], ..wish(vec![give("ann", "support")]) };
    let refused = house.plan(&ada, &old).await;
    assert_eq!(refused.error().code, ErrorCode::PlanStale);
    let words = refused.error().message;
    assert!(words.contains("Ann Kowalska") && words.contains("Ben Ortiz took them out"), "{words}");
    let unseen = house.plan(&ada, &wish(vec![give("ann", "support")])).await;
    assert_eq!((unseen.status.as_u16(), unseen.error().code), (404, ErrorCode::NotFound));
    let future = PlanRequest { seen: vec![seen("vic", 9)], ..wish(vec![give("vic", "support")]) };
    assert_eq!(house.plan(&ada, &future).await.error().code, ErrorCode::PlanStale, "no such version");
}

async fn a_plan_is_applied_once_by_its_maker_and_in_time(engine: Engine) {
    let house = House::new(engine).await;
    let (ada, ben) = (house.token("ada", "acme"), house.token("ben", "acme"));
    let plan = house.plan(&ada, &wish(vec![give("vic", "support")])).await.expect(201);
    let code = |answer: crate::house::Answer| (answer.status.as_u16(), answer.error().code);
    assert_eq!(code(house.apply(&ben, &plan).await), (404, ErrorCode::NotFound), "Ada's plan is not Ben's");
    house.apply(&ada, &plan).await.expect(200);
    assert_eq!(code(house.apply(&ada, &plan).await), (410, ErrorCode::PlanExpired), "once");

    let late = house.plan(&ada, &wish(vec![take("vic", "support")])).await.expect(201);
    house.clock.turn(15 * 60);
    assert_eq!(code(house.apply(&ada, &late).await), (410, ErrorCode::PlanExpired), "15 minutes");
    let unknown = house.apply(&ada, &serde_json::json!({ "id": "none" })).await;
    assert_eq!(code(unknown), (404, ErrorCode::NotFound));
}

async fn a_plan_says_what_to_know_before(engine: Engine) {
    let house = House::new(engine).await;
    let warnings = async |token: &str, changes| -> Vec<Warning> {
        let plan: Plan = from_value(house.plan(token, &wish(changes)).await.expect(201)).unwrap();
        plan.warnings
    };
    let (ada, ben) = (house.token("ada", "acme"), house.token("ben", "acme"));
    assert_eq!(warnings(&ada, vec![give("vic", "viewer")]).await, [Warning::NoChange]);
    assert_eq!(
        warnings(&ada, vec![give("vic", "support"), take("vic", "support")]).await,
        [Warning::NoChange]
    );
    assert_eq!(
        warnings(&ada, vec![take("ada", "owner"), give("ada", "viewer")]).await,
        [Warning::SelfLockout]
    );
    let [Warning::NoRoleLeft { person }] = &warnings(&ada, vec![take("vic", "viewer")]).await[..] else {
        panic!()
    };
    assert_eq!(person.name, "Victor Żak");
    let [Warning::AboveOwn { role, permissions }] = &warnings(&ben, vec![give("vic", "owner")]).await[..]
    else {
        panic!()
    };
    assert_eq!(
        (role.as_str(), permissions.len()),
        ("owner", 3),
        "Ben lacks tenant:write, billing:read and billing:write"
    );
    let both = warnings(&ada, vec![take("ada", "owner"), remove("ben")]).await;
    assert!(
        matches!(&both[0], Warning::LastAdmin { person, at: None } if person.name == "Ben Ortiz"),
        "{both:?}"
    );
    assert!(both.contains(&Warning::SelfLockout));

    let nothing = house.plan(&ada, &wish(vec![give("vic", "viewer")])).await.expect(201);
    assert_eq!(house.apply(&ada, &nothing).await.error().code, ErrorCode::InvalidRequest);
    let audit = house.get("/v1/tenants/acme/audit", &ada).await.expect(200);
    assert_eq!(audit["entries"], Value::Array(vec![]), "what changes nothing is not audited");
}

async fn an_old_token_of_someone_just_demoted_is_refused_and_says_it_is_stale(engine: Engine) {
    let house = House::new(engine).await;
    let (ada, ben) = (house.token("ada", "acme"), house.token("ben", "acme"));
    let waiting = house.plan(&ben, &wish(vec![give("vic", "support")])).await.expect(201);
    let demoted =
        house.plan(&ada, &wish(vec![take("ben", "admin"), give("ben", "viewer")])).await.expect(201);
    house.apply(&ada, &demoted).await.expect(200);

    for refused in
        [house.apply(&ben, &waiting).await, house.plan(&ben, &wish(vec![give("vic", "admin")])).await]
    {
        assert_eq!((refused.status.as_u16(), refused.error().code), (403, ErrorCode::Forbidden));
        let words = refused.error().message;
        assert!(words.contains("roles:write") && words.contains("Owner or Admin of Acme"), "{words}");
        assert_eq!(refused.version, Some(2), "his token says 1: he sees that it is stale");
        assert_eq!(
            refused.challenge.as_deref(),
            Some("Bearer error=\"insufficient_scope\", scope=\"roles:write\"")
        );
    }
    let promoted = house.plan(&ada, &wish(vec![give("vic", "admin")])).await.expect(201);
    let vic = house.token("vic", "acme");
    house.apply(&ada, &promoted).await.expect(200);
    let early = house.plan(&vic, &wish(vec![give("nil", "viewer")])).await;
    assert_eq!(early.status, 403, "a token is not for more than it says");
    assert!(early.error().message.contains("Renew it"), "{}", early.error().message);
    house.plan(&house.token("vic", "acme"), &wish(vec![give("nil", "viewer")])).await.expect(201);
}

async fn an_edit_to_myself_shows_in_the_header_of_the_same_answer(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let read = house.get("/v1/tenants/acme", &ada).await;
    assert_eq!(read.version, Some(1));
    let plan = house.plan(&ada, &wish(vec![give("ada", "editor")])).await.expect(201);
    assert_eq!(house.apply(&ada, &plan).await.version, Some(2));
    let claims = house.claims("ada", "acme");
    assert_eq!(claims["https://keyward.dev/claims/roles"], serde_json::json!(["editor", "owner"]));
    assert_eq!(claims["https://keyward.dev/claims/role_version"], 2);
}

async fn a_token_older_than_the_version_demanded_is_to_be_renewed(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let ask = async |token: &str, demanded: &[&str]| {
        let request = house.request("GET", "/v1/tenants/acme").bearer_auth(token);
        read(demanded.iter().fold(request, |request, one| request.header("keyward-role-version", *one))).await
    };
    ask(&ada, &["1"]).await.expect(200);
    house.edit("ada", vec![give("ada", "editor")]).unwrap();
    ask(&ada, &[]).await.expect(200);
    let refused = ask(&ada, &["2"]).await;
    assert_eq!((refused.status.as_u16(), refused.error().code), (401, ErrorCode::Unauthenticated));
    let challenge = refused.challenge.unwrap_or_default();
    assert!(challenge.contains("invalid_token") && challenge.contains("renew it"), "{challenge}");
    ask(&house.token("ada", "acme"), &["2"]).await.expect(200);
    for malformed in [&["two"][..], &["-1"], &[""], &["1", "1"]] {
        let refused = ask(&ada, malformed).await;
        assert_eq!((refused.status.as_u16(), refused.error().code), (400, ErrorCode::InvalidRequest));
    }
    assert_eq!(ask("no token", &["two"]).await.status, 401, "the token is looked at first");
}

async fn a_page_of_the_audit_ends_after_two_thousand_changes(engine: Engine) {
    let mut crowd = company();
    let names: Vec<String> = (0..1000).map(|n| format!("p{n}")).collect();
    crowd.people.extend(names.iter().map(|id| member(id, id, &[("acme", "viewer")])));
    let house = House::of(engine, crowd).await;
    let caller = House::caller("ada", "acme");
    let apply = |changes| {
        let plan = house.directory.plan(&caller, wish(changes)).unwrap();
        house.directory.apply(&caller, &plan.id).unwrap();
    };
    for turn in 0..4 {
        let change = if turn % 2 == 0 { give } else { take };
        apply(names.iter().map(|id| change(id, "support")).collect());
    }
    let numbers = |page: &AuditPage| page.entries.iter().map(|entry| entry.number).collect::<Vec<_>>();
    let first = house.directory.audit(&caller, None, None).unwrap();
    assert_eq!(numbers(&first), [4, 3, 2], "two thousand are not more than two thousand");
    assert!(first.entries.iter().all(|entry| entry.changes.len() == 1000), "no entry is cut");
    let rest = house.directory.audit(&caller, first.next.as_deref(), None).unwrap();
    assert_eq!((numbers(&rest), rest.next), (vec![1], None));
}
