//! A tenant never loses its last admin: not by an edit, and not because a time runs out.

use keyward_model::{Error, ErrorCode, Person, Role, Tenant, TimeWindow, Timestamp};

use crate::{
    permission::ROLES_WRITE,
    stale::when,
    store::{Tried, Tx},
};

/// The first moment from `now` on at which none of these windows is open; none where one always is. Asked of
/// the windows of every admin: whoever has no end counts for all time after their start.
pub(crate) fn first_gap(windows: impl IntoIterator<Item = TimeWindow>, now: Timestamp) -> Option<Timestamp> {
    let mut windows: Vec<TimeWindow> = windows.into_iter().collect();
    windows.sort_by_key(|window| window.starts_at);
    let mut covered = now;
    for TimeWindow { starts_at, ends_at } in windows {
        if starts_at.is_some_and(|start| start > covered) {
            break;
        }
        covered = covered.max(ends_at?);
    }
    Some(covered)
}

/// Refuses where nobody can edit the tenant's roles, or nobody could from some moment on. Asked within the
/// transaction, of the rows as they now are: whatever path led here, and whoever else applied a moment ago.
pub(crate) fn check(tx: &Tx<'_>, tenant: &Tenant, now: Timestamp, last: Option<&Person>) -> Tried<()> {
    if tx.has_lasting_admin(&tenant.id, now)? {
        return Ok(());
    }
    let Some(gap) = first_gap(tx.admin_windows(&tenant.id, now)?, now) else { return Ok(()) };
    let who = last.map_or("Somebody", |person| person.name.as_str());
    let (at, without) =
        if gap > now { (format!(", {}", when(gap)), " without an end") } else { (String::new(), "") };
    let way_out = match admin_names(&tx.roles(&tenant.id)?).as_str() {
        "" => format!("leave {ROLES_WRITE} to a role that somebody holds"),
        names => format!("make somebody else {names}{without} first"),
    };
    let words = format!(
        "{who} would be the last in {} to lose the right to edit roles{at}. Nothing was changed: {way_out}.",
        tenant.name,
    );
    Err(Error::new(ErrorCode::LastAdmin, words).into())
}

/// "Owner or Admin": the roles that can edit roles.
pub(crate) fn admin_names(roles: &[Role]) -> String {
    let names: Vec<&str> = roles.iter().filter(|role| role.admin).map(|role| role.name.as_str()).collect();
    names.join(" or ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window() -> impl Strategy<Value = TimeWindow> {
        let bound = || prop::option::weighted(0.7, (-3_i64..20).prop_map(Timestamp));
        (bound(), bound())
            .prop_map(|(starts_at, ends_at)| TimeWindow { starts_at, ends_at })
            .prop_filter("a start before its end", |window| window.is_forwards())
    }

    proptest! {
        /// Second by second, as whoever stays awake would see it. After second 20 nothing opens or closes.
        #[test]
        fn the_first_gap_is_the_first_second_without_anybody(
            windows in prop::collection::vec(window(), 0..6),
            now in 0_i64..8,
        ) {
            let nobody = |at: &i64| !windows.iter().any(|window| window.holds_at(Timestamp(*at)));
            let seen = (now..=20).find(nobody).map(Timestamp);
            prop_assert_eq!(first_gap(windows.clone(), Timestamp(now)), seen);
        }

        /// What was without a gap stays so as time goes by: no edit, no gap.
        #[test]
        fn time_alone_never_makes_a_gap(windows in prop::collection::vec(window(), 0..6), later in 0_i64..30) {
            prop_assume!(first_gap(windows.clone(), Timestamp(0)).is_none());
            prop_assert_eq!(first_gap(windows, Timestamp(later)), None);
        }
    }
}
