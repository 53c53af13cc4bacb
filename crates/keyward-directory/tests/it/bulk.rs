//! Plans that are about many at once: by what they hold, by copying, and by the thousand.

use keyward_directory::Directory;
use keyward_model::{Change, Crowd, EffectsPage, ErrorCode, Plan, PlanRequest, Timestamp, Warning, limit};
use serde_json::{Value, from_value, json};

use crate::{
    company::{person, role},
    engine::{Engine, on_both_engines},
    house::{House, NOW, give, lend, remove, seen, take, wish},
};

on_both_engines!(
    a_filter_finds_its_people_when_the_plan_is_made,
    a_filter_takes_from_all_but_those_excepted,
    a_filter_that_would_find_others_by_now_is_stale_and_says_who,
    a_copy_gives_what_the_one_holds_for_the_same_times,
    a_copy_is_bound_to_the_one_that_is_copied,
    thousands_of_changes_are_one_plan_and_its_answer_stays_short,
    changes_of_every_kind_are_written_in_one_plan,
);

fn give_all(what: &str, to: Crowd) -> Change {
    Change::GiveAll { role: role(what), to, starts_at: None, ends_at: None }
}

fn holding(what: &str) -> Crowd {
    Crowd { holding: Some(role(what)), ..Crowd::default() }
}

fn plan(house: &House, changes: Vec<Change>) -> keyward_model::Result<Plan> {
    house.directory.plan(&House::caller("ada", "acme"), wish(changes))
}

fn touched(plan: &Plan) -> Vec<&str> {
    plan.effects.iter().map(|effect| effect.person.id.as_str()).collect()
}

fn held(house: &House, who: &str) -> Vec<String> {
    let detail = house.directory.person(&House::caller("ada", "acme"), &person(who)).unwrap();
    detail.holdings.iter().map(|holding| holding.role.to_string()).collect()
}

async fn a_filter_finds_its_people_when_the_plan_is_made(engine: Engine) {
    let house = House::new(engine).await;
    // Ann, Vic and Zoë are viewers; Ann is an editor too, and Vic has Support already.
    house.edit("ada", vec![give("vic", "support"), lend("sam", "viewer", Some(60), None)]).unwrap();
    let all = plan(&house, vec![give_all("support", holding("viewer"))]).unwrap();
    assert_eq!(touched(&all), ["ann", "zoe"], "who has it already and who is a viewer later are left out");
    assert_eq!((all.total.people, all.total.gains, all.total.losses), (2, 2, 0));
    let but = Crowd { except: vec![person("ann")], ..holding("viewer") };
    assert_eq!(touched(&plan(&house, vec![give_all("support", but)]).unwrap()), ["zoe"]);
    let but = Crowd { except_holding: vec![role("editor")], ..holding("viewer") };
    assert_eq!(touched(&plan(&house, vec![give_all("support", but)]).unwrap()), ["zoe"]);
    let but = Crowd { except_holding: vec![role("viewer"), role("owner")], ..Crowd::default() };
    let everybody = plan(&house, vec![give_all("support", but)]).unwrap();
    assert_eq!(touched(&everybody), ["ben", "bob", "eli", "nil"]);
    house.directory.apply(&House::caller("ada", "acme"), &all.id).unwrap();
    assert_eq!(held(&house, "zoe"), ["support", "viewer"]);
    let again = plan(&house, vec![give_all("support", holding("viewer"))]).unwrap();
    assert_eq!((again.effects, again.warnings), (vec![], vec![Warning::NoChange]));

    let refused = plan(&house, vec![give_all("support", holding("wizard"))]).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
    assert!(refused.message.contains("wizard") && refused.message.contains("changes[0]"), "{refused}");
    // The other time replaces the one that is held for.
    let until = Change::GiveAll {
        role: role("support"),
        to: holding("viewer"),
        starts_at: None,
        ends_at: Some(Timestamp(NOW + 3600)),
    };
    assert_eq!(touched(&plan(&house, vec![until]).unwrap()), ["ann", "vic", "zoe"]);
}

async fn a_filter_takes_from_all_but_those_excepted(engine: Engine) {
    let house = House::new(engine).await;
    house
        .edit("ada", vec![lend("sam", "viewer", Some(60), None), lend("eli", "viewer", None, Some(60))])
        .unwrap();
    let from = Crowd { except_holding: vec![role("editor")], ..Crowd::default() };
    let change = Change::TakeAll { role: role("viewer"), from };
    let token = house.token("ada", "acme");
    let answer = house.plan(&token, &wish(vec![change])).await.expect(201);
    let plan: Plan = from_value(answer.clone()).unwrap();
    assert_eq!(touched(&plan), ["sam", "vic", "zoe"], "one to come is taken too");
    let applied = house.apply(&token, &answer).await.expect(200);
    assert_eq!(applied["people"], 3);
    assert_eq!((held(&house, "zoe").len(), held(&house, "ann").len(), held(&house, "eli").len()), (0, 2, 2));

    let owners = Change::TakeAll { role: role("owner"), from: Crowd::default() };
    house.edit("ada", vec![take("ben", "admin")]).unwrap();
    let refused = house.edit("ada", vec![owners]).unwrap_err();
    assert_eq!(refused.code, ErrorCode::LastAdmin, "{refused}");
}

async fn a_filter_that_would_find_others_by_now_is_stale_and_says_who(engine: Engine) {
    let house = House::new(engine).await;
    let ada = House::caller("ada", "acme");
    let all = || plan(&house, vec![give_all("support", holding("viewer"))]).unwrap();
    let apply = |plan: Plan| house.directory.apply(&ada, &plan.id).unwrap_err();
    let more = all();
    house.edit("ada", vec![give("eli", "viewer")]).unwrap();
    let refused = apply(more);
    assert_eq!(refused.code, ErrorCode::PlanStale);
    assert!(refused.message.contains("Elif Fırat has come to be among"), "{refused}");
    let fewer = all();
    house.edit("ada", vec![take("zoe", "viewer")]).unwrap();
    let refused = apply(fewer);
    assert_eq!(refused.code, ErrorCode::PlanStale);
    assert!(
        refused.message.contains("Zoë Ångström has changed since: Ada Lindqvist took Viewer"),
        "{refused}"
    );
    let same = all();
    house.edit("ada", vec![give("bob", "support")]).unwrap();
    house.directory.apply(&ada, &same.id).unwrap();
}

async fn a_copy_gives_what_the_one_holds_for_the_same_times(engine: Engine) {
    let house = House::new(engine).await;
    house
        .edit(
            "ada",
            vec![give("ann", "owner"), lend("ann", "support", Some(60), Some(120)), take("ann", "viewer")],
        )
        .unwrap();
    let copy = Change::Copy { from: person("ann"), to: person("bob"), without: vec![role("owner")] };
    let plan = plan(&house, vec![copy]).unwrap();
    assert_eq!(touched(&plan), ["bob"]);
    assert_eq!(plan.effects[0].gains, [role("editor"), role("support")]);
    house.directory.apply(&House::caller("ada", "acme"), &plan.id).unwrap();
    let bob = house.directory.person(&House::caller("ada", "acme"), &person("bob")).unwrap();
    assert_eq!(held(&house, "bob"), ["billing-admin", "editor"]);
    assert_eq!(bob.upcoming[0].window.ends_at, Some(Timestamp(NOW + 120)));

    let stranger = Change::Copy { from: person("gus"), to: person("bob"), without: vec![] };
    let refused = house.edit("ada", vec![stranger]).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound, "Gus is Globex's: {refused}");
}

async fn a_copy_is_bound_to_the_one_that_is_copied(engine: Engine) {
    let house = House::new(engine).await;
    let copy = Change::Copy { from: person("ann"), to: person("bob"), without: vec![] };
    let plan = plan(&house, vec![copy]).unwrap();
    house.edit("ada", vec![take("ann", "editor")]).unwrap();
    let refused = house.directory.apply(&House::caller("ada", "acme"), &plan.id).unwrap_err();
    assert_eq!(refused.code, ErrorCode::PlanStale);
    assert!(refused.message.contains("Ann Kowalska has changed since"), "{refused}");
}

async fn changes_of_every_kind_are_written_in_one_plan(engine: Engine) {
    let house = House::new(engine).await;
    let changes = vec![
        remove("nil"),
        take("zoe", "viewer"),
        lend("vic", "editor", Some(60), None),
        crate::house::add("new@acme.example", "Nova New", &["viewer", "support"]),
        crate::house::add("gus@acme.example", "Gus", &["viewer"]),
        give("eli", "support"),
    ];
    let applied = house.edit("ada", changes).unwrap();
    assert_eq!((applied.people, applied.versions.len()), (6, 5));
    let caller = House::caller("ada", "acme");
    let found = |words: &str| {
        let query = keyward_model::PeopleQuery { search: Some(words.to_owned()), ..Default::default() };
        house.directory.people(&caller, &query).unwrap().people
    };
    assert!(found("nil").is_empty());
    let [nova] = &found("nova")[..] else { panic!("Nova is found by her name") };
    assert_eq!(nova.roles, [role("support"), role("viewer")]);
    assert_eq!(found("gus")[0].person.name, "Gus Globex", "whom the directory knows keeps their name");
    assert!(held(&house, "zoe").is_empty());
    assert_eq!(held(&house, "eli"), ["editor", "support"]);
    for row in found("")
        .into_iter()
        .filter(|row| applied.versions.contains(&seen(row.person.id.as_str(), row.version)))
    {
        assert_eq!(row.version, applied.audit + 1);
    }
}

/// So many people more in Acme, `c000001` and on, put there behind the directory's back.
pub fn crowd(house: &House, count: usize) {
    let number = match &house.scratch {
        crate::engine::Scratch::Sqlite(_) => "printf('c%06d', n)",
        crate::engine::Scratch::Postgres(_) => "'c' || lpad(n::text, 6, '0')",
    };
    house
        .scratch
        .sql(&format!(
            "INSERT INTO people (id, issuer, subject, email, email_folded, name) \
             WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) \
             SELECT {number}, '{issuer}', {number}, {number} || '@acme.example', {number} || '@acme.example', {number} FROM s; \
             INSERT INTO memberships (tenant, person, name_folded, since, version) \
             SELECT 'acme', id, id, 0, 1 FROM people WHERE id LIKE 'c0%' OR id LIKE 'c1%';",
            issuer = crate::company::ISSUER
        ))
        .unwrap();
}

fn everybody_of(count: usize, change: fn(String) -> Change) -> PlanRequest {
    wish((1..=count).map(|n| change(format!("c{n:06}"))).collect())
}

async fn thousands_of_changes_are_one_plan_and_its_answer_stays_short(engine: Engine) {
    let house = House::new(engine).await;
    let count = match std::env::var_os("KEYWARD_MANY") {
        Some(_) => limit::CHANGES_OF_PLAN,
        None => 10_000,
    };
    crowd(&house, count);
    let token = house.token("ada", "acme");
    let request = everybody_of(count, |who| give(&who, "viewer"));
    let answer = house.plan(&token, &request).await.expect(201);
    let plan: Plan = from_value(answer.clone()).unwrap();
    assert_eq!(
        (plan.effects.len(), plan.total.people),
        (1_000, count as u64),
        "it shows the first, and counts all"
    );
    let id = plan.id.to_string();
    let page = async |query: &str| -> EffectsPage {
        let path = format!("/v1/tenants/acme/plans/{id}/effects?{query}");
        from_value(house.get(&path, &token).await.expect(200)).unwrap()
    };
    let first = page("limit=200").await;
    assert_eq!((&first.effects[..], first.total), (&plan.effects[..200], plan.total));
    let second = page(&format!("limit=2&cursor={}", first.next.unwrap())).await;
    assert_eq!(second.effects[..], plan.effects[200..202]);
    let applied = house.apply(&token, &answer).await.expect(200);
    assert_eq!((&applied["people"], applied["versions"].as_array().unwrap().len()), (&json!(count), 1_000));
    let audit: Value = house.get("/v1/tenants/acme/audit", &token).await.expect(200);
    assert_eq!(audit["entries"][0]["changes"].as_array().unwrap().len(), count, "one entry has all");
    assert_eq!(holders(&house.directory), count as u64 + 3);
    let again = house.plan(&token, &request).await.expect(201);
    assert_eq!(again["warnings"], json!([{ "kind": "no_change" }]));
    let more = everybody_of(limit::CHANGES_OF_PLAN + 1, |who| give(&who, "viewer"));
    let refused = house.plan(&token, &more).await;
    assert_eq!(refused.status, 400);
    assert!(refused.error().message.contains("100000"), "{}", refused.error());
}

fn holders(directory: &Directory) -> u64 {
    let query = keyward_model::PeopleQuery { role: Some(role("viewer")), ..Default::default() };
    directory.people(&House::caller("ada", "acme"), &query).unwrap().total
}
