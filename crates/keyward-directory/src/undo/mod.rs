//! Undo: a plan of what would take an entry of the audit back, as far as what it did still stands. It is read and
//! applied as any other, and can itself be undone.

mod inverse;
mod present;

use keyward_model::{Error, ErrorCode, Plan, PlanRequest, Result};

use crate::{
    Caller, Directory, Terms,
    edit::{made, new_id},
};
use inverse::Inverse;
use present::Present;

impl Directory {
    /// Makes a plan that takes an entry of the audit back: whoever lost a role gets it again, for the time that they
    /// had it for, whoever was taken out comes back, whoever was added leaves, and roles are as they were. What was
    /// changed since is left alone, and named among the plan's conflicts. Needs `roles:write`.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where there is no such entry; as [`Directory::plan`].
    pub fn undo(&self, caller: &Caller, number: u64) -> Result<Plan> {
        self.undo_on(caller, &Terms::default(), number)
    }

    /// The same on terms.
    ///
    /// # Errors
    /// As [`Directory::undo`]; [`ErrorCode::InvalidRequest`] where the key was used for something else.
    pub fn undo_on(&self, caller: &Caller, terms: &Terms, number: u64) -> Result<Plan> {
        let id = new_id()?;
        self.change(caller, terms, &("undo", number), |tx, actor, now| {
            let tenant = &actor.tenant;
            let entry = tx.entry(&tenant.id, number)?.ok_or_else(|| {
                let words = format!("There is no entry {number} in the audit of {}.", tenant.name);
                Error::new(ErrorCode::NotFound, words)
            })?;
            let present = Present::of(tx, &tenant.id, &entry, now)?;
            let Inverse { changes, conflicts } = Inverse::of(&entry, &present)?;
            let reason = Some(format!("Undoes entry {number}."));
            let plan = made(tx, &actor, &id, PlanRequest { changes, reason, ..PlanRequest::default() }, now)?;
            Ok(Plan { conflicts, ..plan })
        })
    }
}
