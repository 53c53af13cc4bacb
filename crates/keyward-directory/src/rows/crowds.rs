//! People found by what they hold.

use keyward_model::{Crowd, PersonId, RoleId, TenantId, TimeWindow, Timestamp};

use super::{windows::HOLDS, written};
use crate::store::{Tried, Tx, Value};

/// People of a crowd, and the role that they are asked about.
pub(crate) struct Search<'s> {
    /// Where.
    pub(crate) tenant: &'s TenantId,
    /// Who.
    pub(crate) crowd: &'s Crowd,
    /// Which role.
    pub(crate) role: &'s RoleId,
    /// The moment that counts.
    pub(crate) at: Timestamp,
}

/// How people stand to a role. What is over is not held.
#[derive(Clone, Copy)]
pub(crate) enum State {
    /// They do not hold it, now or later.
    Without,
    /// They hold it, now or later, for this time.
    For(TimeWindow),
    /// They hold it, now or later, for another time than this.
    NotFor(TimeWindow),
}

impl Tx<'_> {
    /// People of the crowd who are in one of these states, in the order of their ids.
    pub(crate) fn sought(&self, sought: &Search<'_>, states: &[State]) -> Tried<Vec<PersonId>> {
        let mut people = Vec::new();
        for state in states {
            let (condition, values) = self.condition(sought, *state)?;
            let sql = format!("SELECT m.person FROM memberships m WHERE {condition} ORDER BY m.person");
            people.extend(self.all::<PersonId, Vec<_>>(&sql, &values, |row| row.id("person"))?);
        }
        people.sort_unstable();
        Ok(people)
    }

    /// The condition on a membership `m`, and its values in order.
    fn condition<'s>(&self, sought: &'s Search<'_>, state: State) -> Tried<(String, Vec<Value<'s>>)> {
        let Search { tenant, crowd, role, at } = sought;
        let mut values = vec![Value::from(*tenant), Value::from(*role), Value::from(*at)];
        let mut place = |value: Value<'s>| {
            values.push(value);
            format!("?{}", values.len())
        };
        let held = "SELECT a.person FROM assignments a WHERE a.tenant = ?1";
        let live = "a.role = ?2 AND (a.ends_at IS NULL OR a.ends_at > ?3)";
        let mut sql = "m.tenant = ?1".to_owned();
        let mut and = |condition: String| {
            sql.push_str(" AND m.person ");
            sql.push_str(&condition);
        };
        match state {
            State::Without => and(format!("NOT IN ({held} AND {live})")),
            State::For(TimeWindow { starts_at, ends_at })
            | State::NotFor(TimeWindow { starts_at, ends_at }) => {
                let not = if matches!(state, State::For(_)) { "" } else { "NOT " };
                let (starts, ends) = (place(starts_at.into()), place(ends_at.into()));
                and(format!(
                    "IN ({held} AND {live} AND {not}(a.starts_at IS NOT DISTINCT FROM CAST({starts} AS BIGINT) \
                     AND a.ends_at IS NOT DISTINCT FROM CAST({ends} AS BIGINT)))"
                ));
            }
        }
        if let Some(role) = &crowd.holding {
            and(format!("IN ({held} AND a.role = {} AND {HOLDS})", place(role.into())));
        }
        if !crowd.except.is_empty() {
            let people = self.each_text(&place(written(&crowd.except)?.into()), "x");
            and(format!("NOT IN (SELECT x.value FROM {people})"));
        }
        if !crowd.except_holding.is_empty() {
            let roles = self.each_text(&place(written(&crowd.except_holding)?.into()), "x");
            and(format!("NOT IN ({held} AND {HOLDS} AND a.role IN (SELECT x.value FROM {roles}))"));
        }
        Ok((sql, values))
    }
}
