//! The two golden authorization tests. Both take their routes from the router's own table, so a route
//! cannot be added without being tried.

use std::{fmt::Write, path::Path};

use keyward_directory::{Need, ROUTES, Route};
use keyward_model::ErrorCode;
use serde_json::{Value, json};

use crate::{
    engine::{Engine, on_both_engines},
    house::{Answer, House, add, give, lend, read, wish},
};

on_both_engines!(
    each_role_may_do_what_the_reviewed_table_says,
    no_route_opens_without_a_token_proven_for_it,
    too_small_a_role_is_told_the_permission_and_who_could_give_it,
    a_token_for_a_tenant_that_is_not_there_or_not_mine_opens_nothing,
);

/// Who stands for which role in Acme. Nil is the owner for a time, where not without a role.
const ROLES: [(&str, &str); 11] = [
    ("owner", "ada"),
    ("admin", "ben"),
    ("billing-admin", "bob"),
    ("editor", "eli"),
    ("support", "sam"),
    ("viewer", "vic"),
    (ENDED, "nil"),
    (LATER, "nil"),
    ("(no role)", "nil"),
    (INVITED, "kim"),
    ("(not in it)", "out"),
];
const ENDED: &str = "owner (ended)";
const LATER: &str = "owner (later)";
const INVITED: &str = "(invited)";

/// A house in which somebody stands for a role, and their token. The token of an owner whose time has ended is of the
/// time before: it says owner still, as one would that outlived the window.
async fn stand_in(engine: Engine, role: &str, who: &str) -> (House, String) {
    let house = House::new(engine).await;
    let change = match role {
        ENDED => Some(lend(who, "owner", None, Some(60))),
        LATER => Some(lend(who, "owner", Some(60), None)),
        INVITED => Some(add("kim@acme.example", "Kim Novák", &["owner"])),
        _ => None,
    };
    if let Some(change) = change {
        house.edit("ada", vec![change]).unwrap();
    }
    let token = house.token(who, "acme");
    if role == ENDED {
        house.clock.turn(60);
    }
    (house, token)
}

/// The route's path in Acme. A placeholder that this does not know is a test to write.
fn path(route: &Route, plan: &str) -> String {
    let path = route.path.replace("{tenant}", "acme").replace("{person}", "zoe").replace("{plan}", plan);
    let path = path.replace("{caller}", "tests").replace("/preview", "/preview?client=tests");
    let path = path
        .replace("/held", &format!("/held?at={}", crate::house::NOW))
        .replace("/unused", "/unused?since=0");
    let path = path.replace("/holders", "/holders?role=viewer");
    let path = path.replace("{number}", "1");
    assert!(!path.contains('{'), "{path}: say here what stands for the placeholder");
    path
}

fn body() -> Value {
    json!(wish(vec![give("zoe", "support")]))
}

/// Tries the route, with a token as given, or none.
async fn attempt(house: &House, route: &Route, plan: &str, token: Option<&str>) -> Answer {
    let mut request = house.request(route.method.as_str(), &path(route, plan));
    if route.method != http::Method::GET {
        request = request.json(&match route.need {
            Need::Operator(_) if route.method == http::Method::POST => json!({
                "id": "initech", "name": "Initech", "class": "sandbox", "hue": 0, "roles_of": "acme",
                "admin": { "email": "bill@initech.example", "name": "Bill" },
            }),
            Need::Operator(_) => json!({ "name": "Acme Manufacturing" }),
            _ => body(),
        });
    }
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    read(request).await
}

async fn each_role_may_do_what_the_reviewed_table_says(engine: Engine) {
    let mut table =
        "Status of each route for each role of a tenant. Reviewed: a change here is a change of rights.\n\
                     UPDATE_GOLDEN=1 cargo test -p keyward-directory --test it authz\n\n"
            .to_owned();
    let mut columns = Vec::new();
    for (role, who) in ROLES {
        let (house, token) = stand_in(engine, role, who).await;
        // Whoever may make a plan applies their own; others try with a name of none.
        let plan = house.post("/v1/tenants/acme/plans", &token, &body()).await;
        let plan = plan.body["id"].as_str().unwrap_or("none").to_owned();
        let mut column = Vec::new();
        for route in &ROUTES {
            column.push(attempt(&house, route, &plan, Some(&token)).await.status.as_u16());
        }
        columns.push((role, column));
    }
    let _ = write!(table, "{:<52}", "");
    for (role, _) in &columns {
        let _ = write!(table, "{role:<14}");
    }
    for (place, route) in ROUTES.iter().enumerate() {
        let _ = write!(table, "\n{:<52}", format!("{} {}", route.method, route.path));
        for (_, column) in &columns {
            let _ = write!(table, "{:<14}", column[place]);
        }
    }
    let table: String = table.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/authz-roles.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &table).unwrap();
    }
    let reviewed = std::fs::read_to_string(&golden).unwrap_or_default();
    assert_eq!(table, reviewed, "rights differ from the reviewed table\n{table}");
}

async fn no_route_opens_without_a_token_proven_for_it(engine: Engine) {
    let house = House::new(engine).await;
    let acme = house.claims("ada", "acme");
    let changed = |name: &str, value: Value| {
        let mut claims = acme.clone();
        claims[name] = value;
        house.sign("at+jwt", &claims)
    };
    let both = json!(["https://api.example/t/acme", "https://api.example/t/globex"]);
    let mut id_token = acme.clone();
    id_token["aud"] = "keyward-desktop".into();
    let good = house.token("ada", "acme");
    let forged = format!("{}.{}", good.rsplit_once('.').unwrap().0, "A".repeat(86));
    // (what, token, whether /v1/me takes it, which needs no tenant)
    let tokens = [
        ("none", None, false),
        ("nonsense", Some("nonsense".to_owned()), false),
        ("a forged signature", Some(forged), false),
        ("an ID token", Some(house.sign("JWT", &id_token)), false),
        ("an ID token with the API's audience", Some(house.sign("JWT", &acme)), false),
        ("an access token for a client", Some(house.sign("at+jwt", &id_token)), false),
        ("another issuer", Some(changed("iss", "https://evil.example".into())), false),
        ("expired", Some(changed("exp", (crate::house::NOW - 31).into())), false),
        ("no expiry", Some(changed("exp", Value::Null)), false),
        ("not yet", Some(changed("iat", (crate::house::NOW + 60).into())), false),
        ("a longer tenant", Some(changed("aud", "https://api.example/t/acme2".into())), true),
        ("two tenants at once", Some(changed("aud", both)), true),
        ("the directory's own", Some(changed("aud", crate::house::OWN_AUDIENCE.into())), true),
        ("another tenant's", Some(house.token("ada", "globex")), true),
    ];
    for route in &ROUTES {
        for (what, token, good_for_me) in &tokens {
            let answer = attempt(&house, route, "none", token.as_deref()).await;
            let open = match route.need {
                Need::Nobody => true,
                Need::Person => *good_for_me,
                Need::Member | Need::Caller | Need::Permission(_) | Need::Operator(_) => false,
            };
            let place = format!("{} {} with {what}: {:?}", route.method, route.path, answer);
            if open {
                assert_eq!(answer.status, 200, "{place}");
                continue;
            }
            assert_eq!(
                (answer.status.as_u16(), answer.error().code),
                (401, ErrorCode::Unauthenticated),
                "{place}"
            );
            let challenge = answer.challenge.clone().unwrap_or_default();
            // A provider that is not proven does not learn why: its token may be good, and no provider's.
            let unsaid = token.is_none() || route.need == Need::Caller;
            assert_eq!(challenge == "Bearer", unsaid, "RFC 6750 §3.1: no error without a token; {place}");
            assert!(unsaid || challenge.contains("error=\"invalid_token\""), "{place}");
            assert_eq!(answer.version, None, "nothing is said to a stranger: {place}");
        }
    }
}

async fn too_small_a_role_is_told_the_permission_and_who_could_give_it(engine: Engine) {
    let house = House::new(engine).await;
    let member = house.token("nil", "acme");
    let mut lesser = house.claims("ada", "acme");
    lesser["https://keyward.dev/claims/permissions"] = json!(["content:read"]);
    let lesser = house.sign("at+jwt", &lesser);
    for route in &ROUTES {
        let (Need::Permission(needed) | Need::Operator(needed)) = route.need else { continue };
        let place = format!("{} {}", route.method, route.path);
        for token in [&member, &lesser] {
            let refused = attempt(&house, route, "none", Some(token)).await;
            assert_eq!(
                (refused.status.as_u16(), refused.error().code),
                (403, ErrorCode::Forbidden),
                "{place}"
            );
            let words = refused.error().message;
            assert!(words.contains(needed) && words.contains("Acme Manufacturing"), "{place}: {words}");
            let scope = format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\"");
            assert_eq!(refused.challenge, Some(scope), "{place}");
        }
        let words = attempt(&house, route, "none", Some(&member)).await.error().message;
        assert!(words.contains("Owner or Admin of Acme Manufacturing"), "{place}: {words}");
    }
}

async fn a_token_for_a_tenant_that_is_not_there_or_not_mine_opens_nothing(engine: Engine) {
    let house = House::new(engine).await;
    let hooli = house.get("/v1/tenants/hooli", &house.token("ada", "hooli")).await;
    assert_eq!((hooli.status.as_u16(), hooli.error().code), (404, ErrorCode::TenantUnknown));
    let globex = house.get("/v1/tenants/globex", &house.token("ben", "globex")).await;
    assert_eq!((globex.status.as_u16(), globex.error().code), (403, ErrorCode::TenantForbidden));
    assert_eq!(globex.version, None);
    for odd in ["ACME", "acme%2F..", "acme%20"] {
        let path = format!("/v1/tenants/{odd}");
        assert_eq!(house.get(&path, "nonsense").await.status, 401, "{odd}: the token comes first");
        let missing = house.get(&path, &house.token("ada", "acme")).await;
        assert_eq!((missing.status.as_u16(), missing.error().code), (404, ErrorCode::TenantUnknown), "{odd}");
    }
}
