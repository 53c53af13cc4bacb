//! The audit's hashes: one for each entry, in the order of their numbers.

use keyward_model::TenantId;

use crate::{
    audit::{BEFORE_THE_FIRST, Recorded},
    store::{Row, Tried, Tx, values},
};

/// Entries given their hashes at a time.
const BATCH: u32 = 200;
const RECORDED: &str = "SELECT a.tenant, a.number, a.at, a.actor, a.plan, a.changes, a.roles, a.reason";

fn recorded(row: &Row<'_>) -> Tried<Recorded> {
    Ok(Recorded {
        tenant: row.id("tenant")?,
        number: row.number("number")?,
        at: row.time("at")?,
        actor: row.id("actor")?,
        plan: row.id("plan")?,
        changes: row.json("changes")?,
        roles: row.maybe_json("roles")?,
        reason: row.get("reason")?,
    })
}

impl Tx<'_> {
    /// The newest entry that has its hash: number and hash.
    pub(crate) fn newest(&self, tenant: &TenantId) -> Tried<Option<(u64, String)>> {
        let sql = "SELECT number, hash FROM audit_chain WHERE tenant = ? ORDER BY number DESC LIMIT 1";
        self.first(sql, values![tenant], |row| Ok((row.number("number")?, row.get("hash")?)))
    }

    /// Entries after a number, oldest first, each with its hash.
    pub(crate) fn recorded(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Tried<Vec<(Recorded, String)>> {
        let sql = format!(
            "{RECORDED}, c.hash FROM audit a JOIN audit_chain c ON c.tenant = a.tenant AND c.number = a.number \
             WHERE a.tenant = ? AND a.number > ? ORDER BY a.number LIMIT ?"
        );
        self.all(&sql, values![tenant, after, limit], |row| Ok((recorded(row)?, row.get("hash")?)))
    }

    /// Gives every entry its hash that has none yet: the one just written, or all that an earlier version of ours
    /// wrote. They are read back first, so that what is hashed is what the database gives out.
    pub(crate) fn chain(&self, tenant: &TenantId) -> Tried<()> {
        let (mut last, mut previous) =
            self.newest(tenant)?.unwrap_or_else(|| (0, BEFORE_THE_FIRST.to_owned()));
        loop {
            let sql = format!(
                "{RECORDED} FROM audit a WHERE a.tenant = ? AND a.number > ? ORDER BY a.number LIMIT ?"
            );
            let batch: Vec<Recorded> = self.all(&sql, values![tenant, last, BATCH], recorded)?;
            for entry in &batch {
                let hash = entry.hash(&previous);
                let sql = "INSERT INTO audit_chain (tenant, number, hash) VALUES (?, ?, ?)";
                self.run(sql, values![tenant, entry.number, &hash])?;
                (last, previous) = (entry.number, hash);
            }
            if batch.len() < BATCH as usize {
                return Ok(());
            }
        }
    }

    /// Tenants with entries that have no hash yet.
    pub(crate) fn unchained(&self) -> Tried<Vec<TenantId>> {
        let sql = "SELECT t.id FROM tenants t WHERE \
                   coalesce((SELECT max(a.number) FROM audit a WHERE a.tenant = t.id), 0) > \
                   coalesce((SELECT max(c.number) FROM audit_chain c WHERE c.tenant = t.id), 0) ORDER BY t.id";
        self.all(sql, values![], |row| row.id("id"))
    }
}
