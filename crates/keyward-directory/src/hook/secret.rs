//! What a caller proves itself with: two at most, so that one can take the other's place, and read anew while it is used.

use std::{
    fs, mem,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::{constant_time, digest, hmac};
use keyward_model::{Error, ErrorCode, Result, Secret};

/// Bytes of a secret at least: 16 random bytes in hexadecimal.
const LEAST: usize = 32;
/// Bytes of a secret's file at most.
const MOST: u64 = 4096;

/// One secret, or two while the provider is moved from one to the other.
#[derive(Debug)]
pub struct HookSecrets {
    now: RwLock<Arc<[Secret]>>,
    /// Where they were read from.
    files: Vec<PathBuf>,
}

impl HookSecrets {
    /// Takes these.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] where there is none, where there are more than two, or one is short enough to
    /// be guessed or could not stand in a header.
    pub fn new(secrets: Vec<Secret>) -> Result<Self> {
        Ok(Self { now: RwLock::new(checked(secrets)?), files: Vec::new() })
    }

    /// Reads them from these files: one a line, white space around it is not part of it.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`ErrorCode::ConfigInvalid`] names a file that cannot be read.
    pub fn from_files(paths: &[impl AsRef<Path>]) -> Result<Self> {
        let files: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        Ok(Self { now: RwLock::new(checked(in_files(&files)?)?), files })
    }

    /// Reads them anew from where they came, and says whether they are others now. Blocks.
    ///
    /// # Errors
    /// As [`from_files`](Self::from_files); those that there were stay.
    pub(super) fn renew(&self) -> Result<bool> {
        if self.files.is_empty() {
            return Ok(false);
        }
        let anew = checked(in_files(&self.files)?)?;
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let before = mem::replace(&mut *now, anew);
        Ok(!before.iter().map(Secret::expose).eq(now.iter().map(Secret::expose)))
    }

    fn now(&self) -> Arc<[Secret]> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether `offered` is one of them. Takes as long whichever it is, and however much of it is right.
    pub(super) fn contain(&self, offered: &str) -> bool {
        let digest = |text: &str| digest::digest(&digest::SHA256, text.as_bytes());
        let offered = digest(offered);
        self.now().iter().fold(false, |found, secret| {
            let same =
                constant_time::verify_slices_are_equal(digest(secret.expose()).as_ref(), offered.as_ref());
            found | same.is_ok()
        })
    }

    /// What makes a header of the one to show oneself with.
    pub(super) fn shown<T>(&self, show: impl FnOnce(&Secret) -> T) -> Option<T> {
        self.now().first().map(show)
    }

    /// What the first of them makes over `message` (HMAC-SHA256).
    pub(super) fn sign(&self, message: &[u8]) -> Option<hmac::Tag> {
        let key = self.shown(|first| hmac::Key::new(hmac::HMAC_SHA256, first.expose().as_bytes()))?;
        Some(hmac::sign(&key, message))
    }

    /// Whether one of them made `tag` over `message` (HMAC-SHA256).
    pub(super) fn signed(&self, message: &[u8], tag: &[u8]) -> bool {
        self.now().iter().fold(false, |found, secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
            found | hmac::verify(&key, message, tag).is_ok()
        })
    }
}

/// These, if they can be a caller's.
fn checked(secrets: Vec<Secret>) -> Result<Arc<[Secret]>> {
    let invalid = |words: &str| Err(Error::new(ErrorCode::ConfigInvalid, words));
    if !(1..=2).contains(&secrets.len()) {
        return invalid("A caller has one secret, or two while one takes the other's place.");
    }
    if secrets.iter().any(|secret| secret.expose().len() < LEAST) {
        return invalid("A caller's secret must have 32 characters at least. Make one of random bytes.");
    }
    if secrets.iter().any(|secret| !secret.expose().bytes().all(|byte| byte.is_ascii_graphic())) {
        return invalid("A caller's secret must be of visible ASCII characters, in one line.");
    }
    Ok(secrets.into())
}

/// Each line of each file that is not empty.
fn in_files(files: &[PathBuf]) -> Result<Vec<Secret>> {
    let read: Vec<Vec<Secret>> = files.iter().map(|file| read(file)).collect::<Result<_>>()?;
    Ok(read.into_iter().flatten().collect())
}

fn read(path: &Path) -> Result<Vec<Secret>> {
    let unread = |why: String| {
        Error::new(
            ErrorCode::ConfigInvalid,
            format!("The secret in {} cannot be read: {why}.", path.display()),
        )
    };
    let size = fs::metadata(path).map_err(|e| unread(e.to_string()))?.len();
    if size > MOST {
        return Err(unread(format!("it is larger than {MOST} bytes")));
    }
    let text = Secret::new(fs::read_to_string(path).map_err(|e| unread(e.to_string()))?);
    let lines = text.expose().lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(Secret::new).collect())
}
