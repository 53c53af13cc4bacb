//! A workspace whose provider gives tenants' tokens in another way: its directory takes them.

use std::sync::Arc;

use keyward_issuer::{Coverage, Mode, OrganizationStyle};
use keyward_model::SystemClock;
use keyward_server::local::{self, FIRST_PERSON, LocalOptions, TENANT_AUDIENCE};

use crate::browser::Person;

#[tokio::test]
async fn a_tenants_token_opens_that_tenant_in_the_directory_and_no_other() {
    for (mode, parameter, named) in [
        (Mode::Resource(Coverage::Every), "resource", TENANT_AUDIENCE),
        (Mode::TenantClaim, "tenant", "{tenant}"),
        (Mode::OrganizationId(OrganizationStyle::Logto), "organization_id", "org_{tenant}"),
        (Mode::OrganizationId(OrganizationStyle::WorkOs), "organization_id", "org_{tenant}"),
    ] {
        let name = |tenant: &str| named.replace("{tenant}", tenant);
        let folder = tempfile::tempdir().unwrap();
        let options = LocalOptions { mode, ..LocalOptions::new(folder.path()) };
        let local = local::start(options, Arc::new(SystemClock)).await.unwrap();
        let mut ada = Person::sign_in(&local, FIRST_PERSON).await;
        assert_eq!(ada.get("/v1/me", &ada.own).await.0, 200, "{mode:?}");
        for (tenant, other) in [("acme", "globex"), ("globex", "acme")] {
            let token = ada.switch_by(parameter, &name(tenant)).await.unwrap();
            let (status, answer) = ada.get(&format!("/v1/tenants/{tenant}"), &token).await;
            assert_eq!(status, 200, "{mode:?} {answer}");
            let (status, _) = ada.get(&format!("/v1/tenants/{other}"), &token).await;
            assert_eq!(status, 401, "{mode:?}: {tenant}'s token is no key to {other}");
        }
        assert!(ada.switch_by(parameter, &name("tidewater")).await.is_err(), "{mode:?}");
        local.stop().await;
    }
}
