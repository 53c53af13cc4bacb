//! The workspace's folder: its own files, one workspace at a time, for its owner's eyes.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    num::NonZeroU16,
    path::{Path, PathBuf},
};

use keyward_model::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};

const SETTINGS: &str = "local.json";
const LOCK: &str = "local.lock";
const DIRECTORY: &str = "directory.db";
const DIRECTORY_DRAFT: &str = "directory.db.new";
const PROVIDER: &str = "provider.db";
/// What SQLite puts beside a file of its own, and the file itself: last, so that a removal broken off
/// leaves no log without its file. SQLite would replay it into the next file of that name.
const BESIDE: [&str; 4] = ["-wal", "-shm", "-journal", ""];

/// What is remembered from one start to the next.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    port: NonZeroU16,
}

/// An open folder, locked until it is dropped.
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, and locks it. `fresh` removes what earlier workspaces left.
    ///
    /// # Errors
    /// `ConfigInvalid` where the folder is somebody else's: it is left as it is.
    pub(super) fn open(path: PathBuf, fresh: bool) -> Result<Self> {
        claim(&path)?;
        let lock_path = path.join(LOCK);
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(|e| unwritable(&lock_path, &e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let words = format!(
                    "The workspace in {} is open already, in another Keyward. Close that one first.",
                    path.display()
                );
                return Err(Error::new(ErrorCode::PortInUse, words));
            }
            Err(TryLockError::Error(e)) => return Err(unwritable(&lock_path, &e)),
        }
        let folder = Self { path, _lock: lock };
        if fresh {
            folder.remove(SETTINGS, &[""])?;
            for database in [DIRECTORY, PROVIDER] {
                folder.remove(database, &BESIDE)?;
            }
        }
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The directory's file.
    pub(super) fn directory(&self) -> PathBuf {
        self.path.join(DIRECTORY)
    }

    /// Where a new directory is written, so that one broken off is never taken for whole. What an
    /// earlier attempt left there is removed.
    pub(super) fn directory_draft(&self) -> Result<PathBuf> {
        self.remove(DIRECTORY_DRAFT, &BESIDE)?;
        Ok(self.path.join(DIRECTORY_DRAFT))
    }

    /// The new directory, whole, takes its place.
    pub(super) fn keep_draft(&self) -> Result<()> {
        let (from, to) = (self.path.join(DIRECTORY_DRAFT), self.directory());
        let log = self.path.join(format!("{DIRECTORY_DRAFT}-wal"));
        if log.exists() {
            // Closing folds the log into the file. Where it could not, the file alone is not the whole.
            return Err(unwritable(&log, &io::ErrorKind::StorageFull.into()));
        }
        // What is left beside a file that was moved away belongs to that one.
        let [logs @ .., _itself] = &BESIDE;
        self.remove(DIRECTORY, logs)?;
        fs::rename(from, &to).map_err(|e| unwritable(&to, &e))
    }

    /// The provider's file.
    pub(super) fn provider(&self) -> PathBuf {
        self.path.join(PROVIDER)
    }

    /// The port of last time.
    pub(super) fn port(&self) -> Result<Option<u16>> {
        let path = self.path.join(SETTINGS);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(unwritable(&path, &e)),
        };
        let settings: Settings = serde_json::from_slice(&text).map_err(|e| {
            let words = format!(
                "{} says something it must not: {e}. It should look like {{\"port\": 49152}}; without it the \
                 workspace opens on another port.",
                path.display()
            );
            Error::new(ErrorCode::ConfigInvalid, words)
        })?;
        Ok(Some(settings.port.get()))
    }

    /// Remembers the port, whole or not at all.
    pub(super) fn remember(&self, port: u16) -> Result<()> {
        let path = self.path.join(SETTINGS);
        let write = || -> io::Result<()> {
            let port = NonZeroU16::new(port).ok_or(io::ErrorKind::InvalidInput)?;
            let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
            serde_json::to_writer(&mut file, &Settings { port })?;
            file.flush()?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|e| unwritable(&path, &e))
    }

    fn remove(&self, name: &str, endings: &[&str]) -> Result<()> {
        for ending in endings {
            let path = self.path.join(format!("{name}{ending}"));
            match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(unwritable(&path, &e)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Makes the folder if it is not there. One that is there must be empty or a workspace's; its permissions
/// are changed only where a workspace has been in it before.
fn claim(path: &Path) -> Result<()> {
    let look = || -> io::Result<bool> {
        let entries = match fs::read_dir(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return make(path).map(|()| true),
            entries => entries?,
        };
        let names = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
        if names.iter().any(|name| name == LOCK) {
            close(path)?;
        }
        Ok(names.is_empty() || names.iter().any(|name| name.to_str().is_some_and(is_ours)))
    };
    if look().map_err(|e| unwritable(path, &e))? {
        return Ok(());
    }
    let words = format!(
        "{} cannot be a workspace's folder: it holds other things. Name a folder of its own.",
        path.display()
    );
    Err(Error::new(ErrorCode::ConfigInvalid, words))
}

/// Whether a workspace has files of this name.
fn is_ours(name: &str) -> bool {
    let database = |file| name.strip_prefix(file).is_some_and(|ending| BESIDE.contains(&ending));
    name == LOCK || name == SETTINGS || [DIRECTORY, DIRECTORY_DRAFT, PROVIDER].into_iter().any(database)
}

/// Makes the folder for its owner alone.
#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Lets only the owner into a workspace's folder, also where that was changed since.
#[cfg(unix)]
fn close(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// Makes the folder; it inherits who may look into it from the person's own folder above.
#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Who may look into it is the folder above's to say.
#[cfg(not(unix))]
fn close(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    let words = format!("{} cannot be read or written: {error}. Make room, or allow it.", path.display());
    Error::new(ErrorCode::StorageFull, words)
}
