//! Slows down whoever guesses passwords: a few tries for an e-mail, then a wait.

use std::time::Duration;

use keyward_model::Timestamp;

use crate::{random, shelf::Shelf};

/// Tries that are free.
const FREE: u32 = 5;
/// The wait after them, from the last try that was looked at.
const WAIT: Duration = Duration::from_secs(30);
/// After so long without a try the count begins anew.
const FORGET: Duration = Duration::from_secs(15 * 60);
/// E-mails remembered.
const CAPACITY: usize = 4096;

/// Tries per e-mail.
pub(crate) struct Throttle(Shelf<Tries>);

struct Tries {
    count: u32,
    last: Timestamp,
}

impl Throttle {
    pub fn new() -> Self {
        Self(Shelf::new(CAPACITY))
    }

    /// Counts a try, before the password is looked at so that many at once gain nothing.
    ///
    /// # Errors
    /// How long to wait, where there were too many. Such a try is not counted.
    pub fn begin(&mut self, email: &str, now: Timestamp) -> Result<(), Duration> {
        let key = random::digest(email);
        let count = match self.0.get(&key, now) {
            None => 0,
            Some(tries) if tries.count < FREE => tries.count,
            Some(tries) => {
                let left = now.seconds_until(tries.last.plus(WAIT));
                if left > 0 {
                    return Err(Duration::from_secs(left.unsigned_abs()));
                }
                tries.count
            }
        };
        self.0.put(key, Tries { count: count + 1, last: now }, now.plus(FORGET));
        Ok(())
    }

    /// The password was right.
    pub fn succeeded(&mut self, email: &str, now: Timestamp) {
        self.0.take(&random::digest(email), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_tries_one_waits_between_any_two() {
        let mut throttle = Throttle::new();
        for _ in 0..5 {
            assert_eq!(throttle.begin("ada@example", Timestamp(0)), Ok(()));
        }
        assert_eq!(throttle.begin("ada@example", Timestamp(10)), Err(Duration::from_secs(20)));
        assert_eq!(throttle.begin("ann@example", Timestamp(10)), Ok(()), "others are not held up");
        assert_eq!(throttle.begin("ada@example", Timestamp(30)), Ok(()));
        assert_eq!(throttle.begin("ada@example", Timestamp(31)), Err(Duration::from_secs(29)));
    }

    #[test]
    fn a_right_password_and_a_long_pause_clear_the_count() {
        let mut throttle = Throttle::new();
        for at in [0, 16 * 60] {
            for _ in 0..5 {
                assert_eq!(throttle.begin("ada@example", Timestamp(at)), Ok(()));
            }
        }
        throttle.succeeded("ada@example", Timestamp(16 * 60));
        assert_eq!(throttle.begin("ada@example", Timestamp(16 * 60)), Ok(()));
    }
}
