//! The members of a tenant: listed, looked at, given roles, taken out.

use std::collections::BTreeMap;

use keyward_model::{Holding, Person, PersonId, PersonRow, RoleId, TenantId, TimeWindow, Timestamp};

use super::{
    Held,
    people::{name_folded, person, search_words},
    windows::{HOLDS, window},
    written,
};
use crate::{
    cursor::PeopleCursor,
    store::{Row, Tried, Tx, Value, values},
};

/// What to list.
pub(crate) struct Listing {
    /// Folded words that must each begin a word of the person.
    pub(crate) words: Vec<String>,
    /// Only who holds this role now.
    pub(crate) role: Option<RoleId>,
    /// The moment of now.
    pub(crate) now: Timestamp,
    /// After this row.
    pub(crate) after: Option<PeopleCursor>,
    /// Rows at most.
    pub(crate) limit: u32,
}

/// Somebody in a tenant, as an edit sees them.
pub(crate) struct Member {
    /// Who.
    pub(crate) person: Person,
    /// At which version; none: not in the tenant yet.
    pub(crate) version: Option<u64>,
    /// Whether they have ever signed in. Who was invited cannot do anything before.
    pub(crate) came: bool,
    /// What they hold, now or later.
    pub(crate) held: Held,
}

/// Who gives a role, when and for what.
pub(crate) struct Gift<'g> {
    /// Who.
    pub(crate) by: &'g Person,
    /// When.
    pub(crate) at: Timestamp,
    /// For what.
    pub(crate) reason: Option<&'g str>,
}

impl Tx<'_> {
    /// The version of (tenant, person), where the person is in the tenant.
    pub(crate) fn version(&self, tenant: &TenantId, person: &PersonId) -> Tried<Option<u64>> {
        let sql = "SELECT version FROM memberships WHERE tenant = ? AND person = ?";
        self.first(sql, values![tenant, person], |row| row.number("version"))
    }

    /// The list's rows, by name, each with its place in the order.
    pub(crate) fn list(&self, tenant: &TenantId, listing: &Listing) -> Tried<Vec<(PersonRow, PeopleCursor)>> {
        let (condition, mut values) = conditions(tenant, listing);
        let after = listing.after.as_ref().map_or("", |after| {
            values.push(Value::from(&after.name_folded));
            values.push(Value::from(&after.person));
            " AND (m.name_folded, m.person) > (?, ?)"
        });
        values.push(listing.limit.into());
        let sql = format!(
            "SELECT p.id, p.name, p.email, p.subject IS NULL AS invited, m.since, m.version, m.name_folded FROM memberships m \
             JOIN people p ON p.id = m.person WHERE {condition}{after} ORDER BY m.name_folded, m.person LIMIT ?"
        );
        let mut rows: Vec<(PersonRow, PeopleCursor)> = self.all(&sql, &values, |row| {
            let person = row_of(row)?;
            let place =
                PeopleCursor { name_folded: row.get("name_folded")?, person: person.person.id.clone() };
            Ok((person, place))
        })?;
        let mut held = self.held_by(tenant, rows.iter().map(|(row, _)| &row.person.id), listing.now)?;
        for (row, _) in &mut rows {
            row.roles = held.remove(&row.person.id).unwrap_or_default();
        }
        Ok(rows)
    }

    /// How many rows the list has in all.
    pub(crate) fn count(&self, tenant: &TenantId, listing: &Listing) -> Tried<u64> {
        let (condition, values) = conditions(tenant, listing);
        let sql = format!("SELECT count(*) AS n FROM memberships m WHERE {condition}");
        let counted = self.first(&sql, &values, |row| row.number("n"))?;
        Ok(counted.unwrap_or_default())
    }

    /// One member, where the person is in the tenant, with what they hold at this moment or later.
    pub(crate) fn member(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        now: Timestamp,
    ) -> Tried<Option<Member>> {
        let Some(PersonRow { person, version, invited, .. }) = self.row(tenant, person, now)? else {
            return Ok(None);
        };
        let held = self.windows(tenant, &person.id, now)?;
        Ok(Some(Member { person, version: Some(version), came: !invited, held }))
    }

    /// One member's row, where the person is in the tenant.
    pub(crate) fn row(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        now: Timestamp,
    ) -> Tried<Option<PersonRow>> {
        let sql = "SELECT p.id, p.name, p.email, p.subject IS NULL AS invited, m.since, m.version FROM memberships m \
                   JOIN people p ON p.id = m.person WHERE m.tenant = ? AND m.person = ?";
        let Some(mut row) = self.first(sql, values![tenant, person], row_of)? else {
            return Ok(None);
        };
        row.roles = self.held(tenant, person, now)?;
        Ok(Some(row))
    }

    /// A member's roles, of this moment or later, best first, each with its why.
    pub(crate) fn holdings(&self, tenant: &TenantId, of: &PersonId, now: Timestamp) -> Tried<Vec<Holding>> {
        let sql = "SELECT a.role, a.given_at, a.reason, a.starts_at, a.ends_at, p.id, p.name, p.email FROM assignments a \
                   JOIN roles r ON r.tenant = a.tenant AND r.id = a.role LEFT JOIN people p ON p.id = a.given_by \
                   WHERE a.tenant = ? AND a.person = ? AND (a.ends_at IS NULL OR a.ends_at > ?) ORDER BY r.rank, r.id";
        self.all(sql, values![tenant, of, now], |row| {
            let giver: Option<String> = row.get("id")?;
            Ok(Holding {
                role: row.id("role")?,
                given_by: giver.map(|_| person(row)).transpose()?,
                given_at: row.time("given_at")?,
                reason: row.get("reason")?,
                window: window(row)?,
            })
        })
    }

    /// Brings a person into the tenant.
    pub(crate) fn join(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        (name, email): (&str, &str),
        since: Timestamp,
        version: u64,
    ) -> Tried<()> {
        let sql =
            "INSERT INTO memberships (tenant, person, name_folded, since, version) VALUES (?, ?, ?, ?, ?)";
        self.run(sql, values![tenant, person, name_folded(name), since, version])?;
        for word in search_words(name, email) {
            let sql = "INSERT INTO words (tenant, person, word) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
            self.run(sql, values![tenant, person, word])?;
        }
        Ok(())
    }

    /// Gives a role for this time and no other, whether or not it is held.
    pub(crate) fn give(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        role: &RoleId,
        window: TimeWindow,
        gift: &Gift<'_>,
    ) -> Tried<()> {
        let sql = "INSERT INTO assignments (tenant, person, role, given_by, given_at, reason, starts_at, ends_at) \
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, person, role) DO UPDATE SET \
                   given_by = excluded.given_by, given_at = excluded.given_at, reason = excluded.reason, \
                   starts_at = excluded.starts_at, ends_at = excluded.ends_at";
        let Gift { by, at, reason } = *gift;
        let TimeWindow { starts_at, ends_at } = window;
        self.run(sql, values![tenant, person, role, &by.id, at, reason, starts_at, ends_at]).map(drop)
    }

    /// Takes a role.
    pub(crate) fn take(&self, tenant: &TenantId, person: &PersonId, role: &RoleId) -> Tried<()> {
        let sql = "DELETE FROM assignments WHERE tenant = ? AND person = ? AND role = ?";
        self.run(sql, values![tenant, person, role]).map(drop)
    }

    /// Takes a person out of the tenant, with all they hold there.
    pub(crate) fn remove(&self, tenant: &TenantId, person: &PersonId) -> Tried<()> {
        let sql = "DELETE FROM memberships WHERE tenant = ? AND person = ?";
        self.run(sql, values![tenant, person]).map(drop)
    }

    /// Raises the version of (tenant, person).
    pub(crate) fn raise(&self, tenant: &TenantId, person: &PersonId, version: u64) -> Tried<()> {
        let sql = "UPDATE memberships SET version = ? WHERE tenant = ? AND person = ?";
        self.run(sql, values![version, tenant, person]).map(drop)
    }

    /// The roles that each of these people holds at this moment, best first.
    fn held_by<'p>(
        &self,
        tenant: &TenantId,
        people: impl Iterator<Item = &'p PersonId>,
        now: Timestamp,
    ) -> Tried<BTreeMap<PersonId, Vec<RoleId>>> {
        let people = written(&people.collect::<Vec<_>>())?;
        // In this order: SQLite, left to itself, goes through all assignments of the tenant.
        let sql = format!(
            "SELECT a.person, a.role FROM {} CROSS JOIN assignments a CROSS JOIN roles r \
             WHERE a.tenant = ?1 AND a.person = j.value AND {HOLDS} AND r.tenant = a.tenant AND r.id = a.role \
             ORDER BY a.person, r.rank, r.id",
            self.each_text("?2", "j")
        );
        let pairs: Vec<(PersonId, RoleId)> =
            self.all(&sql, values![tenant, people, now], |row| Ok((row.id("person")?, row.id("role")?)))?;
        let mut held: BTreeMap<PersonId, Vec<RoleId>> = BTreeMap::new();
        for (person, role) in pairs {
            held.entry(person).or_default().push(role);
        }
        Ok(held)
    }
}

/// A member without their roles.
fn row_of(row: &Row<'_>) -> Tried<PersonRow> {
    Ok(PersonRow {
        person: person(row)?,
        roles: Vec::new(),
        since: row.time("since")?,
        version: row.number("version")?,
        invited: row.get("invited")?,
    })
}

/// The list's conditions, and their values in order.
fn conditions<'l>(tenant: &'l TenantId, listing: &'l Listing) -> (String, Vec<Value<'l>>) {
    let mut sql = "m.tenant = ?1".to_owned();
    let mut values = vec![Value::from(tenant)];
    for word in &listing.words {
        sql.push_str(
            " AND m.person IN (SELECT person FROM words WHERE tenant = ?1 AND word >= ? AND word < ?)",
        );
        values.push(word.into());
        // No text that begins with the word comes after this one.
        values.push(format!("{word}{}", char::MAX).into());
    }
    if let Some(role) = &listing.role {
        sql.push_str(
            " AND m.person IN (SELECT person FROM assignments WHERE tenant = ?1 AND role = ? \
             AND (starts_at IS NULL OR starts_at <= ?) AND (ends_at IS NULL OR ends_at > ?))",
        );
        values.extend([role.into(), listing.now.into(), listing.now.into()]);
    }
    (sql, values)
}
