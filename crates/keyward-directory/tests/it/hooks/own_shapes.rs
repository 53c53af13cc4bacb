//! Our own shapes: a script's and our Auth0 Action's; and which tenant a question means.

use keyward_directory::{ClaimNames, Field, HookCaller, Hooks, Shape, TenantName, WithoutTenant};
use keyward_model::{ErrorCode, TenantAlias};
use serde_json::json;

use super::{API, ROLES, about, ask, caller, expected, house, named_by};
use crate::{company::tenant, engine::Engine::Sqlite};

#[tokio::test]
async fn a_script_of_ones_own_asks_as_it_is_and_gets_claims() {
    let house = house(Sqlite, vec![caller("script", Shape::Generic)]).await;
    let answer = ask(&house, "script", &about("ann", "acme")).await.expect(200);
    assert_eq!(answer, json!({ "claims": expected() }));
    let mut said = Vec::new();
    for (who, at, status, code) in [
        ("ann", "globex", 403, ErrorCode::TenantForbidden),
        ("ann", "hooli", 403, ErrorCode::TenantUnknown),
        ("nobody", "acme", 403, ErrorCode::TenantForbidden),
        ("ann", "Acme", 403, ErrorCode::TenantUnknown),
        ("ann", "", 403, ErrorCode::TenantUnknown),
        ("ä", "acme", 400, ErrorCode::InvalidRequest),
    ] {
        let refused = ask(&house, "script", &about(who, at)).await;
        assert_eq!((refused.status.as_u16(), refused.error().code), (status, code), "{who} {at}");
        assert_eq!(refused.challenge, None, "the caller is proven; {who} {at}");
        said.push(refused.error().message.replace("globex", "hooli"));
    }
    assert_eq!(said[0], said[1], "a person learns of no tenant by its refusal");
}

fn auth0(tenant: TenantName) -> HookCaller {
    HookCaller { tenant, ..caller("auth0", Shape::Auth0) }
}

#[tokio::test]
async fn an_auth0_action_names_the_tenant_by_audience_by_organization_or_by_parameter() {
    let question = |name: &str, value: &str| json!({ "subject": "sub-ann", "client": "app", "audience": null, "organization": null, name: value });
    let mut by_organization = named_by(Field::Organization, "{tenant}");
    by_organization.known.insert(TenantAlias::new("org_4711").unwrap(), tenant("acme"));
    for (rule, name, good, bad) in [
        (
            named_by(Field::Audience, API),
            "audience",
            "https://api.example/t/acme",
            "https://api.example/t/acme/",
        ),
        (by_organization, "organization", "org_4711", "acme"),
        (named_by(Field::Tenant, "{tenant}"), "tenant", "acme", "acme "),
    ] {
        let house = house(Sqlite, vec![auth0(rule)]).await;
        let answer = ask(&house, "auth0", &question(name, good)).await.expect(200);
        assert_eq!(answer, json!({ "claims": expected() }), "{name}");
        let refused = ask(&house, "auth0", &question(name, bad)).await;
        assert_eq!((refused.status.as_u16(), refused.error().code), (403, ErrorCode::TenantUnknown), "{bad}");
    }
}

#[tokio::test]
async fn a_token_that_is_no_tenants_is_left_alone_only_where_the_configuration_says_so() {
    let lenient =
        HookCaller { without_tenant: WithoutTenant::Leave, ..auth0(named_by(Field::Audience, API)) };
    let strict = HookCaller { tenant: named_by(Field::Audience, API), ..caller("strict", Shape::Auth0) };
    let house = house(Sqlite, vec![lenient, strict]).await;
    let own = json!({ "subject": "sub-ann", "client": "app", "audience": "https://api.example/directory" });
    assert_eq!(ask(&house, "auth0", &own).await.expect(200), json!({ "claims": {} }));
    ask(&house, "strict", &own).await.expect(403);
    // An audience that is of a tenant's form and names none is a mistake, and never a token without claims.
    let mistyped = json!({ "subject": "sub-ann", "client": "app", "audience": "https://api.example/t/ACME" });
    ask(&house, "auth0", &mistyped).await.expect(403);
    let both = json!({ "subject": "sub-ada", "client": "app",
        "audience": ["https://api.example/t/acme", "https://api.example/t/globex"] });
    ask(&house, "auth0", &both).await.expect(403);
}

#[test]
fn a_caller_that_contradicts_itself_is_named() {
    let short = ClaimNames { roles: "roles".to_owned(), ..ClaimNames::default() };
    let taken = ClaimNames { tenant: "aud".to_owned(), ..ClaimNames::default() };
    let twice = ClaimNames { tenant: ROLES.to_owned(), ..ClaimNames::default() };
    for (shape, claims, named) in [
        (Shape::Auth0, short.clone(), "\"roles\""),
        (Shape::Generic, taken, "\"aud\""),
        (Shape::Okta, twice, ROLES),
    ] {
        let error = Hooks::new("", vec![HookCaller { claims, ..caller("odd", shape) }]).unwrap_err();
        assert_eq!(error.code, ErrorCode::ConfigInvalid);
        assert!(error.message.contains(named) && error.message.contains("odd"), "{error}");
    }
    assert!(Hooks::new("", vec![HookCaller { claims: short, ..caller("fine", Shape::Okta) }]).is_ok());
    let twice = vec![caller("same", Shape::Okta), caller("same", Shape::Hydra)];
    assert!(Hooks::new("", twice).unwrap_err().message.contains("same"));
}
