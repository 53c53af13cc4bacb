//! The tenant's roles while a plan is worked out: as they are, and as its changes so far leave them.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{
    Description, Error, ErrorCode, Name, Permission, Result, Role, RoleEffect, RoleId, RoleTerms, Tenant,
    limit,
};

use crate::{fold::fold, permission};

/// Roles before and after.
pub(super) struct Roles<'g> {
    tenant: &'g Tenant,
    before: BTreeMap<&'g RoleId, &'g Role>,
    after: BTreeMap<RoleId, Role>,
    /// Those that a change made, changed or dropped, if only to make them again as they were.
    edited: BTreeSet<RoleId>,
}

/// A role as a change wants it.
pub(super) struct Wanted<'w> {
    pub(super) name: &'w Name,
    pub(super) description: &'w Description,
    pub(super) permissions: &'w BTreeSet<Permission>,
    pub(super) rank: Option<u32>,
    pub(super) template: Option<&'w RoleId>,
}

impl<'g> Roles<'g> {
    pub(super) fn of(tenant: &'g Tenant, roles: &'g [Role]) -> Self {
        let before = roles.iter().map(|role| (&role.id, role)).collect();
        let after = roles.iter().map(|role| (role.id.clone(), role.clone())).collect();
        Self { tenant, before, after, edited: BTreeSet::new() }
    }

    /// The role as it now is, after the changes so far.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where it is not there.
    pub(super) fn get(&self, id: &RoleId) -> Result<&Role> {
        self.after.get(id).ok_or_else(|| {
            Error::new(ErrorCode::NotFound, format!("There is no role {id} in {}.", self.tenant.name))
        })
    }

    pub(super) fn define(&mut self, id: &RoleId, wanted: &Wanted<'_>) {
        let known = self.after.get(id);
        let last =
            || self.after.values().map(|role| role.rank).max().map_or(0, |rank| rank.saturating_add(1));
        let permissions: Vec<Permission> = wanted.permissions.iter().cloned().collect();
        let role = Role {
            id: id.clone(),
            name: wanted.name.to_string(),
            description: wanted.description.to_string(),
            admin: permission::makes_admin(&permissions),
            permissions,
            rank: wanted.rank.or(known.map(|role| role.rank)).unwrap_or_else(last),
            version: known.map_or(0, |role| role.version),
            template: wanted.template.or(known.and_then(|role| role.template.as_ref())).cloned(),
        };
        self.edited.insert(id.clone());
        self.after.insert(id.clone(), role);
    }

    pub(super) fn drop(&mut self, id: &RoleId) -> Result<()> {
        self.get(id)?;
        self.edited.insert(id.clone());
        self.after.remove(id);
        Ok(())
    }

    /// Refuses more roles than a tenant has, and two that people would take for one.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] names what is too much, or the two.
    pub(super) fn check(&self) -> Result<()> {
        let invalid = |words: String| Err(Error::new(ErrorCode::InvalidRequest, words));
        let (count, most) = (self.after.len(), limit::ROLES_OF_TENANT);
        if count > most && count > self.before.len() {
            let name = &self.tenant.name;
            return invalid(format!("changes: {name} would have {count} roles. It has {most} at most."));
        }
        let mut named: BTreeMap<String, &Role> = BTreeMap::new();
        for role in self.after.values() {
            let Some(other) = named.insert(fold(&role.name), role) else { continue };
            // What was so before is not this plan's to mend.
            if self.edited.contains(&role.id) || self.edited.contains(&other.id) {
                let (one, other) = (&other.id, &role.id);
                let name = &role.name;
                return invalid(format!(
                    "changes: {one} and {other} would both be called {name}. Give one of them another name."
                ));
            }
        }
        Ok(())
    }

    /// Every role of before and after, best first, as it is after, or where it is dropped, as it was.
    pub(super) fn all(&self) -> Vec<&Role> {
        let dropped = self.before.values().copied().filter(|role| !self.after.contains_key(&role.id));
        let mut all: Vec<&Role> = self.after.values().chain(dropped).collect();
        all.sort_by_key(|role| (role.rank, &role.id));
        all
    }

    /// What allow those of before that are held.
    pub(super) fn permissions_before(&self, holds: impl Fn(&RoleId) -> bool) -> BTreeSet<Permission> {
        permissions(self.before.values().copied(), holds)
    }

    /// What allow those of after that are held.
    pub(super) fn permissions_after(&self, holds: impl Fn(&RoleId) -> bool) -> BTreeSet<Permission> {
        permissions(self.after.values(), holds)
    }

    pub(super) fn was_admin(&self, id: &RoleId) -> bool {
        self.before.get(id).is_some_and(|role| role.admin)
    }

    pub(super) fn is_admin(&self, id: &RoleId) -> bool {
        self.after.get(id).is_some_and(|role| role.admin)
    }

    /// What becomes of the roles, best first; what stays as it was is left out.
    pub(super) fn effects(&self, holders: &BTreeMap<RoleId, u64>) -> Vec<RoleEffect> {
        let effect = |id: &RoleId| {
            let before = self.before.get(id).map(|role| terms(role));
            let after = self.after.get(id).map(terms);
            if before == after {
                return None;
            }
            let allowed =
                |terms: &Option<RoleTerms>| terms.iter().flat_map(|t| t.permissions.clone()).collect();
            let (had, has): (BTreeSet<Permission>, BTreeSet<Permission>) =
                (allowed(&before), allowed(&after));
            Some(RoleEffect {
                role: id.clone(),
                gains_permissions: has.difference(&had).cloned().collect(),
                loses_permissions: had.difference(&has).cloned().collect(),
                holders: holders.get(id).copied().unwrap_or_default(),
                before,
                after,
            })
        };
        self.all()
            .into_iter()
            .filter(|role| self.edited.contains(&role.id))
            .filter_map(|r| effect(&r.id))
            .collect()
    }

    /// The roles after the plan, best first.
    pub(super) fn into_after(self) -> Vec<Role> {
        let mut after: Vec<Role> = self.after.into_values().collect();
        after.sort_by(|one, other| (one.rank, &one.id).cmp(&(other.rank, &other.id)));
        after
    }
}

/// All that a role is.
pub(crate) fn terms(role: &Role) -> RoleTerms {
    RoleTerms {
        name: role.name.clone(),
        description: role.description.clone(),
        permissions: role.permissions.clone(),
        rank: role.rank,
        template: role.template.clone(),
    }
}

fn permissions<'r>(
    roles: impl Iterator<Item = &'r Role>,
    holds: impl Fn(&RoleId) -> bool,
) -> BTreeSet<Permission> {
    roles.filter(|role| holds(&role.id)).flat_map(|role| role.permissions.iter().cloned()).collect()
}
