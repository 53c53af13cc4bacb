//! An issuer of a test's own: one key, its set and where that is served on 127.0.0.1, tokens that say what they are told to.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use axum::{Json, Router, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_model::{Clock, Issuer, SystemClock};
use serde_json::{Value, json};

pub struct TestIssuer {
    key: EcdsaKeyPair,
    pub origin: String,
}

impl TestIssuer {
    pub async fn start() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        // An uncompressed point: 4, x, y.
        let point = key.public_key().as_ref();
        let keys = json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "k1",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        }] });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let metadata = json!({ "issuer": origin, "jwks_uri": format!("{origin}/keys") });
        let app = Router::new()
            .route("/keys", get(async move || Json(keys.clone())))
            .route("/.well-known/openid-configuration", get(async move || Json(metadata.clone())));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { key, origin }
    }

    pub fn issuer(&self) -> Issuer {
        Issuer::new(&self.origin).unwrap()
    }

    /// An hour's token for whom this issuer calls `sub`, with these claims besides or instead.
    pub fn token(&self, sub: &str, claims: &Value) -> String {
        let now = SystemClock.now().0;
        let mut all = json!({
            "iss": self.origin, "sub": sub, "aud": "https://api.example/directory", "iat": now - 5,
            "exp": now + 3600, "client_id": "app",
            "https://keyward.dev/claims/permissions": ["people:read", "roles:read", "roles:write", "audit:read"],
        });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": "k1" });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(&all));
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
