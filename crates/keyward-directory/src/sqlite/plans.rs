//! Plans, from made to applied.

use keyward_model::{PersonId, PlanId, PlanRequest, Seen, TenantId, Timestamp};
use rusqlite::params;

use super::{Fault, Tried, Tx, id, json};

/// A plan as it is kept.
pub(crate) struct StoredPlan {
    /// Its id.
    pub(crate) id: PlanId,
    /// Where.
    pub(crate) tenant: TenantId,
    /// Who made it.
    pub(crate) actor: PersonId,
    /// What was asked.
    pub(crate) request: PlanRequest,
    /// The versions it is bound to.
    pub(crate) versions: Vec<Seen>,
    /// When it was made.
    pub(crate) made_at: Timestamp,
    /// From when on it cannot be applied.
    pub(crate) expires_at: Timestamp,
    /// When it was applied.
    pub(crate) applied_at: Option<Timestamp>,
}

impl Tx<'_> {
    /// Keeps a plan.
    pub(crate) fn keep_plan(&self, plan: &StoredPlan) -> Tried<()> {
        let written = |json: serde_json::Result<String>| json.map_err(|e| Fault::Damaged(e.to_string()));
        let sql = "INSERT INTO plans (id, tenant, actor, request, versions, made_at, expires_at, applied_at) \
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let values = params![
            plan.id.as_str(),
            plan.tenant.as_str(),
            plan.actor.as_str(),
            written(serde_json::to_string(&plan.request))?,
            written(serde_json::to_string(&plan.versions))?,
            plan.made_at.0,
            plan.expires_at.0,
            plan.applied_at.map(|at| at.0),
        ];
        self.run(sql, values).map(drop)
    }

    /// A plan of the tenant.
    pub(crate) fn plan(&self, tenant: &TenantId, plan: &PlanId) -> Tried<Option<StoredPlan>> {
        let sql = "SELECT id, tenant, actor, request, versions, made_at, expires_at, applied_at FROM plans \
                   WHERE id = ? AND tenant = ?";
        self.first(sql, [plan.as_str(), tenant.as_str()], |row| {
            Ok(StoredPlan {
                id: id(row, "id")?,
                tenant: id(row, "tenant")?,
                actor: id(row, "actor")?,
                request: json(row, "request")?,
                versions: json(row, "versions")?,
                made_at: Timestamp(row.get("made_at")?),
                expires_at: Timestamp(row.get("expires_at")?),
                applied_at: row.get::<_, Option<i64>>("applied_at")?.map(Timestamp),
            })
        })
    }

    /// Notes that a plan was applied.
    pub(crate) fn plan_applied(&self, plan: &PlanId, at: Timestamp) -> Tried<()> {
        self.run("UPDATE plans SET applied_at = ? WHERE id = ?", params![at.0, plan.as_str()]).map(drop)
    }

    /// Forgets plans that ended before this moment; the audit keeps what was applied.
    pub(crate) fn forget_plans(&self, ended_before: Timestamp) -> Tried<()> {
        self.run("DELETE FROM plans WHERE expires_at < ?", [ended_before.0]).map(drop)
    }
}
