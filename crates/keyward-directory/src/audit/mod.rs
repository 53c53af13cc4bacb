//! The audit as a chain: every entry has a hash over itself and the hash before it, so that nobody changes, removes
//! or adds one in the past without changing every hash since. `docs/audit.md` has the form, byte for byte.

mod export;
mod verify;

use keyward_model::{PersonId, PlanId, TenantId, Timestamp};
use serde_json::{Value, json};

use crate::canonical::{canonical, sha256};

pub use export::ExportedAudit;
pub use verify::{Flaw, FlawKind, VerifiedAudit, verify_audit};

/// The version of the form. It is part of what is hashed.
const FORM: u64 = 1;
/// What stands for the hash before a tenant's first entry.
pub(crate) const BEFORE_THE_FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry as it is kept: without the names that its people have by now.
pub(crate) struct Recorded {
    pub(crate) tenant: TenantId,
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) actor: PersonId,
    pub(crate) plan: PlanId,
    /// As they were written, whatever the version that wrote them knew of.
    pub(crate) changes: Value,
    /// What it did to roles, likewise; none where nothing.
    pub(crate) roles: Option<Value>,
    pub(crate) reason: Option<String>,
}

impl Recorded {
    /// The entry's hash, after the one before it.
    pub(crate) fn hash(&self, previous: &str) -> String {
        sha256(&canonical(&self.form(previous)))
    }

    fn form(&self, previous: &str) -> Value {
        let mut form = json!({
            "actor": self.actor,
            "at": self.at,
            "changes": self.changes,
            "number": self.number,
            "plan": self.plan,
            "previous": previous,
            "reason": self.reason,
            "tenant": self.tenant,
            "v": FORM,
        });
        // Entries of before have no such key, and their hashes stay.
        if let Some(roles) = &self.roles {
            form["roles"] = roles.clone();
        }
        form
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form as `docs/audit.md` has it, and its hash as another program made it.
    #[test]
    fn an_entrys_hash_is_what_the_documents_say() {
        let changes = json!([{
            "person": { "id": "zoe", "name": "Zoë Ångström", "email": "zoe@acme.example" },
            "gained": ["editor"], "lost": [], "removed": false,
        }]);
        let entry = Recorded {
            tenant: TenantId::new("acme").unwrap(),
            number: 1,
            at: Timestamp(1_795_335_000),
            actor: PersonId::new("ada").unwrap(),
            plan: PlanId::new("p1").unwrap(),
            changes,
            roles: None,
            reason: Some("A \"quarter\"\n\\ close\u{1}".to_owned()),
        };
        let hash = "974e405273ae1cc94018c2ec1c09e78d53f894d7c4702ed559522e0f9a88a15e";
        assert_eq!(entry.hash(BEFORE_THE_FIRST), hash);
    }
}
