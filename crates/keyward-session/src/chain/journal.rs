//! The journal: what processes tell each other about a chain, in a small file beside its lock. Read and
//! written under that lock only. It holds fingerprints and no link; one that is lost or damaged is as none.
//!
//! A process that holds a link which the keychain would not take claims what the keychain may have instead,
//! by an OS lock on a file named after each. The lock goes with the process, as its memory does.

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
    /// The locks on what this process claims.
    claims: Mutex<HashMap<String, File>>,
}

impl JournalFile {
    pub(super) fn beside(lock: &Path) -> Self {
        Self { path: with(lock, ".journal"), claims: Mutex::default() }
    }

    /// What the journal says, if there is one.
    pub(super) async fn read(self: &Arc<Self>) -> Option<Entry> {
        let this = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            fs::read(&this.path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
        });
        reading.await.unwrap_or_default()
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub(super) async fn write(self: &Arc<Self>, journal: Entry) -> io::Result<()> {
        let this = self.clone();
        let writing = tokio::task::spawn_blocking(move || {
            let new = with(&this.path, ".new");
            fs::write(&new, serde_json::to_vec(&journal)?)?;
            fs::rename(&new, &this.path)
        });
        writing.await?
    }

    /// Claims these links and no others.
    ///
    /// # Errors
    /// Why they cannot be claimed.
    pub(super) async fn claim(self: &Arc<Self>, marks: Vec<String>) -> io::Result<()> {
        if marks.is_empty() {
            self.keep_claims(&[]);
            return Ok(());
        }
        let this = self.clone();
        let claiming = tokio::task::spawn_blocking(move || {
            this.keep_claims(&marks);
            marks.into_iter().try_for_each(|mark| this.claim_one(mark))
        });
        claiming.await?
    }

    /// Whether another chain, in a process that lives, claims this link.
    pub(super) async fn is_claimed_elsewhere(self: &Arc<Self>, mark: String) -> bool {
        if self.claims().contains_key(&mark) {
            return false;
        }
        let path = self.named_after(&mark);
        let looking = tokio::task::spawn_blocking(move || {
            let Ok(file) = OpenOptions::new().write(true).open(&path) else { return false };
            match file.try_lock() {
                Ok(()) => {
                    // Who claimed it is gone. That the file goes too is for tidiness.
                    let _ = fs::remove_file(&path);
                    false
                }
                Err(TryLockError::WouldBlock) => true,
                Err(TryLockError::Error(error)) => {
                    tracing::warn!(%error, "nobody can say whether a link is claimed");
                    true
                }
            }
        });
        looking.await.unwrap_or(true)
    }

    /// Lets go of all but these.
    fn keep_claims(&self, marks: &[String]) {
        self.claims().retain(|mark, _| {
            let kept = marks.contains(mark);
            if !kept {
                let _ = fs::remove_file(self.named_after(mark));
            }
            kept
        });
    }

    fn claim_one(&self, mark: String) -> io::Result<()> {
        let mut claims = self.claims();
        if let hash_map::Entry::Vacant(place) = claims.entry(mark) {
            let path = self.named_after(place.key());
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            file.try_lock()?;
            place.insert(file);
        }
        Ok(())
    }

    fn claims(&self) -> MutexGuard<'_, HashMap<String, File>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn named_after(&self, mark: &str) -> PathBuf {
        with(&self.path, &format!(".{mark}"))
    }
}

impl Drop for JournalFile {
    fn drop(&mut self) {
        self.keep_claims(&[]);
    }
}

fn with(path: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(more);
    PathBuf::from(name)
}
