//! Plans, from made to applied.

use keyward_model::{PersonId, PlanId, PlanRequest, Seen, SeenRole, TenantId, Timestamp};

use super::written;
use crate::store::{Tried, Tx, values};

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
    /// The versions of roles that it is bound to.
    pub(crate) roles: Vec<SeenRole>,
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
        let sql = "INSERT INTO plans (id, tenant, actor, request, versions, roles, made_at, expires_at, applied_at) \
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let values = values![
            &plan.id,
            &plan.tenant,
            &plan.actor,
            written(&plan.request)?,
            written(&plan.versions)?,
            written(&plan.roles)?,
            plan.made_at,
            plan.expires_at,
            plan.applied_at,
        ];
        self.run(sql, values).map(drop)
    }

    /// A plan of the tenant.
    pub(crate) fn plan(&self, tenant: &TenantId, plan: &PlanId) -> Tried<Option<StoredPlan>> {
        let sql = "SELECT id, tenant, actor, request, versions, roles, made_at, expires_at, applied_at FROM plans \
                   WHERE id = ? AND tenant = ?";
        self.first(sql, values![plan, tenant], |row| {
            Ok(StoredPlan {
                id: row.id("id")?,
                tenant: row.id("tenant")?,
                actor: row.id("actor")?,
                request: row.json("request")?,
                versions: row.json("versions")?,
                roles: row.json("roles")?,
                made_at: row.time("made_at")?,
                expires_at: row.time("expires_at")?,
                applied_at: row.maybe_time("applied_at")?,
            })
        })
    }

    /// Notes that a plan was applied.
    pub(crate) fn plan_applied(&self, plan: &PlanId, at: Timestamp) -> Tried<()> {
        self.run("UPDATE plans SET applied_at = ? WHERE id = ?", values![at, plan]).map(drop)
    }

    /// Forgets the tenant's plans that ended before this moment; the audit keeps what was applied.
    pub(crate) fn forget_plans(&self, tenant: &TenantId, ended_before: Timestamp) -> Tried<()> {
        let sql = "DELETE FROM plans WHERE tenant = ? AND expires_at < ?";
        self.run(sql, values![tenant, ended_before]).map(drop)
    }
}
