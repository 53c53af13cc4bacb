//! A text that must not be seen.

use std::fmt;

use zeroize::Zeroizing;

/// A secret text: no `Display`, a redacted `Debug`, no `Serialize`, wiped when dropped.
///
/// It is the common inside of the named secrets (refresh token, access token, code, verifier …).
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The text itself. Each call is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Some(Secret::new("canary"))), "Some([secret])");
    }
}
