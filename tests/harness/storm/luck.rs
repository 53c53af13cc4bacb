//! When a process is killed, by a seed.

use std::time::Duration;

/// Which processes are killed, and when.
#[derive(Debug, Clone, Copy)]
pub struct Kills {
    /// One order in so many ends in a kill.
    pub one_in: u64,
    /// The same seed, the same luck.
    pub seed: u64,
}

/// A process's luck.
pub(super) struct Luck {
    one_in: u64,
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

impl Luck {
    pub(super) fn new(kills: Kills, process: u64) -> Self {
        Self { one_in: kills.one_in, state: kills.seed ^ (process << 32) }
    }

    /// Whether and when the process that gets the next order dies of it.
    pub(super) fn draw(&mut self) -> Option<Doom> {
        if !self.next().is_multiple_of(self.one_in) {
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
