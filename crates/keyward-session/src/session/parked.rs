//! What waits for the person: tokens for which the provider wants them in the browser. Nothing opens before
//! they say so, and a provider that asks again although they did is not believed for ever.

use std::collections::HashMap;

use keyward_model::{Error, ErrorCode, TenantId};

/// Trips to the browser in a row, for one tenant, after which another challenge counts as a refusal.
const MAX_TRIPS: u32 = 2;

/// What waits, by tenant.
#[derive(Default)]
pub(super) struct Desk {
    waiting: HashMap<TenantId, Error>,
    /// Trips since the tenant's last token.
    trips: HashMap<TenantId, u32>,
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
                    "The provider asked again although you answered it in the browser: {} Tell whoever runs it.",
                    problem.message
                ),
            ));
        }
        Ok(self.waiting.insert(tenant.clone(), problem).is_none())
    }

    /// The person goes to the browser for a tenant.
    pub(super) fn leaves_for(&mut self, tenant: &TenantId) {
        *self.trips.entry(tenant.clone()).or_default() += 1;
    }

    /// The tenant's token has come.
    pub(super) fn done(&mut self, tenant: &TenantId) {
        self.waiting.remove(tenant);
        self.trips.remove(tenant);
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
}
