//! The lock across processes: the OS's own, which goes with its holder, however that one ends. That the file
//! exists says nothing.

use std::{
    fs::{self, File, OpenOptions},
    path::PathBuf,
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

    /// Waits for the lock. It is let go of by dropping the file.
    ///
    /// # Errors
    /// Where the file cannot be opened, or the holder does not finish.
    pub(super) async fn take(&self) -> Result<File> {
        let path = self.path.clone();
        let locking = tokio::task::spawn_blocking(move || -> std::io::Result<File> {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            file.lock()?;
            Ok(file)
        });
        match tokio::time::timeout(PATIENCE, locking).await {
            Ok(Ok(Ok(file))) => Ok(file),
            Ok(Ok(Err(error))) => Err(Error::new(
                ErrorCode::StorageFull,
                format!(
                    "{} cannot be opened ({error}). Your session is kept; free some space and try again.",
                    self.path.display()
                ),
            )),
            Ok(Err(fault)) => Err(Error::new(ErrorCode::Internal, fault.to_string())),
            Err(_) => Err(Error::new(
                ErrorCode::ProviderUnreachable,
                "Another Keyward on this computer is renewing this session and does not finish. Close it and try again.",
            )),
        }
    }
}
