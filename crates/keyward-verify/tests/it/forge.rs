//! Makes tokens, good ones and others.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_model::{Clock, Issuer, TenantId, Timestamp};
use keyward_verify::{Expect, KeySet, KeySource, Refused, Verifier};
use serde_json::{Value, json};

pub const NOW: i64 = 1_800_000_000;

/// An issuer with one ES256 key.
pub struct Forge {
    key: EcdsaKeyPair,
    pub kid: &'static str,
}

pub struct Still(pub Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Keys handed in, as they are.
pub struct Given(pub Arc<KeySet>);

#[async_trait]
impl KeySource for Given {
    async fn keys(&self, _: &Issuer) -> Result<Arc<KeySet>, Refused> {
        Ok(self.0.clone())
    }
    async fn renewed(&self, _: &Issuer, _: &Arc<KeySet>) -> Result<Arc<KeySet>, Refused> {
        Ok(self.0.clone())
    }
}

impl Forge {
    pub fn new(kid: &'static str) -> Self {
        Self { key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(), kid }
    }

    pub fn jwk(&self) -> Value {
        let point = self.key.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..])
        })
    }

    pub fn keys(&self) -> Arc<KeySet> {
        Arc::new(KeySet::parse(json!({ "keys": [self.jwk()] }).to_string().as_bytes()).unwrap())
    }

    pub fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.kid })
    }

    /// A token of these texts, truly signed whatever they say.
    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_text(&self.header().to_string(), &claims.to_string())
    }

    pub fn verifier(&self) -> Verifier {
        Verifier::new(expect(), Arc::new(Given(self.keys())), Arc::new(Still(Timestamp(NOW))))
    }
}

pub fn expect() -> Expect {
    Expect::api_per_tenant(
        Issuer::new("https://id.example").unwrap(),
        "https://api.example/directory".to_owned(),
        "https://api.example/t/{tenant}".parse().unwrap(),
    )
}

/// Claims that are good for tenant acme.
pub fn claims() -> Value {
    json!({
        "iss": "https://id.example", "sub": "ada", "aud": "https://api.example/t/acme",
        "exp": NOW + 600, "iat": NOW - 10, "client_id": "app", "azp": "app"
    })
}

pub fn tenant(id: &str) -> TenantId {
    TenantId::new(id).unwrap()
}
