//! Writes on terms: once by their key, and only while people are as they were seen.

use keyward_directory::{Directory, Terms, WriteKey};
use keyward_model::{Applied, ErrorCode, PlanId};
use serde_json::{Value, from_value, json};

use crate::{
    engine::{Engine, on_both_engines},
    house::{Answer, House, give, read, take, wish},
};

on_both_engines!(
    the_same_request_under_the_same_key_is_done_once,
    a_key_is_refused_for_another_request_and_is_its_persons_own,
    two_at_once_under_one_key_are_one,
    a_key_is_remembered_by_the_next_server_and_for_a_day,
    a_refusal_is_not_kept_under_its_key,
    what_the_asker_has_is_not_sent_again,
    an_edit_bound_to_what_was_seen_is_refused_once_they_moved,
);

async fn post(house: &House, path: &str, token: &str, header: (&str, &str), body: &Value) -> Answer {
    let request = house.request("POST", &format!("/v1/tenants/acme/plans{path}"));
    read(request.bearer_auth(token).header(header.0, header.1).json(body)).await
}

fn key(text: &str) -> (&'static str, &str) {
    ("Idempotency-Key", text)
}

fn apply(plan: &Value) -> String {
    format!("/{}/apply", plan["id"].as_str().unwrap())
}

async fn entries(house: &House) -> usize {
    let page = house.get("/v1/tenants/acme/audit", &house.token("ada", "acme")).await.expect(200);
    page["entries"].as_array().unwrap().len()
}

async fn the_same_request_under_the_same_key_is_done_once(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let body = json!(wish(vec![give("vic", "support")]));
    let plan = post(&house, "", &ada, key("p1"), &body).await.expect(201);
    assert_eq!(post(&house, "", &ada, key("p1"), &body).await.expect(201), plan, "not a second plan");
    assert_ne!(post(&house, "", &ada, key("p2"), &body).await.expect(201)["id"], plan["id"]);

    let done = post(&house, &apply(&plan), &ada, key("a1"), &Value::Null).await.expect(200);
    let again = post(&house, &apply(&plan), &ada, key("a1"), &Value::Null).await.expect(200);
    assert_eq!((again, entries(&house).await), (done, 1), "told again, not done again");
    assert_eq!(house.apply(&ada, &plan).await.status, 410, "without the key it is a second time");
}

async fn a_key_is_refused_for_another_request_and_is_its_persons_own(engine: Engine) {
    let house = House::new(engine).await;
    let (ada, ben) = (house.token("ada", "acme"), house.token("ben", "acme"));
    let body = json!(wish(vec![give("vic", "support")]));
    let plan = post(&house, "", &ada, key("k"), &body).await.expect(201);
    let other = json!(wish(vec![give("vic", "editor")]));
    for refused in [
        post(&house, "", &ada, key("k"), &other).await,
        post(&house, &apply(&plan), &ada, key("k"), &Value::Null).await,
    ] {
        assert_eq!((refused.status.as_u16(), refused.error().code), (400, ErrorCode::InvalidRequest));
        assert!(refused.error().message.contains("Idempotency-Key"), "{}", refused.error());
    }
    assert_eq!(entries(&house).await, 0);
    post(&house, "", &ben, key("k"), &other).await.expect(201);
    let demoted = house.plan(&ada, &wish(vec![take("ben", "admin")])).await.expect(201);
    house.apply(&ada, &demoted).await.expect(200);
    assert_eq!(post(&house, "", &ben, key("k"), &other).await.status, 403, "a key opens nothing");
    for odd in ["", "two words", &"x".repeat(256)] {
        assert_eq!(post(&house, "", &ada, key(odd), &body).await.error().code, ErrorCode::InvalidRequest);
    }
}

async fn two_at_once_under_one_key_are_one(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let plan = house.plan(&ada, &wish(vec![give("vic", "support")])).await.expect(201);
    let send = || {
        let request = house.request("POST", &format!("/v1/tenants/acme/plans{}", apply(&plan)));
        tokio::spawn(read(request.bearer_auth(&ada).header("Idempotency-Key", "once")))
    };
    let sent: Vec<_> = (0..8).map(|_| send()).collect();
    for answer in sent {
        assert_eq!(answer.await.unwrap().expect(200)["audit"], 1, "each is told of the same edit");
    }
    assert_eq!(entries(&house).await, 1);
}

async fn a_key_is_remembered_by_the_next_server_and_for_a_day(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let plan = house.plan(&ada, &wish(vec![give("vic", "support")])).await.expect(201);
    let done = post(&house, &apply(&plan), &ada, key("k"), &Value::Null).await.expect(200);
    let next = Directory::open(&house.scratch.at(), house.clock.clone()).unwrap();
    let caller = House::caller("ada", "acme");
    let id = PlanId::new(plan["id"].as_str().unwrap()).unwrap();
    let terms = Terms { key: Some(WriteKey::new("k").unwrap()), ..Terms::default() };
    house.clock.turn(24 * 60 * 60 - 1);
    let again = next.apply_on(&caller, &terms, &id).unwrap();
    assert_eq!(again, from_value::<Applied>(done).unwrap());
    house.clock.turn(1);
    let late = next.apply_on(&caller, &terms, &id).unwrap_err();
    assert_eq!(late.code, ErrorCode::PlanExpired, "after a day it is asked anew: {late}");
}

async fn a_refusal_is_not_kept_under_its_key(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let last = json!(wish(vec![take("ada", "owner"), take("ben", "admin")]));
    let plan = house.post("/v1/tenants/acme/plans", &ada, &last).await.expect(201);
    let refused = post(&house, &apply(&plan), &ada, key("k"), &Value::Null).await;
    assert_eq!(refused.error().code, ErrorCode::LastAdmin);
    let good = house.plan(&ada, &wish(vec![give("vic", "support")])).await.expect(201);
    post(&house, &apply(&good), &ada, key("k"), &Value::Null).await.expect(200);
}

async fn what_the_asker_has_is_not_sent_again(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let unless = async |path: &str, tag: &str| -> Answer {
        read(house.request("GET", path).bearer_auth(&ada).header("If-None-Match", tag)).await
    };
    let vic = "/v1/tenants/acme/people/vic";
    for path in ["/v1/tenants/acme", "/v1/tenants/acme/roles", vic] {
        let tag = house.get(path, &ada).await.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: a strong tag, not {tag:?}");
        for known in [tag.as_str(), "*", &format!("\"x\", {tag}"), &format!("W/{tag}")] {
            let had = unless(path, known).await;
            assert_eq!((had.status.as_u16(), had.body.clone()), (304, Value::Null), "{path} {known}");
            assert_eq!((had.header("etag"), had.version), (tag.as_str(), Some(1)), "{path}");
        }
        unless(path, "\"x\"").await.expect(200);
    }
    let tag = house.get(vic, &ada).await.header("etag").to_owned();
    let plan = house.plan(&ada, &wish(vec![give("vic", "support")])).await.expect(201);
    house.apply(&ada, &plan).await.expect(200);
    let moved = unless(vic, &tag).await;
    assert!(moved.status == 200 && moved.header("etag") != tag, "{moved:?}");
}

async fn an_edit_bound_to_what_was_seen_is_refused_once_they_moved(engine: Engine) {
    let house = House::new(engine).await;
    let (ada, ben) = (house.token("ada", "acme"), house.token("ben", "acme"));
    let tag = async |who: &str| {
        let answer = house.get(&format!("/v1/tenants/acme/people/{who}"), &ada).await;
        answer.header("etag").to_owned()
    };
    let (vic, zoe) = (tag("vic").await, tag("zoe").await);
    let body = json!(wish(vec![give("vic", "support")]));
    let both = format!("{vic}, {zoe}");
    let plan = post(&house, "", &ada, ("If-Match", &both), &body).await.expect(201);

    // Zoë is in no change of the plan, and moves.
    let theirs = house.plan(&ben, &wish(vec![give("zoe", "support")])).await.expect(201);
    house.apply(&ben, &theirs).await.expect(200);
    for refused in [
        post(&house, "", &ada, ("If-Match", &both), &body).await,
        post(&house, &apply(&plan), &ada, ("If-Match", &both), &Value::Null).await,
    ] {
        assert_eq!((refused.status.as_u16(), refused.error().code), (412, ErrorCode::PlanStale));
        let words = refused.error().message;
        assert!(words.contains("Zoë Ångström") && words.contains("Ben Ortiz gave Support"), "{words}");
    }
    for odd in ["zoe", "\"zoe\"", "\"zoe.one.x\"", "\"ZOE.1.x\"", "W/\"zoe.1.x\""] {
        let refused = post(&house, "", &ada, ("If-Match", odd), &body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.error().code),
            (400, ErrorCode::InvalidRequest),
            "{odd}"
        );
        assert!(refused.error().message.contains("If-Match"), "{}", refused.error());
    }
    assert_eq!(entries(&house).await, 1, "nothing of it was done");
    let fresh = format!("{vic}, {}", tag("zoe").await);
    post(&house, &apply(&plan), &ada, ("If-Match", &fresh), &Value::Null).await.expect(200);
    post(&house, "", &ada, ("If-Match", "*"), &json!(wish(vec![take("vic", "support")]))).await.expect(201);
}
