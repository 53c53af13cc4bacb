//! The journal: what processes tell each other about a chain, in a small file beside its lock. Read and
//! written under that lock only. It holds fingerprints and no link; one that is lost or damaged is as none.
//!
//! A process that holds a link which the keychain would not take claims what the keychain may have instead,
//! by an OS lock on a file named after each. The lock goes with the process, as its memory does.

use std::{
    collections::{HashMap, hash_map},
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Target, step::Journal};

type Entry = Journal<String, Target>;

/// Bytes that the journal takes at least: few are longer.
const LINE: usize = 256;

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
    pub(super) fn read(&self) -> Option<Entry> {
        fs::read(&self.path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
    }

    /// Writes it in place, in one write.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub(super) fn write(&self, journal: &Entry) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)?;
        let mut line = serde_json::to_vec(journal)?;
        // As long as what it is written over at least, so that one write does it all.
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(0).max(LINE);
        line.resize(line.len().max(length), b' ');
        file.write_all(&line)
    }

    /// Claims these links and no others.
    ///
    /// # Errors
    /// Why they cannot be claimed.
    pub(super) fn claim(&self, marks: Vec<String>) -> io::Result<()> {
        self.keep_claims(&marks);
        marks.into_iter().try_for_each(|mark| self.claim_one(mark))
    }

    /// The links that other chains claim, in processes that live.
    ///
    /// # Errors
    /// Why nobody can say.
    pub(super) fn claimed_elsewhere(&self) -> io::Result<Vec<String>> {
        let own = self.claims();
        let mut claimed = Vec::new();
        for file in fs::read_dir(self.path.parent().unwrap_or(Path::new(".")))? {
            let path = file?.path();
            match self.mark_of(&path) {
                Some(mark) if !own.contains_key(&mark) && lives(&path)? => claimed.push(mark),
                _ => {}
            }
        }
        Ok(claimed)
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

    /// The link that a file is named after, if it is one of this chain's claims.
    fn mark_of(&self, path: &Path) -> Option<String> {
        let mark = path.file_name()?.to_str()?.strip_prefix(self.path.file_name()?.to_str()?)?;
        Some(mark.strip_prefix('.')?.to_owned())
    }
}

/// Whether the process that made this claim lives.
fn lives(claim: &Path) -> io::Result<bool> {
    let file = match OpenOptions::new().write(true).open(claim) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => {
            // Who claimed it is gone. That the file goes too is for tidiness.
            let _ = fs::remove_file(claim);
            Ok(false)
        }
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
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
