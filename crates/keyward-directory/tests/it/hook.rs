//! What a provider is told at issuance.

use keyward_model::{ClientId, HookAnswer, HookRefusal, HookRequest, Issuer, TokenHook};

use crate::{
    company::{ISSUER, role, subject, tenant},
    engine::{Engine, on_both_engines},
    house::{House, remove, wish},
};

on_both_engines!(
    a_member_gets_roles_and_permissions_of_that_tenant_alone,
    nobody_gets_into_a_tenant_they_are_not_in,
);

fn ask(issuer: &str, who: &str, at: &str) -> HookRequest {
    HookRequest {
        issuer: Issuer::new(issuer).unwrap(),
        subject: subject(who),
        tenant: tenant(at),
        client: ClientId::new("tests").unwrap(),
        verified_email: None,
    }
}

async fn a_member_gets_roles_and_permissions_of_that_tenant_alone(engine: Engine) {
    let house = House::new(engine).await;
    let HookAnswer { roles, permissions, role_version, not_after, renew_at } =
        house.directory.answer(&ask(ISSUER, "ann", "acme")).unwrap();
    assert_eq!(roles, [role("editor"), role("viewer")]);
    let permissions: Vec<_> = permissions.iter().map(ToString::to_string).collect();
    assert_eq!(
        permissions,
        ["audit:read", "content:write", "people:read", "roles:read"],
        "in order, once each"
    );
    assert_eq!((role_version, not_after, renew_at), (1, None, None));
    let nil = house.directory.answer(&ask(ISSUER, "nil", "acme")).unwrap();
    assert_eq!((nil.roles, nil.permissions), (vec![], vec![]), "in the tenant, and nothing more");
}

async fn nobody_gets_into_a_tenant_they_are_not_in(engine: Engine) {
    let house = House::new(engine).await;
    let refused = |request: &HookRequest| house.directory.answer(request).unwrap_err();
    assert_eq!(refused(&ask(ISSUER, "ann", "globex")), HookRefusal::NotAMember(tenant("globex")));
    assert_eq!(refused(&ask(ISSUER, "nobody", "acme")), HookRefusal::NotAMember(tenant("acme")));
    assert_eq!(refused(&ask(ISSUER, "ann", "hooli")), HookRefusal::UnknownTenant(tenant("hooli")));
    let foreign = ask("https://other.example", "ann", "acme");
    assert_eq!(
        refused(&foreign),
        HookRefusal::NotAMember(tenant("acme")),
        "the same subject at another issuer"
    );

    let caller = House::caller("ada", "acme");
    let plan = house.directory.plan(&caller, wish(vec![remove("ann")])).unwrap();
    house.directory.apply(&caller, &plan.id).unwrap();
    assert_eq!(refused(&ask(ISSUER, "ann", "acme")), HookRefusal::NotAMember(tenant("acme")), "gone at once");
}
