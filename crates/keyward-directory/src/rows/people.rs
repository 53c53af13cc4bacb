//! People: who they are, wherever they are.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{EmailAddress, Error, ErrorCode, Issuer, Person, PersonId, Subject, TenantId};

use super::written;
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

    /// The people whose addresses these are, by the address's folded form. Refuses one that only looks like
    /// somebody's: the two would be one to a search, and are not to the mail.
    pub(crate) fn people_of(
        &self,
        issuer: &Issuer,
        emails: &BTreeMap<String, EmailAddress>,
    ) -> Tried<BTreeMap<String, Person>> {
        let found = self.people_like(issuer, emails.keys())?;
        let look_alike = |(folded, email): (&String, &EmailAddress)| {
            found.get(folded).filter(|person| !email.is_same(&person.email)).map(|_| email.clone())
        };
        if let Some(email) = emails.iter().find_map(look_alike) {
            let words =
                format!("email: {email} can be mistaken for the address of somebody else. Use another.");
            return Err(Error::new(ErrorCode::InvalidRequest, words).into());
        }
        Ok(found)
    }

    /// The people whose addresses have these folded forms.
    pub(crate) fn people_like<'e>(
        &self,
        issuer: &Issuer,
        folded: impl Iterator<Item = &'e String>,
    ) -> Tried<BTreeMap<String, Person>> {
        let folded = written(&folded.collect::<Vec<_>>())?;
        let sql = format!(
            "SELECT p.id, p.name, p.email, p.email_folded FROM people p WHERE p.issuer = ?1 \
             AND p.email_folded IN (SELECT e.value FROM {})",
            self.each_text("?2", "e")
        );
        self.all(&sql, values![issuer, folded], |row| Ok((row.get("email_folded")?, person(row)?)))
    }

    /// Those of these people whom the directory knows.
    pub(crate) fn known<'p>(&self, people: impl Iterator<Item = &'p PersonId>) -> Tried<BTreeSet<PersonId>> {
        let people: Vec<&PersonId> = people.collect();
        if people.is_empty() {
            return Ok(BTreeSet::new());
        }
        let sql = format!(
            "SELECT p.id FROM people p WHERE p.id IN (SELECT j.value FROM {})",
            self.each_text("?1", "j")
        );
        self.all(&sql, values![written(&people)?], |row| row.id("id"))
    }

    /// The people whose addresses these are, in this order, whom the directory comes to know by them if need be. The
    /// tenant is the one that opens first for them.
    pub(crate) fn invite(&self, issuer: &Issuer, asked: &[&Person], tenant: &TenantId) -> Tried<Vec<Person>> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let mut emails = BTreeMap::new();
        for Person { email, .. } in asked {
            let address = EmailAddress::new(email).map_err(|e| Fault::Damaged(e.to_string()))?;
            emails.insert(fold_email(email), address);
        }
        let rows: Vec<_> =
            asked.iter().map(|one| (&one.id, &one.email, fold_email(&one.email), &one.name)).collect();
        // Another tenant may be inviting the same people at this moment.
        let sql = format!(
            "INSERT INTO people (id, issuer, email, email_folded, name, default_tenant) \
             SELECT p.value ->> 0, ?1, p.value ->> 1, p.value ->> 2, p.value ->> 3, ?2 FROM {} WHERE true \
             ON CONFLICT (issuer, email_folded) DO NOTHING",
            self.each_value("?3", "p")
        );
        self.run(&sql, values![issuer, tenant, written(&rows)?])?;
        let mut known = self.people_of(issuer, &emails)?;
        let one = |person: &&Person| {
            known
                .remove(&fold_email(&person.email))
                .ok_or_else(|| Fault::Damaged(format!("{} went missing", person.email)))
        };
        asked.iter().map(one).collect()
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
