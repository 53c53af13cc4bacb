//! Saving what is remembered: at once where it must not be lost, beside the task where a window would wait
//! for the disk.

use keyward_model::{Error, ErrorCode, Result};
use tokio::task::{JoinHandle, spawn_blocking};

use super::{owner::Owner, window::Window};

/// What is saved beside the task.
#[derive(Default)]
pub(super) struct Saving {
    under_way: Option<JoinHandle<Result<()>>>,
    /// Whether what is remembered has changed since that began.
    stale: bool,
}

impl Saving {
    /// Whether all is saved.
    pub(super) fn is_still(&self) -> bool {
        self.under_way.is_none() && !self.stale
    }

    /// What came of the save under way; never ends where there is none. May be dropped and asked again.
    pub(super) async fn ended(&mut self) -> Result<()> {
        let Some(saving) = &mut self.under_way else { return std::future::pending().await };
        let result = saving.await;
        self.under_way = None;
        result.unwrap_or_else(|fault| Err(Error::new(ErrorCode::Internal, fault.to_string())))
    }
}

impl Owner {
    /// Saves what is remembered; not being able to is logged, since nobody asked for it.
    pub(super) fn save(&mut self) {
        if let Err(error) = self.memory.save() {
            tracing::warn!(%error, "not remembered");
        }
    }

    /// Has what is remembered saved, one state after another, and waits for none.
    pub(super) fn save_beside(&mut self) {
        self.saving.stale = true;
        self.save_next();
    }

    fn save_next(&mut self) {
        if self.saving.under_way.is_some() || !std::mem::take(&mut self.saving.stale) {
            return;
        }
        match self.memory.draft() {
            Ok(draft) => self.saving.under_way = Some(spawn_blocking(|| draft.write())),
            Err(error) => self.not_saved(&error),
        }
    }

    pub(super) fn saved(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.not_saved(&error);
        }
        self.save_next();
        self.leave_if_still();
    }

    /// Windows at work say so, unless they have something else to say.
    fn not_saved(&mut self, error: &Error) {
        let mut told = Vec::new();
        for (label, window) in &mut self.windows {
            if let Window::At { notice: notice @ None, .. } = window {
                *notice = Some(error.clone());
                told.push(label.clone());
            }
        }
        told.iter().for_each(|label| self.show(label));
    }

    /// The last handle is gone: what is not saved yet is saved now.
    pub(super) async fn save_the_rest(mut self) {
        if self.saving.under_way.is_some() {
            let result = self.saving.ended().await;
            if let Err(error) = result {
                tracing::warn!(%error, "not remembered");
            }
        }
        if self.saving.stale {
            self.save();
        }
    }
}
