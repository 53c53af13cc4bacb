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
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{
        AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters,
        EllipticCurveKeyType, Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters, OctetKeyPairType,
        PublicKeyUse, RSAKeyParameters, RSAKeyType, ThumbprintHash,
    },
};
use keyward_model::{Error, ErrorCode, Result, Secret};
use serde_json::{Map, Value, json};

/// What tokens are signed with (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// RSA with 2048 bits, PKCS #1 v1.5 and SHA-256.
    Rs256,
    /// The same with SHA-512.
    Rs512,
    /// RSA with 2048 bits, PSS and SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// EdDSA on Ed25519 (RFC 8037).
    EdDsa,
}

impl SigningAlgorithm {
    /// Each of them.
    pub(crate) const ALL: [Self; 5] = [Self::Rs256, Self::Rs512, Self::Ps256, Self::Es256, Self::EdDsa];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    fn published(self) -> KeyAlgorithm {
        match self {
            Self::Rs256 => KeyAlgorithm::RS256,
            Self::Rs512 => KeyAlgorithm::RS512,
            Self::Ps256 => KeyAlgorithm::PS256,
            Self::Es256 => KeyAlgorithm::ES256,
            Self::EdDsa => KeyAlgorithm::EdDSA,
        }
    }

    fn checked(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Rs512 => Algorithm::RS512,
            Self::Ps256 => Algorithm::PS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

/// Rotations whose public keys stay published, so that tokens signed before stay good.
const RETIRED: usize = 4;

/// The public keys of one generation, in the order of [`SigningAlgorithm::ALL`].
type Published = [Jwk; SigningAlgorithm::ALL.len()];

/// The keys in use and those that were.
pub(crate) struct KeyRing {
    pub algorithm: SigningAlgorithm,
    pair: Pair,
    retired: VecDeque<Published>,
}

/// One generation: a key of each kind.
pub(crate) struct Pair {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    public: Published,
}

impl Pair {
    /// New keys. Takes a moment: call it off the async threads.
    pub fn generate() -> Result<Self> {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(fault)?;
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(fault)?;
        let ed = Ed25519KeyPair::generate().map_err(fault)?;
        let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(rsa.public_key());
        let rsa_public = AlgorithmParameters::RSA(RSAKeyParameters {
            key_type: RSAKeyType::RSA,
            n: URL_SAFE_NO_PAD.encode(n),
            e: URL_SAFE_NO_PAD.encode(e),
        });
        // SEC 1 §2.3.3: an uncompressed point is 4, x, y.
        let [4, point @ ..] = ec.public_key().as_ref() else { return Err(fault("a compressed point")) };
        let (x, y) = point.split_at(point.len() / 2);
        let ec_public = AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
            key_type: EllipticCurveKeyType::EC,
            curve: EllipticCurve::P256,
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        });
        let ed_public = AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(ed.public_key()),
        });
        let public = [
            published(SigningAlgorithm::Rs256, rsa_public.clone())?,
            published(SigningAlgorithm::Rs512, rsa_public.clone())?,
            published(SigningAlgorithm::Ps256, rsa_public)?,
            published(SigningAlgorithm::Es256, ec_public)?,
            published(SigningAlgorithm::EdDsa, ed_public)?,
        ];
        Ok(Self { rsa, ec, ed, public })
    }
}

/// A public key for one algorithm. Its id is its thumbprint (RFC 7638) and the algorithm, since the RSA
/// key has three.
fn published(algorithm: SigningAlgorithm, parameters: AlgorithmParameters) -> Result<Jwk> {
    let mut jwk = Jwk {
        common: CommonParameters {
            key_algorithm: Some(algorithm.published()),
            public_key_use: Some(PublicKeyUse::Signature),
            ..CommonParameters::default()
        },
        algorithm: parameters,
    };
    let thumbprint = jwk.thumbprint(ThumbprintHash::SHA256).map_err(fault)?;
    jwk.common.key_id = Some(format!("{thumbprint}.{}", algorithm.name()));
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
        let Pair { public, .. } = std::mem::replace(&mut self.pair, pair);
        self.retired.push_back(public);
        let surplus = self.retired.len().saturating_sub(RETIRED);
        self.retired.drain(..surplus);
    }

    /// `GET /jwks.json`.
    pub fn public(&self) -> JwkSet {
        JwkSet { keys: self.pair.public.iter().chain(self.retired.iter().flatten()).cloned().collect() }
    }

    /// The claims as a JWS in compact form (RFC 7515 §7.1), its header saying `typ`.
    pub fn sign(&self, typ: Option<&str>, claims: &Value) -> Result<Secret> {
        let public = &self.pair.public[self.algorithm as usize];
        let mut header = json!({ "alg": self.algorithm.name(), "kid": public.common.key_id });
        if let Some(typ) = typ {
            header["typ"] = typ.into();
        }
        let mut text = URL_SAFE_NO_PAD.encode(header.to_string());
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut text);
        let message = text.as_bytes();
        let signature = match self.algorithm {
            SigningAlgorithm::Rs256 => self.rsa(&RSA_PKCS1_SHA256, message)?,
            SigningAlgorithm::Rs512 => self.rsa(&RSA_PKCS1_SHA512, message)?,
            SigningAlgorithm::Ps256 => self.rsa(&RSA_PSS_SHA256, message)?,
            SigningAlgorithm::Es256 => {
                self.pair.ec.sign(&SystemRandom::new(), message).map_err(fault)?.as_ref().to_vec()
            }
            SigningAlgorithm::EdDsa => self.pair.ed.sign(message).as_ref().to_vec(),
        };
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        Ok(Secret::new(text))
    }

    fn rsa(&self, padding: &'static dyn RsaEncoding, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.pair.rsa.public_modulus_len()];
        self.pair.rsa.sign(padding, &SystemRandom::new(), message, &mut signature).map_err(fault)?;
        Ok(signature)
    }

    /// The claims of a token that one of these keys signed with this `typ`. Nothing else is checked:
    /// issuer, audience and time are the caller's.
    pub fn claims(&self, token: &str, typ: Option<&str>) -> Option<Map<String, Value>> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.typ.as_deref() != typ {
            return None;
        }
        let keys = self.public();
        let jwk = keys.find(header.kid.as_deref()?)?;
        let of = jwk.common.key_algorithm?;
        let algorithm = SigningAlgorithm::ALL.into_iter().find(|one| one.published() == of)?;
        let mut only_the_signature = Validation::new(algorithm.checked());
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
        for algorithm in SigningAlgorithm::ALL {
            let ring = KeyRing::new(algorithm).unwrap();
            let token = ring.sign(Some("at+jwt"), &json!({ "sub": "ada" })).unwrap();
            assert_eq!(ring.claims(token.expose(), Some("at+jwt")).unwrap()["sub"], "ada");
            assert_eq!(ring.claims(token.expose(), Some("JWT")), None, "an access token is no ID token");
            let stranger = KeyRing::new(algorithm).unwrap();
            assert_eq!(stranger.claims(token.expose(), Some("at+jwt")), None);
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
        assert_eq!(ring.public().keys.len(), 5 * (1 + RETIRED));
    }
}
