//! The audit: written once, read newest first.

use keyward_model::{AuditEntry, PersonId, TenantId, Timestamp};
use rusqlite::{Row, params};

use super::{Fault, Tried, Tx, id, json, number, people::person, stored};

const ENTRY: &str = "SELECT a.number, a.at, a.plan, a.changes, a.reason, p.id, p.name, p.email";

fn entry(row: &Row<'_>) -> Tried<AuditEntry> {
    Ok(AuditEntry {
        number: number(row, "number")?,
        at: Timestamp(row.get("at")?),
        actor: person(row)?,
        plan: id(row, "plan")?,
        changes: json(row, "changes")?,
        reason: row.get("reason")?,
    })
}

impl Tx<'_> {
    /// The number that the next entry gets.
    pub(crate) fn next_entry(&self, tenant: &TenantId) -> Tried<u64> {
        let sql = "SELECT coalesce(max(number), 0) + 1 AS next FROM audit WHERE tenant = ?";
        Ok(self.first(sql, [tenant.as_str()], |row| number(row, "next"))?.unwrap_or(1))
    }

    /// Writes an entry.
    pub(crate) fn write_entry(&self, tenant: &TenantId, entry: &AuditEntry) -> Tried<()> {
        let changes = serde_json::to_string(&entry.changes).map_err(|e| Fault::Damaged(e.to_string()))?;
        let sql = "INSERT INTO audit (tenant, number, at, actor, plan, changes, reason) VALUES (?, ?, ?, ?, ?, ?, ?)";
        let number = stored(entry.number);
        let (actor, plan) = (entry.actor.id.as_str(), entry.plan.as_str());
        self.run(sql, params![tenant.as_str(), number, entry.at.0, actor, plan, changes, entry.reason])?;
        for change in &entry.changes {
            let sql = "INSERT INTO audit_people (tenant, person, number) VALUES (?, ?, ?)";
            self.run(sql, params![tenant.as_str(), change.person.id.as_str(), number])?;
        }
        Ok(())
    }

    /// Entries before a number, newest first.
    pub(crate) fn entries(
        &self,
        tenant: &TenantId,
        before: Option<u64>,
        limit: u32,
    ) -> Tried<Vec<AuditEntry>> {
        let sql = format!(
            "{ENTRY} FROM audit a JOIN people p ON p.id = a.actor \
             WHERE a.tenant = ? AND a.number < ? ORDER BY a.number DESC LIMIT ?"
        );
        let before = before.map_or(i64::MAX, stored);
        self.all(&sql, params![tenant.as_str(), before, limit], entry)
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
             JOIN people p ON p.id = a.actor WHERE w.tenant = ? AND w.person = ? ORDER BY w.number DESC LIMIT ?"
        );
        self.all(&sql, params![tenant.as_str(), person.as_str(), limit], |row| {
            let mut entry = entry(row)?;
            entry.changes.retain(|change| change.person.id == *person);
            Ok(entry)
        })
    }
}
