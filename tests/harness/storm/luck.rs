//! When a process is killed, by a seed.

use std::time::Duration;

/// A process's luck: the same for the same seed.
pub(super) struct Luck {
    state: u64,
}

/// So long after this, the process is killed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Doom {
    /// After it was asked: most likely it waits for its turn.
    Asked(Duration),
    /// After its request left: the link is spent, or about to be, or the next one about to be stored.
    Spending(Duration),
}

/// One order in so many ends in a kill.
const ONE_IN: u64 = 4;

impl Luck {
    pub(super) fn new(seed: u64, process: u64) -> Self {
        Self { state: seed ^ (process << 32) }
    }

    /// Whether and when the process that gets the next order dies of it.
    pub(super) fn draw(&mut self) -> Option<Doom> {
        if !self.next().is_multiple_of(ONE_IN) {
            return None;
        }
        let spending = self.next().is_multiple_of(2);
        // An exchange takes tens of milliseconds here, and waiting for one's turn some hundred.
        Some(match spending {
            true => Doom::Spending(Duration::from_micros(self.next() % 30_000)),
            false => Doom::Asked(Duration::from_micros(self.next() % 200_000)),
        })
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
