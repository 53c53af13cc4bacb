//! The secrets of a session, each its own type. None prints, none is serialised.

use aws_lc_rs::{digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_model::{Error, ErrorCode, Result, Secret};

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Secret);

        impl $name {
            /// Takes the text over.
            pub fn new(value: impl Into<String>) -> Self {
                Self(Secret::new(value))
            }

            /// The text itself. Each call is a place to review.
            pub fn expose(&self) -> &str {
                self.0.expose()
            }
        }
    };
}

secret!(
    /// The refresh token: the one link of an account's chain that may be spent next.
    RefreshToken
);
secret!(
    /// An access token that has been proven to be its tenant's.
    AccessToken
);
secret!(
    /// An authorization code (RFC 6749 §1.3.1).
    AuthorizationCode
);
secret!(
    /// An ID token, kept only to name the session when signing out.
    IdToken
);
secret!(
    /// `state` (RFC 6749 §10.12) or `nonce` (OpenID Connect Core §3.1.2.1).
    OneTime
);

impl RefreshToken {
    /// The same, for what keeps secrets of whatever kind.
    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// A second handle on the same text, for the store and the chain.
    pub(crate) fn again(&self) -> Self {
        Self::new(self.expose())
    }
}

impl OneTime {
    /// 256 random bits.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] where the system has no randomness.
    pub fn random() -> Result<Self> {
        random::<32>().map(Self::new)
    }

    /// Compares without telling by time how much fits.
    pub fn is(&self, other: &str) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.expose().as_bytes(), other.as_bytes()).is_ok()
    }
}

/// A short name that nothing else has.
pub(crate) fn random_name() -> Result<String> {
    random::<9>()
}

fn random<const BYTES: usize>() -> Result<String> {
    let mut bytes = [0_u8; BYTES];
    rand::fill(&mut bytes)
        .map_err(|_| Error::new(ErrorCode::Internal, "This system gives no random numbers."))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A short stable name for a thing that must not be spelt out, such as a lock file's.
pub(crate) fn fingerprint(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..18])
}
