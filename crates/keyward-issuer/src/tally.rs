//! Counts that begin anew whenever quirks are set.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
pub(crate) struct Tally {
    answers: AtomicU64,
    rotations: AtomicU64,
}

impl Tally {
    pub fn reset(&self) {
        self.answers.store(0, Ordering::SeqCst);
        self.rotations.store(0, Ordering::SeqCst);
    }

    /// How many requests the token endpoint had before this one.
    pub fn answer(&self) -> u64 {
        self.answers.fetch_add(1, Ordering::SeqCst)
    }

    /// How many rotations there were before this one.
    pub fn rotation(&self) -> u64 {
        self.rotations.fetch_add(1, Ordering::SeqCst)
    }
}
