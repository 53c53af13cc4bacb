//! What the command line asks, across tenants, and the one row that it is kept by.

use keyward_model::{EmailAddress, Issuer, Person, TenantId};

use super::{fold_email, people::person};
use crate::{
    permission,
    store::{Tried, Tx, values},
};

impl Tx<'_> {
    /// Everybody with this address, whoever signs them in, in any case.
    pub(crate) fn people_at(&self, email: &EmailAddress) -> Tried<Vec<(Issuer, Person)>> {
        let sql = "SELECT id, name, email, issuer FROM people WHERE email_folded = ? ORDER BY issuer";
        let found: Vec<(Issuer, Person)> =
            self.all(sql, values![fold_email(email.as_str())], |row| Ok((row.id("issuer")?, person(row)?)))?;
        Ok(found.into_iter().filter(|(_, person)| email.is_same(&person.email)).collect())
    }

    /// Makes somebody known, in no tenant and without a subject, if they are not.
    pub(crate) fn know(&self, issuer: &str, person: &Person) -> Tried<()> {
        let sql = "INSERT INTO people (id, issuer, email, email_folded, name) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
        let Person { id, name, email } = person;
        self.run(sql, values![id, issuer, email, fold_email(email), name]).map(drop)
    }

    /// Addresses of who was invited as an admin of the tenant and has not come.
    pub(crate) fn awaited_admins(&self, tenant: &TenantId) -> Tried<Vec<String>> {
        let sql = "SELECT DISTINCT p.email FROM role_permissions g JOIN assignments a ON a.tenant = g.tenant \
                   AND a.role = g.role JOIN people p ON p.id = a.person \
                   WHERE g.tenant = ? AND g.permission = ? AND p.subject IS NULL ORDER BY p.email";
        self.all(sql, values![tenant, permission::ROLES_WRITE], |row| row.get("email"))
    }

    /// How many rows of the tenant refer to what is not there: each kind in words, where there are some.
    pub(crate) fn orphans(&self, tenant: &TenantId) -> Tried<Vec<(u64, &'static str)>> {
        let kinds = [
            (
                "of its people are nobody whom the directory knows",
                "FROM memberships m LEFT JOIN people p ON p.id = m.person WHERE m.tenant = ? AND p.id IS NULL",
            ),
            (
                "of its assignments are of somebody who is not in it",
                "FROM assignments a LEFT JOIN memberships m ON m.tenant = a.tenant AND m.person = a.person \
                 WHERE a.tenant = ? AND m.person IS NULL",
            ),
            (
                "of its assignments are of a role that it does not have",
                "FROM assignments a LEFT JOIN roles r ON r.tenant = a.tenant AND r.id = a.role \
                 WHERE a.tenant = ? AND r.id IS NULL",
            ),
        ];
        let mut found = Vec::new();
        for (words, from) in kinds {
            let sql = format!("SELECT count(*) AS n {from}");
            let count = self.first(&sql, values![tenant], |row| row.number("n"))?.unwrap_or_default();
            if count > 0 {
                found.push((count, words));
            }
        }
        Ok(found)
    }
}
