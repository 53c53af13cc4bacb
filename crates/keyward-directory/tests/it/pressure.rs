//! Callers who ask too fast, and what a server says of its own work.

use std::time::Duration;

use http::StatusCode;
use keyward_directory::{Hooks, Metrics, Rate, Rates, Shape};
use keyward_model::ErrorCode;

use crate::{
    company::company,
    engine::{Engine, on_both_engines},
    hooks::{ORIGIN, about, ask, caller},
    house::{House, give, wish},
};

on_both_engines!(
    who_asks_too_fast_is_told_when_to_come_again_and_holds_up_nobody_else,
    a_server_counts_what_it_did_and_names_nobody,
);

async fn who_asks_too_fast_is_told_when_to_come_again_and_holds_up_nobody_else(engine: Engine) {
    let rate = |burst| Some(Rate { burst, every: Duration::from_secs(3600) });
    let house = House::served(engine, company(), |service, _, _| {
        let hooks = ["one", "two"].map(|name| caller(name, Shape::Generic)).into();
        let rates = Rates { people: rate(3), providers: rate(2) };
        service.asked_by(Hooks::new(ORIGIN, hooks).unwrap()).limited(rates).router()
    })
    .await;
    let ada = house.token("ada", "acme");
    house.get("/v1/me", &ada).await.expect(200);
    house.plan(&ada, &wish(vec![give("vic", "support")])).await.expect(201);
    house.get("/v1/me", &house.token("ada", "globex")).await.expect(200);
    for token in [&ada, &house.token("ada", "globex")] {
        let refused = house.get("/v1/me", token).await;
        assert_eq!((refused.status.as_u16(), refused.error().code), (429, ErrorCode::TooManyRequests));
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=3600).contains(&wait), "{wait}");
        assert!(refused.error().message.contains(&format!("{wait} s")), "{}", refused.error());
    }
    house.get("/v1/tenants/acme", &house.token("ben", "acme")).await.expect(200);
    assert_eq!(house.get("/v1/me", "nonsense").await.status, 401, "who is nobody has no allowance to spend");

    for _ in 0..2 {
        ask(&house, "one", &about("ann", "acme")).await.expect(200);
    }
    assert_eq!(ask(&house, "one", &about("ann", "acme")).await.status, 429);
    ask(&house, "two", &about("ann", "acme")).await.expect(200);
}

async fn a_server_counts_what_it_did_and_names_nobody(engine: Engine) {
    let house = House::served(engine, company(), |service, _, _| {
        let metrics = Metrics::new();
        let hooks =
            Hooks::new(ORIGIN, vec![caller("one", Shape::Okta), caller("two", Shape::Generic)]).unwrap();
        service.asked_by(hooks).measured(metrics.clone()).router().merge(metrics.router())
    })
    .await;
    let ada = house.token("ada", "acme");
    house.get("/v1/tenants/acme/people/zoe", &ada).await.expect(200);
    house.get("/v1/tenants/acme/people/ann", &ada).await.expect(200);
    house.get("/v1/tenants/acme/people/gus", &ada).await.expect(404);
    house.get("/v1/no/such/path", &ada).await.expect(404);
    ask(&house, "two", &about("ann", "acme")).await.expect(200);
    ask(&house, "two", &about("ann", "globex")).await.expect(403);

    let response = house.request("GET", "/metrics").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let text = response.text().await.unwrap();
    for line in [
        r#"keyward_requests_total{method="GET",route="/v1/tenants/{tenant}/people/{person}",status="200"} 2"#,
        r#"keyward_requests_total{method="GET",route="/v1/tenants/{tenant}/people/{person}",status="404"} 1"#,
        r#"keyward_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"keyward_request_seconds_count{route="/v1/tenants/{tenant}/people/{person}"} 3"#,
        r#"keyward_hook_answers_total{caller="two",outcome="answered"} 1"#,
        r#"keyward_hook_answers_total{caller="two",outcome="refused"} 1"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    for name in ["acme", "zoe", "ann", "such"] {
        assert!(!text.contains(name), "{name} is nobody's to learn here");
    }
}
