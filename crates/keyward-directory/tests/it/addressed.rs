//! Where a request names its tenant more than once, all names are of one tenant, and the token's.

use keyward_model::ErrorCode;

use crate::{
    company::{company, tenant},
    engine::{Engine, on_both_engines},
    house::{House, read},
};

on_both_engines!(
    whatever_names_a_tenant_names_that_of_path_and_token,
    without_a_tenant_in_the_path_the_token_is_for_the_one_that_is_named,
    a_slug_is_one_tenants_alone,
);

async fn house(engine: Engine) -> House {
    let mut company = company();
    company.tenants[0].slug = Some(tenant("acme-works"));
    House::served(engine, company, |service, _, _| service.named_by_host("Roles.example").router()).await
}

/// Asks for a path, with a header and a host that name tenants, or not.
async fn ask(
    house: &House,
    path: &str,
    token: &str,
    header: Option<&str>,
    host: Option<&str>,
) -> (u16, Option<ErrorCode>) {
    let mut request = house.request("GET", path).bearer_auth(token);
    if let Some(name) = header {
        request = request.header("Keyward-Tenant", name);
    }
    if let Some(host) = host {
        request = request.header("Host", host);
    }
    let answer = read(request).await;
    (answer.status.as_u16(), (answer.status != 200).then(|| answer.error().code))
}

async fn whatever_names_a_tenant_names_that_of_path_and_token(engine: Engine) {
    let house = house(engine).await;
    let ada = house.token("ada", "acme");
    for path in ["/v1/tenants/acme", "/v1/tenants/acme/people", "/v1/tenants/acme/me"] {
        for header in [None, Some("acme"), Some("acme-works")] {
            for host in [
                None,
                Some("acme.roles.example"),
                Some("ACME-works.roles.example:443"),
                Some("roles.example"),
            ] {
                assert_eq!(ask(&house, path, &ada, header, host).await.0, 200, "{path} {header:?} {host:?}");
            }
        }
        // Ada is in Globex too; hooli is nobody's. Neither opens anything, nor is told apart.
        for (header, host) in [
            (Some("globex"), None),
            (Some("hooli"), None),
            (Some("Acme"), None),
            (Some(""), None),
            (None, Some("globex.roles.example")),
            (None, Some("hooli.roles.example")),
            (None, Some("acme.acme.roles.example")),
            (Some("acme"), Some("globex.roles.example")),
            (Some("globex"), Some("acme.roles.example")),
        ] {
            let refused = ask(&house, path, &ada, header, host).await;
            assert_eq!(refused, (400, Some(ErrorCode::InvalidRequest)), "{path} {header:?} {host:?}");
        }
    }
    let stranger = ask(&house, "/v1/tenants/acme", "nonsense", Some("globex"), None).await;
    assert_eq!(stranger, (401, Some(ErrorCode::Unauthenticated)), "the token comes first");
    let other = ask(&house, "/v1/tenants/acme", &house.token("ada", "globex"), Some("acme"), None).await;
    assert_eq!(other, (401, Some(ErrorCode::Unauthenticated)), "a name proves nothing");
}

async fn without_a_tenant_in_the_path_the_token_is_for_the_one_that_is_named(engine: Engine) {
    let house = house(engine).await;
    let ada = house.token("ada", "acme");
    for path in ["/v1/me", "/v1/me/holders?role=viewer"] {
        let tried = async |header, host| ask(&house, path, &ada, header, host).await;
        assert_eq!(tried(None, Some("acme-works.roles.example")).await.0, 200);
        assert_eq!(tried(Some("acme"), Some("acme-works.roles.example")).await.0, 200);
        assert_eq!(
            tried(Some("globex"), None).await,
            (401, Some(ErrorCode::Unauthenticated)),
            "not its token"
        );
        assert_eq!(tried(Some("hooli"), None).await, (400, Some(ErrorCode::InvalidRequest)));
        let two = tried(Some("acme"), Some("globex.roles.example")).await;
        assert_eq!(two, (400, Some(ErrorCode::InvalidRequest)));
        assert_eq!(ask(&house, path, "nonsense", Some("acme"), None).await.0, 401);
    }
    let told = house.get("/v1/tenants/acme", &ada).await.expect(200);
    assert_eq!((&told["slug"], &told["id"]), (&"acme-works".into(), &"acme".into()));
    let globex = house.get("/v1/tenants/globex", &house.token("gus", "globex")).await.expect(200);
    assert_eq!(globex.get("slug"), None, "it is called by its id");
}

async fn a_slug_is_one_tenants_alone(engine: Engine) {
    for (one, other) in [("works", "works"), ("globex", "works"), ("acme", "works")] {
        let scratch = crate::engine::Scratch::new(engine);
        let clock = crate::house::Hand::at(0);
        let directory = keyward_directory::Directory::open(&scratch.at(), clock).unwrap();
        let mut company = company();
        company.tenants[0].slug = Some(tenant(one));
        company.tenants[1].slug = Some(tenant(other));
        let refused = directory.found(&company).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidRequest, "{one} {other}");
    }
}
