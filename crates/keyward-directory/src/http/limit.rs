//! How fast one caller may ask.
//!
//! Counted after a caller is proven, so that it is the person's own allowance whatever token they come with, and
//! nobody spends another's. What is not proven costs a signature's check and no more; floods are for the proxy in
//! front. Each server counts for itself.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use keyward_model::{Error, ErrorCode, HookCallerId, Issuer, Subject};
use tokio::time::Instant;

use super::answer::Failure;

/// Callers remembered before those who have their whole allowance again are forgotten.
const MANY: usize = 10_000;

/// So many requests at once, and one more each so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// Another after each of these.
    pub every: Duration,
}

/// How fast callers may ask; who has none here asks as fast as they like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// Each person.
    pub people: Option<Rate>,
    /// Each provider that asks at issuance. One that is held up issues no tokens.
    pub providers: Option<Rate>,
}

/// A proven caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    Person(Issuer, Subject),
    Provider(HookCallerId),
}

/// What callers have asked lately.
#[derive(Default)]
pub(super) struct Limits {
    rates: Rates,
    /// When each has their whole allowance again.
    whole: Mutex<HashMap<Asker, Instant>>,
}

impl Limits {
    pub(super) fn new(rates: Rates) -> Self {
        Self { rates, whole: Mutex::default() }
    }

    /// Counts a request, or refuses it with the seconds to wait.
    pub(super) fn count(&self, asker: Asker) -> Result<(), Failure> {
        let rate = match asker {
            Asker::Person(..) => self.rates.people,
            Asker::Provider(_) => self.rates.providers,
        };
        let Some(rate) = rate else { return Ok(()) };
        match self.take(asker, rate, Instant::now()) {
            None => Ok(()),
            Some(wait) => {
                // Rounded up: who waits so long is let in.
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                let words =
                    format!("You ask faster than this server lets anybody. Try again in {seconds} s.");
                Err(Failure::retried(Error::new(ErrorCode::TooManyRequests, words), seconds))
            }
        }
    }

    /// Takes one from the allowance; how long to wait where there is none.
    fn take(&self, asker: Asker, Rate { burst, every }: Rate, now: Instant) -> Option<Duration> {
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if whole.len() >= MANY {
            whole.retain(|_, at| *at > now);
        }
        let at = whole.entry(asker).or_insert(now);
        let spent = at.saturating_duration_since(now);
        let room = every.saturating_mul(burst.saturating_sub(1));
        if spent > room {
            return Some(spent - room);
        }
        *at = now + spent + every;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, every: Duration::from_secs(10) };

    fn person(name: &str) -> Asker {
        Asker::Person(Issuer::new("https://id.example").unwrap(), Subject::new(name).unwrap())
    }

    #[tokio::test]
    async fn a_burst_is_let_in_and_then_one_each_so_often() {
        let (limits, start) = (Limits::default(), Instant::now());
        let at = |seconds| limits.take(person("ada"), RATE, start + Duration::from_secs(seconds));
        assert_eq!([at(0), at(0), at(0)], [None; 3]);
        assert_eq!(at(0), Some(Duration::from_secs(10)));
        assert_eq!(at(4), Some(Duration::from_secs(6)), "what is refused costs nothing");
        assert_eq!((at(10), at(10)), (None, Some(Duration::from_secs(10))));
        assert_eq!([at(1000), at(1000), at(1000)], [None; 3], "no more than the burst is saved up");
        assert!(at(1000).is_some());
        assert_eq!(limits.take(person("ben"), RATE, start), None, "Ada's allowance is not Ben's");
    }

    #[tokio::test]
    async fn whoever_has_asked_nothing_lately_is_forgotten() {
        let (limits, start) = (Limits::default(), Instant::now());
        for n in 0..MANY {
            limits.take(person(&format!("p{n}")), RATE, start);
        }
        limits.take(person("ada"), RATE, start + RATE.every);
        assert_eq!(limits.whole.lock().unwrap().len(), 1);
    }
}
