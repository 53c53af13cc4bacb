//! What waits for the person: tokens for which the provider wants them in the browser, or which it refuses
//! again and again. Nothing opens before they say so, and a provider that asks again although they did is not
//! believed for ever.

use std::collections::HashMap;

use keyward_model::{Error, ErrorCode, TenantId};

/// Trips to the browser in a row, for one tenant, after which another challenge counts as a refusal.
const MAX_TRIPS: u32 = 2;
/// Refusals in a row after which nothing is asked by itself any more. Not the first: some providers call a fault
/// that passes by names of their own.
const MAX_REFUSALS: u32 = 3;

/// What waits, by tenant.
#[derive(Default)]
pub(super) struct Desk {
    waiting: HashMap<TenantId, Error>,
    /// Trips since the tenant's last token.
    trips: HashMap<TenantId, u32>,
    /// Refusals since the tenant's last token.
    refusals: HashMap<TenantId, u32>,
}

impl Desk {
    /// Puts a tenant's challenge aside. `Err` where the person has answered it and it came again: then there is
    /// no use in asking them once more. `Ok(true)` where it is new, so that they are told once.
    pub(super) fn park(&mut self, tenant: &TenantId, problem: Error) -> Result<bool, Error> {
        if self.trips.get(tenant).is_some_and(|trips| *trips >= MAX_TRIPS) {
            self.waiting.remove(tenant);
            return Err(Error::new(
                ErrorCode::ProviderRefused,
                format!(
                    "You were in the browser for it, and the provider does not go on: {} Tell whoever runs it.",
                    problem.message
                ),
            ));
        }
        Ok(self.waiting.insert(tenant.clone(), problem).is_none())
    }

    /// The provider refuses the token of a tenant that it gave before. What it has against the session it does
    /// not say, so the session is not over; but after so many times only the person can go on, by signing in.
    pub(super) fn refused(&mut self, tenant: &TenantId, why: &Error) -> Option<Error> {
        let times = self.refusals.entry(tenant.clone()).or_default();
        *times += 1;
        (*times >= MAX_REFUSALS).then(|| {
            let message = format!(
                "{} It did so {times} times in a row. Your session is kept, but it may be of no use there any more: \
                 sign in again to go on.",
                why.message
            );
            Error::new(why.code, message)
        })
    }

    /// The person goes to the browser for a tenant.
    pub(super) fn leaves_for(&mut self, tenant: &TenantId) {
        *self.trips.entry(tenant.clone()).or_default() += 1;
    }

    /// The tenant's token has come.
    pub(super) fn done(&mut self, tenant: &TenantId) {
        self.waiting.remove(tenant);
        self.trips.remove(tenant);
        self.refusals.remove(tenant);
    }

    /// Whether a tenant waits: then nothing asks for its token by itself.
    pub(super) fn holds(&self, tenant: &TenantId) -> bool {
        self.waiting.contains_key(tenant)
    }

    /// What to show in a window of `here`: its own challenge first, else another's.
    pub(super) fn shown(&self, here: &TenantId) -> Option<(&TenantId, &Error)> {
        self.waiting.get_key_value(here).or_else(|| self.waiting.iter().min_by_key(|(tenant, _)| *tenant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_told_once_and_a_provider_that_asks_for_ever_is_stopped() {
        let (mut desk, acme) = (Desk::default(), TenantId::new("acme").unwrap());
        let wants = || Error::new(ErrorCode::InteractionRequired, "A second factor.");
        assert_eq!(desk.park(&acme, wants()), Ok(true), "new: told");
        assert_eq!(desk.park(&acme, wants()), Ok(false), "the same still: not told again");
        for _ in 0..MAX_TRIPS {
            desk.leaves_for(&acme);
        }
        let refused = desk.park(&acme, wants()).unwrap_err();
        assert_eq!(refused.code, ErrorCode::ProviderRefused, "{refused}");
        assert!(!desk.holds(&acme));
        desk.done(&acme);
        assert_eq!(desk.park(&acme, wants()), Ok(true), "a token came in between: a new challenge");
    }

    #[test]
    fn a_refusal_waits_for_the_person_only_once_it_is_the_third_in_a_row() {
        let (mut desk, acme) = (Desk::default(), TenantId::new("acme").unwrap());
        let why = Error::new(ErrorCode::ProviderRefused, "Northwind refused: invalid request.");
        let waits = |desk: &mut Desk| desk.refused(&acme, &why).map(|error| error.message);
        assert_eq!([waits(&mut desk), waits(&mut desk)], [None, None]);
        desk.done(&acme);
        assert_eq!([waits(&mut desk), waits(&mut desk)], [None, None], "a token came in between");
        let said = waits(&mut desk).unwrap();
        assert!(
            said.starts_with("Northwind refused")
                && said.contains("3 times")
                && said.contains("sign in again")
        );
    }
}
