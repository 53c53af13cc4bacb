//! What a token says of an answer, within a budget of bytes. What does not fit is never left out in silence.

use std::collections::BTreeSet;

use keyward_model::{Error, ErrorCode, HookAnswer, Permission, Result, RoleId, TenantId, Timestamp, claim};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{USUAL_BUDGET, refusal::Refusal};

/// Claims that a token has of itself (RFC 7519 §4.1, RFC 9068 §2.2). None of ours may take their names.
const TAKEN: [&str; 11] =
    ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "azp", "scope", "auth_time"];

/// The names that an answer has in a token. URLs by default: providers drop short ones that they reserve.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimNames {
    /// The tenant, by its id.
    pub tenant: String,
    /// Roles, by their ids.
    pub roles: String,
    /// Permissions.
    pub permissions: String,
    /// The version of (tenant, person).
    pub role_version: String,
    /// Until when this holds, where it ends.
    pub not_after: String,
    /// When it was read, where the store was away.
    pub stale_since: String,
    /// What was left out.
    pub overage: String,
    /// Where all of it is read.
    pub overage_url: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            tenant: claim::TENANT.to_owned(),
            roles: claim::ROLES.to_owned(),
            permissions: claim::PERMISSIONS.to_owned(),
            role_version: claim::ROLE_VERSION.to_owned(),
            not_after: claim::NOT_AFTER.to_owned(),
            stale_since: claim::STALE_SINCE.to_owned(),
            overage: claim::OVERAGE.to_owned(),
            overage_url: claim::OVERAGE_URL.to_owned(),
        }
    }
}

impl ClaimNames {
    /// Every name, whether an answer uses it or not.
    pub(super) fn all(&self) -> [&str; 8] {
        let Self { tenant, roles, permissions, role_version, not_after, stale_since, overage, overage_url } =
            self;
        [tenant, roles, permissions, role_version, not_after, stale_since, overage, overage_url]
    }

    /// Checks that no name is empty, taken or used twice, and that they are URLs where they must be.
    pub(super) fn check(&self, only_urls: bool) -> Result<()> {
        let invalid = |words: String| Err(Error::new(ErrorCode::ConfigInvalid, words));
        let mut seen = BTreeSet::new();
        for name in self.all() {
            if name.is_empty() || TAKEN.contains(&name) {
                return invalid(format!("claims: {name:?} is no name for a claim of ours."));
            }
            if only_urls && !name.contains("://") {
                return invalid(format!(
                    "claims: {name:?} is not a URL. This provider drops claims of short names that it reserves, \
                     and does not say so."
                ));
            }
            if !seen.insert(name) {
                return invalid(format!("claims: {name:?} is given to two claims."));
            }
        }
        Ok(())
    }
}

/// How much of an answer a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// Everything.
    Full,
    /// Roles, without the permissions that they give.
    Compact,
    /// Neither: where they can be read.
    Overage,
}

impl Form {
    fn left_out(self) -> &'static [&'static str] {
        match self {
            Self::Full => &[],
            Self::Compact => &["permissions"],
            Self::Overage => &["permissions", "roles"],
        }
    }
}

/// How an answer is put into claims.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(super) names: ClaimNames,
    /// Bytes at most.
    pub(super) budget: usize,
    /// Whether the provider takes texts and arrays of texts alone.
    pub(super) only_texts: bool,
    /// Origin under which people reach the directory.
    pub(super) origin: String,
}

/// Claims that fit.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) claims: Map<String, Value>,
    pub(crate) form: Form,
    /// What they take as the text of a JSON object.
    pub(crate) bytes: usize,
}

/// Bytes of all that a token would say of these, under the usual names. Of numbers it counts as many digits as they
/// may come to have.
pub(crate) fn usual_size(tenant: &TenantId, roles: Vec<RoleId>, permissions: Vec<Permission>) -> usize {
    let answer =
        HookAnswer { roles, permissions, role_version: 999_999_999, not_after: None, renew_at: None };
    json!(Manner::usual("").claims(Form::Full, tenant, &answer, None)).to_string().len()
}

impl Manner {
    /// The usual one.
    pub(super) fn usual(origin: &str) -> Self {
        let names = ClaimNames::default();
        Self { names, budget: USUAL_BUDGET, only_texts: false, origin: origin.to_owned() }
    }

    /// Says as much of the answer as fits. `stale_since` is when it was read, where that was not now.
    pub(super) fn say(
        &self,
        tenant: &TenantId,
        answer: &HookAnswer,
        stale_since: Option<Timestamp>,
    ) -> std::result::Result<Said, Refusal> {
        let mut least = 0;
        for form in [Form::Full, Form::Compact, Form::Overage] {
            let claims = self.claims(form, tenant, answer, stale_since);
            least = json!(claims).to_string().len();
            if least <= self.budget {
                return Ok(Said { claims, form, bytes: least });
            }
        }
        Err(Refusal::NoRoom { budget: self.budget, least })
    }

    fn claims(
        &self,
        form: Form,
        tenant: &TenantId,
        answer: &HookAnswer,
        stale_since: Option<Timestamp>,
    ) -> Map<String, Value> {
        let Self { names, origin, .. } = self;
        let mut claims = Map::new();
        let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        put(&names.tenant, json!(tenant));
        put(&names.role_version, self.number(answer.role_version.into()));
        for (name, at) in [(&names.not_after, answer.not_after), (&names.stale_since, stale_since)] {
            if let Some(Timestamp(seconds)) = at {
                put(name, self.number(seconds.into()));
            }
        }
        let left_out = form.left_out();
        if !left_out.contains(&"roles") {
            put(&names.roles, json!(answer.roles));
        }
        if !left_out.contains(&"permissions") {
            put(&names.permissions, json!(answer.permissions));
        }
        if !left_out.is_empty() {
            put(&names.overage, json!(left_out));
            put(&names.overage_url, json!(format!("{origin}/v1/tenants/{tenant}/me")));
        }
        claims
    }

    fn number(&self, number: serde_json::Number) -> Value {
        if self.only_texts { Value::String(number.to_string()) } else { Value::Number(number) }
    }
}
