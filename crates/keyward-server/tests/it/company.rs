//! The example company, seen through the API.

use std::collections::BTreeSet;

use keyward_model::{AuditPage, Me, PeoplePage, PersonDetail, Role};
use keyward_server::local::FIRST_PERSON;
use serde_json::from_value;

use crate::browser::{Person, open};

#[tokio::test]
async fn every_tenant_of_adas_has_people_admins_and_a_past() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path()).await;
    let mut ada = Person::sign_in(&local, FIRST_PERSON).await;
    let me: Me = from_value(ada.get("/v1/me", &ada.own).await.1).unwrap();
    let mut held = std::collections::BTreeMap::new();
    for at in &me.tenants {
        let [role] = at.roles.as_slice() else { panic!("one role in {}", at.tenant.name) };
        *held.entry(role.id.to_string()).or_insert(0) += 1;
    }
    assert_eq!(held, [("owner".into(), 1), ("editor".into(), 3), ("viewer".into(), 6)].into());

    for at in &me.tenants {
        let tenant = &at.tenant;
        let token = ada.switch(tenant.id.as_str()).await.unwrap();
        let path = |rest: &str| format!("/v1/tenants/{}/{rest}", tenant.id);
        let roles: Vec<Role> = from_value(ada.get(&path("roles"), &token).await.1).unwrap();
        let admins: BTreeSet<_> = roles.iter().filter(|role| role.admin).map(|role| &role.id).collect();
        assert_eq!((roles.len(), admins.len()), (6, 2));
        let people: PeoplePage = from_value(ada.get(&path("people?limit=200"), &token).await.1).unwrap();
        assert!((12..=60).contains(&people.total), "{}: {}", tenant.name, people.total);
        let able = people.people.iter().filter(|row| row.roles.iter().any(|role| admins.contains(role)));
        assert!(able.count() >= 2, "{}", tenant.name);
        assert!(people.people.iter().all(|row| !row.roles.is_empty()), "{}", tenant.name);

        let audit: AuditPage = from_value(ada.get(&path("audit?limit=200"), &token).await.1).unwrap();
        assert!(audit.entries.len() >= 3, "{} has a past", tenant.name);
        assert!(
            audit
                .entries
                .is_sorted_by(|newer, older| newer.at >= older.at && newer.number == older.number + 1)
        );
        for row in &people.people {
            let last = audit.entries.iter().find(|e| e.changes.iter().any(|c| c.person.id == row.person.id));
            assert_eq!(row.version, last.map_or(1, |entry| entry.number + 1), "{}", row.person.name);
            assert!(last.is_none_or(|entry| entry.at >= row.since), "nothing is given before they came");
        }
    }
}

#[tokio::test]
async fn a_role_says_who_gave_it_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path()).await;
    let mut ada = Person::sign_in(&local, FIRST_PERSON).await;
    let token = ada.switch("acme").await.unwrap();
    let editors = ada.get("/v1/tenants/acme/people?role=editor", &token).await.1;
    let editors: PeoplePage = from_value(editors).unwrap();
    assert!(editors.total >= 5);
    for row in editors.people {
        let detail = ada.get(&format!("/v1/tenants/acme/people/{}", row.person.id), &token).await.1;
        let detail: PersonDetail = from_value(detail).unwrap();
        let given = detail.holdings.iter().find(|holding| holding.role.as_str() == "editor").unwrap();
        assert!(given.given_by.is_some() && given.reason.is_some(), "{detail:?}");
        assert!(!detail.history.is_empty());
    }
}
