//! An issuer's public keys (RFC 7517), weak and foreign ones left out.

use std::{iter, str::FromStr, sync::Arc};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse},
};
use keyward_model::Issuer;
use serde::Deserialize;
use serde_json::Value;

use crate::Refused;

/// RSA moduli shorter than this are refused (RFC 7518 §3.3).
const MIN_RSA_BITS: usize = 2048;

/// The keys of one issuer, parsed once.
#[derive(Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

struct Key {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a JWK set. Keys that are weak, for another use or of an unknown kind are left out, as RFC
    /// 7517 §5 asks.
    ///
    /// # Errors
    /// A sentence, where the document is no JWK set at all.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(json).map_err(|e| format!("not a JWK set: {e}"))?;
        let keys = document.keys.into_iter().filter_map(|value| Key::read(value).ok()).collect();
        Ok(Self { keys })
    }

    /// The keys to try for a header: those named by `kid`, or, without one, all that fit the algorithm.
    pub(crate) fn fitting(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &DecodingKey> {
        let fits = move |key: &&Key| {
            key.algorithms.contains(&algorithm) && (kid.is_none() || key.kid.as_deref() == kid)
        };
        self.keys.iter().filter(fits).map(|key| &key.key)
    }

    /// How many usable keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is usable.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl Key {
    fn read(value: Value) -> Result<Self, &'static str> {
        let alg = value.get("alg").and_then(Value::as_str).map(str::to_owned);
        let jwk: Jwk = serde_json::from_value(value).map_err(|_| "unreadable")?;
        if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return Err("not for signatures");
        }
        if jwk.common.key_operations.as_ref().is_some_and(|ops| !ops.contains(&KeyOperations::Verify)) {
            return Err("not for verifying");
        }
        let family = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => {
                strong_rsa(&rsa.n, &rsa.e)?;
                AlgorithmFamily::Rsa
            }
            AlgorithmParameters::EllipticCurve(_) => AlgorithmFamily::Ec,
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
                strong_ed25519(&pair.x)?;
                AlgorithmFamily::Ed
            }
            // Symmetric keys have no place in a public document, and no HMAC is ever accepted.
            _ => return Err("not a public signing key"),
        };
        let mut algorithms = match (&family, &jwk.algorithm) {
            (_, AlgorithmParameters::EllipticCurve(ec)) => match ec.curve {
                EllipticCurve::P256 => vec![Algorithm::ES256],
                EllipticCurve::P384 => vec![Algorithm::ES384],
                _ => return Err("curve not accepted"),
            },
            (family, _) => family.algorithms().to_vec(),
        };
        if let Some(alg) = alg {
            let only = Algorithm::from_str(&alg).map_err(|_| "unknown alg")?;
            algorithms.retain(|one| *one == only);
        }
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| "unreadable key")?;
        Ok(Self { kid: jwk.common.key_id, algorithms, key })
    }
}

fn strong_rsa(modulus: &str, exponent: &str) -> Result<(), &'static str> {
    let modulus = URL_SAFE_NO_PAD.decode(modulus).map_err(|_| "unreadable modulus")?;
    let exponent = URL_SAFE_NO_PAD.decode(exponent).map_err(|_| "unreadable exponent")?;
    let bits = modulus
        .iter()
        .position(|b| *b != 0)
        .map_or(0, |zeros| (modulus.len() - zeros) * 8 - modulus[zeros].leading_zeros() as usize);
    let small =
        exponent.len() <= 8 && exponent.iter().fold(0_u64, |sum, b| sum << 8 | u64::from(*b)) < 65_537;
    if bits < MIN_RSA_BITS || small || has_rocas_print(&modulus) {
        return Err("weak RSA key");
    }
    Ok(())
}

/// Whether the modulus is as ROCA's library made them, which can be factored (CVE-2017-15361): modulo each of these
/// primes it is a power of 65,537. Of others, one in a hundred million is so by chance.
fn has_rocas_print(modulus: &[u8]) -> bool {
    const PRIMES: [u32; 17] = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
    PRIMES.iter().all(|prime| {
        let rest = modulus.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let powers = iter::successors(Some(1), |power| Some(power * (65_537 % prime) % prime));
        // After as many steps as the prime has, they come again.
        powers.take(*prime as usize).any(|power| power == rest)
    })
}

/// Points of small order, without the bit of their sign: everybody can sign with such a key.
const SMALL_ORDER: [&str; 7] = [
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU",
    "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
    "7P_______________________________________38",
    "7f_______________________________________38",
    "7v_______________________________________38",
];

fn strong_ed25519(point: &str) -> Result<(), &'static str> {
    let mut point = URL_SAFE_NO_PAD.decode(point).map_err(|_| "unreadable point")?;
    if let Some(last) = point.last_mut() {
        *last &= 0x7f;
    }
    if SMALL_ORDER.contains(&URL_SAFE_NO_PAD.encode(point).as_str()) {
        return Err("weak Ed25519 key");
    }
    Ok(())
}

/// Where an issuer's keys come from.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The keys as last known.
    ///
    /// # Errors
    /// [`Refused::KeysUnavailable`] where none were ever had.
    async fn keys(&self, issuer: &Issuer) -> Result<Arc<KeySet>, Refused>;

    /// The keys after another look, because a token named one that is not among `seen`. The source
    /// decides whether a look is due; unknown names must not flood the issuer.
    ///
    /// # Errors
    /// As [`keys`](Self::keys).
    async fn renewed(&self, issuer: &Issuer, seen: &Arc<KeySet>) -> Result<Arc<KeySet>, Refused>;
}
