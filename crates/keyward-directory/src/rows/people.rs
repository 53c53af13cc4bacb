//! People: who they are, wherever they are.

use keyward_model::{EmailAddress, Error, ErrorCode, Issuer, Person, PersonId, Subject, TenantId};

use crate::{
    fold::fold,
    store::{Fault, Row, Tried, Tx, values},
};

/// A person from the columns `id`, `name` and `email`.
pub(super) fn person(row: &Row<'_>) -> Tried<Person> {
    Ok(Person { id: row.id("id")?, name: row.get("name")?, email: row.get("email")? })
}

impl Tx<'_> {
    /// The person, by id.
    pub(crate) fn person(&self, id: &PersonId) -> Tried<Option<Person>> {
        self.first("SELECT id, name, email FROM people WHERE id = ?", values![id], person)
    }

    /// The person, by their provider's name for them.
    pub(crate) fn person_by_subject(&self, issuer: &Issuer, subject: &Subject) -> Tried<Option<Person>> {
        let sql = "SELECT id, name, email FROM people WHERE issuer = ? AND subject = ?";
        self.first(sql, values![issuer, subject], person)
    }

    /// The person and their provider's name for them, which who was invited and has not come does not have, by e-mail
    /// in any case.
    pub(crate) fn person_by_email(
        &self,
        issuer: &Issuer,
        email: &str,
    ) -> Tried<Option<(Option<Subject>, Person)>> {
        let sql = "SELECT id, name, email, subject FROM people WHERE issuer = ? AND email_folded = ?";
        self.first(sql, values![issuer, fold_email(email)], |row| {
            let known_as: Option<String> = row.get("subject")?;
            Ok((known_as.map(|_| row.id("subject")).transpose()?, person(row)?))
        })
    }

    /// The person whose address this is. Refuses one that only looks like somebody's: the two would be one to a
    /// search, and are not to the mail.
    pub(crate) fn person_at(&self, issuer: &Issuer, email: &EmailAddress) -> Tried<Option<Person>> {
        let found = self.person_by_email(issuer, email.as_str())?.map(|(_, person)| person);
        if found.as_ref().is_some_and(|person| !email.is_same(&person.email)) {
            let words =
                format!("email: {email} can be mistaken for the address of somebody else. Use another.");
            return Err(Error::new(ErrorCode::InvalidRequest, words).into());
        }
        Ok(found)
    }

    /// The person whose address this is, whom the directory comes to know by it if need be. The tenant is the one
    /// that opens first for them.
    pub(crate) fn invite(&self, issuer: &Issuer, asked: &Person, tenant: &TenantId) -> Tried<Person> {
        // Another tenant may be inviting the same person at this moment.
        let sql = "INSERT INTO people (id, issuer, email, email_folded, name, default_tenant) \
                   VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (issuer, email_folded) DO NOTHING";
        let folded = fold_email(&asked.email);
        self.run(sql, values![&asked.id, issuer, &asked.email, folded, &asked.name, tenant])?;
        let email = EmailAddress::new(&*asked.email).map_err(|e| Fault::Damaged(e.to_string()))?;
        self.person_at(issuer, &email)?.ok_or_else(|| Fault::Damaged(format!("{email} went missing")))
    }

    /// Gives a person who was invited their provider's name for them.
    pub(crate) fn arrive(&self, person: &PersonId, subject: &Subject) -> Tried<()> {
        let sql = "UPDATE people SET subject = ? WHERE id = ? AND subject IS NULL";
        self.run(sql, values![subject, person]).map(drop)
    }

    /// The tenant that opens when none is named, if they are in it.
    pub(crate) fn default_tenant(&self, person: &PersonId) -> Tried<Option<TenantId>> {
        let sql = "SELECT m.tenant FROM people p JOIN memberships m ON m.person = p.id \
                   AND m.tenant = p.default_tenant WHERE p.id = ?";
        self.first(sql, values![person], |row| row.id("tenant"))
    }
}

/// An address made comparable. Only its case is folded: `zoe@` and `zoë@` are two people's.
pub(crate) fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The words that a search finds a person by.
pub(super) fn search_words(name: &str, email: &str) -> impl Iterator<Item = String> {
    crate::fold::words(name).into_iter().chain(crate::fold::words(email))
}

/// The text that the people list is ordered by.
pub(super) fn name_folded(name: &str) -> String {
    fold(name)
}
