//! Providers that ask over HTTP, each in its own words.

mod auth0;
mod away;
mod budget;
mod own_shapes;
mod preview;
mod proof;
mod shapes;

use std::collections::BTreeMap;

use keyward_directory::{
    ClaimNames, Field, HookCaller, HookSecrets, Hooks, Proof, Shape, TenantName, USUAL_BUDGET, WhenAway,
    WithoutTenant,
};
use keyward_model::{HookCallerId, Secret};
use serde_json::{Value, json};

use crate::{
    company::{company, issuer},
    engine::Engine,
    house::{Answer, House, read},
};

pub const ROLES: &str = "https://keyward.dev/claims/roles";
pub const PERMISSIONS: &str = "https://keyward.dev/claims/permissions";
pub const VERSION: &str = "https://keyward.dev/claims/role_version";
pub const TENANT: &str = "https://keyward.dev/claims/tenant";
pub const ORIGIN: &str = "https://roles.example";

/// A caller's secret: nobody else's.
pub fn secret(name: &str) -> String {
    format!("{name}-{}", "s".repeat(32))
}

pub fn secrets(texts: &[&str]) -> HookSecrets {
    HookSecrets::new(texts.iter().map(|text| Secret::new(*text)).collect()).unwrap()
}

pub fn named_by(field: Field, template: &str) -> TenantName {
    TenantName { field, template: template.parse().unwrap(), known: BTreeMap::new() }
}

/// A caller of this shape whose questions name the tenant in a field `tenant`, as it is.
pub fn caller(name: &str, shape: Shape) -> HookCaller {
    HookCaller {
        name: HookCallerId::new(name).unwrap(),
        shape,
        issuer: issuer(),
        tenant: named_by(Field::Tenant, "{tenant}"),
        without_tenant: WithoutTenant::Refuse,
        proof: Proof::Bearer(secrets(&[&secret(name)])),
        claims: ClaimNames::default(),
        budget: USUAL_BUDGET,
        when_away: WhenAway::Refuse,
    }
}

pub async fn house(engine: Engine, callers: Vec<HookCaller>) -> House {
    House::asked(engine, company(), |_, _| Hooks::new(ORIGIN, callers).unwrap()).await
}

/// The question of the generic shape.
pub fn about(who: &str, at: &str) -> Value {
    json!({ "issuer": issuer(), "subject": format!("sub-{who}"), "client": "app", "tenant": at })
}

/// Asks as the caller that it says.
pub async fn ask(house: &House, name: &str, question: &Value) -> Answer {
    read(house.request("POST", &format!("/v1/hooks/{name}")).bearer_auth(secret(name)).json(question)).await
}

/// The audience of a tenant's API.
pub const API: &str = "https://api.example/t/{tenant}";
/// What Ann may do in Acme.
pub const ANNS: [&str; 4] = ["audit:read", "content:write", "people:read", "roles:read"];

/// Ann's claims in Acme.
pub fn expected() -> Value {
    json!({ TENANT: "acme", ROLES: ["editor", "viewer"], PERMISSIONS: ANNS, VERSION: 1 })
}
