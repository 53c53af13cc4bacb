//! What is too much is refused by an error that names the limit; what is just within it is done whole.

use keyward_directory::{Directory, Founding, RoleTemplate};
use keyward_model::{Change, ErrorCode, Permission, Warning, limit};
use serde_json::json;

use crate::{
    company::{company, person, role},
    engine::{Engine, Scratch, on_both_engines},
    house::{Hand, House, NOW, lend, wish},
};

on_both_engines!(
    a_person_holds_two_hundred_roles_in_a_tenant_and_not_one_more,
    a_company_over_a_limit_is_refused_whole,
    what_is_asked_for_names_its_field_and_limit,
    a_plan_says_whose_token_it_makes_too_large,
);

/// The company with so many more roles.
fn with_roles(count: usize) -> Founding {
    let mut founding = company();
    founding.roles.extend((0..count).map(|n| RoleTemplate {
        id: role(&format!("r{n}")),
        name: format!("R{n}"),
        description: String::new(),
        permissions: std::collections::BTreeSet::new(),
    }));
    founding
}

async fn a_person_holds_two_hundred_roles_in_a_tenant_and_not_one_more(engine: Engine) {
    let house = House::of(engine, with_roles(201)).await;
    let all = |count: usize| (0..count).map(|n| Change::give(person("nil"), role(&format!("r{n}"))));
    let most = limit::ROLES_OF_PERSON;
    house.edit("ada", all(most).collect()).unwrap();
    for one_more in [Change::give(person("nil"), role("r200")), lend("nil", "r200", Some(60), None)] {
        let refused = house.directory.plan(&House::caller("ada", "acme"), wish(vec![one_more])).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidRequest);
        assert!(refused.message.contains("Nil Nemo would hold 201 roles in Acme"), "{refused}");
        assert!(refused.message.contains("200"), "{refused}");
    }
    let swap = vec![crate::house::take("nil", "r0"), Change::give(person("nil"), role("r200"))];
    house.edit("ada", swap).unwrap();
    let nil = house.directory.person(&House::caller("ada", "acme"), &person("nil")).unwrap();
    assert_eq!((nil.row.roles.len(), nil.holdings.len()), (most, most), "none is left out");
}

async fn a_company_over_a_limit_is_refused_whole(engine: Engine) {
    let scratch = Scratch::new(engine);
    let directory = Directory::open(&scratch.at(), Hand::at(NOW)).unwrap();
    let roles = company().roles.len();
    let mut held = with_roles(201);
    held.people[0]
        .tenants
        .values_mut()
        .for_each(|m| m.roles.extend((0..201).map(|n| role(&format!("r{n}")))));
    let mut long_name = company();
    long_name.people[3].name = "x".repeat(limit::NAME + 1);
    let mut hidden = company();
    hidden.tenants[0].name = "Ac\u{202e}me".to_owned();
    let mut no_address = company();
    no_address.people[3].email = "nobody".to_owned();
    let mut described = company();
    described.roles[0].description = "x".repeat(limit::DESCRIPTION + 1);
    for (company, named) in [
        (with_roles(limit::ROLES_OF_TENANT + 1 - roles), "1000"),
        (held, "200"),
        (long_name, "200"),
        (hidden, "hidden"),
        (no_address, "nobody"),
        (described, "500"),
    ] {
        let refused = directory.found(&company).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidRequest, "{named}");
        assert!(refused.message.contains(named), "{refused} should say {named}");
        assert!(directory.is_empty().unwrap());
    }
    directory.found(&with_roles(limit::ROLES_OF_TENANT - roles)).unwrap();
}

async fn what_is_asked_for_names_its_field_and_limit(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let add = |email: &str, name: &str| json!({ "kind": "add", "email": email, "name": name });
    let long = "x".repeat(limit::NAME + 1);
    let give = json!({ "kind": "give", "person": "vic", "role": "support", "ends_at": "soon" });
    for (change, named) in [
        (add("new@acme.example", &long), ["name", "200"]),
        (add("new@acme.example", ""), ["name", "characters"]),
        (add(&format!("{}@acme.example", "x".repeat(limit::EMAIL)), "New"), ["e-mail", "254"]),
        (add("new", "New"), ["e-mail", "@"]),
        (give, ["soon", "changes[0]"]),
    ] {
        let refused = house.post("/v1/tenants/acme/plans", &ada, &json!({ "changes": [change] })).await;
        assert_eq!((refused.status.as_u16(), refused.error().code), (400, ErrorCode::InvalidRequest));
        let words = refused.error().message;
        assert!(named.iter().all(|part| words.contains(part)), "{words} should say {named:?}");
    }
}

async fn a_plan_says_whose_token_it_makes_too_large(engine: Engine) {
    let mut founding = with_roles(80);
    for role in founding.roles.iter_mut().filter(|role| role.name.starts_with('R')) {
        role.permissions.insert(Permission::new(format!("{}:{}", role.id, "x".repeat(50))).unwrap());
    }
    let house = House::of(engine, founding).await;
    let plan = |count: usize| {
        let changes = (0..count).map(|n| Change::give(person("nil"), role(&format!("r{n}"))));
        house.directory.plan(&House::caller("ada", "acme"), wish(changes.collect())).unwrap()
    };
    let sizes = |warnings: &[Warning]| {
        let size = |warning: &Warning| match warning {
            Warning::TokenSize { person, bytes, budget } => Some((person.name.clone(), *bytes, *budget)),
            _ => None,
        };
        warnings.iter().filter_map(size).collect::<Vec<_>>()
    };
    assert_eq!(sizes(&plan(20).warnings), [], "twenty fit");
    let large = plan(80);
    let [(name, bytes, 3_500)] = &sizes(&large.warnings)[..] else { panic!("{:?}", large.warnings) };
    assert!(name == "Nil Nemo" && *bytes > 3_500, "{name} {bytes}");
    house.directory.apply(&House::caller("ada", "acme"), &large.id).unwrap();
    let change = vec![Change::give(person("nil"), role("viewer"))];
    let larger = house.directory.plan(&House::caller("ada", "acme"), wish(change)).unwrap();
    assert_eq!(sizes(&larger.warnings), [], "it was too large before");
}
