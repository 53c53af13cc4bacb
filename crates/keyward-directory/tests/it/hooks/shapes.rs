//! Providers' own questions, as their documentation or source has them, and the answers that they understand.

use keyward_directory::{Field, HookCaller, Hooks, Shape};
use keyward_model::{Issuer, TenantAlias};
use serde_json::{Value, json};

use super::{ANNS, API, ROLES, VERSION, ask, caller, expected, house, named_by};
use crate::{
    company::{ISSUER, tenant},
    engine::Engine::Sqlite,
};

/// As developer.okta.com has it, shortened where nothing of it is read.
fn okta_question(who: &str, claims: &Value) -> Value {
    let mut access = json!({ "ver": 1, "jti": "AT.W-rrB", "iss": ISSUER, "aud": "https://api.example/t/acme",
        "cid": "app", "uid": "00uq8tMo3zV0OfJON0g3", "sub": format!("sub-{who}") });
    access.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    json!({
        "source": format!("{ISSUER}/v1/authorize"),
        "eventType": "com.okta.oauth2.tokens.transform",
        "data": {
            "context": { "protocol": { "type": "OAUTH2.0", "issuer": { "uri": ISSUER },
                "client": { "id": "app", "name": "Native client", "type": "PUBLIC" } } },
            "identity": { "claims": { "sub": "00uq8tMo3zV0OfJON0g3" }, "token": { "lifetime": { "expiration": 3600 } } },
            "access": { "claims": access, "token": { "lifetime": { "expiration": 3600 } },
                "scopes": { "openid": { "id": "scpq7bW1cp6dcvrz80g3", "action": "GRANT" } } },
        },
    })
}

#[tokio::test]
async fn okta_gets_a_patch_of_the_access_token_and_a_refusal_as_an_error_in_a_200() {
    let okta = HookCaller { tenant: named_by(Field::Audience, API), ..caller("okta", Shape::Okta) };
    let house = house(Sqlite, vec![okta]).await;
    let there = json!({ ROLES: ["owner"], "https://keyward.dev/claims/overage": ["roles"] });
    let answer = ask(&house, "okta", &okta_question("ann", &there)).await.expect(200);
    let [command] = answer["commands"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    assert_eq!(command["type"], "com.okta.access.patch");
    let steps = command["value"].as_array().unwrap();
    let step = |name: &str| {
        let path = format!("/claims/https:~1~1keyward.dev~1claims~1{name}");
        steps
            .iter()
            .find(|step| step["path"] == path.as_str())
            .unwrap_or_else(|| panic!("{name} in {answer}"))
    };
    assert_eq!(step("permissions")["op"], "add");
    assert_eq!(step("permissions")["value"], json!(ANNS));
    assert_eq!(
        (&step("roles")["op"], &step("roles")["value"]),
        (&json!("replace"), &json!(["editor", "viewer"]))
    );
    assert_eq!(step("overage")["op"], "remove", "what is not said now must not stay");
    assert_eq!(steps.len(), 5);

    // Okta issues without us on anything but 200.
    let refused = ask(&house, "okta", &okta_question("gus", &json!({}))).await.expect(200);
    assert_eq!(refused, json!({ "error": { "errorSummary": "This person is not in acme." } }));
    let odd = ask(&house, "okta", &json!({ "data": {} })).await.expect(200);
    assert!(odd["error"]["errorSummary"].as_str().unwrap().contains("/data/access/claims/sub"), "{odd}");
}

#[tokio::test]
async fn an_authorization_server_per_tenant_names_it_and_asks_about_the_people_of_all() {
    let server = |tenant: &str| format!("https://northwind.okta.example/oauth2/{tenant}");
    let rule = named_by(Field::Issuer, &server("{tenant}"));
    let house = house(Sqlite, vec![HookCaller { tenant: rule, ..caller("okta", Shape::Okta) }]).await;
    let question = |server: String| okta_question("ada", &json!({ "iss": server }));
    for (tenant, roles) in [("acme", "owner"), ("globex", "viewer")] {
        let answer = ask(&house, "okta", &question(server(tenant))).await.expect(200).to_string();
        assert!(answer.contains(&format!("[\"{roles}\"]")), "{tenant}: {answer}");
    }
    for foreign in ["https://evil.okta.example/oauth2/acme".to_owned(), server("acme/x y"), server("")] {
        ask(&house, "okta", &question(foreign)).await.expect(401);
    }
    // The people's own issuer is theirs, and no tenant's.
    let refused = ask(&house, "okta", &question(ISSUER.to_owned())).await.expect(200);
    assert!(refused["error"]["errorSummary"].as_str().unwrap().contains("no tenant"), "{refused}");
}

const DIRECTORY: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

/// As learn.microsoft.com has it.
fn entra_question(who: &str, directory: &str) -> Value {
    json!({
        "type": "microsoft.graph.authenticationEvent.tokenIssuanceStart",
        "source": format!("/tenants/{directory}/applications/app"),
        "data": {
            "@odata.type": "microsoft.graph.onTokenIssuanceStartCalloutData",
            "tenantId": directory,
            "authenticationContext": {
                "protocol": "OAUTH2.0",
                "clientServicePrincipal": { "id": "1", "appId": "app", "displayName": "App" },
                "resourceServicePrincipal": { "id": "2", "appId": "resource-of-acme", "displayName": "Acme's API" },
                "user": { "id": format!("sub-{who}"), "userPrincipalName": "ann@acme.example", "userType": "Member" },
            },
        },
    })
}

#[tokio::test]
async fn entra_gets_texts_alone_and_no_token_where_the_status_is_not_200() {
    let mut rule = named_by(Field::Resource, "{tenant}");
    rule.known.insert(TenantAlias::new("resource-of-acme").unwrap(), tenant("acme"));
    let issuer = Issuer::new(format!("https://login.microsoftonline.com/{DIRECTORY}/v2.0")).unwrap();
    let mut company = crate::company::company();
    company.people.iter_mut().for_each(|person| person.issuer = issuer.clone());
    let entra = HookCaller { tenant: rule, issuer, ..caller("entra", Shape::Entra) };
    let hooks = Hooks::new(super::ORIGIN, vec![entra]).unwrap();
    let house = crate::house::House::asked(Sqlite, company, |_, _| hooks).await;
    let answer = ask(&house, "entra", &entra_question("ann", DIRECTORY)).await.expect(200);
    let action = &answer["data"]["actions"][0];
    assert_eq!(answer["data"]["@odata.type"], "microsoft.graph.onTokenIssuanceStartResponseData");
    assert_eq!(action["@odata.type"], "microsoft.graph.tokenIssuanceStart.provideClaimsForToken");
    let mut wanted = expected();
    wanted[VERSION] = "1".into();
    assert_eq!(action["claims"], wanted);
    ask(&house, "entra", &entra_question("gus", DIRECTORY)).await.expect(403);
    let mut other = entra_question("ann", DIRECTORY);
    other["type"] = "microsoft.graph.authenticationEvent.attributeCollectionStart".into();
    ask(&house, "entra", &other).await.expect(400);
    let elsewhere = entra_question("ann", "99999999-0000-cccc-1111-dddd2222eeee");
    ask(&house, "entra", &elsewhere).await.expect(401);
}

/// As ory/hydra's `oauth2/token_hook.go` and `session.go` write it.
fn hydra_question(who: &str) -> Value {
    json!({
        "session": {
            "id_token": {
                "id_token_claims": { "iss": ISSUER, "sub": format!("sub-{who}"), "aud": ["app"],
                    "ext": { "email": "ann@acme.example" } },
                "headers": { "extra": {} }, "username": "", "subject": format!("sub-{who}"),
            },
            "extra": { "department": "sales", ROLES: ["owner"], "https://keyward.dev/claims/not_after": 1 },
            "client_id": "app",
        },
        "request": { "client_id": "app", "granted_scopes": ["openid"], "grant_types": ["refresh_token"],
            "granted_audience": ["https://api.example/t/acme"], "payload": {} },
    })
}

#[tokio::test]
async fn hydra_keeps_what_the_consent_said_and_loses_what_an_older_answer_said() {
    let hydra = HookCaller { tenant: named_by(Field::Audience, API), ..caller("hydra", Shape::Hydra) };
    let house = house(Sqlite, vec![hydra]).await;
    let answer = ask(&house, "hydra", &hydra_question("ann")).await.expect(200);
    let mut wanted = expected();
    wanted["department"] = "sales".into();
    assert_eq!(answer["session"]["access_token"], wanted);
    assert_eq!(answer["session"]["id_token"], json!({ "email": "ann@acme.example" }));
    ask(&house, "hydra", &hydra_question("gus")).await.expect(403);
}
