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
    pub(crate) reason: Option<String>,
}

impl Recorded {
    /// The entry's hash, after the one before it.
    pub(crate) fn hash(&self, previous: &str) -> String {
        sha256(&canonical(&self.form(previous)))
    }

    fn form(&self, previous: &str) -> Value {
        json!({
            "actor": self.actor,
            "at": self.at,
            "changes": self.changes,
            "number": self.number,
            "plan": self.plan,
            "previous": previous,
            "reason": self.reason,
            "tenant": self.tenant,
            "v": FORM,
        })
    }
}
