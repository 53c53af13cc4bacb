//! Requests that are not right: each is refused in words that name the field, and changes nothing.

use keyward_model::ErrorCode;
use serde_json::{Value, json};

use crate::{
    engine::{Engine, on_both_engines},
    house::{House, give, read, wish},
};

on_both_engines!(
    a_malformed_plan_names_its_field,
    an_unknown_person_or_role_is_named,
    a_query_out_of_its_limits_names_the_field,
    a_body_too_large_is_refused_before_it_is_read,
    what_is_not_there_is_said_as_json_too,
    the_audit_is_paged_newest_first,
);

async fn a_malformed_plan_names_its_field(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let good = json!({ "kind": "give", "person": "vic", "role": "support" });
    for (body, named) in [
        (json!({ "changes": [] }), "changes"),
        (json!({}), "changes"),
        (json!({ "changes": [good], "resaon": "x" }), "resaon"),
        (json!({ "changes": [{ "kind": "give", "person": "vic", "role": "support", "until": 1 }] }), "until"),
        (json!({ "changes": [{ "kind": "grant", "person": "vic", "role": "support" }] }), "grant"),
        (json!({ "changes": [good, { "kind": "give", "person": "VIC", "role": "support" }] }), "VIC"),
        (json!({ "changes": [good], "seen": [{ "person": "vic", "version": -1 }] }), "version"),
        (json!({ "changes": [good], "reason": "x".repeat(501) }), "reason"),
        (json!({ "changes": vec![good.clone(); 100_001] }), "changes"),
        (json!({ "changes": [{ "kind": "remove", "person": "vic" }, good] }), "changes[1]"),
    ] {
        let refused = house.post("/v1/tenants/acme/plans", &ada, &body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.error().code),
            (400, ErrorCode::InvalidRequest),
            "{named}"
        );
        assert!(refused.error().message.contains(named), "{} should name {named}", refused.error().message);
    }
    let longest = json!({ "changes": vec![good; 1000], "reason": "ż".repeat(500) });
    house.post("/v1/tenants/acme/plans", &ada, &longest).await.expect(201);
}

async fn an_unknown_person_or_role_is_named(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    for (change, named) in [(give("gus", "viewer"), "gus"), (give("vic", "wizard"), "wizard")] {
        let refused = house.plan(&ada, &wish(vec![change])).await;
        assert_eq!((refused.status.as_u16(), refused.error().code), (404, ErrorCode::NotFound));
        assert!(refused.error().message.contains(named), "Gus is Globex's: {}", refused.error().message);
    }
    for path in ["people/gus", "people/NOT%20A%20NAME", "people/%FF", "people?role=wizard"] {
        let missing = house.get(&format!("/v1/tenants/acme/{path}"), &ada).await;
        assert_eq!((missing.status.as_u16(), missing.error().code), (404, ErrorCode::NotFound), "{path}");
    }
}

async fn a_query_out_of_its_limits_names_the_field(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let long = format!("search={}", "x".repeat(201));
    for (query, named) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=AAAA", "cursor"),
        ("page=2", "page"),
        (long.as_str(), "search"),
        ("search=a+b+c+d+e+f+g+h+i+j+k", "search"),
    ] {
        let refused = house.get(&format!("/v1/tenants/acme/people?{query}"), &ada).await;
        assert_eq!(
            (refused.status.as_u16(), refused.error().code),
            (400, ErrorCode::InvalidRequest),
            "{query}"
        );
        assert!(refused.error().message.contains(named), "{} should name {named}", refused.error().message);
    }
    assert_eq!(house.get("/v1/tenants/acme/audit?limit=0", &ada).await.status, 400);
}

async fn a_body_too_large_is_refused_before_it_is_read(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let body = json!({ "changes": [], "reason": "x".repeat(16 * 1024 * 1024) });
    let refused = house.post("/v1/tenants/acme/plans", &ada, &body).await;
    assert_eq!((refused.status.as_u16(), refused.error().code), (413, ErrorCode::TooLarge));
}

async fn what_is_not_there_is_said_as_json_too(engine: Engine) {
    let house = House::new(engine).await;
    assert_eq!(house.get("/v1/nothing", "x").await.error().code, ErrorCode::NotFound);
    let method = read(house.request("DELETE", "/v1/me")).await;
    assert_eq!((method.status.as_u16(), method.error().code), (405, ErrorCode::InvalidRequest));
    let plain = house.request("POST", "/v1/tenants/acme/plans").bearer_auth(house.token("ada", "acme"));
    assert_eq!(read(plain.body("changes=1")).await.error().code, ErrorCode::InvalidRequest);
}

async fn the_audit_is_paged_newest_first(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    for turn in 0..5 {
        let change =
            if turn % 2 == 0 { give("vic", "support") } else { crate::house::take("vic", "support") };
        let plan = house.plan(&ada, &wish(vec![change])).await.expect(201);
        house.apply(&ada, &plan).await.expect(200);
    }
    let mut numbers: Vec<u64> = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page: Value = house.get(&format!("/v1/tenants/acme/audit?{query}"), &ada).await.expect(200);
        numbers.extend(
            page["entries"].as_array().unwrap().iter().map(|entry| entry["number"].as_u64().unwrap()),
        );
        let Some(next) = page["next"].as_str() else { break };
        query = format!("limit=2&cursor={next}");
    }
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
}
