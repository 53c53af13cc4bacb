//! Who holds what, in every tenant that one may look into.

use keyward_model::{ErrorCode, HoldersPage, HoldersQuery, Permission, Timestamp};
use serde_json::from_value;

use crate::{
    company::{SINCE, company, issuer, member, role, subject},
    engine::{Engine, on_both_engines},
    house::{House, NOW, OWN_AUDIENCE, give, lend, take},
};

on_both_engines!(
    holders_are_told_of_every_tenant_that_i_may_look_into_and_of_no_other,
    who_may_do_something_is_told_with_the_role_that_allows_it,
    a_page_goes_on_where_the_last_one_ended,
    why_a_role_is_held_is_told_with_its_entry_of_the_audit,
);

/// "acme: ada" of each row.
fn told(page: &HoldersPage) -> Vec<String> {
    page.holders.iter().map(|one| format!("{}: {} {}", one.tenant, one.person.id, one.holding.role)).collect()
}

async fn holders_are_told_of_every_tenant_that_i_may_look_into_and_of_no_other(engine: Engine) {
    let house = House::new(engine).await;
    let ask = async |token: &str| -> HoldersPage {
        from_value(house.get("/v1/me/holders?role=viewer", token).await.expect(200)).unwrap()
    };
    let everywhere = ["acme: ann viewer", "acme: vic viewer", "acme: zoe viewer", "globex: ada viewer"];
    let page = ask(&house.token("ada", "acme")).await;
    assert_eq!((told(&page), page.next.as_deref()), (everywhere.map(str::to_owned).into(), None));
    let mut own = house.claims("ada", "acme");
    own["aud"] = OWN_AUDIENCE.into();
    assert_eq!(ask(&house.sign("at+jwt", &own)).await, page, "whatever the tenant of the token");
    assert_eq!(told(&ask(&house.token("gus", "globex")).await), ["globex: ada viewer"]);
    assert_eq!(told(&ask(&house.token("sam", "acme")).await), [""; 0], "sees people, and not roles");

    house.edit("ada", vec![lend("gus-is-not-here", "viewer", None, None)]).unwrap_err();
    house
        .edit("ada", vec![lend("vic", "viewer", Some(60), None), lend("zoe", "viewer", None, Some(60))])
        .unwrap();
    assert_eq!(told(&ask(&house.token("ben", "acme")).await), ["acme: ann viewer", "acme: zoe viewer"]);
    house.clock.turn(60);
    assert_eq!(told(&ask(&house.token("ben", "acme")).await), ["acme: ann viewer", "acme: vic viewer"]);

    // A token from before, of somebody who may see nothing any more.
    let old = house.token("eli", "acme");
    house.edit("ada", vec![take("eli", "editor")]).unwrap();
    assert_eq!(told(&ask(&old).await), [""; 0]);
    let stranger = house.get("/v1/me/holders?role=viewer", &house.token("eve", "acme")).await;
    assert_eq!((stranger.status.as_u16(), stranger.error().code), (403, ErrorCode::Forbidden));
}

async fn who_may_do_something_is_told_with_the_role_that_allows_it(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![give("ann", "billing-admin"), give("ada", "billing-admin")]).unwrap();
    let ask = |query: &HoldersQuery| house.directory.holders(&issuer(), &subject("ada"), query);
    let permission = Some(Permission::new("billing:write").unwrap());
    let page = ask(&HoldersQuery { permission: permission.clone(), ..HoldersQuery::default() }).unwrap();
    let all = [
        "acme: ada billing-admin",
        "acme: ann billing-admin",
        "acme: bob billing-admin",
        "acme: ada owner",
        "globex: gus owner",
    ];
    assert_eq!(told(&page), all, "by tenant, role, person; each role of somebody is a reason");
    for odd in [
        HoldersQuery::default(),
        HoldersQuery { permission, role: Some(role("owner")), ..HoldersQuery::default() },
        HoldersQuery { role: Some(role("owner")), limit: Some(0), ..HoldersQuery::default() },
        HoldersQuery { role: Some(role("owner")), cursor: Some("x".to_owned()), ..HoldersQuery::default() },
    ] {
        assert_eq!(ask(&odd).unwrap_err().code, ErrorCode::InvalidRequest, "{odd:?}");
    }
}

async fn a_page_goes_on_where_the_last_one_ended(engine: Engine) {
    let mut crowd = company();
    for at in ["acme", "globex"] {
        crowd.people.extend((0..30).map(|n| member(&format!("{at}{n}"), at, &[(at, "support viewer")])));
    }
    let house = House::of(engine, crowd).await;
    let all = |limit: u32| {
        let permission = Some(Permission::new("people:read").unwrap());
        let (mut cursor, mut rows) = (None, Vec::new());
        loop {
            let query =
                HoldersQuery { permission: permission.clone(), cursor, limit: Some(limit), role: None };
            let page = house.directory.holders(&issuer(), &subject("ada"), &query).unwrap();
            assert!(page.holders.len() == limit as usize || page.next.is_none(), "whole, or the last");
            rows.extend(told(&page));
            cursor = page.next;
            if cursor.is_none() {
                return rows;
            }
        }
    };
    let once = all(200);
    assert_eq!((once.len(), once.is_empty()), (60 + 60 + 8 + 2 + 1, false));
    for limit in [1, 7, 64] {
        assert_eq!(all(limit), once, "in pages of {limit}");
    }
}

async fn why_a_role_is_held_is_told_with_its_entry_of_the_audit(engine: Engine) {
    let house = House::new(engine).await;
    // All in one second, so that the moment alone does not tell them apart.
    house.edit("ada", vec![give("ann", "billing-admin")]).unwrap();
    house.edit("ada", vec![give("ann", "support"), give("zoe", "support")]).unwrap();
    house.edit("ada", vec![lend("ann", "admin", None, Some(600))]).unwrap();
    let detail =
        house.directory.person(&House::caller("vic", "acme"), &crate::company::person("ann")).unwrap();
    let why = |what: &str| {
        let held = detail.holdings.iter().find(|held| held.role == role(what)).unwrap();
        let by = held.given_by.as_ref().map(|by| by.id.to_string());
        (by, held.given_at, held.window.ends_at, held.audit)
    };
    let ada = Some("ada".to_owned());
    assert_eq!(why("editor"), (None, SINCE, None, None), "with the tenant itself");
    assert_eq!(why("billing-admin"), (ada.clone(), Timestamp(NOW), None, Some(1)));
    assert_eq!(why("support"), (ada.clone(), Timestamp(NOW), None, Some(2)));
    assert_eq!(why("admin"), (ada, Timestamp(NOW), Some(Timestamp(NOW + 600)), Some(3)));
}
