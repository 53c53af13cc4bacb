//! The audit: written once, read newest first.

use keyward_model::{AuditEntry, PersonId, TenantId};

use super::{people::person, written};
use crate::store::{Row, Tried, Tx, values};

const ENTRY: &str =
    "SELECT a.number, a.at, a.plan, a.changes, a.roles, a.reason, c.hash, p.id, p.name, p.email";
const HASHED: &str = "LEFT JOIN audit_chain c ON c.tenant = a.tenant AND c.number = a.number";

fn entry(row: &Row<'_>) -> Tried<AuditEntry> {
    Ok(AuditEntry {
        number: row.number("number")?,
        at: row.time("at")?,
        actor: person(row)?,
        plan: row.id("plan")?,
        changes: row.json("changes")?,
        roles: row.maybe_json("roles")?.unwrap_or_default(),
        reason: row.get("reason")?,
        hash: row.get("hash")?,
    })
}

impl Tx<'_> {
    /// The number that the next entry gets.
    pub(crate) fn next_entry(&self, tenant: &TenantId) -> Tried<u64> {
        let sql = "SELECT coalesce(max(number), 0) + 1 AS next FROM audit WHERE tenant = ?";
        Ok(self.first(sql, values![tenant], |row| row.number("next"))?.unwrap_or(1))
    }

    /// Writes an entry, and gives it its hash.
    pub(crate) fn write_entry(&self, tenant: &TenantId, entry: &AuditEntry) -> Tried<()> {
        let sql = "INSERT INTO audit (tenant, number, at, actor, plan, changes, roles, reason) \
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let (actor, plan, changes) = (&entry.actor.id, &entry.plan, written(&entry.changes)?);
        let roles = (!entry.roles.is_empty()).then(|| written(&entry.roles)).transpose()?;
        let reason = entry.reason.as_deref();
        self.run(sql, values![tenant, entry.number, entry.at, actor, plan, changes, roles, reason])?;
        let people: Vec<&PersonId> = entry.changes.iter().map(|change| &change.person.id).collect();
        let sql = format!(
            "INSERT INTO audit_people (tenant, person, number) SELECT ?1, p.value, CAST(?2 AS BIGINT) FROM {}",
            self.each_text("?3", "p")
        );
        self.run(&sql, values![tenant, entry.number, written(&people)?])?;
        self.chain(tenant)
    }

    /// Entries before a number, newest first.
    pub(crate) fn entries(
        &self,
        tenant: &TenantId,
        before: Option<u64>,
        limit: u32,
    ) -> Tried<Vec<AuditEntry>> {
        let sql = format!(
            "{ENTRY} FROM audit a {HASHED} JOIN people p ON p.id = a.actor \
             WHERE a.tenant = ? AND a.number < ? ORDER BY a.number DESC LIMIT ?"
        );
        let before = before.unwrap_or(u64::MAX);
        self.all(&sql, values![tenant, before, limit], entry)
    }

    /// The entry of this number.
    pub(crate) fn entry(&self, tenant: &TenantId, number: u64) -> Tried<Option<AuditEntry>> {
        let sql = format!(
            "{ENTRY} FROM audit a {HASHED} JOIN people p ON p.id = a.actor WHERE a.tenant = ? AND a.number = ?"
        );
        self.first(&sql, values![tenant, number], entry)
    }

    /// Entries that touched a person, newest first, with what they did to this person alone.
    pub(crate) fn entries_about(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        limit: u32,
    ) -> Tried<Vec<AuditEntry>> {
        let sql = format!(
            "{ENTRY} FROM audit_people w JOIN audit a ON a.tenant = w.tenant AND a.number = w.number \
             {HASHED} JOIN people p ON p.id = a.actor WHERE w.tenant = ? AND w.person = ? ORDER BY w.number DESC LIMIT ?"
        );
        self.all(&sql, values![tenant, person, limit], |row| {
            let mut entry = entry(row)?;
            entry.changes.retain(|change| change.person.id == *person);
            entry.roles.clear();
            Ok(entry)
        })
    }
}
