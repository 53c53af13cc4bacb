//! What a plan does: worked out from what is there, without I/O. Plan and apply use the same lines.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{
    Change, Effect, Error, ErrorCode, Permission, Person, PersonId, PersonRow, PlanRequest, Result, Role,
    RoleId, Warning,
};

use crate::{caller::Actor, fold::fold, permission::makes_admin};

/// What a request is weighed against.
pub(crate) struct Ground<'g> {
    /// Who asks.
    pub(crate) actor: &'g Actor,
    /// The tenant's roles, best first.
    pub(crate) roles: &'g [Role],
    /// Everybody whom the request names.
    pub(crate) members: &'g BTreeMap<PersonId, PersonRow>,
    /// Everybody who can edit the tenant's roles.
    pub(crate) admins: &'g BTreeSet<PersonId>,
}

/// What a request comes to.
pub(crate) struct Draft {
    /// Person by person, by name; who is left as they were is left out.
    pub(crate) effects: Vec<Effect>,
    /// What to know before.
    pub(crate) warnings: Vec<Warning>,
}

/// Someone before and after.
struct Outcome<'g> {
    person: &'g Person,
    before: BTreeSet<RoleId>,
    /// None: out of the tenant.
    after: Option<BTreeSet<RoleId>>,
}

impl Outcome<'_> {
    fn holds_after(&self, role: &RoleId) -> bool {
        self.after.as_ref().is_some_and(|after| after.contains(role))
    }
}

impl Ground<'_> {
    /// Works the request out, its changes in order.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] names a role that is not there; [`ErrorCode::InvalidRequest`] a change to
    /// someone whom an earlier one takes out of the tenant.
    pub(crate) fn draft(&self, request: &PlanRequest) -> Result<Draft> {
        let outcomes = self.outcomes(&request.changes)?;
        let mut effects: Vec<Effect> = outcomes.values().filter_map(|outcome| self.effect(outcome)).collect();
        effects.sort_by_cached_key(|effect| (fold(&effect.person.name), effect.person.id.clone()));
        let warnings = self.warnings(&request.changes, &outcomes, &effects);
        Ok(Draft { effects, warnings })
    }

    fn outcomes(&self, changes: &[Change]) -> Result<BTreeMap<&PersonId, Outcome<'_>>> {
        let mut outcomes: BTreeMap<&PersonId, Outcome<'_>> = BTreeMap::new();
        for (place, change) in changes.iter().enumerate() {
            let Some((id, row)) = self.members.get_key_value(change.person()) else {
                return Err(crate::read::nobody(change.person(), &self.actor.tenant));
            };
            let outcome = outcomes.entry(id).or_insert_with(|| {
                let before: BTreeSet<RoleId> = row.roles.iter().cloned().collect();
                Outcome { person: &row.person, after: Some(before.clone()), before }
            });
            let Some(after) = &mut outcome.after else {
                let words = format!(
                    "changes[{place}]: {} is taken out of {} by an earlier change of the same plan.",
                    row.person.name, self.actor.tenant.name
                );
                return Err(Error::new(ErrorCode::InvalidRequest, words));
            };
            match change {
                Change::Give { role, .. } => {
                    after.insert(self.role(role)?.id.clone());
                }
                Change::Take { role, .. } => {
                    after.remove(&self.role(role)?.id);
                }
                Change::Remove { .. } => outcome.after = None,
            }
        }
        Ok(outcomes)
    }

    fn role(&self, id: &RoleId) -> Result<&Role> {
        self.roles.iter().find(|role| role.id == *id).ok_or_else(|| {
            let words = format!("There is no role {id} in {}.", self.actor.tenant.name);
            Error::new(ErrorCode::NotFound, words)
        })
    }

    fn permissions(&self, holds: impl Fn(&RoleId) -> bool) -> BTreeSet<Permission> {
        self.roles
            .iter()
            .filter(|role| holds(&role.id))
            .flat_map(|role| role.permissions.iter().cloned())
            .collect()
    }

    fn effect(&self, outcome: &Outcome<'_>) -> Option<Effect> {
        let ids = |wanted: &dyn Fn(&RoleId) -> bool| -> Vec<RoleId> {
            self.roles.iter().map(|role| &role.id).filter(|id| wanted(id)).cloned().collect()
        };
        let gains = ids(&|role| outcome.holds_after(role) && !outcome.before.contains(role));
        let loses = ids(&|role| !outcome.holds_after(role) && outcome.before.contains(role));
        let removed = outcome.after.is_none();
        if gains.is_empty() && loses.is_empty() && !removed {
            return None;
        }
        let before = self.permissions(|role| outcome.before.contains(role));
        let after = self.permissions(|role| outcome.holds_after(role));
        Some(Effect {
            person: outcome.person.clone(),
            gains,
            loses,
            gains_permissions: after.difference(&before).cloned().collect(),
            loses_permissions: before.difference(&after).cloned().collect(),
            removed,
        })
    }

    fn warnings(
        &self,
        changes: &[Change],
        outcomes: &BTreeMap<&PersonId, Outcome<'_>>,
        effects: &[Effect],
    ) -> Vec<Warning> {
        if effects.is_empty() {
            return vec![Warning::NoChange];
        }
        let mut warnings = Vec::new();
        let admin_after = |o: &Outcome<'_>| makes_admin(&self.permissions(|role| o.holds_after(role)));
        let stays = |id: &PersonId| outcomes.get(id).is_none_or(admin_after);
        let anyone = self.admins.iter().any(stays) || outcomes.values().any(admin_after);
        if !anyone
            && let Some(last) = changes.iter().rev().find(|change| self.admins.contains(change.person()))
            && let Some(outcome) = outcomes.get(last.person())
        {
            warnings.push(Warning::LastAdmin { person: outcome.person.clone() });
        }
        if !stays(&self.actor.person.id) {
            warnings.push(Warning::SelfLockout);
        }
        for effect in effects {
            let left = outcomes.get(&effect.person.id).and_then(|outcome| outcome.after.as_ref());
            if left.is_some_and(BTreeSet::is_empty) {
                warnings.push(Warning::NoRoleLeft { person: effect.person.clone() });
            }
        }
        for role in
            self.roles.iter().filter(|role| effects.iter().any(|effect| effect.gains.contains(&role.id)))
        {
            let above: Vec<Permission> =
                role.permissions.iter().filter(|p| !self.actor.permissions.contains(p)).cloned().collect();
            if !above.is_empty() {
                warnings.push(Warning::AboveOwn { role: role.id.clone(), permissions: above });
            }
        }
        warnings
    }
}
