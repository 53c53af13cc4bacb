//! The members of a tenant: listed, looked at, given roles, taken out.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{Person, PersonId, PersonRow, RoleId, TenantId, TimeWindow, Timestamp};

use super::{
    Held,
    people::{name_folded, person, search_words},
    versions::version,
    windows::{HOLDS, window},
    written,
};
use crate::{
    cursor::PeopleCursor,
    store::{Row, Tried, Tx, Value, values},
};

/// The columns of a [`PersonRow`], of a membership `m` and its person `p`.
/// The column `version` of a membership `m`.
const VERSION: &str = version!();
const MEMBER: &str = concat!("p.id, p.name, p.email, p.subject IS NULL AS invited, m.since, ", version!());

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

/// A role that somebody is to hold.
pub(crate) struct Given<'g> {
    /// Who.
    pub(crate) person: &'g PersonId,
    /// What.
    pub(crate) role: &'g RoleId,
    /// For which time.
    pub(crate) window: TimeWindow,
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
            "SELECT {MEMBER}, m.name_folded FROM memberships m JOIN people p ON p.id = m.person \
             WHERE {condition}{after} ORDER BY m.name_folded, m.person LIMIT ?"
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

    /// Those of these people who are in the tenant, with what they hold at this moment or later.
    pub(crate) fn members<'p>(
        &self,
        tenant: &TenantId,
        people: impl Iterator<Item = &'p PersonId>,
        now: Timestamp,
    ) -> Tried<BTreeMap<PersonId, Member>> {
        let people = written(&people.collect::<BTreeSet<_>>())?;
        let sql = format!(
            "SELECT {MEMBER} FROM memberships m \
             JOIN people p ON p.id = m.person WHERE m.tenant = ?1 AND m.person IN (SELECT j.value FROM {})",
            self.each_text("?2", "j")
        );
        let mut members: BTreeMap<PersonId, Member> = self.all(&sql, values![tenant, &people], |row| {
            let PersonRow { person, version, invited, .. } = row_of(row)?;
            let member = Member { person, version: Some(version), came: !invited, held: Held::new() };
            Ok((member.person.id.clone(), member))
        })?;
        let sql = format!(
            "SELECT a.person, a.role, a.starts_at, a.ends_at FROM assignments a WHERE a.tenant = ?1 \
             AND a.person IN (SELECT j.value FROM {}) AND (a.ends_at IS NULL OR a.ends_at > ?3)",
            self.each_text("?2", "j")
        );
        let held: Vec<(PersonId, RoleId, TimeWindow)> =
            self.all(&sql, values![tenant, people, now], |row| {
                Ok((row.id("person")?, row.id("role")?, window(row)?))
            })?;
        for (person, role, window) in held {
            if let Some(member) = members.get_mut(&person) {
                member.held.insert(role, window);
            }
        }
        Ok(members)
    }

    /// One member, where the person is in the tenant, with what they hold at this moment or later.
    pub(crate) fn member(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        now: Timestamp,
    ) -> Tried<Option<Member>> {
        Ok(self.members(tenant, std::iter::once(person), now)?.remove(person))
    }

    /// The versions of those of these people who are in the tenant.
    pub(crate) fn versions<'p>(
        &self,
        tenant: &TenantId,
        people: impl Iterator<Item = &'p PersonId>,
    ) -> Tried<BTreeMap<PersonId, u64>> {
        let sql = format!(
            "SELECT m.person, {VERSION} FROM memberships m WHERE m.tenant = ?1 \
             AND m.person IN (SELECT j.value FROM {})",
            self.each_text("?2", "j")
        );
        let people = written(&people.collect::<Vec<_>>())?;
        self.all(&sql, values![tenant, people], |row| Ok((row.id("person")?, row.number("version")?)))
    }

    /// Somebody who was in the tenant, as an edit sees them that would bring them back.
    pub(crate) fn former(&self, tenant: &TenantId, id: &PersonId) -> Tried<Option<Member>> {
        let sql = "SELECT p.id, p.name, p.email, p.subject IS NOT NULL AS came FROM people p WHERE p.id = ? \
                   AND EXISTS (SELECT 1 FROM audit_people w WHERE w.tenant = ? AND w.person = p.id)";
        self.first(sql, values![id, tenant], |row| {
            Ok(Member { person: person(row)?, version: None, came: row.get("came")?, held: Held::new() })
        })
    }

    /// Those of these people who are in the tenant, with what they hold at this moment or later.
    pub(crate) fn members_among(
        &self,
        tenant: &TenantId,
        people: &[&PersonId],
        now: Timestamp,
    ) -> Tried<BTreeMap<PersonId, Held>> {
        let people = written(&people)?;
        let sql = format!(
            "SELECT m.person FROM {} JOIN memberships m ON m.tenant = ?1 AND m.person = j.value",
            self.each_text("?2", "j")
        );
        let mut members: BTreeMap<PersonId, Held> =
            self.all(&sql, values![tenant, &people], |row| Ok((row.id("person")?, Held::new())))?;
        let sql = format!(
            "SELECT a.person, a.role, a.starts_at, a.ends_at FROM {} JOIN assignments a ON a.tenant = ?1 \
             AND a.person = j.value AND (a.ends_at IS NULL OR a.ends_at > ?3)",
            self.each_text("?2", "j")
        );
        let held: Vec<(PersonId, RoleId, TimeWindow)> =
            self.all(&sql, values![tenant, &people, now], |row| {
                Ok((row.id("person")?, row.id("role")?, window(row)?))
            })?;
        for (person, role, window) in held {
            members.entry(person).or_default().insert(role, window);
        }
        Ok(members)
    }

    /// One member's row, where the person is in the tenant.
    pub(crate) fn row(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        now: Timestamp,
    ) -> Tried<Option<PersonRow>> {
        let sql = format!(
            "SELECT {MEMBER} FROM memberships m JOIN people p ON p.id = m.person WHERE m.tenant = ? AND m.person = ?"
        );
        let Some(mut row) = self.first(&sql, values![tenant, person], row_of)? else {
            return Ok(None);
        };
        row.roles = self.held(tenant, person, now)?;
        Ok(Some(row))
    }

    /// Brings people into the tenant.
    pub(crate) fn join(
        &self,
        tenant: &TenantId,
        people: &[&Person],
        since: Timestamp,
        version: u64,
    ) -> Tried<()> {
        if people.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO memberships (tenant, person, name_folded, since, version) SELECT ?1, p.value ->> 0, \
             p.value ->> 1, CAST(?2 AS BIGINT), CAST(?3 AS BIGINT) FROM {}",
            self.each_value("?4", "p")
        );
        let rows: Vec<_> = people.iter().map(|one| (&one.id, name_folded(&one.name))).collect();
        self.run(&sql, values![tenant, since, version, written(&rows)?])?;
        let sql = format!(
            "INSERT INTO words (tenant, person, word) SELECT ?1, w.value ->> 0, w.value ->> 1 FROM {} WHERE true \
             ON CONFLICT DO NOTHING",
            self.each_value("?2", "w")
        );
        let words = |one: &&Person| {
            let id = one.id.clone();
            search_words(&one.name, &one.email).map(move |word| (id.clone(), word)).collect::<Vec<_>>()
        };
        let rows: Vec<_> = people.iter().flat_map(words).collect();
        self.run(&sql, values![tenant, written(&rows)?]).map(drop)
    }

    /// Gives roles, each for its time and no other, whether or not they are held.
    pub(crate) fn give(&self, tenant: &TenantId, given: Vec<Given<'_>>, gift: &Gift<'_>) -> Tried<()> {
        if given.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO assignments (tenant, person, role, given_by, given_at, reason, starts_at, ends_at) \
             SELECT ?1, g.value ->> 0, g.value ->> 1, ?2, CAST(?3 AS BIGINT), ?4, CAST(g.value ->> 2 AS BIGINT), \
             CAST(g.value ->> 3 AS BIGINT) FROM {} WHERE true ON CONFLICT (tenant, person, role) DO UPDATE SET \
             given_by = excluded.given_by, given_at = excluded.given_at, reason = excluded.reason, \
             starts_at = excluded.starts_at, ends_at = excluded.ends_at",
            self.each_value("?5", "g")
        );
        let row = |Given { person, role, window }| (person, role, window.starts_at, window.ends_at);
        let rows: Vec<_> = given.into_iter().map(row).collect();
        let Gift { by, at, reason } = *gift;
        self.run(&sql, values![tenant, &by.id, at, reason, written(&rows)?]).map(drop)
    }

    /// Takes roles from people.
    pub(crate) fn take(&self, tenant: &TenantId, taken: Vec<(&PersonId, &RoleId)>) -> Tried<()> {
        if taken.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "DELETE FROM assignments WHERE tenant = ?1 AND (person, role) IN \
             (SELECT t.value ->> 0, t.value ->> 1 FROM {})",
            self.each_value("?2", "t")
        );
        self.run(&sql, values![tenant, written(&taken)?]).map(drop)
    }

    /// Takes people out of the tenant, with all they hold there.
    pub(crate) fn remove(&self, tenant: &TenantId, people: Vec<PersonId>) -> Tried<()> {
        if people.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "DELETE FROM memberships WHERE tenant = ?1 AND person IN (SELECT j.value FROM {})",
            self.each_text("?2", "j")
        );
        self.run(&sql, values![tenant, written(&people)?]).map(drop)
    }

    /// Raises people's versions.
    pub(crate) fn raise(&self, tenant: &TenantId, people: Vec<PersonId>, version: u64) -> Tried<()> {
        let sql = format!(
            "UPDATE memberships SET version = ?1 WHERE tenant = ?2 AND person IN (SELECT j.value FROM {})",
            self.each_text("?3", "j")
        );
        self.run(&sql, values![version, tenant, written(&people)?]).map(drop)
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
