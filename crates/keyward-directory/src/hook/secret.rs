//! What a caller proves itself with: two at most, so that one can take the other's place.

use std::{fs, path::Path};

use aws_lc_rs::{constant_time, digest, hmac};
use keyward_model::{Error, ErrorCode, Result, Secret};

/// Bytes of a secret at least: 16 random bytes in hexadecimal.
const LEAST: usize = 32;
/// Bytes of a secret's file at most.
const MOST: u64 = 4096;

/// One secret, or two while the provider is moved from one to the other.
#[derive(Debug)]
pub struct HookSecrets(Vec<Secret>);

impl HookSecrets {
    /// Takes these.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] where there is none, where there are more than two, or one is short enough to
    /// be guessed or could not stand in a header.
    pub fn new(secrets: Vec<Secret>) -> Result<Self> {
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
        Ok(Self(secrets))
    }

    /// Reads each from a file of its own; white space around it is not part of it.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`ErrorCode::ConfigInvalid`] names a file that cannot be read.
    pub fn from_files(paths: &[impl AsRef<Path>]) -> Result<Self> {
        let secrets = paths.iter().map(|path| read(path.as_ref())).collect::<Result<_>>()?;
        Self::new(secrets)
    }

    /// Whether `offered` is one of them. Takes as long whichever it is, and however much of it is right.
    pub(super) fn contain(&self, offered: &str) -> bool {
        let digest = |text: &str| digest::digest(&digest::SHA256, text.as_bytes());
        let offered = digest(offered);
        self.0.iter().fold(false, |found, secret| {
            let same =
                constant_time::verify_slices_are_equal(digest(secret.expose()).as_ref(), offered.as_ref());
            found | same.is_ok()
        })
    }

    /// The one to show oneself with.
    pub(super) fn first(&self) -> Option<&Secret> {
        self.0.first()
    }

    /// What the first of them makes over `message` (HMAC-SHA256).
    pub(super) fn sign(&self, message: &[u8]) -> Option<hmac::Tag> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.first()?.expose().as_bytes());
        Some(hmac::sign(&key, message))
    }

    /// Whether one of them made `tag` over `message` (HMAC-SHA256).
    pub(super) fn signed(&self, message: &[u8], tag: &[u8]) -> bool {
        self.0.iter().fold(false, |found, secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
            found | hmac::verify(&key, message, tag).is_ok()
        })
    }
}

fn read(path: &Path) -> Result<Secret> {
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
    Ok(Secret::new(text.expose().trim()))
}
