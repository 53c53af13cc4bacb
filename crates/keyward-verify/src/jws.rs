//! A compact JWS (RFC 7515 §7.1) opened: form, header, algorithm, key, signature, claims, in that order.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, crypto};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{KeySet, Refused, header::Header, strict};

/// Bytes of a token at most. Checked before anything is read.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Claims that RFC 7519 §4.1 gives a type: where one stands, it says something.
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Which `typ` a place accepts, so that one kind of token cannot stand in for another (RFC 8725 §3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// `at+jwt` (RFC 9068 §2.1).
    Access,
    /// `at+jwt`, `JWT` or none: providers that do not mark their access tokens.
    AccessUnmarked,
    /// `JWT` or none, and never `at+jwt` (OpenID Connect Core §2).
    Id,
}

impl TokenType {
    fn accepts(self, typ: Option<&str>) -> bool {
        let typ = typ.map(|typ| {
            let lower = typ.to_ascii_lowercase();
            lower.strip_prefix("application/").map(str::to_owned).unwrap_or(lower)
        });
        let access = typ.as_deref() == Some("at+jwt");
        let unmarked = typ.is_none() || typ.as_deref() == Some("jwt");
        match self {
            Self::Access => access,
            Self::AccessUnmarked => access || unmarked,
            Self::Id => unmarked,
        }
    }
}

/// What a place accepts before it looks at a claim.
#[derive(Debug, Clone)]
pub struct Accept {
    /// Algorithms configured for the issuer. The header chooses among them and never beyond.
    pub algorithms: Vec<Algorithm>,
    /// The kind of token.
    pub typ: TokenType,
}

impl Accept {
    /// The asymmetric algorithms in use among providers, for this kind of token.
    pub fn usual(typ: TokenType) -> Self {
        use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        Self { algorithms: vec![RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA], typ }
    }
}

/// The parts of a token that has the right form, not yet believed.
pub(crate) struct Parts<'t> {
    pub(crate) header: Header,
    message: &'t str,
    payload: &'t str,
    signature: &'t str,
}

impl<'t> Parts<'t> {
    pub(crate) fn split(token: &'t str, accept: &Accept) -> Result<Self, Refused> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refused::TooLarge(token.len()));
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Refused::Malformed("not three parts"))?;
        let (header, payload) = message.split_once('.').ok_or(Refused::Malformed("not three parts"))?;
        if payload.contains('.') {
            return Err(Refused::Malformed("not three parts"));
        }
        let header = Header::parse(&decode(header)?)?;
        if !accept.algorithms.contains(&header.algorithm) {
            return Err(Refused::Algorithm(format!("{:?}", header.algorithm)));
        }
        if !accept.typ.accepts(header.typ.as_deref()) {
            return Err(Refused::Type(header.typ.unwrap_or_default().chars().take(32).collect()));
        }
        Ok(Self { header, message, payload, signature })
    }

    pub(crate) fn believe<T: DeserializeOwned>(&self, keys: &KeySet) -> Result<T, Refused> {
        // Decoded here once, so that a signature in a sloppy encoding is refused and not repaired.
        decode(self.signature)?;
        let mut tried = false;
        for key in keys.fitting(self.header.kid.as_deref(), self.header.algorithm) {
            tried = true;
            if crypto::verify(self.signature, self.message.as_bytes(), key, self.header.algorithm) == Ok(true)
            {
                let claims = strict::object(&decode(self.payload)?).map_err(Refused::Claims)?;
                if let Some(name) = REGISTERED.iter().find(|name| claims.get(**name) == Some(&Value::Null)) {
                    return Err(Refused::Claims(format!("{name} is null")));
                }
                return serde_json::from_value(Value::Object(claims))
                    .map_err(|e| Refused::Claims(e.to_string()));
            }
        }
        Err(if tried { Refused::Signature } else { Refused::UnknownKey })
    }
}

/// Opens a token with keys at hand: its form, header and signature are good, its claims are read. What
/// the claims mean is the caller's to check.
///
/// # Errors
/// The first check that fails.
pub fn open<T: DeserializeOwned>(token: &str, keys: &KeySet, accept: &Accept) -> Result<T, Refused> {
    Parts::split(token, accept)?.believe(keys)
}

/// The issuer that a token claims to be of, before anything of it is believed.
pub(crate) fn claimed_issuer(token: &str) -> Result<String, Refused> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Refused::TooLarge(token.len()));
    }
    let payload = token.split('.').nth(1).ok_or(Refused::Malformed("not three parts"))?;
    let claims = strict::object(&decode(payload)?).map_err(Refused::Claims)?;
    let issuer = claims.get("iss").and_then(Value::as_str);
    issuer.map(str::to_owned).ok_or_else(|| Refused::Claims("iss is missing".to_owned()))
}

fn decode(part: &str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::Malformed("base64url"))
}
