//! How somebody who was invited comes in: with the first sign-in whose e-mail address is theirs, and verified.

use keyward_model::{
    AuditEntry, AuditedChange, Issuer, Person, PlanId, Result, Subject, TenantId, Timestamp, VerifiedEmail,
};

use crate::{
    Directory,
    edit::version_after,
    store::{Fault, Scope, Tried, Tx},
};

/// What stands in the audit where a plan would.
const NO_PLAN: &str = "arrival";

impl Directory {
    /// Lets a person who was invited by this address be known by this subject from now on, and says whether
    /// somebody was. Whoever has a subject keeps it, and a subject that is somebody's stays theirs; a person of the same
    /// address at another provider is another person. The audit of every tenant that they are in says that they came,
    /// by their own doing, and their version there rises: who looks at them sees it.
    ///
    /// # Errors
    /// A store that cannot be read or written.
    pub fn arrive(&self, issuer: &Issuer, subject: &Subject, email: &VerifiedEmail) -> Result<bool> {
        let awaited = |tx: &Tx<'_>| awaited(tx, issuer, subject, email);
        // Strangers are many, and cost a look; only who is awaited is written.
        if self.store().read(awaited)?.is_none() {
            return Ok(false);
        }
        let entries = self.store().write(Scope::Everything, |tx| match awaited(tx)? {
            Some(person) => {
                tx.arrive(&person.id, subject)?;
                tracing::info!(person = %person.id, "who was invited has come");
                audited(tx, &person, self.now()).map(Some)
            }
            None => Ok(None),
        })?;
        for (tenant, number) in entries.iter().flatten() {
            self.growth().reached(tenant, *number);
        }
        Ok(entries.is_some())
    }
}

/// Says in every tenant of theirs that somebody has come, and gives the numbers of the entries.
fn audited(tx: &Tx<'_>, person: &Person, at: Timestamp) -> Tried<Vec<(TenantId, u64)>> {
    let mut entries = Vec::new();
    for tenant in tx.tenants_of(&person.id)? {
        let entry = AuditEntry {
            number: tx.next_entry(&tenant.id)?,
            at,
            actor: person.clone(),
            plan: PlanId::new(NO_PLAN).map_err(|e| Fault::Damaged(e.to_string()))?,
            changes: vec![AuditedChange {
                person: person.clone(),
                gained: Vec::new(),
                lost: Vec::new(),
                removed: false,
                added: false,
                arrived: true,
                timings: Vec::new(),
            }],
            roles: Vec::new(),
            reason: None,
            hash: None,
        };
        tx.write_entry(&tenant.id, &entry)?;
        tx.raise(&tenant.id, vec![person.id.clone()], version_after(entry.number))?;
        entries.push((tenant.id, entry.number));
    }
    Ok(entries)
}

/// Who was invited by this address and has not come.
fn awaited(tx: &Tx<'_>, issuer: &Issuer, subject: &Subject, email: &VerifiedEmail) -> Tried<Option<Person>> {
    if tx.person_by_subject(issuer, subject)?.is_some() {
        return Ok(None);
    }
    let found = tx.person_by_email(issuer, email.email().as_str())?;
    let invited =
        found.filter(|(known_as, person)| known_as.is_none() && email.email().is_same(&person.email));
    Ok(invited.map(|(_, person)| person))
}
