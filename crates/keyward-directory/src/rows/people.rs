//! People: who they are, wherever they are.

use keyward_model::{Issuer, Person, PersonId, Subject, TenantId};

use crate::{
    fold::fold,
    store::{Row, Tried, Tx, values},
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

    /// The person and their provider's name for them, by e-mail in any case.
    pub(crate) fn person_by_email(&self, issuer: &Issuer, email: &str) -> Tried<Option<(Subject, Person)>> {
        let sql = "SELECT id, name, email, subject FROM people WHERE issuer = ? AND email_folded = ?";
        self.first(sql, values![issuer, fold_email(email)], |row| Ok((row.id("subject")?, person(row)?)))
    }

    /// The tenant that opens when none is named, if they are in it.
    pub(crate) fn default_tenant(&self, person: &PersonId) -> Tried<Option<TenantId>> {
        let sql = "SELECT m.tenant FROM people p JOIN memberships m ON m.person = p.id \
                   AND m.tenant = p.default_tenant WHERE p.id = ?";
        self.first(sql, values![person], |row| row.id("tenant"))
    }
}

/// An address made comparable. Only its case is folded: `zoe@` and `zoë@` are two people's.
pub(super) fn fold_email(email: &str) -> String {
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
