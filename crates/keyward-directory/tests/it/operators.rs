//! Those who run the service, in a tenant of their own.

use keyward_directory::Founding;
use keyward_model::{AuditPage, ErrorCode, Permission, TenantsPage};
use serde_json::{Value, from_value, json};

use crate::{
    company::{company, role},
    engine::{Engine, on_both_engines},
    house::{House, read},
};

on_both_engines!(
    an_operator_sees_all_tenants_page_by_page,
    a_tenant_is_founded_with_roles_and_a_first_admin,
    a_tenant_is_called_something_else_as_long_as_it_is_as_it_was_seen,
    the_same_permission_in_another_tenant_opens_nothing,
);

/// The company, whose owners may operate: Ada where the operators are, Gus in Globex, where they are not.
fn operated() -> Founding {
    let mut company = company();
    let owner = company.roles.iter_mut().find(|one| one.id == role("owner")).unwrap();
    owner.permissions.extend(["tenants:read", "tenants:write"].map(|one| Permission::new(one).unwrap()));
    company
}

fn initech() -> Value {
    json!({
        "id": "initech", "slug": "init", "name": "Initech", "class": "sandbox", "hue": 120, "roles_of": "acme",
        "admin": { "email": "Bill@initech.example", "name": "Bill Lumbergh" },
    })
}

async fn an_operator_sees_all_tenants_page_by_page(engine: Engine) {
    let house = House::of(engine, operated()).await;
    let ada = house.token("ada", "acme");
    house.post("/v1/tenants", &ada, &initech()).await.expect(201);
    let (mut rows, mut next) = (Vec::new(), String::new());
    loop {
        let page = house.get(&format!("/v1/tenants?limit=2{next}"), &ada).await.expect(200);
        let page: TenantsPage = from_value(page).unwrap();
        rows.extend(page.tenants.into_iter().map(|row| (row.tenant.id.to_string(), row.people, row.admins)));
        let Some(cursor) = page.next else { break };
        next = format!("&cursor={cursor}");
    }
    let all = [("acme", 9, 2), ("globex", 2, 1), ("initech", 1, 0)];
    assert_eq!(
        rows,
        all.map(|(id, people, admins)| (id.to_owned(), people, admins)),
        "Bill has not come yet"
    );
}

async fn a_tenant_is_founded_with_roles_and_a_first_admin(engine: Engine) {
    let house = House::of(engine, operated()).await;
    let ada = house.token("ada", "acme");
    let founded = house.post("/v1/tenants", &ada, &initech()).await.expect(201);
    assert_eq!(
        (&founded["id"], &founded["slug"], &founded["class"]),
        (&json!("initech"), &json!("init"), &json!("sandbox"))
    );
    let mut bill = house.claims("bill", "initech");
    bill["email"] = "bill@initech.example".into();
    bill["email_verified"] = true.into();
    let me = house.get("/v1/me", &house.sign("at+jwt", &bill)).await.expect(200);
    assert_eq!(
        (&me["default_tenant"], &me["tenants"][0]["roles"][0]["id"]),
        (&json!("initech"), &json!("owner"))
    );
    let bill = house.token("bill", "initech");
    let roles = house.get("/v1/tenants/initech/roles", &bill).await.expect(200);
    let theirs = house.get("/v1/tenants/acme/roles", &ada).await.expect(200);
    assert_eq!(roles, theirs, "the same roles");
    let audit: AuditPage =
        from_value(house.get("/v1/tenants/initech/audit", &bill).await.expect(200)).unwrap();
    let told: Vec<_> =
        audit.entries.iter().map(|one| (one.number, one.actor.name.as_str(), one.plan.as_str())).collect();
    assert_eq!(told, [(2, "Bill Lumbergh", "arrival"), (1, "Ada Lindqvist", "founding")]);
    assert!(audit.entries.iter().all(|entry| entry.hash.is_some()));

    for (field, value, code) in [
        ("id", "globex", 400),
        ("id", "init", 400),
        ("id", "Initech", 400),
        ("slug", "acme", 400),
        ("roles_of", "hooli", 404),
    ] {
        let mut odd = initech();
        (odd["id"], odd["slug"]) = ("other".into(), "others".into());
        odd[field] = value.into();
        let refused = house.post("/v1/tenants", &ada, &odd).await;
        assert_eq!(refused.status, code, "{field} {value}: {}", refused.body);
    }
    let mut odd = initech();
    (odd["id"], odd["slug"], odd["hue"]) = ("other".into(), Value::Null, 360.into());
    assert_eq!(house.post("/v1/tenants", &ada, &odd).await.status, 400);
    odd["hue"] = 359.into();
    odd["admin"]["email"] = "BEN@acme.example".into();
    house.post("/v1/tenants", &ada, &odd).await.expect(201);
    let ben = house.get("/v1/me", &house.token("ben", "acme")).await.expect(200);
    assert_eq!(ben["tenants"].as_array().unwrap().len(), 2, "who is known already is in at once");
}

async fn a_tenant_is_called_something_else_as_long_as_it_is_as_it_was_seen(engine: Engine) {
    let house = House::of(engine, operated()).await;
    let ada = house.token("ada", "acme");
    let seen = house.get("/v1/tenants/acme", &ada).await;
    let tag = seen.header("etag").to_owned();
    let edit = async |tag: Option<&str>, path: &str, body: Value| {
        let mut request = house.request("PATCH", path).bearer_auth(&ada).json(&body);
        if let Some(tag) = tag {
            request = request.header("If-Match", tag);
        }
        read(request).await
    };
    let after = edit(Some(&tag), "/v1/tenants/acme", json!({ "name": "Acme Works", "slug": "works" })).await;
    let after = after.expect(200);
    assert_eq!(
        (&after["name"], &after["slug"], &after["hue"]),
        (&json!("Acme Works"), &json!("works"), &json!(250))
    );
    let late = edit(Some(&tag), "/v1/tenants/acme", json!({ "hue": 1 })).await;
    assert_eq!((late.status.as_u16(), late.error().code), (412, ErrorCode::PlanStale));
    let own = edit(None, "/v1/tenants/acme", json!({ "slug": "acme", "class": "sandbox" })).await.expect(200);
    assert_eq!((own.get("slug"), &own["class"]), (None, &json!("sandbox")), "called by its id again");
    edit(None, "/v1/tenants/globex", json!({ "hue": 7 })).await.expect(200);
    for (path, body, code) in [
        ("/v1/tenants/globex", json!({ "slug": "acme" }), 400),
        ("/v1/tenants/globex", json!({ "hue": 360 }), 400),
        ("/v1/tenants/globex", json!({ "name": "" }), 400),
        ("/v1/tenants/hooli", json!({ "hue": 7 }), 404),
    ] {
        assert_eq!(edit(None, path, body.clone()).await.status, code, "{path} {body}");
    }
}

async fn the_same_permission_in_another_tenant_opens_nothing(engine: Engine) {
    let house = House::of(engine, operated()).await;
    let gus = house.token("gus", "globex");
    assert_eq!(house.get("/v1/tenants", &gus).await.status, 401, "not the operators' token");
    assert_eq!(house.post("/v1/tenants", &gus, &initech()).await.status, 401);
    let ben = house.get("/v1/tenants", &house.token("ben", "acme")).await;
    assert_eq!((ben.status.as_u16(), ben.error().code), (403, ErrorCode::Forbidden));
    let page = house.get("/v1/tenants", &house.token("ada", "acme")).await.expect(200);
    assert_eq!(page["tenants"].as_array().unwrap().len(), 2, "nothing was founded");
}
