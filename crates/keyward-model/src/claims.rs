//! What an access token says (RFC 9068 §2.2, and Keyward's own claims).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ClientId, Issuer, Permission, RoleId, Subject, Timestamp};

/// Names of Keyward's own claims.
///
/// They are URLs because providers drop short names (`roles`, `permissions`) that they reserve; they
/// are names only, nothing is fetched from them.
pub mod claim {
    /// The tenant the token is for, as its [`TenantId`](crate::TenantId).
    pub const TENANT: &str = "https://keyward.dev/claims/tenant";
    /// The person's roles in that tenant, as role ids.
    pub const ROLES: &str = "https://keyward.dev/claims/roles";
    /// The permissions these roles give, without repeats.
    pub const PERMISSIONS: &str = "https://keyward.dev/claims/permissions";
    /// The (tenant, person) version that roles and permissions were read at.
    pub const ROLE_VERSION: &str = "https://keyward.dev/claims/role_version";
    /// When the earliest of these roles ends, where one does: nothing of this may be believed from then on.
    pub const NOT_AFTER: &str = "https://keyward.dev/claims/not_after";
    /// When roles and permissions were read, where that was not at issuance: the store was away.
    pub const STALE_SINCE: &str = "https://keyward.dev/claims/stale_since";
    /// What was left out, because the token would have been too large: `permissions`, `roles`.
    pub const OVERAGE: &str = "https://keyward.dev/claims/overage";
    /// Where all of it is read, with this token.
    pub const OVERAGE_URL: &str = "https://keyward.dev/claims/overage_url";
}

/// `aud`: one audience or several (RFC 7519 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// A single text.
    One(String),
    /// An array of texts.
    Many(Vec<String>),
}

impl Audience {
    /// Every audience named.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }

    /// Whether `audience` is named, compared as exact text.
    pub fn contains(&self, audience: &str) -> bool {
        self.iter().any(|one| one == audience)
    }
}

/// The claims of an access token whose signature has been checked, or which came straight from the
/// token endpoint. Types are strict: a text where a time belongs is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who made it.
    pub iss: Issuer,
    /// Whom it is about.
    pub sub: Subject,
    /// Which APIs it is for.
    pub aud: Audience,
    /// When it ends.
    pub exp: Timestamp,
    /// When it was made.
    pub iat: Timestamp,
    /// When it begins, where that is not at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<Timestamp>,
    /// The client it was made for (RFC 9068 §2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The client it was made for, as OpenID Connect Core §2 names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<ClientId>,
    /// The token's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// Roles in the tenant ([`claim::ROLES`]).
    #[serde(default, rename = "https://keyward.dev/claims/roles", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleId>,
    /// Permissions in the tenant ([`claim::PERMISSIONS`]).
    #[serde(
        default,
        rename = "https://keyward.dev/claims/permissions",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub permissions: Vec<Permission>,
    /// Version of (tenant, person) they were read at ([`claim::ROLE_VERSION`]).
    #[serde(
        default,
        rename = "https://keyward.dev/claims/role_version",
        skip_serializing_if = "Option::is_none"
    )]
    pub role_version: Option<u64>,
    /// Whatever else the token says, for tenant rules that look elsewhere.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl AccessClaims {
    /// The client the token was made for: `azp`, else `client_id`.
    pub fn authorized_party(&self) -> Option<&ClientId> {
        self.azp.as_ref().or(self.client_id.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_written_as_text_is_not_a_time() {
        let claims = serde_json::json!({
            "iss": "https://id.example", "sub": "ada", "aud": "x", "exp": "9999999999", "iat": 1
        });
        assert!(serde_json::from_value::<AccessClaims>(claims).is_err(), "CVE-2026-25537");
    }

    #[test]
    fn an_audience_is_one_text_or_several() {
        let one: Audience = serde_json::from_str("\"a\"").unwrap();
        let many: Audience = serde_json::from_str("[\"a\",\"b\"]").unwrap();
        assert!(one.contains("a") && many.contains("b") && !many.contains("ab"));
    }
}
