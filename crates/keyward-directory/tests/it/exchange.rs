//! What goes with every request and answer, whatever it is about.

use serde_json::Value;

use crate::{
    engine::{Engine, on_both_engines},
    house::{Answer, House, read},
};

on_both_engines!(the_description_is_given_to_anybody, a_request_has_an_id_its_callers_own_where_it_is_sane,);

async fn the_description_is_given_to_anybody(engine: Engine) {
    let house = House::new(engine).await;
    let document = read(house.request("GET", "/v1/openapi.json")).await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    let committed: Value = serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
    assert!(document == committed);
}

async fn a_request_has_an_id_its_callers_own_where_it_is_sane(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let with = async |path: &str, id: &str| -> String {
        let request = house.request("GET", path).bearer_auth(&ada).header("Keyward-Request-Id", id);
        let answer: Answer = read(request).await;
        answer.header("keyward-request-id").to_owned()
    };
    for path in ["/v1/me", "/v1/tenants/acme/people/gus", "/v1/nothing"] {
        assert_eq!(with(path, "Build-7_of.9").await, "Build-7_of.9", "{path}");
    }
    let long = "x".repeat(65);
    for odd in ["", "two words", "a\"b", "naïve", long.as_str()] {
        let made = with("/v1/me", odd).await;
        assert!(made.len() == 32 && made.bytes().all(|b| b.is_ascii_hexdigit()), "{odd:?} became {made:?}");
    }
    let own = async || house.get("/v1/me", &ada).await.header("keyward-request-id").to_owned();
    assert_ne!(own().await, own().await, "each request is another");
}
