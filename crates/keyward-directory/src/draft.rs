//! What a plan does: worked out from what is there and what time it is, without I/O. Plan and apply use the
//! same lines.

use std::collections::{BTreeMap, BTreeSet};

use keyward_model::{
    Change, Effect, Error, ErrorCode, Permission, Person, PersonId, Result, Role, RoleId, TimeWindow,
    Timestamp, Timing, Warning, limit,
};

use crate::{
    caller::Actor,
    fold::fold,
    guard::first_gap,
    hook::{USUAL_BUDGET, usual_size},
    named::Named,
    rows::{Admins, Held, Member},
};

/// What a request is weighed against.
pub(crate) struct Ground<'g> {
    /// Who asks.
    pub(crate) actor: &'g Actor,
    /// The tenant's roles, best first.
    pub(crate) roles: &'g [Role],
    /// Everybody whom the request is about.
    pub(crate) named: &'g Named,
    /// Everybody who can edit the tenant's roles, now or later, and for which times.
    pub(crate) admins: &'g Admins,
    /// The moment that it is weighed at.
    pub(crate) now: Timestamp,
}

/// What a request comes to.
pub(crate) struct Draft {
    /// Person by person, by name; who is left as they were is left out.
    pub(crate) effects: Vec<Effect>,
    /// What to know before.
    pub(crate) warnings: Vec<Warning>,
}

/// Someone before and after. A role that is over is not held.
struct Outcome<'g> {
    member: &'g Member,
    before: Held,
    /// None: out of the tenant.
    after: Option<Held>,
}

impl Outcome<'_> {
    fn person(&self) -> &Person {
        &self.member.person
    }

    fn is_added(&self) -> bool {
        self.member.version.is_none()
    }

    fn after(&self, role: &RoleId) -> Option<TimeWindow> {
        self.after.as_ref()?.get(role).copied()
    }
}

type Outcomes<'g> = BTreeMap<&'g PersonId, Outcome<'g>>;

impl Ground<'_> {
    /// Works the request out, its changes in order.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] names a role that is not there; [`ErrorCode::InvalidRequest`] a change to
    /// someone whom an earlier one takes out of the tenant, a time that ends before it starts, or more roles than a
    /// person may hold.
    pub(crate) fn draft(&self, changes: &[Change]) -> Result<Draft> {
        let mut past = Vec::new();
        let outcomes = self.outcomes(changes, &mut past)?;
        let mut effects: Vec<Effect> = outcomes.values().filter_map(|outcome| self.effect(outcome)).collect();
        effects.sort_by_cached_key(|effect| (fold(&effect.person.name), effect.person.id.clone()));
        let warnings = match effects.is_empty() {
            true => vec![Warning::NoChange],
            false => self.warnings(changes, &outcomes, &effects),
        };
        past.extend(warnings);
        Ok(Draft { effects, warnings: past })
    }

    fn outcomes(&self, changes: &[Change], past: &mut Vec<Warning>) -> Result<Outcomes<'_>> {
        let mut outcomes: Outcomes<'_> = BTreeMap::new();
        for (place, change) in changes.iter().enumerate() {
            let (id, member) = self.named.who(change)?;
            let outcome = outcomes.entry(id).or_insert_with(|| {
                let mut before = member.held.clone();
                before.retain(|_, window| !window.is_over_at(self.now));
                Outcome { member, after: Some(before.clone()), before }
            });
            let Some(after) = &mut outcome.after else {
                let words = format!(
                    "changes[{place}]: {} is taken out of {} by an earlier change of the same plan.",
                    member.person.name, self.actor.tenant.name
                );
                return Err(Error::new(ErrorCode::InvalidRequest, words));
            };
            match change {
                Change::Give { role, .. } => {
                    past.extend(self.give(member, after, role, window_of(change, place)?)?);
                }
                Change::Add { roles, .. } => {
                    let window = window_of(change, place)?;
                    for role in roles {
                        past.extend(self.give(member, after, role, window)?);
                    }
                }
                Change::Take { role, .. } => {
                    after.remove(&self.role(role)?.id);
                }
                Change::Remove { .. } => outcome.after = None,
                // Spelt out by now, as kinds above: nobody is found for these.
                Change::GiveAll { .. } | Change::TakeAll { .. } | Change::Copy { .. } => {}
            }
        }
        outcomes.values().try_for_each(|outcome| self.within_limit(outcome))?;
        Ok(outcomes)
    }

    fn within_limit(&self, outcome: &Outcome<'_>) -> Result<()> {
        let (count, most) = (outcome.after.as_ref().map_or(0, BTreeMap::len), limit::ROLES_OF_PERSON);
        if count <= most {
            return Ok(());
        }
        let words = format!(
            "changes: {} would hold {count} roles in {}. One person holds {most} in a tenant at most.",
            outcome.person().name,
            self.actor.tenant.name,
        );
        Err(Error::new(ErrorCode::InvalidRequest, words))
    }

    /// Gives a role for a time; one that is over already is warned of, and not held.
    fn give(
        &self,
        to: &Member,
        held: &mut Held,
        role: &RoleId,
        window: TimeWindow,
    ) -> Result<Option<Warning>> {
        let role = self.role(role)?.id.clone();
        if window.is_over_at(self.now) {
            held.remove(&role);
            return Ok(Some(Warning::WindowPast { person: to.person.clone(), role }));
        }
        held.insert(role, window);
        Ok(None)
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
        let (mut gains, mut loses, mut timings) = (Vec::new(), Vec::new(), Vec::new());
        for role in self.roles.iter().map(|role| &role.id) {
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
        let before = self.permissions(|role| outcome.before.contains_key(role));
        let after = self.permissions(|role| outcome.after(role).is_some());
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

    fn warnings(&self, changes: &[Change], outcomes: &Outcomes<'_>, effects: &[Effect]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        warnings.extend(self.last_admin(changes, outcomes));
        let me = &self.actor.person.id;
        if sooner(self.gap_of(me, outcomes), self.gap_of(me, &BTreeMap::new())) {
            warnings.push(Warning::SelfLockout);
        }
        for effect in effects {
            let left = outcomes.get(&effect.person.id).and_then(|outcome| outcome.after.as_ref());
            if left.is_some_and(BTreeMap::is_empty) && !effect.added {
                warnings.push(Warning::NoRoleLeft { person: effect.person.clone() });
            }
            warnings.extend(outcomes.get(&effect.person.id).and_then(|outcome| self.token_size(outcome)));
        }
        let gives = |effect: &Effect, role: &RoleId| {
            effect.gains.contains(role)
                || effect.timings.iter().any(|timing| timing.role == *role && timing.after.is_some())
        };
        for role in self.roles.iter().filter(|role| effects.iter().any(|effect| gives(effect, &role.id))) {
            let above: Vec<Permission> =
                role.permissions.iter().filter(|p| !self.actor.permissions.contains(p)).cloned().collect();
            if !above.is_empty() {
                warnings.push(Warning::AboveOwn { role: role.id.clone(), permissions: above });
            }
        }
        warnings
    }

    /// The warning that somebody's claims would outgrow the usual budget, and do not now.
    fn token_size(&self, outcome: &Outcome<'_>) -> Option<Warning> {
        let bytes = |held: &Held| {
            let roles: Vec<RoleId> = held.keys().cloned().collect();
            let permissions = self.permissions(|role| held.contains_key(role)).into_iter().collect();
            usual_size(&self.actor.tenant.id, roles, permissions)
        };
        let after = outcome.after.as_ref().filter(|after| after.len() >= outcome.before.len())?;
        let size = bytes(after);
        let outgrows = size > USUAL_BUDGET && bytes(&outcome.before) <= USUAL_BUDGET;
        outgrows.then(|| Warning::TokenSize {
            person: outcome.person().clone(),
            bytes: u32::try_from(size).unwrap_or(u32::MAX),
            budget: u32::try_from(USUAL_BUDGET).unwrap_or(u32::MAX),
        })
    }

    /// The warning that from some moment on nobody could edit roles. It names whose role ends then, or who is
    /// the last to be changed.
    fn last_admin(&self, changes: &[Change], outcomes: &Outcomes<'_>) -> Option<Warning> {
        let others = self.admins.iter().filter(|(id, _)| !outcomes.contains_key(id));
        let theirs = others.flat_map(|(_, windows)| windows.iter().copied());
        let windows = theirs.chain(outcomes.values().flat_map(|outcome| self.admin_windows(outcome)));
        let gap = first_gap(windows, self.now)?;
        let changed =
            || changes.iter().rev().filter_map(|change| self.named.who(change).ok()).map(|(id, _)| id);
        let ends_then = |id: &&PersonId| {
            outcomes.get(id).is_some_and(|o| self.admin_windows(o).any(|window| window.ends_at == Some(gap)))
        };
        let last =
            changed().find(ends_then).or_else(|| changed().find(|id| self.admins.contains_key(*id)))?;
        let person = outcomes.get(last)?.person().clone();
        Some(Warning::LastAdmin { person, at: Some(gap).filter(|gap| *gap > self.now) })
    }

    /// For which times somebody can edit roles after the plan; who has not come yet cannot.
    fn admin_windows<'o>(&'o self, outcome: &'o Outcome<'_>) -> impl Iterator<Item = TimeWindow> + 'o {
        let admin = self.roles.iter().filter(|role| role.admin && outcome.member.came);
        admin.filter_map(|role| outcome.after(&role.id))
    }

    /// From when on somebody cannot edit roles, after these outcomes.
    fn gap_of(&self, id: &PersonId, outcomes: &Outcomes<'_>) -> Option<Timestamp> {
        match outcomes.get(id) {
            Some(outcome) => first_gap(self.admin_windows(outcome), self.now),
            None => first_gap(self.admins.get(id).into_iter().flatten().copied(), self.now),
        }
    }
}

/// Whether the first comes before the second, none being never.
fn sooner(one: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    one.is_some_and(|one| other.is_none_or(|other| one < other))
}

/// The time for which a change gives a role.
fn window_of(change: &Change, place: usize) -> Result<TimeWindow> {
    let window = change.window().unwrap_or_default();
    if !window.is_forwards() {
        let words = format!("changes[{place}].ends_at: it must be later than starts_at.");
        return Err(Error::new(ErrorCode::InvalidRequest, words));
    }
    Ok(window)
}
