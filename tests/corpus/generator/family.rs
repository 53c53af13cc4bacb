//! The four algorithms that every attack is tried with: a key, a profile that trusts it, and tokens
//! that are good there.

use serde_json::{Value, json};

use super::{
    IN_2001, IN_2100,
    key::{Key, Kind, encode},
    object::{Object, quoted},
};

pub const ISSUER: &str = "https://id.example";
pub const ACME: &str = "https://api.example/t/acme";
pub const GLOBEX: &str = "https://api.example/t/globex";
pub const OWN: &str = "https://api.example/directory";

/// An algorithm, and whoever signs with it.
pub struct Family {
    pub profile: &'static str,
    pub alg: &'static str,
    pub kind: Kind,
    pub key: Key,
    /// Of the same kind, and trusted by nobody.
    pub stranger: Key,
}

impl Family {
    pub fn each() -> [Self; 4] {
        [
            Self::new("rs256", "RS256", Kind::Rsa),
            Self::new("ps256", "PS256", Kind::Rsa),
            Self::new("es256", "ES256", Kind::P256),
            Self::new("eddsa", "EdDSA", Kind::Ed25519),
        ]
    }

    pub fn new(profile: &'static str, alg: &'static str, kind: Kind) -> Self {
        Self { profile, alg, kind, key: Key::new(kind, "k"), stranger: Key::new(kind, "k") }
    }

    /// The key as an issuer publishes it.
    pub fn jwk(&self) -> Value {
        let mut jwk = self.key.jwk.clone();
        jwk["alg"] = self.alg.into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// What a reader with an API per tenant expects.
    pub fn trusted(&self) -> Value {
        trusted(&[self.alg], vec![self.jwk()])
    }

    pub fn header(&self) -> Object {
        Object::of(&[("alg", &quoted(self.alg)), ("typ", "\"at+jwt\""), ("kid", "\"k\"")])
    }

    pub fn sign(&self, header: &Object, claims: &Object) -> String {
        self.sign_text(header.text(), claims.text())
    }

    /// A token with these claims.
    pub fn of(&self, claims: &Object) -> String {
        self.sign(&self.header(), claims)
    }

    /// A token with this header.
    pub fn under(&self, header: &Object) -> String {
        self.sign(header, &claims())
    }

    /// A token of these bytes, truly signed whatever they say.
    pub fn sign_text(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        self.sign_message(&format!("{}.{}", encode(header), encode(claims)))
    }

    /// A token of a message that is no base64url, or is another than it should be.
    pub fn sign_message(&self, message: &str) -> String {
        format!("{message}.{}", encode(self.key.sign(self.alg, message.as_bytes())))
    }

    /// A good token.
    pub fn plain(&self) -> String {
        self.of(&claims())
    }

    /// A token with one claim changed, signed by a stranger.
    pub fn forged(&self, name: &str, value: &str) -> String {
        let message =
            format!("{}.{}", encode(self.header().text()), encode(claims().set(name, value).text()));
        format!("{message}.{}", encode(self.stranger.sign(self.alg, message.as_bytes())))
    }

    /// The two halves of a good token: what is signed, and the signature. It begins with no zero, which one
    /// could leave out and have the same number.
    pub fn good(&self) -> (String, Vec<u8>) {
        let halves = |n: u32| {
            let claims = claims().set("jti", &quoted(&n.to_string()));
            let message = format!("{}.{}", encode(self.header().text()), encode(claims.text()));
            let signature = self.key.sign(self.alg, message.as_bytes());
            (message, signature)
        };
        (0..).map(halves).find(|(_, signature)| signature[0] != 0).expect("most begin with another byte")
    }
}

/// Claims that are good for tenant acme.
pub fn claims() -> Object {
    Object::of(&[
        ("iss", &quoted(ISSUER)),
        ("sub", "\"ada\""),
        ("aud", &quoted(ACME)),
        ("exp", &IN_2100.to_string()),
        ("iat", &IN_2001.to_string()),
        ("client_id", "\"app\""),
        ("azp", "\"app\""),
    ])
}

/// An issuer that gives each tenant an API of its own.
pub fn trusted(algorithms: &[&str], keys: Vec<Value>) -> Value {
    let api = "https://api.example/t/{tenant}";
    json!({
        "issuer": ISSUER, "audiences": [OWN], "tenant_audience": api, "rule": { "audience": api },
        "algorithms": algorithms, "typ": "access", "clients": ["app", "desk"], "leeway": 30,
        "jwks": { "keys": keys },
    })
}
