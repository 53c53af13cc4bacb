//! How much a token says: at the very byte, and never less in silence.

use std::collections::BTreeSet;

use keyward_directory::{Founding, HookCaller, Hooks, Shape};
use keyward_model::{ErrorCode, Permission, RoleId};
use serde_json::{Value, json};

use super::{ORIGIN, PERMISSIONS, ROLES, about, ask, caller, house};
use crate::{
    company::{company, tenant},
    engine::Engine::Sqlite,
    house::House,
};

const OVERAGE: &str = "https://keyward.dev/claims/overage";
const URL: &str = "https://keyward.dev/claims/overage_url";

async fn claims(budget: usize, who: &str) -> Result<Value, Value> {
    let house = house(Sqlite, vec![HookCaller { budget, ..caller("script", Shape::Generic) }]).await;
    let answer = ask(&house, "script", &about(who, "acme")).await;
    match answer.status.as_u16() {
        200 => Ok(answer.body["claims"].clone()),
        _ => Err(answer.body),
    }
}

fn bytes(claims: &Value) -> usize {
    claims.to_string().len()
}

#[tokio::test]
async fn one_byte_too_many_and_the_permissions_are_left_out_then_the_roles_each_time_saying_so() {
    let full = claims(3_500, "ada").await.unwrap();
    assert_eq!(full[PERMISSIONS].as_array().unwrap().len(), 7);
    assert_eq!((full.get(OVERAGE), full.get(URL)), (None, None), "nothing is left out");
    assert_eq!(claims(bytes(&full), "ada").await.unwrap(), full, "it fits exactly");

    let compact = claims(bytes(&full) - 1, "ada").await.unwrap();
    assert_eq!((compact.get(PERMISSIONS), &compact[ROLES]), (None, &json!(["owner"])));
    assert_eq!(compact[OVERAGE], json!(["permissions"]));
    assert_eq!(compact[URL], format!("{ORIGIN}/v1/tenants/acme/me"));
    assert!(bytes(&compact) < bytes(&full));
    assert_eq!(claims(bytes(&compact), "ada").await.unwrap(), compact);

    let overage = claims(bytes(&compact) - 1, "ada").await.unwrap();
    assert_eq!((overage.get(PERMISSIONS), overage.get(ROLES)), (None, None));
    assert_eq!(overage[OVERAGE], json!(["permissions", "roles"]));
    assert_eq!(overage[URL], compact[URL]);
    assert_eq!(overage["https://keyward.dev/claims/role_version"], 1);
    assert_eq!(claims(bytes(&overage), "ada").await.unwrap(), overage);

    let refused = claims(bytes(&overage) - 1, "ada").await.unwrap_err();
    assert_eq!(refused["code"], "internal", "no token rather than one that does not say what it lacks");
}

/// Acme with many roles, all of which Ada holds.
fn large(roles: usize) -> Founding {
    let mut company = company();
    let ada = company.people.iter_mut().find(|person| person.id.as_str() == "ada").unwrap();
    let held = &mut ada.tenants.get_mut(&tenant("acme")).unwrap().roles;
    let template = company.roles[5].clone();
    for n in 0..roles {
        let id = RoleId::new(format!("department-role-{n:03}")).unwrap();
        held.insert(id.clone());
        let permissions: BTreeSet<_> = ["read", "write"]
            .map(|verb| Permission::new(format!("department-{n:03}:{verb}")).unwrap())
            .into();
        company.roles.push(keyward_directory::RoleTemplate { id, permissions, ..template.clone() });
    }
    company
}

#[tokio::test]
async fn whoever_holds_too_much_for_a_token_reads_all_of_it_and_may_still_do_all_of_it() {
    for (roles, left_out) in
        [(10, json!(null)), (100, json!(["permissions"])), (199, json!(["permissions", "roles"]))]
    {
        let hooks = Hooks::new(ORIGIN, vec![caller("script", Shape::Generic)]).unwrap();
        let house = House::asked(Sqlite, large(roles), |_, _| hooks).await;
        let said = ask(&house, "script", &about("ada", "acme")).await.expect(200)["claims"].clone();
        assert_eq!(said.get(OVERAGE).cloned().unwrap_or_default(), left_out, "{roles}");
        assert!(bytes(&said) <= 3_500);
        // The provider's token, with exactly these claims.
        let mut token = house.claims("ada", "acme");
        for name in [ROLES, PERMISSIONS] {
            token.as_object_mut().unwrap().remove(name);
        }
        token.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        let token = house.sign("at+jwt", &token);
        let all = house.get("/v1/tenants/acme/me", &token).await.expect(200);
        assert_eq!(all["roles"].as_array().unwrap().len(), roles + 1);
        assert_eq!(all["permissions"].as_array().unwrap().len(), 2 * roles + 7);
        house.get("/v1/tenants/acme/people", &token).await.expect(200);
        house.get("/v1/tenants/acme/audit", &token).await.expect(200);
    }
}

#[tokio::test]
async fn a_token_that_says_nothing_of_overage_stays_one_made_for_less() {
    let house = House::new(Sqlite).await;
    for overage in [json!(null), json!([]), json!("permissions"), json!(["roles"])] {
        let mut claims = house.claims("ada", "acme");
        claims.as_object_mut().unwrap().remove(PERMISSIONS);
        claims[OVERAGE] = overage.clone();
        let refused = house.get("/v1/tenants/acme/people", &house.sign("at+jwt", &claims)).await;
        assert_eq!(refused.error().code, ErrorCode::Forbidden, "{overage}");
    }
    let mut claims = house.claims("nil", "acme");
    claims[OVERAGE] = json!(["permissions"]);
    let refused = house.get("/v1/tenants/acme/people", &house.sign("at+jwt", &claims)).await;
    assert_eq!(refused.error().code, ErrorCode::Forbidden, "what the directory does not say no token does");
}
