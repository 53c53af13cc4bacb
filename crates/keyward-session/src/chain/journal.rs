//! The journal: what processes tell each other about a chain, in a small file beside its lock. Read and
//! written under that lock only. It holds fingerprints and no link; one that is lost or damaged is as none.
//!
//! A process that holds a link which the keychain would not take shows that it lives by an OS lock on a
//! file named after each link behind it. The lock goes with the process, as its memory does.

use std::{
    collections::{HashMap, hash_map},
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Target, step::Journal};

type Entry = Journal<String, Target>;

pub(super) struct JournalFile {
    path: PathBuf,
    /// The locks that show of which links this process holds the next.
    holding: Mutex<HashMap<String, File>>,
}

impl JournalFile {
    pub(super) fn beside(lock: &Path) -> Self {
        Self { path: with(lock, ".journal"), holding: Mutex::default() }
    }

    /// What the journal says, if there is one.
    pub(super) async fn read(self: &Arc<Self>) -> Option<Entry> {
        let this = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            fs::read(&this.path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
        });
        reading.await.unwrap_or_default()
    }

    /// Writes it, whole or not at all, and shows that the next link of each of `behind` is held here.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub(super) async fn write(self: &Arc<Self>, journal: Entry, behind: Vec<String>) -> io::Result<()> {
        let this = self.clone();
        let writing = tokio::task::spawn_blocking(move || {
            this.hold_only(&behind);
            for mark in behind {
                this.hold(mark)?;
            }
            let new = with(&this.path, ".new");
            fs::write(&new, serde_json::to_vec(&journal)?)?;
            fs::rename(&new, &this.path)
        });
        writing.await?
    }

    /// Whether another chain, in a process that lives, holds the next link of this one.
    pub(super) async fn is_held_elsewhere(self: &Arc<Self>, mark: String) -> bool {
        if self.holding().contains_key(&mark) {
            return false;
        }
        let path = self.named_after(&mark);
        let looking = tokio::task::spawn_blocking(move || {
            let Ok(file) = OpenOptions::new().write(true).open(&path) else { return false };
            match file.try_lock() {
                Ok(()) => {
                    // Its holder is gone. That the file goes too is for tidiness.
                    let _ = fs::remove_file(&path);
                    false
                }
                Err(TryLockError::WouldBlock) => true,
                Err(TryLockError::Error(error)) => {
                    tracing::warn!(%error, "nobody can say whether a newer link is held");
                    true
                }
            }
        });
        looking.await.unwrap_or(true)
    }

    /// Lets go of all but these.
    pub(super) fn hold_only(&self, behind: &[String]) {
        self.holding().retain(|mark, _| {
            let kept = behind.contains(mark);
            if !kept {
                let _ = fs::remove_file(self.named_after(mark));
            }
            kept
        });
    }

    fn hold(&self, mark: String) -> io::Result<()> {
        let mut holding = self.holding();
        if let hash_map::Entry::Vacant(place) = holding.entry(mark) {
            let path = self.named_after(place.key());
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            file.try_lock()?;
            place.insert(file);
        }
        Ok(())
    }

    fn holding(&self) -> MutexGuard<'_, HashMap<String, File>> {
        self.holding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn named_after(&self, mark: &str) -> PathBuf {
        with(&self.path, &format!(".{mark}"))
    }
}

impl Drop for JournalFile {
    fn drop(&mut self) {
        self.hold_only(&[]);
    }
}

fn with(path: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(more);
    PathBuf::from(name)
}
