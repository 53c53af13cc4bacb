//! Signing keys, made here and thrown away; and weak ones, which nobody would make any more.

use aws_lc_rs::{
    digest,
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
        RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use num_bigint::BigUint;
use serde_json::{Value, json};

/// Of which kind a key is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// A key pair, and its public half as a JWK without `alg` and `use`.
pub struct Key {
    pub jwk: Value,
    /// The public half as a certificate holds it.
    pub der: Vec<u8>,
    secret: Secret,
}

enum Secret {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    /// Modulus and private exponent.
    Weak(BigUint, BigUint),
}

impl Key {
    pub fn new(kind: Kind, kid: &str) -> Self {
        let random = "a key pair is made";
        match kind {
            Kind::Rsa => Self::rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect(random), kid),
            Kind::P256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect(random);
                Self::ec(pair, "P-256", kid)
            }
            Kind::P384 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect(random);
                Self::ec(pair, "P-384", kid)
            }
            Kind::Ed25519 => {
                let pair = Ed25519KeyPair::generate().expect(random);
                let x = encode(pair.public_key().as_ref());
                let der = spki(pair.public_key());
                let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x });
                Self { jwk, der, secret: Secret::Ed(pair) }
            }
        }
    }

    fn rsa(pair: RsaKeyPair, kid: &str) -> Self {
        // RSAPublicKey (RFC 8017 §A.1.1) of 2048 bits: the modulus stands behind nine bytes.
        let public = pair.public_key().as_ref();
        assert_eq!((public.len(), &public[265..]), (270, &[2, 3, 1, 0, 1][..]), "2048 bits and 65537");
        let jwk = json!({ "kty": "RSA", "kid": kid, "n": encode(&public[9..265]), "e": "AQAB" });
        Self { jwk, der: spki(pair.public_key()), secret: Secret::Rsa(pair) }
    }

    fn ec(pair: EcdsaKeyPair, curve: &str, kid: &str) -> Self {
        let point = &pair.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        let jwk = json!({ "kty": "EC", "crv": curve, "kid": kid, "x": encode(x), "y": encode(y) });
        Self { jwk, der: spki(pair.public_key()), secret: Secret::Ec(pair) }
    }

    /// A key whose private half everybody may know: nobody shall take its signatures.
    pub fn weak(modulus: &str, public: u32, private: &str, kid: &str) -> Self {
        let number = |hex: &str| BigUint::parse_bytes(hex.as_bytes(), 16).expect("a number in hex");
        let (modulus, private) = (number(modulus), number(private));
        let e = encode(BigUint::from(public).to_bytes_be());
        let jwk = json!({ "kty": "RSA", "kid": kid, "n": encode(modulus.to_bytes_be()), "e": e });
        Self { jwk, der: Vec::new(), secret: Secret::Weak(modulus, private) }
    }

    /// Signs as `alg` says, as far as the key can; otherwise as it can.
    pub fn sign(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        match &self.secret {
            Secret::Rsa(pair) => {
                let how: &'static dyn RsaEncoding = match alg {
                    "RS384" => &RSA_PKCS1_SHA384,
                    "RS512" => &RSA_PKCS1_SHA512,
                    "PS256" => &RSA_PSS_SHA256,
                    "PS384" => &RSA_PSS_SHA384,
                    "PS512" => &RSA_PSS_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(how, &SystemRandom::new(), message, &mut signature).expect("signed");
                signature
            }
            Secret::Ec(pair) => pair.sign(&SystemRandom::new(), message).expect("signed").as_ref().to_vec(),
            Secret::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Secret::Weak(modulus, private) => {
                let length = modulus.to_bytes_be().len();
                let padded = BigUint::from_bytes_be(&padded(length, message));
                let signature = padded.modpow(private, modulus).to_bytes_be();
                [vec![0; length - signature.len()], signature].concat()
            }
        }
    }
}

/// EMSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §9.2).
fn padded(length: usize, message: &[u8]) -> Vec<u8> {
    const SHA256: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
        0x04, 0x20,
    ];
    let hash = digest::digest(&digest::SHA256, message);
    let fill = vec![0xff; length - SHA256.len() - hash.as_ref().len() - 3];
    [&[0, 1][..], &fill, &[0], &SHA256, hash.as_ref()].concat()
}

fn spki(public: &impl AsDer<PublicKeyX509Der<'static>>) -> Vec<u8> {
    public.as_der().expect("a public key has a DER form").as_ref().to_vec()
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
