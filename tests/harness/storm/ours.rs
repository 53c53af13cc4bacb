//! Keyward's own processes in a storm.

use std::path::Path;

use keyward_model::TenantId;
use serde_json::json;
use tokio::process::Command;

use super::{
    Program,
    words::{Keychain, Share},
};
use crate::provider::{TENANTS, oidc_provider::OidcProvider};

/// Tenants beside those that the provider knows anyway: eight in all.
pub const MORE_TENANTS: &[&str] = &["hoops", "soylent", "stark", "tyrell", "wonka"];

/// All eight.
pub fn tenants() -> Vec<TenantId> {
    TENANTS.iter().chain(MORE_TENANTS).map(|id| TenantId::new(*id).expect("an id")).collect()
}

/// How a `storm-worker` is started that shares its chain in `folder`.
pub fn keyward(
    provider: &OidcProvider,
    command: impl Fn() -> Command + Send + Sync + 'static,
    folder: &Path,
    keychain: Keychain,
) -> Program {
    let tenants: Vec<_> = tenants().into_iter().map(|id| json!({ "id": id })).collect();
    let connection = json!({
        "id": "storm",
        "name": "Storm",
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "preset": "rfc8707",
        "settings": { "tenant_resource": provider.resource },
        "tenant": tenants,
    });
    let account = json!({
        "issuer": provider.issuer,
        "client": provider.client_id,
        "subject": provider.people[0].subject,
    });
    let share = Share {
        connection: serde_json::from_value(connection).expect("a connection"),
        account: serde_json::from_value(account).expect("an account"),
        folder: folder.to_owned(),
        keychain,
    };
    Program { command: Box::new(command), share: serde_json::to_string(&share).expect("JSON") }
}
