//! The store is away: no token, or what was last known, marked; by configuration.

use std::time::Duration;

use keyward_directory::{HookCaller, Shape, WhenAway};
use serde_json::{Value, json};

use super::{about, ask, caller, house, secret};
use crate::{
    engine::{Engine, on_both_engines},
    house::{House, NOW, read, remove, wish},
};

on_both_engines!(
    without_the_store_nothing_is_issued_unless_the_configuration_says_otherwise,
    whoever_was_taken_out_does_not_come_back_while_the_store_is_away,
    a_drill_says_what_would_happen_and_how_old_answers_may_be,
);

const STALE: &str = "https://keyward.dev/claims/stale_since";

async fn two(engine: Engine) -> House {
    let kept = HookCaller {
        when_away: WhenAway::LastKnown(Duration::from_secs(900)),
        ..caller("kept", Shape::Generic)
    };
    house(engine, vec![kept, caller("closed", Shape::Generic)]).await
}

/// Takes a table away that every answer needs, or puts it back.
fn away(house: &House, is: bool) {
    let (from, to) =
        if is { ("memberships", "memberships_away") } else { ("memberships_away", "memberships") };
    house.scratch.sql(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
}

async fn without_the_store_nothing_is_issued_unless_the_configuration_says_otherwise(engine: Engine) {
    let house = two(engine).await;
    let mut known = ask(&house, "kept", &about("ann", "acme")).await.expect(200);
    ask(&house, "closed", &about("ann", "acme")).await.expect(200);
    house.clock.turn(600);
    away(&house, true);
    let refused = ask(&house, "closed", &about("ann", "acme")).await.expect(503);
    assert_eq!(refused["code"], "storage_unavailable");
    let words = refused["message"].as_str().unwrap();
    assert!(!words.contains("memberships") && !words.contains("directory.db"), "{words}");

    known["claims"][STALE] = NOW.into();
    assert_eq!(ask(&house, "kept", &about("ann", "acme")).await.expect(200), known, "as it was, and marked");
    ask(&house, "kept", &about("ada", "acme")).await.expect(503);
    let mut other = about("ann", "acme");
    other["client"] = "another".into();
    ask(&house, "kept", &other).await.expect(503);
    house.clock.turn(300);
    ask(&house, "kept", &about("ann", "acme")).await.expect(200);
    house.clock.turn(1);
    ask(&house, "kept", &about("ann", "acme")).await.expect(503);

    away(&house, false);
    let fresh = ask(&house, "kept", &about("ann", "acme")).await.expect(200);
    assert_eq!(fresh["claims"].get(STALE), None);
}

async fn whoever_was_taken_out_does_not_come_back_while_the_store_is_away(engine: Engine) {
    let house = two(engine).await;
    ask(&house, "kept", &about("ann", "acme")).await.expect(200);
    let ada = house.token("ada", "acme");
    let plan = house.plan(&ada, &wish(vec![remove("ann")])).await.expect(201);
    house.apply(&ada, &plan).await.expect(200);
    ask(&house, "kept", &about("ann", "acme")).await.expect(403);
    away(&house, true);
    ask(&house, "kept", &about("ann", "acme")).await.expect(503);
}

async fn drill(house: &House, name: &str) -> Value {
    let request = house.request("GET", &format!("/v1/hooks/{name}/drill"));
    read(request.bearer_auth(secret(name))).await.expect(200)
}

async fn a_drill_says_what_would_happen_and_how_old_answers_may_be(engine: Engine) {
    let house = two(engine).await;
    let closed = drill(&house, "closed").await;
    assert_eq!(
        (&closed["when_away"], &closed["at_most"], &closed["kept"]),
        (&json!("refuse"), &Value::Null, &json!(0))
    );
    assert_eq!(closed["says"], "Were the store away, closed is told not to issue for any tenant.");
    for who in ["ann", "ada"] {
        ask(&house, "kept", &about(who, "acme")).await.expect(200);
        house.clock.turn(100);
    }
    let kept = drill(&house, "kept").await;
    assert_eq!((&kept["when_away"], &kept["at_most"]), (&json!("last_known"), &json!(900)));
    assert_eq!((&kept["store"], &kept["kept"], &kept["oldest"]), (&json!("here"), &json!(2), &json!(200)));
    let says = kept["says"].as_str().unwrap();
    assert!(says.contains("900 s") && says.contains("2 questions, the oldest 200 s old"), "{says}");
    house.clock.turn(750);
    assert_eq!(drill(&house, "kept").await["kept"], 1, "what is too old counts no more");
    house.scratch.sql("ALTER TABLE tenants RENAME TO tenants_away").unwrap();
    assert_eq!(drill(&house, "kept").await["store"], "away");
}
