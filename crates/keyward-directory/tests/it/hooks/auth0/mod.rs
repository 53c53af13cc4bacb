//! Our Auth0 Action, run by Node as Auth0 would, against the directory over HTTP.

mod simulator;

use std::{
    io::Write,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use keyward_directory::{Field, HookCaller, Shape, WithoutTenant};
use serde_json::{Value, json};

use super::{API, ROLES, VERSION, caller, expected, house, named_by, secret};
use crate::{
    engine::{Engine::Sqlite, drive},
    house::{House, give, wish},
};

/// Runs the Action; none where Node is not here.
fn run(event: &Value) -> Option<Value> {
    if let Err(why) = Command::new("node").arg("--version").stdout(Stdio::null()).status() {
        let required = std::env::var_os("KEYWARD_REQUIRE_PROVIDERS").is_some();
        assert!(!required, "node is required, and is not here: {why}");
        let _ = writeln!(std::io::stderr(), "skipped, because node is not here: {why}");
        return None;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let action = here.join("../../integrations/auth0/post-login.js").canonicalize().unwrap();
    let mut node = Command::new("node")
        .arg(here.join("tests/it/hooks/auth0/stand-in.mjs"))
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let question = json!({ "action": action, "event": event }).to_string();
    node.stdin.take().unwrap().write_all(question.as_bytes()).unwrap();
    let done = node.wait_with_output().unwrap();
    let (outcome, log) = (String::from_utf8_lossy(&done.stderr), String::from_utf8_lossy(&done.stdout));
    for shown in [&outcome, &log] {
        assert!(!shown.contains(&secret("auth0")), "a secret in what is shown: {shown}");
    }
    Some(serde_json::from_str(&outcome).unwrap_or_else(|_| panic!("the stand-in says {outcome}")))
}

/// Ann's sign-in, for Acme's API.
fn event(url: &str) -> Value {
    json!({
        "authentication": { "methods": [{ "name": "pwd", "timestamp": "2026-11-22T10:10:00.000Z" }] },
        "client": { "client_id": "app", "name": "Keyward", "metadata": {} },
        "connection": { "id": "con_1", "name": "Username-Password-Authentication", "strategy": "auth0" },
        "request": { "body": {}, "query": { "audience": "https://api.example/t/acme" }, "method": "GET",
            "hostname": "northwind.eu.auth0.com", "ip": "203.0.113.7" },
        "resource_server": { "identifier": "https://api.example/t/acme" },
        "secrets": { "DIRECTORY_URL": url, "DIRECTORY_SECRET": secret("auth0") },
        "stats": { "logins_count": 4 },
        "tenant": { "id": "northwind" },
        "transaction": { "protocol": "oidc-basic-profile", "requested_scopes": ["openid", "offline_access"] },
        "user": { "user_id": "sub-ann", "email": "ann@acme.example", "email_verified": true },
    })
}

/// The exchange of a refresh token: no query, a body.
fn refresh(mut event: Value) -> Value {
    event["transaction"] = json!({ "protocol": "oauth2-refresh-token", "requested_scopes": [] });
    event["request"] = json!({ "body": { "grant_type": "refresh_token" }, "query": {}, "method": "POST" });
    event
}

async fn asked_by_auth0(tenant: keyward_directory::TenantName) -> (House, String) {
    let auth0 = HookCaller { tenant, without_tenant: WithoutTenant::Leave, ..caller("auth0", Shape::Auth0) };
    let house = house(Sqlite, vec![auth0]).await;
    let url = format!("{}/v1/hooks/auth0", house.origin);
    (house, url)
}

#[test]
fn the_action_puts_the_tenants_roles_into_the_token_and_a_refresh_brings_the_new_ones() {
    drive(async {
        let (house, url) = asked_by_auth0(named_by(Field::Audience, API)).await;
        let Some(issued) = run(&event(&url)) else { return };
        assert_eq!(issued, json!({ "denied": null, "accessToken": expected(), "idToken": {} }));

        let ada = house.token("ada", "acme");
        let plan = house.plan(&ada, &wish(vec![give("ann", "support")])).await.expect(201);
        house.apply(&ada, &plan).await.expect(200);
        let issued = run(&refresh(event(&url))).unwrap();
        assert_eq!(issued["accessToken"][ROLES], json!(["editor", "support", "viewer"]));
        assert_eq!(issued["accessToken"][VERSION], 2);
    });
}

#[test]
fn a_parameter_or_an_organization_may_name_the_tenant() {
    drive(async {
        let (_house, url) = asked_by_auth0(named_by(Field::Tenant, "{tenant}")).await;
        let mut sign_in = event(&url);
        sign_in["resource_server"]["identifier"] = "https://api.example".into();
        let Some(issued) = run(&sign_in) else { return };
        assert_eq!(issued["accessToken"], json!({}), "no tenant was named, and none is guessed");
        sign_in["request"]["query"]["tenant"] = "acme".into();
        assert_eq!(run(&sign_in).unwrap()["accessToken"], expected());
        let mut exchange = refresh(sign_in);
        exchange["request"]["body"]["tenant"] = "acme".into();
        assert_eq!(run(&exchange).unwrap()["accessToken"], expected());

        let (_house, url) = asked_by_auth0(named_by(Field::Organization, "org-{tenant}")).await;
        let mut sign_in = event(&url);
        sign_in["organization"] =
            json!({ "id": "org-acme", "name": "acme", "display_name": "Acme", "metadata": {} });
        assert_eq!(run(&sign_in).unwrap()["accessToken"], expected());
    });
}

#[test]
fn no_token_is_issued_where_the_directory_says_no_or_nothing() {
    drive(async {
        let (_house, url) = asked_by_auth0(named_by(Field::Audience, API)).await;
        let denied = |event: &Value| run(event).map(|outcome| outcome["denied"].as_str().unwrap().to_owned());
        let mut stranger = event(&url);
        stranger["user"]["user_id"] = "sub-gus".into();
        let Some(words) = denied(&stranger) else { return };
        assert_eq!(words, "This person is not in acme.");

        let cannot = "The role directory cannot be asked now. Try again in a moment.";
        let mut wrong = event(&url);
        wrong["secrets"]["DIRECTORY_SECRET"] = "x".repeat(40).into();
        assert_eq!(denied(&wrong).unwrap(), cannot, "a wrong secret");
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(denied(&event(&format!("http://{closed}"))).unwrap(), cannot, "nobody there");
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = format!("http://{}", silent.local_addr().unwrap());
        assert_eq!(denied(&event(&silent)).unwrap(), cannot, "somebody who says nothing");
        let page = url.replace("/v1/hooks/auth0", "/nothing");
        assert_eq!(denied(&event(&page)).unwrap(), cannot, "another page");
        for missing in ["DIRECTORY_URL", "DIRECTORY_SECRET"] {
            let mut unset = event(&url);
            unset["secrets"].as_object_mut().unwrap().remove(missing);
            assert!(denied(&unset).unwrap().contains(missing));
        }
    });
}

#[test]
fn sign_ins_that_are_none_of_the_directorys_are_left_alone() {
    drive(async {
        let untouched = json!({ "denied": null, "accessToken": {}, "idToken": {} });
        let (_house, url) = asked_by_auth0(named_by(Field::Audience, API)).await;
        let mut own = event(&url);
        own["resource_server"]["identifier"] = "https://api.example/directory".into();
        let Some(issued) = run(&own) else { return };
        assert_eq!(issued, untouched, "the directory's own API: the person has chosen no tenant yet");
        // These two need no directory at all.
        let mut without = event("http://127.0.0.1:9");
        without.as_object_mut().unwrap().remove("resource_server");
        assert_eq!(run(&without).unwrap(), untouched);
        let mut other = event("http://127.0.0.1:9");
        other["secrets"]["AUDIENCE_PREFIX"] = "https://api.other.example/".into();
        assert_eq!(run(&other).unwrap(), untouched);
    });
}
