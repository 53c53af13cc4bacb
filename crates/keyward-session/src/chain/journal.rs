//! The journal: what processes tell each other about a chain, in a small file beside its lock. Read and
//! written under that lock only. It holds fingerprints and no link; one that is lost or damaged is as none.
//!
//! A journal that speaks of an unsaved link stands for as long as its writer lives. The writer shows that
//! by an OS lock on a file of its own, which goes with the process as that one's memory does.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    Target,
    step::{Behind, Held, Journal, Link},
};

type Entry = Journal<String, Target>;

pub(super) struct JournalFile {
    path: PathBuf,
    /// The lock that shows that this process holds an unsaved link, and which one lies behind it.
    holding: Mutex<Option<(String, File)>>,
}

impl JournalFile {
    pub(super) fn beside(lock: &Path) -> Self {
        Self { path: with(lock, ".journal"), holding: Mutex::default() }
    }

    /// What the journal says, and whether another chain, which lives, holds the unsaved link that it speaks of.
    pub(super) async fn read(self: &Arc<Self>) -> (Option<Entry>, bool) {
        let this = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let journal: Option<Entry> =
                fs::read(&this.path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let behind = journal.as_ref().and_then(|journal| journal.behind.as_ref());
            let held_elsewhere = behind.is_some_and(|behind| this.is_held_elsewhere(behind));
            (journal, held_elsewhere)
        });
        reading.await.unwrap_or_default()
    }

    /// Writes it: whole or not at all.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub(super) async fn write(self: &Arc<Self>, journal: Entry) -> io::Result<()> {
        let this = self.clone();
        let writing = tokio::task::spawn_blocking(move || {
            match &journal.behind {
                Some(behind) => this.hold(&behind.mark)?,
                None => this.let_go(),
            }
            let new = with(&this.path, ".new");
            fs::write(&new, serde_json::to_vec(&journal)?)?;
            fs::rename(&new, &this.path)
        });
        writing.await?
    }

    /// Lets go where no unsaved link is held any more.
    pub(super) fn hold_only_for<L: Link, T>(&self, held: &Held<L, T>) {
        if !matches!(held, Held::Memory(own) if own.behind.is_some()) {
            self.let_go();
        }
    }

    fn is_held_elsewhere(&self, behind: &Behind<String>) -> bool {
        let holding = self.holding.lock().unwrap_or_else(PoisonError::into_inner);
        if holding.as_ref().is_some_and(|(mark, _)| *mark == behind.mark) {
            return false;
        }
        let path = self.holder(&behind.mark);
        let Ok(file) = OpenOptions::new().write(true).open(&path) else { return false };
        match file.try_lock() {
            Ok(()) => {
                // Its holder is gone. That the file goes too is for tidiness.
                let _ = fs::remove_file(&path);
                false
            }
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "nobody can say whether an unsaved link is held");
                true
            }
        }
    }

    fn hold(&self, mark: &str) -> io::Result<()> {
        let mut holding = self.holding.lock().unwrap_or_else(PoisonError::into_inner);
        if holding.as_ref().is_none_or(|(held, _)| held != mark) {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.holder(mark))?;
            file.try_lock()?;
            *holding = Some((mark.to_owned(), file));
        }
        Ok(())
    }

    fn let_go(&self) {
        let mut holding = self.holding.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((mark, _file)) = holding.take() {
            let _ = fs::remove_file(self.holder(&mark));
        }
    }

    fn holder(&self, mark: &str) -> PathBuf {
        with(&self.path, &format!(".{mark}"))
    }
}

impl Drop for JournalFile {
    fn drop(&mut self) {
        self.let_go();
    }
}

fn with(path: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(more);
    PathBuf::from(name)
}
