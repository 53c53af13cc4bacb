//! What a token would say, shown to whoever may see the person; and what one's own says.

use keyward_directory::{HookCaller, Shape};
use keyward_model::ErrorCode;
use serde_json::json;

use super::{about, ask, caller, house};
use crate::{
    engine::{Engine, on_both_engines},
    house::{House, give, remove, take, wish},
};

on_both_engines!(
    a_preview_shows_exactly_what_the_provider_would_get,
    a_preview_after_a_plan_shows_what_applying_it_brings,
    a_preview_is_for_whoever_may_see_people_and_of_people_who_are_there,
    everybody_reads_what_they_hold_themselves,
);

async fn a_preview_shows_exactly_what_the_provider_would_get(engine: Engine) {
    let small = HookCaller { budget: 272, ..caller("small", Shape::Generic) };
    let entra = caller("entra", Shape::Entra);
    let house = house(engine, vec![small, caller("script", Shape::Generic), entra]).await;
    let ada = house.token("ada", "acme");
    let plan = house.plan(&ada, &wish(vec![give("ann", "support")])).await.expect(201);
    house.apply(&ada, &plan).await.expect(200);
    for (name, form) in [("script", "full"), ("small", "compact")] {
        let got = ask(&house, name, &about("ada", "acme")).await.expect(200)["claims"].clone();
        let path = format!("/v1/tenants/acme/people/ada/preview?client=app&hook={name}");
        let shown = house.get(&path, &ada).await.expect(200);
        assert_eq!((&shown["claims"], &shown["form"]), (&got, &json!(form)), "{name}");
        assert_eq!(shown["bytes"], got.to_string().len());
        assert_eq!(
            (&shown["hook"], &shown["client"], &shown["refused"]),
            (&json!(name), &json!("app"), &json!(null))
        );
        assert!(shown["milliseconds"].as_f64().unwrap() > 0.0, "{shown}");
    }
    let path = "/v1/tenants/acme/people/ann/preview?client=app";
    let texts = house.get(&format!("{path}&hook=entra"), &ada).await.expect(200);
    assert_eq!(texts["claims"]["https://keyward.dev/claims/role_version"], "2");
    let usual = house.get(path, &ada).await.expect(200);
    assert_eq!(
        (&usual["hook"], &usual["budget"]),
        (&json!(null), &json!(3500)),
        "of several callers, none is meant"
    );
}

async fn a_preview_after_a_plan_shows_what_applying_it_brings(engine: Engine) {
    let house = house(engine, vec![caller("script", Shape::Generic)]).await;
    let (ada, ben) = (house.token("ada", "acme"), house.token("ben", "acme"));
    let changes =
        vec![give("ann", "billing-admin"), take("ann", "editor"), remove("sam"), give("vic", "viewer")];
    let plan = house.plan(&ada, &wish(changes)).await.expect(201);
    let path = |who: &str| {
        format!("/v1/tenants/acme/people/{who}/preview?client=app&plan={}", plan["id"].as_str().unwrap())
    };
    let mut shown = Vec::new();
    for who in ["ann", "vic", "eli"] {
        let now =
            house.get(&format!("/v1/tenants/acme/people/{who}/preview?client=app"), &ada).await.expect(200);
        let after = house.get(&path(who), &ada).await.expect(200);
        assert_eq!(
            after["claims"] == now["claims"],
            who != "ann",
            "the plan changes Ann, and nothing is done yet"
        );
        shown.push((who, after["claims"].clone()));
    }
    let sam = house.get(&path("sam"), &ada).await.expect(200);
    assert_eq!(
        (&sam["refused"]["code"], &sam["claims"]),
        (&json!("tenant_forbidden"), &json!({})),
        "taken out"
    );
    assert_eq!(house.get(&path("ann"), &ben).await.error().code, ErrorCode::NotFound, "another's plan");
    assert_eq!(house.get(&path("ann"), &house.token("vic", "acme")).await.error().code, ErrorCode::Forbidden);

    house.apply(&ada, &plan).await.expect(200);
    for (who, claims) in shown {
        assert_eq!(ask(&house, "script", &about(who, "acme")).await.expect(200)["claims"], claims, "{who}");
    }
    ask(&house, "script", &about("sam", "acme")).await.expect(403);
    assert_eq!(house.get(&path("ann"), &ada).await.error().code, ErrorCode::PlanExpired);

    let plan = house.plan(&ada, &wish(vec![give("ann", "support")])).await.expect(201);
    let other = house.plan(&ben, &wish(vec![give("ann", "editor")])).await.expect(201);
    house.apply(&ben, &other).await.expect(200);
    let path =
        format!("/v1/tenants/acme/people/ann/preview?client=app&plan={}", plan["id"].as_str().unwrap());
    assert_eq!(house.get(&path, &ada).await.error().code, ErrorCode::PlanStale, "as applying it would say");
}

async fn a_preview_is_for_whoever_may_see_people_and_of_people_who_are_there(engine: Engine) {
    let house = house(engine, vec![HookCaller { budget: 40, ..caller("tiny", Shape::Generic) }]).await;
    let path = |who: &str, query: &str| format!("/v1/tenants/acme/people/{who}/preview{query}");
    let ada = house.token("ada", "acme");
    let code = async |path: String, token: &str| house.get(&path, token).await.error().code;
    assert_eq!(code(path("ann", "?client=app"), &house.token("nil", "acme")).await, ErrorCode::Forbidden);
    let hidden = code(path("ann", "?client=app&hook=other"), &house.token("nil", "acme")).await;
    assert_eq!(hidden, ErrorCode::Forbidden, "who asks here is not for everybody to find out");
    assert_eq!(code(path("gus", "?client=app"), &ada).await, ErrorCode::NotFound);
    assert_eq!(code(path("ann", "?client=app&hook=other"), &ada).await, ErrorCode::NotFound);
    assert_eq!(code(path("ann", ""), &ada).await, ErrorCode::InvalidRequest);
    let refused = house.get(&path("ann", "?client=app"), &ada).await.expect(200);
    assert_eq!((&refused["hook"], &refused["refused"]["code"]), (&json!("tiny"), &json!("internal")));
    assert_eq!((&refused["claims"], &refused["form"]), (&json!({}), &json!(null)));
}

async fn everybody_reads_what_they_hold_themselves(engine: Engine) {
    let house = House::new(engine).await;
    let answer = house.get("/v1/tenants/acme/me", &house.token("ann", "acme")).await;
    assert_eq!(answer.version, Some(1));
    assert_eq!(
        answer.expect(200),
        json!({ "roles": ["editor", "viewer"], "role_version": 1, "not_after": null,
            "permissions": ["audit:read", "content:write", "people:read", "roles:read"] })
    );
    let nil = house.get("/v1/tenants/acme/me", &house.token("nil", "acme")).await.expect(200);
    assert_eq!((&nil["roles"], &nil["permissions"]), (&json!([]), &json!([])));
    let elsewhere = house.get("/v1/tenants/globex/me", &house.token("ann", "globex")).await;
    assert_eq!(elsewhere.error().code, ErrorCode::TenantForbidden);
}
