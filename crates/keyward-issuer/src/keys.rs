//! The provider's signing keys, and what it says with them (RFC 7515, RFC 7517).
//!
//! Keys are made at every start and live in memory only. That is on purpose: no private key is ever
//! on a disk to be stolen or backed up, and every restart rehearses a key rotation, which a client
//! has to survive anyway. Refresh tokens are no signatures, so they outlive a restart.

use std::collections::VecDeque;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{
        AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters,
        EllipticCurveKeyType, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, RSAKeyParameters, RSAKeyType,
        ThumbprintHash,
    },
};
use keyward_model::{Error, ErrorCode, Result, Secret};
use serde_json::{Map, Value, json};

/// What tokens are signed with (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// RSA with 2048 bits, PKCS #1 v1.5 and SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl SigningAlgorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// Public keys of earlier rotations that stay published, so that tokens signed before stay good.
const RETIRED: usize = 8;

/// The keys in use and those that were.
pub(crate) struct KeyRing {
    pub algorithm: SigningAlgorithm,
    pair: Pair,
    retired: VecDeque<Jwk>,
}

/// One generation: a key of each kind.
pub(crate) struct Pair {
    rsa: RsaKeyPair,
    rsa_public: Jwk,
    ec: EcdsaKeyPair,
    ec_public: Jwk,
}

impl Pair {
    /// New keys. Takes a moment: call it off the async threads.
    pub fn generate() -> Result<Self> {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(fault)?;
        let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(rsa.public_key());
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(fault)?;
        // SEC 1 §2.3.3: an uncompressed point is 4, x, y.
        let [4, point @ ..] = ec.public_key().as_ref() else { return Err(fault("a compressed point")) };
        let (x, y) = point.split_at(point.len() / 2);
        let rsa_public = published(
            KeyAlgorithm::RS256,
            AlgorithmParameters::RSA(RSAKeyParameters {
                key_type: RSAKeyType::RSA,
                n: URL_SAFE_NO_PAD.encode(n),
                e: URL_SAFE_NO_PAD.encode(e),
            }),
        )?;
        let ec_public = published(
            KeyAlgorithm::ES256,
            AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
                key_type: EllipticCurveKeyType::EC,
                curve: EllipticCurve::P256,
                x: URL_SAFE_NO_PAD.encode(x),
                y: URL_SAFE_NO_PAD.encode(y),
            }),
        )?;
        Ok(Self { rsa, rsa_public, ec, ec_public })
    }
}

/// A public key with its thumbprint (RFC 7638) as its id.
fn published(algorithm: KeyAlgorithm, parameters: AlgorithmParameters) -> Result<Jwk> {
    let mut jwk = Jwk {
        common: CommonParameters {
            key_algorithm: Some(algorithm),
            public_key_use: Some(PublicKeyUse::Signature),
            ..CommonParameters::default()
        },
        algorithm: parameters,
    };
    jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256).map_err(fault)?);
    Ok(jwk)
}

fn fault(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::Internal, format!("The provider's signing keys cannot be used: {why}."))
}

impl KeyRing {
    pub fn new(algorithm: SigningAlgorithm) -> Result<Self> {
        Ok(Self { algorithm, pair: Pair::generate()?, retired: VecDeque::new() })
    }

    /// Signs with `pair` from now on; the public keys before stay published, up to a bound.
    pub fn rotate(&mut self, pair: Pair) {
        let Pair { rsa_public, ec_public, .. } = std::mem::replace(&mut self.pair, pair);
        self.retired.extend([rsa_public, ec_public]);
        let surplus = self.retired.len().saturating_sub(RETIRED);
        self.retired.drain(..surplus);
    }

    /// `GET /jwks.json`.
    pub fn public(&self) -> JwkSet {
        let current = [&self.pair.rsa_public, &self.pair.ec_public];
        JwkSet { keys: current.into_iter().chain(&self.retired).cloned().collect() }
    }

    /// The claims as a JWS in compact form (RFC 7515 §7.1), its header saying `typ`.
    pub fn sign(&self, typ: &str, claims: &Value) -> Result<Secret> {
        let public = match self.algorithm {
            SigningAlgorithm::Rs256 => &self.pair.rsa_public,
            SigningAlgorithm::Es256 => &self.pair.ec_public,
        };
        let header = json!({ "alg": self.algorithm.name(), "typ": typ, "kid": public.common.key_id });
        let mut text = URL_SAFE_NO_PAD.encode(header.to_string());
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut text);
        let random = SystemRandom::new();
        let signature = match self.algorithm {
            SigningAlgorithm::Rs256 => {
                let mut signature = vec![0; self.pair.rsa.public_modulus_len()];
                let (message, into) = (text.as_bytes(), &mut signature);
                self.pair.rsa.sign(&RSA_PKCS1_SHA256, &random, message, into).map_err(fault)?;
                signature
            }
            SigningAlgorithm::Es256 => {
                self.pair.ec.sign(&random, text.as_bytes()).map_err(fault)?.as_ref().to_vec()
            }
        };
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        Ok(Secret::new(text))
    }

    /// The claims of a token that one of these keys signed with this `typ`. Nothing else is checked:
    /// issuer, audience and time are the caller's.
    pub fn claims(&self, token: &str, typ: &str) -> Option<Map<String, Value>> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.typ.as_deref() != Some(typ) {
            return None;
        }
        let keys = self.public();
        let jwk = keys.find(header.kid.as_deref()?)?;
        let algorithm = match jwk.common.key_algorithm? {
            KeyAlgorithm::RS256 => Algorithm::RS256,
            KeyAlgorithm::ES256 => Algorithm::ES256,
            _ => return None,
        };
        let mut only_the_signature = Validation::new(algorithm);
        only_the_signature.required_spec_claims.clear();
        only_the_signature.validate_exp = false;
        only_the_signature.validate_aud = false;
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some(jsonwebtoken::decode(token, &key, &only_the_signature).ok()?.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_proven_by_its_own_key_and_typ_only() {
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256] {
            let ring = KeyRing::new(algorithm).unwrap();
            let token = ring.sign("at+jwt", &json!({ "sub": "ada" })).unwrap();
            assert_eq!(ring.claims(token.expose(), "at+jwt").unwrap()["sub"], "ada");
            assert_eq!(ring.claims(token.expose(), "JWT"), None, "an access token is no ID token");
            let stranger = KeyRing::new(algorithm).unwrap();
            assert_eq!(stranger.claims(token.expose(), "at+jwt"), None);
        }
    }

    #[test]
    fn retired_keys_stay_published_up_to_a_bound() {
        let mut ring = KeyRing::new(SigningAlgorithm::Es256).unwrap();
        let first = ring.public().keys[0].clone();
        for generation in 0..6 {
            assert_eq!(ring.public().keys.contains(&first), generation < 5, "generation {generation}");
            ring.rotate(Pair::generate().unwrap());
        }
        assert_eq!(ring.public().keys.len(), 2 + RETIRED);
    }
}
