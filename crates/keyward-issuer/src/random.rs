//! Unguessable texts, and the digests they are remembered by.

use aws_lc_rs::{digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_model::{Error, ErrorCode, Result, Secret};

/// SHA-256 of a secret. Looking a secret up by its digest keeps the secret out of memory and disk,
/// and tells a guesser nothing by its timing.
pub(crate) type Digest = [u8; 32];

/// 256 fresh random bits, as base64url.
pub(crate) fn secret() -> Result<Secret> {
    Ok(Secret::new(text::<32>()?))
}

/// 128 fresh random bits, as base64url: for names that need not be secret.
pub(crate) fn name() -> Result<String> {
    text::<16>()
}

fn text<const BYTES: usize>() -> Result<String> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes)
        .map_err(|_| Error::new(ErrorCode::Internal, "The operating system gave no random numbers."))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The digest that `text` is remembered by.
pub(crate) fn digest(text: &str) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    bytes
}
