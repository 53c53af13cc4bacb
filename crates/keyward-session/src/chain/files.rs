//! What a chain keeps on disk: its lock and its journal. What [`step`](super::step) wants of them between two
//! waits is done in one go, on a thread that may block: a disk may be slow, and a hand-over takes longer
//! than what is done there.

use std::{path::PathBuf, sync::Arc};

use super::{
    journal::JournalFile,
    lock::OsLock,
    perform::{Act, Came, Going},
    step::{Effect, Event},
};

pub(super) struct Files {
    pub(super) lock: Arc<OsLock>,
    journal: JournalFile,
}

impl Files {
    /// Those of the chain whose lock this is.
    pub(super) fn of(lock: PathBuf) -> Self {
        Self { journal: JournalFile::beside(&lock), lock: Arc::new(OsLock::new(lock)) }
    }

    /// Does what is wanted here, one after another; returns with what is not to be done here. Blocks.
    pub(super) fn serve(&self, mut going: Going, mut act: Act) -> (Going, Act) {
        loop {
            match self.event(&mut going, act) {
                Ok(event) => (going, act) = going.step(event),
                Err(act) => return (going, act),
            }
        }
    }

    fn event(&self, going: &mut Going, act: Act) -> Result<Came, Act> {
        Ok(match act {
            Effect::Lock => match self.lock.try_take() {
                Ok(Some(lock)) => going.locked(lock),
                // To be waited for, and not here.
                Ok(None) => return Err(Effect::Lock),
                Err(error) => going.not_locked(error),
            },
            Effect::ReadJournal => {
                going.claimed_elsewhere = self
                    .journal
                    .claimed_elsewhere()
                    .map_err(|error| {
                        tracing::warn!(%error, "nobody can say which links others claim");
                    })
                    .ok();
                Event::Journal(self.journal.read())
            }
            Effect::Note(journal) => {
                if let Err(error) = self.journal.write(&journal) {
                    tracing::warn!(%error, "the chain's journal could not be written");
                }
                Event::Noted
            }
            Effect::Unlock => {
                if let Err(error) = self.journal.claim(going.claims()) {
                    tracing::warn!(%error, "a link that the keychain would not take could not be claimed");
                }
                going.unlocked()
            }
            other => return Err(other),
        })
    }
}

/// Whether an act is done on disk.
pub(super) fn on_disk(act: &Act) -> bool {
    matches!(act, Effect::Lock | Effect::ReadJournal | Effect::Note(_) | Effect::Unlock)
}
