//! Whether a directory is whole: its audit as it was written, every tenant with an admin, nothing that refers to what is
//! not there.

use keyward_model::{Result, TenantId, TenantRow, Timestamp};

use crate::{
    Directory,
    audit::BEFORE_THE_FIRST,
    guard::first_gap,
    stale::when,
    store::{Tried, Tx},
};

/// Entries read at once.
const BATCH: u32 = 500;

/// What a check found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Tenants looked at.
    pub tenants: u64,
    /// Entries of audits looked at.
    pub entries: u64,
    /// What is wrong, a sentence each.
    pub wrong: Vec<String>,
    /// What is to be known, and is not wrong.
    pub notes: Vec<String>,
}

impl Directory {
    /// Looks at every tenant. What is there is not changed.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn check(&self) -> Result<Checked> {
        let mut checked = Checked::default();
        for TenantRow { tenant, .. } in self.every_tenant()? {
            let tenant = tenant.id;
            checked.tenants += 1;
            self.check_chain(&tenant, &mut checked)?;
            let now = self.now();
            let (wrong, notes) = self.store().read(|tx| {
                let mut wrong = orphans(tx, &tenant)?;
                let (more, notes) = admins(tx, &tenant, now)?;
                wrong.extend(more);
                Ok((wrong, notes))
            })?;
            checked.wrong.extend(wrong);
            checked.notes.extend(notes);
        }
        Ok(checked)
    }

    /// Goes through the tenant's audit as a reader of an export would.
    fn check_chain(&self, tenant: &TenantId, checked: &mut Checked) -> Result<()> {
        let (mut last, mut previous) = (0, BEFORE_THE_FIRST.to_owned());
        let newest = self.store().read(|tx| Ok(tx.next_entry(tenant)? - 1))?;
        while last < newest {
            let batch = self.store().read(|tx| tx.recorded(tenant, last, BATCH))?;
            let Some((first, _)) = batch.first() else { break };
            if first.number != last + 1 {
                break;
            }
            for (entry, hash) in batch {
                if entry.number != last + 1 {
                    break;
                }
                if entry.hash(&previous) != hash {
                    checked.wrong.push(format!(
                        "{tenant}: entry {} of the audit, or the one before it, is not as it was written. Compare an \
                         export with one that was kept elsewhere.",
                        entry.number
                    ));
                    return Ok(());
                }
                (last, previous) = (entry.number, hash);
                checked.entries += 1;
            }
        }
        if last < newest {
            let missing = last + 1;
            checked.wrong.push(format!(
                "{tenant}: entry {missing} of the audit, or its hash, is missing, and {newest} is there."
            ));
        }
        Ok(())
    }
}

fn orphans(tx: &Tx<'_>, tenant: &TenantId) -> Tried<Vec<String>> {
    let found = tx.orphans(tenant)?;
    Ok(found.into_iter().map(|(count, what)| format!("{tenant}: {count} {what}.")).collect())
}

/// Whether somebody can edit the tenant's roles, now and at any later time.
fn admins(tx: &Tx<'_>, tenant: &TenantId, now: Timestamp) -> Tried<(Option<String>, Option<String>)> {
    let Some(gap) = first_gap(tx.admin_windows(tenant, now)?, now) else { return Ok((None, None)) };
    let awaited = tx.awaited_admins(tenant)?;
    let since = if gap > now { format!("from a moment on, {},", when(gap)) } else { "now".to_owned() };
    if let [first, ..] = awaited.as_slice() {
        let words = format!(
            "{tenant}: {since} nobody can edit its roles until {first} has signed in for the first time."
        );
        return Ok((None, Some(words)));
    }
    let words = format!(
        "{tenant}: {since} nobody can edit its roles. Give somebody a role that can: keywardd admin grant {tenant} EMAIL \
         ROLE."
    );
    Ok((Some(words), None))
}
