//! The lock across processes: the OS's own, which goes with its holder, however that one ends. That the file
//! exists says nothing.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use keyward_model::{Error, ErrorCode, Result};

/// How long another process may hold the chain before this one gives up waiting.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct OsLock {
    path: PathBuf,
}

impl OsLock {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Takes the lock if nobody holds it. It is let go of by dropping the file. Blocks for as long as the disk
    /// takes to open a file.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub(super) fn try_take(&self) -> Result<Option<File>> {
        let file = self.open().map_err(|error| self.unopened(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(self.unopened(&error)),
        }
    }

    /// Waits for the lock. It is let go of by dropping the file.
    ///
    /// # Errors
    /// Where the file cannot be opened, or the holder does not finish.
    pub(super) async fn take(self: &Arc<Self>) -> Result<File> {
        let this = self.clone();
        let locking = tokio::task::spawn_blocking(move || {
            let file = this.open()?;
            file.lock()?;
            Ok(file)
        });
        match tokio::time::timeout(PATIENCE, locking).await {
            Ok(Ok(taken)) => taken.map_err(|error| self.unopened(&error)),
            Ok(Err(fault)) => Err(Error::new(ErrorCode::Internal, fault.to_string())),
            Err(_) => Err(Error::new(
                ErrorCode::ProviderUnreachable,
                "Another Keyward on this computer is renewing this session and does not finish. Close it and try again.",
            )),
        }
    }

    fn open(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)
    }

    fn unopened(&self, error: &io::Error) -> Error {
        Error::new(
            ErrorCode::StorageFull,
            format!(
                "{} cannot be opened ({error}). Your session is kept; free some space and try again.",
                self.path.display()
            ),
        )
    }
}
