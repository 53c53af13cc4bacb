//! Where a person may go: the role directory says, or the ID token, or the configuration.

use std::sync::Arc;

use keyward_model::{
    Error, ErrorCode, Me, Membership, Person, PersonId, Result, Role, RoleId, Tenant, TenantAlias,
    TenantClass, TenantId,
};

use crate::{
    AccountRecord, Connection,
    chain::Proven,
    config::{KnownTenant, TenantsFrom},
    directory::DirectoryClient,
    ports::Http,
    provider::{IdClaims, Provider},
    secrets::fingerprint,
};

/// Who knows where a person may go.
#[derive(Clone)]
pub struct Tenants {
    connection: Connection,
    directory: Option<DirectoryClient>,
}

impl Tenants {
    /// As the connection has it.
    pub fn of(connection: &Connection, http: &Arc<dyn Http>) -> Self {
        let directory =
            connection.directory.as_ref().map(|origin| DirectoryClient::new(origin.clone(), http.clone()));
        Self { connection: connection.clone(), directory }
    }

    /// The role directory, if the connection has one.
    pub fn directory(&self) -> Option<&DirectoryClient> {
        self.directory.as_ref()
    }

    /// Whether the directory says who the person is.
    pub fn are_told_by_directory(&self) -> bool {
        self.directory.is_some() && self.connection.tenants_from == TenantsFrom::Directory
    }

    /// Who the person is, and where they may go.
    ///
    /// # Errors
    /// The directory's, where it is the one to ask.
    pub async fn me(&self, record: &AccountRecord, proven: &Proven) -> Result<Me> {
        match (&self.directory, self.connection.tenants_from) {
            (Some(directory), TenantsFrom::Directory) => directory.me(&proven.access).await,
            _ => self.as_known(record),
        }
    }

    /// Tenants that are known before the directory is asked, those of the configuration first.
    pub fn known(&self, record: &AccountRecord) -> Vec<KnownTenant> {
        let listed = self.connection.tenants.iter();
        let beside = record.tenants.iter().filter(|known| self.connection.listed(&known.id).is_none());
        match self.connection.tenants_from {
            TenantsFrom::List => listed.cloned().collect(),
            // The configuration only says what the tenants are called.
            TenantsFrom::Claim => record.tenants.clone(),
            TenantsFrom::Directory => listed.chain(beside).cloned().collect(),
        }
    }

    fn as_known(&self, record: &AccountRecord) -> Result<Me> {
        let membership = |known: KnownTenant| Membership {
            tenant: Tenant {
                hue: hue(&known.id),
                id: known.id,
                slug: None,
                name: known.name,
                class: known.class,
            },
            roles: Vec::new(),
        };
        let mut tenants: Vec<Membership> = self.known(record).into_iter().map(membership).collect();
        tenants.sort_by(|one, other| one.tenant.name.cmp(&other.tenant.name));
        let id = PersonId::new(slug(record.key.subject.as_str()))
            .map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
        let person = Person { id, name: record.name.clone(), email: record.email.clone() };
        Ok(Me { person, default_tenant: None, tenants })
    }
}

/// The tenants that an ID token names, by the names that the configuration has for them, and in their order:
/// the token's own may be another each time, and the first one opens.
pub fn named_by(connection: &Connection, id: &IdClaims) -> Vec<KnownTenant> {
    let Some(path) = &connection.mode.claims.tenants else { return Vec::new() };
    let known = |(text, name): (String, Option<String>)| {
        let alias = TenantAlias::new(text).ok()?;
        if let Some(listed) = connection.tenants.iter().find(|listed| listed.alias == alias) {
            return Some(listed.clone());
        }
        let id = TenantId::new(slug(alias.as_str())).ok()?;
        let name = name.unwrap_or_else(|| alias.to_string());
        Some(KnownTenant { id, name, alias, client_id: None, class: TenantClass::Production })
    };
    let mut tenants: Vec<KnownTenant> = Vec::new();
    for tenant in path.names(&id.other).into_iter().filter_map(known) {
        // Two names that make one id would be one tenant on the screen: the second keeps its own.
        match tenants.iter().any(|earlier| earlier.id == tenant.id) {
            false => tenants.push(tenant),
            true => {
                let apart = slug(&format!("{}-{}", tenant.id, fingerprint(tenant.alias.as_str())));
                tenants.extend(TenantId::new(apart).map(|id| KnownTenant { id, ..tenant }));
            }
        }
    }
    tenants.sort_by(|one, other| one.name.cmp(&other.name));
    tenants
}

/// Roles that a token names, where no directory describes them.
pub fn roles_of(provider: &Provider, proven: &Proven) -> Vec<Role> {
    let role = |name: String| {
        Some(Role {
            id: RoleId::new(slug(&name)).ok()?,
            name,
            description: String::new(),
            permissions: Vec::new(),
            admin: false,
            rank: 0,
            version: 0,
            template: None,
        })
    };
    provider.roles(&proven.claims).into_iter().filter_map(role).collect()
}

/// The text as an id: small letters, digits and '-', never empty.
pub fn slug(text: &str) -> String {
    let letters = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let words: String = letters.collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
    let slug: String = words.join("-").chars().take(63).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { format!("t{}", u32::from(hash(text))) } else { slug.to_owned() }
}

/// A colour that stays the same for a tenant that nobody gave one.
fn hue(id: &TenantId) -> u16 {
    hash(id.as_str()) % 360
}

/// FNV-1a, folded to 16 bits.
fn hash(text: &str) -> u16 {
    let hash =
        text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    ((hash >> 16) ^ (hash & 0xffff)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        serde_json::from_value(serde_json::json!({
            "id": "c", "name": "C", "issuer": "https://id.example", "client_id": "app",
            "preset": "keycloak-organizations", "tenants_from": "claim",
            "tenant": [{ "id": "acme", "name": "Acme Manufacturing", "at_provider": "ACME_1" }]
        }))
        .unwrap()
    }

    fn named(organizations: serde_json::Value) -> Vec<(String, String, String)> {
        let id: IdClaims = serde_json::from_value(serde_json::json!({
            "iss": "https://id.example", "sub": "ada", "aud": "app", "exp": 2, "iat": 1, "organization": organizations
        }))
        .unwrap();
        let tenants = named_by(&connection(), &id).into_iter();
        tenants.map(|known| (known.id.to_string(), known.name, known.alias.to_string())).collect()
    }

    #[test]
    fn an_id_token_names_tenants_by_the_providers_names() {
        let found = named(serde_json::json!(["ACME_1", "Globex Inc."]));
        assert_eq!(found[0], ("acme".into(), "Acme Manufacturing".into(), "ACME_1".into()));
        assert!(found.len() == 1, "a name with a space is no alias that could stand in a scope: {found:?}");
        let found = named(serde_json::json!(["globex", "ACME_1"]));
        assert_eq!(found[0].0, "acme", "Keycloak lists them in no fixed order: {found:?}");
        let found = named(serde_json::json!({ "Globex_2": { "id": "4" }, "globex-2": {} }));
        assert_eq!(found.len(), 2);
        assert_ne!(found[0].0, found[1].0, "two aliases are two tenants, however alike: {found:?}");
    }

    #[test]
    fn a_slug_is_always_an_id() {
        for text in ["", "---", "org_AbC", "ä", &"x-".repeat(80)] {
            assert!(TenantId::new(slug(text)).is_ok(), "{text:?} gave {:?}", slug(text));
        }
    }
}
