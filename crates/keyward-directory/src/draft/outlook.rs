//! What a plan comes to, once its changes are worked out: effects and warnings.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{
    Change, Effect, Permission, Person, PersonId, RoleEffect, RoleId, TimeWindow, Timestamp, Timing, Warning,
};

use super::{Ground, Outcome, Outcomes, roles::Roles};
use crate::{
    fold::fold,
    guard::first_gap,
    hook::{USUAL_BUDGET, usual_size},
    rows::Held,
};

/// People and roles, before and after.
pub(super) struct Outlook<'g> {
    pub(super) ground: &'g Ground<'g>,
    pub(super) roles: Roles<'g>,
    pub(super) outcomes: Outcomes<'g>,
}

impl Outlook<'_> {
    /// What becomes of people, by name.
    pub(super) fn effects(&self) -> Vec<Effect> {
        let mut effects: Vec<Effect> =
            self.outcomes.values().filter_map(|outcome| self.effect(outcome)).collect();
        effects.sort_by_cached_key(|effect| (fold(&effect.person.name), effect.person.id.clone()));
        effects
    }

    fn effect(&self, outcome: &Outcome<'_>) -> Option<Effect> {
        let (mut gains, mut loses, mut timings) = (Vec::new(), Vec::new(), Vec::new());
        for role in self.roles.all().into_iter().map(|role| &role.id) {
            let (before, after) = (outcome.before.get(role).copied(), outcome.after(role));
            match (before, after) {
                (None, Some(_)) => gains.push(role.clone()),
                (Some(_), None) => loses.push(role.clone()),
                _ => {}
            }
            if before != after && before.into_iter().chain(after).any(|window| window != TimeWindow::ALWAYS) {
                timings.push(Timing { role: role.clone(), before, after });
            }
        }
        let (removed, added) = (outcome.after.is_none(), outcome.is_added());
        if gains.is_empty() && loses.is_empty() && timings.is_empty() && !removed && !added {
            return None;
        }
        let before = self.roles.permissions_before(|role| outcome.before.contains_key(role));
        let after = self.roles.permissions_after(|role| outcome.after(role).is_some());
        Some(Effect {
            person: outcome.person().clone(),
            gains,
            loses,
            gains_permissions: after.difference(&before).cloned().collect(),
            loses_permissions: before.difference(&after).cloned().collect(),
            removed,
            added,
            timings,
        })
    }

    /// What to know before.
    pub(super) fn warnings(
        &self,
        changes: &[Change],
        effects: &[Effect],
        role_effects: &[RoleEffect],
    ) -> Vec<Warning> {
        if effects.is_empty() && role_effects.is_empty() {
            return vec![Warning::NoChange];
        }
        let mut warnings = Vec::new();
        warnings.extend(self.last_admin(changes));
        let me = &self.ground.actor.person.id;
        if sooner(self.gap_after(me), self.gap_before(me)) {
            warnings.push(Warning::SelfLockout);
        }
        for effect in effects {
            let left = self.outcomes.get(&effect.person.id).and_then(|outcome| outcome.after.as_ref());
            if left.is_some_and(BTreeMap::is_empty) && !effect.added {
                warnings.push(Warning::NoRoleLeft { person: effect.person.clone() });
            }
            warnings
                .extend(self.outcomes.get(&effect.person.id).and_then(|outcome| self.token_size(outcome)));
        }
        warnings.extend(self.above_own(effects, role_effects));
        warnings
    }

    /// The warning that somebody's claims would outgrow the usual budget, and do not now.
    fn token_size(&self, outcome: &Outcome<'_>) -> Option<Warning> {
        let bytes = |held: &Held, permissions: BTreeSet<Permission>| {
            let tenant = &self.ground.actor.tenant.id;
            usual_size(tenant, held.keys().cloned().collect(), permissions.into_iter().collect())
        };
        let (before, after) = (&outcome.before, outcome.after.as_ref()?);
        let size = bytes(after, self.roles.permissions_after(|role| after.contains_key(role)));
        let was = || bytes(before, self.roles.permissions_before(|role| before.contains_key(role)));
        (size > USUAL_BUDGET && was() <= USUAL_BUDGET).then(|| Warning::TokenSize {
            person: outcome.person().clone(),
            bytes: u32::try_from(size).unwrap_or(u32::MAX),
            budget: u32::try_from(USUAL_BUDGET).unwrap_or(u32::MAX),
        })
    }

    /// Roles that are given, and what is put into roles: as far as the asker may not do it themselves.
    fn above_own(&self, effects: &[Effect], role_effects: &[RoleEffect]) -> Vec<Warning> {
        let gives = |effect: &Effect, role: &RoleId| {
            effect.gains.contains(role)
                || effect.timings.iter().any(|timing| timing.role == *role && timing.after.is_some())
        };
        let mut warnings = Vec::new();
        for role in self.roles.all() {
            let edited = role_effects.iter().find(|effect| effect.role == role.id);
            let mut allowed: BTreeSet<&Permission> =
                edited.iter().flat_map(|effect| &effect.gains_permissions).collect();
            if effects.iter().any(|effect| gives(effect, &role.id)) {
                allowed.extend(&role.permissions);
            }
            let own = &self.ground.actor.permissions;
            let above: Vec<Permission> = allowed.into_iter().filter(|p| !own.contains(*p)).cloned().collect();
            if !above.is_empty() {
                warnings.push(Warning::AboveOwn { role: role.id.clone(), permissions: above });
            }
        }
        warnings
    }

    /// The warning that from some moment on nobody could edit roles. It names whose role ends then, or who is
    /// the last to be changed.
    fn last_admin(&self, changes: &[Change]) -> Option<Warning> {
        let Ground { admins, named, now, .. } = self.ground;
        let others = admins.iter().filter(|(id, _)| !self.outcomes.contains_key(id));
        let theirs = others.flat_map(|(_, admin)| self.open_to(&admin.held));
        let windows = theirs.chain(self.outcomes.values().flat_map(|outcome| self.admin_windows(outcome)));
        let gap = first_gap(windows, *now)?;
        let changed = || changes.iter().rev().filter_map(|change| named.who(change).ok()).map(|(id, _)| id);
        let ends_then = |id: &&PersonId| {
            let outcome = self.outcomes.get(id);
            outcome.is_some_and(|o| self.admin_windows(o).any(|window| window.ends_at == Some(gap)))
        };
        let was_admin = |id: &PersonId| {
            admins.get(id).is_some_and(|a| a.held.keys().any(|role| self.roles.was_admin(role)))
        };
        // Where it is a role that loses the right, everybody who holds it is the last.
        let by_role =
            || admins.keys().find(|id| was_admin(id) && sooner(self.gap_after(id), self.gap_before(id)));
        let last =
            changed().find(ends_then).or_else(|| changed().find(|id| was_admin(id))).or_else(by_role)?;
        Some(Warning::LastAdmin { person: self.person(last)?.clone(), at: Some(gap).filter(|gap| gap > now) })
    }

    fn person(&self, id: &PersonId) -> Option<&Person> {
        let known = || self.ground.admins.get(id).map(|admin| &admin.person);
        self.outcomes.get(id).map(Outcome::person).or_else(known)
    }

    /// For which times somebody can edit roles after the plan; who has not come yet cannot.
    fn admin_windows<'o>(&'o self, outcome: &'o Outcome<'_>) -> impl Iterator<Item = TimeWindow> + 'o {
        let held = outcome.after.iter().filter(|_| outcome.member.came);
        held.flat_map(|held| self.open_to(held))
    }

    /// For which times these make an admin after the plan.
    fn open_to<'o>(&'o self, held: &'o Held) -> impl Iterator<Item = TimeWindow> + 'o {
        held.iter().filter(|(role, _)| self.roles.is_admin(role)).map(|(_, window)| *window)
    }

    /// From when on somebody cannot edit roles, as things are.
    fn gap_before(&self, id: &PersonId) -> Option<Timestamp> {
        let held = self.ground.admins.get(id).into_iter().flat_map(|admin| &admin.held);
        first_gap(
            held.filter(|(role, _)| self.roles.was_admin(role)).map(|(_, window)| *window),
            self.ground.now,
        )
    }

    /// From when on somebody cannot edit roles, after the plan.
    fn gap_after(&self, id: &PersonId) -> Option<Timestamp> {
        match self.outcomes.get(id) {
            Some(outcome) => first_gap(self.admin_windows(outcome), self.ground.now),
            None => {
                let admin = self.ground.admins.get(id).into_iter();
                first_gap(admin.flat_map(|admin| self.open_to(&admin.held)), self.ground.now)
            }
        }
    }
}

/// Whether the first comes before the second, none being never.
fn sooner(one: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    one.is_some_and(|one| other.is_none_or(|other| one < other))
}
