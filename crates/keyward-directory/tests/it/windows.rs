//! Roles held for a time: in the token while they hold, and not a second longer, with nobody awake.

use keyward_model::{
    AuditPage, ErrorCode, HookAnswer, PeopleQuery, PersonDetail, Plan, TimeWindow, Timestamp, Timing, Warning,
};
use proptest::prelude::*;
use serde_json::{from_value, json};

use crate::{
    company::{issuer, person, role, subject},
    engine::{Engine, drive, on_both_engines},
    house::{House, NOW, give, lend, remove, take, wish},
};

on_both_engines!(
    a_role_is_in_the_token_from_its_start_to_its_end,
    a_token_says_the_same_for_all_its_life,
    a_window_is_planned_changed_audited_and_shown,
    a_window_that_ends_before_it_starts_names_its_field_and_one_in_the_past_is_warned_of,
    an_admin_whose_time_is_over_edits_nothing,
    the_last_admin_does_not_run_out,
    a_plan_whose_meaning_time_has_changed_is_stale,
    the_list_shows_who_holds_a_role_now,
);

const HOUR: i64 = 3600;

fn window(from: Option<i64>, until: Option<i64>) -> TimeWindow {
    let at = |seconds| Timestamp(NOW + seconds);
    TimeWindow { starts_at: from.map(at), ends_at: until.map(at) }
}

async fn a_role_is_in_the_token_from_its_start_to_its_end(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![lend("vic", "support", Some(60), Some(HOUR))]).unwrap();
    let says = |what: &str, renew_at: Option<i64>, not_after: Option<i64>| {
        let answer = house.answer("vic");
        let held: Vec<_> = answer.roles.iter().map(ToString::to_string).collect();
        assert_eq!(held.join(" "), what);
        let may = answer.permissions.iter().any(|one| one.as_str() == "support:write");
        assert_eq!(may, what.contains("support"), "permissions are those of the roles held");
        let at = |seconds: Option<i64>| seconds.map(|seconds| Timestamp(NOW + seconds));
        assert_eq!((answer.renew_at, answer.not_after), (at(renew_at), at(not_after)));
        assert_eq!(answer.role_version, 2, "an edit raises the version, time does not");
    };
    says("viewer", Some(60), None);
    house.clock.turn(59);
    says("viewer", Some(60), None);
    house.clock.turn(1);
    says("support viewer", None, Some(HOUR));
    house.clock.turn(HOUR - 61);
    says("support viewer", None, Some(HOUR));
    house.clock.turn(1);
    says("viewer", None, None);
    house.clock.turn(-1);
    says("support viewer", None, Some(HOUR));
}

/// Why a verifier that has seen version 7 needs to know nothing of time: a token of version 7 that has not ended
/// says what one made now would say.
async fn a_token_says_the_same_for_all_its_life(engine: Engine) {
    let few = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let house = drive(House::new(engine));
    let bound = || prop::option::weighted(0.7, -5_i64..40);
    let roles = ["billing-admin", "editor", "support"];
    proptest!(few, |(windows in prop::collection::vec((bound(), bound()), 3))| {
        let back = house.directory.person(&House::caller("ada", "acme"), &person("nil")).unwrap();
        let mut changes: Vec<_> = back.row.roles.iter().map(|role| take("nil", role.as_str())).collect();
        changes.extend(back.upcoming.iter().map(|held| take("nil", held.role.as_str())));
        for ((from, until), what) in windows.iter().zip(roles) {
            if window(*from, *until).is_forwards() {
                changes.push(lend("nil", what, *from, *until));
            }
        }
        changes.push(give("nil", "viewer"));
        let _so_already = house.edit("ada", changes);
        let mut token: Option<HookAnswer> = None;
        for second in 0..45 {
            let fresh = house.answer("nil");
            if let Some(old) = &token
                && old.lasts_until().is_none_or(|end| NOW + second < end.0)
            {
                prop_assert_eq!(old, &fresh, "at second {}", second);
            }
            token = Some(fresh);
            house.clock.turn(1);
        }
        house.clock.turn(-45);
    });
}

async fn a_window_is_planned_changed_audited_and_shown(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let mut before = None;
    for after in [window(None, Some(HOUR)), window(Some(HOUR), Some(2 * HOUR)), TimeWindow::ALWAYS] {
        let changes = vec![json!({ "kind": "give", "person": "vic", "role": "support",
            "starts_at": after.starts_at, "ends_at": after.ends_at })];
        let plan = json!({ "changes": changes, "reason": "on call" });
        let plan: Plan =
            from_value(house.post("/v1/tenants/acme/plans", &ada, &plan).await.expect(201)).unwrap();
        let effect = &plan.effects[0];
        assert_eq!(effect.gains.len(), usize::from(before.is_none()), "gained once, then held otherwise");
        let timing = Timing { role: role("support"), before, after: Some(after) };
        assert_eq!((effect.loses.as_slice(), effect.timings.as_slice()), (&[][..], &[timing.clone()][..]));
        house.apply(&ada, &json!(plan)).await.expect(200);

        let shown = house.get("/v1/tenants/acme/people/vic", &ada).await.expect(200);
        let shown: PersonDetail = from_value(shown).unwrap();
        let (now, later) = if after.holds_at(Timestamp(NOW)) { (2, 0) } else { (1, 1) };
        assert_eq!((shown.holdings.len(), shown.upcoming.len(), shown.row.roles.len()), (now, later, now));
        let held = shown.upcoming.iter().chain(&shown.holdings).find(|held| held.role == role("support"));
        assert_eq!(held.map(|held| held.window), Some(after));
        assert_eq!(shown.history[0].changes[0].timings, [timing], "with what was before, to be undone by");
        before = Some(after);
    }
    let audit = house.get("/v1/tenants/acme/audit", &ada).await.expect(200);
    let audit: AuditPage = from_value(audit).unwrap();
    assert_eq!(audit.entries.len(), 3);
    let nothing = house.edit("ada", vec![give("vic", "support")]).unwrap_err();
    assert_eq!(nothing.code, ErrorCode::InvalidRequest, "it is so already");
}

async fn a_window_that_ends_before_it_starts_names_its_field_and_one_in_the_past_is_warned_of(
    engine: Engine,
) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    for (from, until) in [(HOUR, HOUR), (HOUR, 60), (-60, -HOUR)] {
        let changes = vec![give("ann", "support"), lend("vic", "support", Some(from), Some(until))];
        let refused = house.plan(&ada, &wish(changes)).await;
        assert_eq!((refused.status.as_u16(), refused.error().code), (400, ErrorCode::InvalidRequest));
        assert!(refused.error().message.contains("changes[1].ends_at"), "{}", refused.error().message);
    }
    let plan =
        async |changes| -> Plan { from_value(house.plan(&ada, &wish(changes)).await.expect(201)).unwrap() };
    let past = |what: &str, warning: &Warning| matches!(warning, Warning::WindowPast { person, role } if person.name == "Victor Żak" && role.as_str() == what);
    let new = plan(vec![lend("vic", "support", None, Some(0))]).await;
    assert!(new.effects.is_empty() && past("support", &new.warnings[0]), "{:?}", new.warnings);
    assert_eq!(new.warnings[1..], [Warning::NoChange]);
    let held = plan(vec![lend("vic", "viewer", Some(-HOUR), Some(-60))]).await;
    assert!(past("viewer", &held.warnings[0]), "{:?}", held.warnings);
    assert_eq!(held.effects[0].loses, [role("viewer")], "held for a time that is over is not held");
    let begun = plan(vec![lend("vic", "billing-admin", Some(-HOUR), Some(60))]).await;
    assert_eq!((begun.warnings.len(), begun.effects[0].gains.len()), (0, 1), "begun, and not over");
}

async fn an_admin_whose_time_is_over_edits_nothing(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![lend("vic", "admin", Some(60), Some(HOUR))]).unwrap();
    let try_it = |when: &str, allowed: bool| {
        let plan = house.directory.plan(&House::caller("vic", "acme"), wish(vec![give("nil", "viewer")]));
        assert_eq!(
            plan.as_ref().err().map(|error| error.code),
            (!allowed).then_some(ErrorCode::Forbidden),
            "{when}"
        );
        plan.ok()
    };
    try_it("before it begins", false);
    house.clock.turn(60);
    try_it("as it begins", true);
    house.clock.turn(HOUR - 61);
    let plan = try_it("in its last second", true).unwrap();
    house.clock.turn(1);
    try_it("as it ends", false);
    let late = house.directory.apply(&House::caller("vic", "acme"), &plan.id).unwrap_err();
    assert_eq!(late.code, ErrorCode::Forbidden, "a plan made in time does not help");
}

async fn the_last_admin_does_not_run_out(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let runs_out = [
        // Both would end; the second is whose end leaves nobody.
        vec![lend("ada", "owner", None, Some(HOUR)), lend("ben", "admin", None, Some(2 * HOUR))],
        vec![remove("ben"), lend("ada", "owner", None, Some(2 * HOUR))],
        // Somebody comes, and too late.
        vec![
            remove("ben"),
            lend("ada", "owner", None, Some(2 * HOUR)),
            lend("vic", "admin", Some(3 * HOUR), None),
        ],
    ];
    for changes in runs_out {
        let plan: Plan = from_value(house.plan(&ada, &wish(changes)).await.expect(201)).unwrap();
        let at = Some(Timestamp(NOW + 2 * HOUR));
        let last = plan.warnings.iter().find(|one| matches!(one, Warning::LastAdmin { .. }));
        assert!(matches!(last, Some(Warning::LastAdmin { at: when, .. }) if *when == at), "{last:?}");
        let refused = house.apply(&ada, &json!(plan)).await;
        assert_eq!((refused.status.as_u16(), refused.error().code), (409, ErrorCode::LastAdmin));
        let words = refused.error().message;
        assert!(words.contains("on 22 November 2026 at 10:10 UTC"), "{words}");
        assert!(words.contains("Owner or Admin without an end first"), "{words}");
    }
    // One after the other without a gap, and the last of them for good.
    let relay = vec![
        remove("ben"),
        lend("ada", "owner", None, Some(2 * HOUR)),
        lend("vic", "admin", Some(HOUR), Some(3 * HOUR)),
        lend("ann", "admin", Some(3 * HOUR), None),
    ];
    let plan: Plan = from_value(house.plan(&ada, &wish(relay)).await.expect(201)).unwrap();
    assert_eq!(plan.warnings, [Warning::SelfLockout], "Ada's own right would end");
    house.apply(&ada, &json!(plan)).await.expect(200);
    let cut = house.edit("ada", vec![lend("ann", "admin", Some(3 * HOUR + 1), None)]).unwrap_err();
    assert_eq!(cut.code, ErrorCode::LastAdmin, "a second without an admin is one too many");
    house.clock.turn(3 * HOUR);
    house.edit("ann", vec![give("nil", "viewer")]).unwrap();
}

async fn a_plan_whose_meaning_time_has_changed_is_stale(engine: Engine) {
    let house = House::new(engine).await;
    let caller = House::caller("ada", "acme");
    let plan = |changes| house.directory.plan(&caller, wish(changes)).unwrap();
    let short = plan(vec![lend("vic", "support", None, Some(300)), give("ann", "support")]);
    let begins = plan(vec![lend("zoe", "support", Some(60), Some(HOUR))]);
    house.clock.turn(300);
    let stale = house.directory.apply(&caller, &short.id).unwrap_err();
    assert_eq!(stale.code, ErrorCode::PlanStale, "it said that Victor would gain support: {stale}");
    let ann = house.directory.person(&caller, &person("ann")).unwrap();
    assert!(!ann.row.roles.contains(&role("support")), "nothing of it was done");
    house.directory.apply(&caller, &begins.id).unwrap();
}

async fn the_list_shows_who_holds_a_role_now(engine: Engine) {
    let house = House::new(engine).await;
    let caller = House::caller("ada", "acme");
    house
        .edit(
            "ada",
            vec![lend("vic", "support", Some(60), Some(HOUR)), lend("sam", "support", None, Some(60))],
        )
        .unwrap();
    let holders = || {
        let query = PeopleQuery { role: Some(role("support")), ..PeopleQuery::default() };
        let page = house.directory.people(&caller, &query).unwrap();
        let ids: Vec<_> = page.people.iter().map(|row| row.person.id.to_string()).collect();
        assert_eq!(
            (page.total, page.people.iter().all(|row| row.roles.contains(&role("support")))),
            (ids.len() as u64, true)
        );
        ids
    };
    assert_eq!(holders(), ["sam"]);
    house.clock.turn(60);
    assert_eq!(holders(), ["vic"]);
    let me = house.directory.me(&issuer(), &subject("sam"), None).unwrap();
    assert!(me.tenants[0].roles.is_empty(), "in the tenant, and nothing more");
    house.clock.turn(HOUR);
    assert_eq!(holders(), [""; 0]);
}
