//! How a caller proves that it is itself. Why it did not is for the log alone.

use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use keyward_model::{Secret, Timestamp};
use keyward_verify::{Verifier, bearer};

use super::HookSecrets;

/// Seconds since 1970, as the caller has them when it signs.
const SIGNED_AT: HeaderName = HeaderName::from_static("keyward-timestamp");
/// `sha256=` and the HMAC-SHA256 of the timestamp, a full stop and the body, in hexadecimal.
const SIGNATURE: HeaderName = HeaderName::from_static("keyward-signature");
/// How far the timestamp may be from now, either way: a question heard on the way cannot be asked again later.
const SIGNED_WITHIN: Duration = Duration::from_secs(300);

/// How a caller proves itself.
pub enum Proof {
    /// With a secret in `Authorization: Bearer …`.
    Bearer(HookSecrets),
    /// With a signature over the body and the time (HMAC-SHA256).
    Signature(HookSecrets),
    /// With a token that it gets for itself (RFC 6749 §4.4), checked as this says.
    Token(Arc<Verifier>),
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer",
            Self::Signature(_) => "Signature",
            Self::Token(_) => "Token",
        })
    }
}

impl Proof {
    /// Checks a request of the caller's.
    pub(super) async fn check(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), String> {
        match self {
            Self::Bearer(secrets) => {
                let offered = bearer(headers).map_err(|refused| refused.to_string())?;
                ensure(secrets.contain(offered), "the secret is another")
            }
            Self::Signature(secrets) => {
                let (at, signature) = (only(headers, &SIGNED_AT)?, only(headers, &SIGNATURE)?);
                let seconds =
                    at.parse().map(Timestamp).map_err(|_| "the timestamp is no number".to_owned())?;
                let near = seconds >= now.minus(SIGNED_WITHIN) && seconds <= now.plus(SIGNED_WITHIN);
                ensure(near, "the timestamp is too far from now")?;
                let tag = signature.strip_prefix("sha256=").and_then(bytes);
                let tag = tag.ok_or("the signature is not written as one")?;
                ensure(secrets.signed(&signed(at, body), &tag), "the signature is of another secret or body")
            }
            Self::Token(verifier) => {
                let token = bearer(headers).map_err(|refused| refused.to_string())?;
                verifier.verify(token).await.map(drop).map_err(|refused| refused.to_string())
            }
        }
    }
}

impl Proof {
    /// Reads its secrets anew, where they came from files, and says whether they are others now. Blocks.
    pub(super) fn renew(&self) -> keyward_model::Result<bool> {
        match self {
            Self::Bearer(secrets) | Self::Signature(secrets) => secrets.renew(),
            Self::Token(_) => Ok(false),
        }
    }

    /// What the caller proves itself with when it sends `body` now; none where it gets a token for itself.
    pub fn headers(&self, body: &[u8], now: Timestamp) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        match self {
            Self::Bearer(secrets) => {
                let written = |first: &Secret| HeaderValue::from_str(&format!("Bearer {}", first.expose()));
                let mut value = secrets.shown(written)?.ok()?;
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
            Self::Signature(secrets) => {
                let at = now.0.to_string();
                let tag = secrets.sign(&signed(&at, body))?;
                let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
                headers.insert(SIGNED_AT, now.0.into());
                headers.insert(SIGNATURE, HeaderValue::from_str(&format!("sha256={digits}")).ok()?);
            }
            Self::Token(_) => return None,
        }
        Some(headers)
    }
}

/// What a signature covers.
fn signed(at: &str, body: &[u8]) -> Vec<u8> {
    [at.as_bytes(), b".", body].concat()
}

fn ensure(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// The header's only value.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<&'h str, String> {
    let mut all = headers.get_all(name).iter();
    match (all.next().and_then(|value| value.to_str().ok()), all.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(format!("{name} is not there once")),
    }
}

/// What hexadecimal digits stand for.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|n| u8::try_from(n).ok());
                Some(digit(high)? << 4 | digit(low)?)
            }
            _ => None,
        })
        .collect()
}
