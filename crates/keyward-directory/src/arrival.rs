//! How somebody who was invited comes in: with the first sign-in whose e-mail address is theirs, and verified.

use keyward_model::{Issuer, PersonId, Result, Subject, VerifiedEmail};

use crate::{
    Directory,
    store::{Scope, Tried, Tx},
};

impl Directory {
    /// Lets a person who was invited by this address be known by this subject from now on, and says whether
    /// somebody was. Whoever has a subject keeps it, and a subject that is somebody's stays theirs; a person of the same
    /// address at another provider is another person. Their tokens say what they would have said: no version rises.
    ///
    /// # Errors
    /// A store that cannot be read or written.
    pub fn arrive(&self, issuer: &Issuer, subject: &Subject, email: &VerifiedEmail) -> Result<bool> {
        let awaited = |tx: &Tx<'_>| awaited(tx, issuer, subject, email);
        // Strangers are many, and cost a look; only who is awaited is written.
        if self.store().read(awaited)?.is_none() {
            return Ok(false);
        }
        self.store().write(Scope::Everything, |tx| match awaited(tx)? {
            Some(person) => {
                tx.arrive(&person, subject)?;
                tracing::info!(%person, "who was invited has come");
                Ok(true)
            }
            None => Ok(false),
        })
    }
}

/// Who was invited by this address and has not come.
fn awaited(
    tx: &Tx<'_>,
    issuer: &Issuer,
    subject: &Subject,
    email: &VerifiedEmail,
) -> Tried<Option<PersonId>> {
    if tx.person_by_subject(issuer, subject)?.is_some() {
        return Ok(None);
    }
    let found = tx.person_by_email(issuer, email.email().as_str())?;
    let invited =
        found.filter(|(known_as, person)| known_as.is_none() && email.email().is_same(&person.email));
    Ok(invited.map(|(_, person)| person.id))
}
