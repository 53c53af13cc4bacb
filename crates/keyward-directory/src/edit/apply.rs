//! A plan is applied: rows, versions and one audit entry, or nothing.

use keyward_model::{Applied, AuditEntry, Error, ErrorCode, Person, PlanId, Result, Seen, Warning, limit};

use super::{
    plot::{drafted, planned},
    version_after, write,
};
use crate::{Caller, Directory, Terms, draft::Draft, guard};

impl Directory {
    /// Does what the plan said: rows, versions and one audit entry in one transaction. Needs `roles:write` at
    /// this moment.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where the caller has no such plan, [`ErrorCode::PlanExpired`] where it was applied
    /// or is too old, [`ErrorCode::PlanStale`] where somebody it touches has changed since,
    /// [`ErrorCode::LastAdmin`] where nobody would be left who can edit roles.
    pub fn apply(&self, caller: &Caller, id: &PlanId) -> Result<Applied> {
        self.apply_on(caller, &Terms::default(), id)
    }

    /// The same on terms.
    ///
    /// # Errors
    /// As [`Directory::apply`]; [`ErrorCode::InvalidRequest`] where the key was used for something else.
    pub fn apply_on(&self, caller: &Caller, terms: &Terms, id: &PlanId) -> Result<Applied> {
        let applied = self.change(caller, terms, &("apply", id), |tx, actor, now| {
            let tenant = &actor.tenant;
            let plan = planned(tx, &actor, id, now)?;
            let draft = drafted(tx, &actor, &plan, now)?;
            if draft.is_empty() {
                let words = "This plan changes nothing: it is so already.";
                return Err(Error::new(ErrorCode::InvalidRequest, words).into());
            }
            let entry = AuditEntry {
                number: tx.next_entry(&tenant.id)?,
                at: now,
                actor: actor.person.clone(),
                plan: plan.id,
                changes: write::audited(tx, &actor, &draft.effects)?,
                roles: draft.role_effects.iter().map(write::audited_role).collect(),
                reason: plan.request.reason,
                // Made as it is written.
                hash: None,
            };
            write::rows(tx, &tenant.id, &entry)?;
            tx.write_entry(&tenant.id, &entry)?;
            guard::check(tx, tenant, now, last_admin(&draft))?;
            tx.plan_applied(id, now)?;
            let version = version_after(entry.number);
            let there = entry.changes.iter().filter(|change| !change.removed);
            let versions = there
                .take(limit::EFFECTS_OF_ANSWER)
                .map(|change| Seen { person: change.person.id.clone(), version })
                .collect();
            Ok(Applied {
                plan: entry.plan,
                audit: entry.number,
                versions,
                people: entry.changes.len() as u64,
            })
        })?;
        self.growth().reached(&caller.tenant, applied.audit);
        Ok(applied)
    }
}

/// Whom the draft names as the last who can edit roles.
fn last_admin(draft: &Draft) -> Option<&Person> {
    draft.warnings.iter().find_map(|warning| match warning {
        Warning::LastAdmin { person, at: _ } => Some(person),
        Warning::SelfLockout
        | Warning::NoRoleLeft { .. }
        | Warning::WindowPast { .. }
        | Warning::AboveOwn { .. }
        | Warning::TokenSize { .. }
        | Warning::NoChange => None,
    })
}
