//! Ada signs in, switches, looks, edits, and her next token knows.

use keyward_model::{Applied, Me, PeoplePage, Plan};
use keyward_server::local::{FIRST_PERSON, PASSWORD};
use serde_json::{from_value, json};

use crate::browser::{Person, audience, claims, open};

const ROLES: &str = "https://keyward.dev/claims/roles";
const VERSION: &str = "https://keyward.dev/claims/role_version";

#[tokio::test]
async fn an_edit_is_in_the_next_token_without_signing_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path()).await;
    let mut ada = Person::sign_in(&local, "ADA@northwind.example").await;

    let (status, me) = ada.get("/v1/me", &ada.own).await;
    assert_eq!(status, 200, "{me}");
    let me: Me = from_value(me).unwrap();
    assert_eq!((me.person.name.as_str(), me.tenants.len()), ("Ada Lindqvist", 10));
    assert_eq!(me.default_tenant.unwrap().as_str(), "acme");

    let acme = ada.switch("acme").await.unwrap();
    assert_eq!(claims(&acme)["aud"], audience("acme"));
    assert_eq!(claims(&acme)[ROLES], json!(["owner"]));
    let (status, people) = ada.get("/v1/tenants/acme/people?limit=200", &acme).await;
    assert_eq!(status, 200, "{people}");
    let people: PeoplePage = from_value(people).unwrap();
    assert!(people.total >= 50 && people.people.len() as u64 == people.total);

    let wish = json!({ "changes": [{ "kind": "give", "person": "ada", "role": "editor" }], "reason": "Tries it out" });
    let (status, plan) = ada.post("/v1/tenants/acme/plans", &acme, &wish).await;
    assert_eq!(status, 201, "{plan}");
    let plan: Plan = from_value(plan).unwrap();
    let path = format!("/v1/tenants/acme/plans/{}/apply", plan.id);
    let (status, applied) = ada.post(&path, &acme, &json!(null)).await;
    assert_eq!(status, 200, "{applied}");
    let applied: Applied = from_value(applied).unwrap();

    let next = ada.switch("acme").await.unwrap();
    assert_eq!(claims(&next)[ROLES], json!(["editor", "owner"]));
    assert_eq!(claims(&next)[VERSION], applied.versions[0].version);
    local.stop().await;
}

#[tokio::test]
async fn somebody_invited_for_a_time_signs_in_and_their_token_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path()).await;
    let mut ada = Person::sign_in(&local, FIRST_PERSON).await;
    let acme = ada.switch("acme").await.unwrap();
    let ends_at = claims(&acme)["iat"].as_i64().unwrap() + 120;
    let wish = json!({ "changes": [
        { "kind": "add", "email": "kim@partner.example", "name": "Kim Novák", "roles": ["viewer"], "ends_at": ends_at },
    ] });
    let (status, plan) = ada.post("/v1/tenants/acme/plans", &acme, &wish).await;
    assert_eq!(status, 201, "{plan}");
    let path = format!("/v1/tenants/acme/plans/{}/apply", plan["id"].as_str().unwrap());
    let (status, applied) = ada.post(&path, &acme, &json!(null)).await;
    assert_eq!(status, 200, "{applied}");

    let wrong = Person::try_sign_in(&local, "kim@partner.example", "Keyward").await.err().unwrap();
    assert!(wrong.contains("not right"), "{wrong}");
    let mut kim = Person::sign_in(&local, "Kim@Partner.example").await;
    let (status, me) = kim.get("/v1/me", &kim.own).await;
    assert_eq!(status, 200, "{me}");
    let me: Me = from_value(me).unwrap();
    assert_eq!((me.person.name.as_str(), me.default_tenant.unwrap().as_str()), ("Kim Novák", "acme"));
    let token = kim.switch("acme").await.unwrap();
    assert_eq!((&claims(&token)[ROLES], &claims(&token)["exp"]), (&json!(["viewer"]), &json!(ends_at)));
    local.stop().await;
}

#[tokio::test]
async fn a_tenant_that_is_not_hers_is_refused_by_provider_and_directory() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path()).await;
    let mut ada = Person::sign_in(&local, FIRST_PERSON).await;
    for closed in ["tidewater", "verdant-foods", "hooli"] {
        let refused = ada.switch(closed).await.unwrap_err();
        assert!(
            ["access_denied", "invalid_target"].contains(&refused["error"].as_str().unwrap()),
            "{refused}"
        );
        let acme = ada.switch("acme").await.unwrap();
        let (status, _) = ada.get(&format!("/v1/tenants/{closed}"), &acme).await;
        assert_eq!(status, 401, "Acme's token is no key to {closed}");
    }
    let globex = ada.switch("globex").await.unwrap();
    let wish = json!({ "changes": [{ "kind": "give", "person": "ada", "role": "owner" }] });
    let (status, refused) = ada.post("/v1/tenants/globex/plans", &globex, &wish).await;
    assert_eq!((status.as_u16(), &refused["code"]), (403, &json!("forbidden")), "an editor edits no roles");
    assert!(refused["message"].as_str().unwrap().contains("Owner or Admin of Globex Logistics"), "{refused}");
}

#[tokio::test]
async fn only_the_right_password_of_somebody_known_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path()).await;
    for (email, password) in
        [(FIRST_PERSON, "Keyward"), (FIRST_PERSON, ""), ("nobody@northwind.example", PASSWORD)]
    {
        let page = Person::try_sign_in(&local, email, password).await.err().unwrap();
        assert!(page.contains("not right"), "{page}");
    }
}
