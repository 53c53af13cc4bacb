//! What a plan does: worked out from what is there and what time it is, without I/O. Plan and apply use the
//! same lines.

mod outlook;
mod roles;

use std::collections::BTreeMap;

use keyward_model::{
    Change, Effect, Error, ErrorCode, Person, PersonId, Result, Role, RoleEffect, RoleId, TimeWindow,
    Timestamp, Warning, limit,
};

use crate::{
    caller::Actor,
    named::Named,
    rows::{Admins, Held, Member},
};
use outlook::Outlook;
pub(crate) use roles::terms;
use roles::{Roles, Wanted};

/// What a request is weighed against.
pub(crate) struct Ground<'g> {
    /// Who asks.
    pub(crate) actor: &'g Actor,
    /// The tenant's roles, best first.
    pub(crate) roles: &'g [Role],
    /// How many hold a role that the request edits, now or later.
    pub(crate) holders: &'g BTreeMap<RoleId, u64>,
    /// Everybody whom the request is about.
    pub(crate) named: &'g Named,
    /// Everybody who holds a role that makes admins, before the plan or after it.
    pub(crate) admins: &'g Admins,
    /// The moment that it is weighed at.
    pub(crate) now: Timestamp,
}

/// What a request comes to.
pub(crate) struct Draft {
    /// Person by person, by name; who is left as they were is left out.
    pub(crate) effects: Vec<Effect>,
    /// Role by role, best first; what is left as it was is left out.
    pub(crate) role_effects: Vec<RoleEffect>,
    /// What to know before.
    pub(crate) warnings: Vec<Warning>,
    /// The tenant's roles after it, best first.
    pub(crate) roles: Vec<Role>,
}

impl Draft {
    /// Whether it changes nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.effects.is_empty() && self.role_effects.is_empty()
    }
}

/// Someone before and after. A role that is over is not held.
struct Outcome<'g> {
    member: &'g Member,
    before: Held,
    /// None: out of the tenant.
    after: Option<Held>,
}

impl<'g> Outcome<'g> {
    /// As they are.
    fn of(member: &'g Member, now: Timestamp) -> Self {
        let mut before = member.held.clone();
        before.retain(|_, window| !window.is_over_at(now));
        Self { member, after: Some(before.clone()), before }
    }

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
    /// someone whom an earlier one takes out of the tenant, a time that ends before it starts, more roles than a
    /// person or a tenant may have, or two roles of one name.
    pub(crate) fn draft(&self, changes: &[Change]) -> Result<Draft> {
        let mut past = Vec::new();
        let mut roles = Roles::of(&self.actor.tenant, self.roles);
        let outcomes = self.outcomes(changes, &mut roles, &mut past)?;
        roles.check()?;
        let outlook = Outlook { ground: self, roles, outcomes };
        let (effects, role_effects) = (outlook.effects(), outlook.roles.effects(self.holders));
        past.extend(outlook.warnings(changes, &effects, &role_effects));
        Ok(Draft { effects, role_effects, warnings: past, roles: outlook.roles.into_after() })
    }

    fn outcomes<'g>(
        &'g self,
        changes: &[Change],
        roles: &mut Roles<'g>,
        past: &mut Vec<Warning>,
    ) -> Result<Outcomes<'g>> {
        let mut outcomes: Outcomes<'g> = BTreeMap::new();
        for (place, change) in changes.iter().enumerate() {
            match change {
                Change::DefineRole { role, name, description, permissions, rank, template } => {
                    let template = template.as_ref();
                    roles.define(role, &Wanted { name, description, permissions, rank: *rank, template });
                }
                Change::DropRole { role } => {
                    roles.drop(role)?;
                    self.taken_from_all(role, &mut outcomes);
                }
                Change::Give { .. }
                | Change::Take { .. }
                | Change::Remove { .. }
                | Change::Add { .. }
                | Change::Restore { .. }
                | Change::GiveAll { .. }
                | Change::TakeAll { .. }
                | Change::Copy { .. } => self.moved(place, change, roles, &mut outcomes, past)?,
            }
        }
        outcomes.values().try_for_each(|outcome| self.within_limit(outcome))?;
        Ok(outcomes)
    }

    /// Works out a change of one person.
    fn moved<'g>(
        &'g self,
        place: usize,
        change: &Change,
        roles: &Roles<'_>,
        outcomes: &mut Outcomes<'g>,
        past: &mut Vec<Warning>,
    ) -> Result<()> {
        let (id, member) = self.named.who(change)?;
        let outcome = outcomes.entry(id).or_insert_with(|| Outcome::of(member, self.now));
        let Some(after) = &mut outcome.after else {
            let words = format!(
                "changes[{place}]: {} is taken out of {} by an earlier change of the same plan.",
                member.person.name, self.actor.tenant.name
            );
            return Err(Error::new(ErrorCode::InvalidRequest, words));
        };
        match change {
            Change::Give { role, .. } => {
                past.extend(self.give(member, after, roles.get(role)?, window_of(change, place)?));
            }
            Change::Add { roles: given, .. } => {
                let window = window_of(change, place)?;
                for role in given {
                    past.extend(self.give(member, after, roles.get(role)?, window));
                }
            }
            Change::Take { role, .. } => {
                after.remove(&roles.get(role)?.id);
            }
            Change::Remove { .. } => outcome.after = None,
            Change::Restore { .. } | Change::DefineRole { .. } | Change::DropRole { .. } => {}
            // Spelt out by now, as kinds above: nobody is found for these.
            Change::GiveAll { .. } | Change::TakeAll { .. } | Change::Copy { .. } => {}
        }
        Ok(())
    }

    /// Takes a role from everybody who holds it by now.
    fn taken_from_all<'g>(&'g self, role: &RoleId, outcomes: &mut Outcomes<'g>) {
        for (id, member) in self.named.everybody().filter(|(_, member)| member.held.contains_key(role)) {
            outcomes.entry(id).or_insert_with(|| Outcome::of(member, self.now));
        }
        for held in outcomes.values_mut().filter_map(|outcome| outcome.after.as_mut()) {
            held.remove(role);
        }
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
    fn give(&self, to: &Member, held: &mut Held, role: &Role, window: TimeWindow) -> Option<Warning> {
        let role = role.id.clone();
        if window.is_over_at(self.now) {
            held.remove(&role);
            return Some(Warning::WindowPast { person: to.person.clone(), role });
        }
        held.insert(role, window);
        None
    }
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
