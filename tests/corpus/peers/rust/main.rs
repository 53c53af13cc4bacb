//! The corpus through jsonwebtoken and josekit, each set up as its documentation shows it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, SystemTime},
};

use josekit::{
    jwk::{Jwk, JwkSet},
    jws::{self, JwsVerifier},
    jwt::{self, JwtPayload, JwtPayloadValidator},
};
use serde_json::{Map, Value, json};

type Outcome = Result<(), String>;

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    let path = std::env::args().nth(1).expect("the corpus's path");
    let corpus: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let peers: [(&str, &str, fn(&str, &Value, &str) -> Outcome); 2] =
        [("jsonwebtoken", "11.1.0", jsonwebtoken), ("josekit", "0.10.3", josekit)];
    let run = peers.map(|(name, version, check)| {
        let outcomes: Map<String, Value> =
            corpus["vectors"].as_array().unwrap().iter().map(|vector| outcome(&corpus, vector, check)).collect();
        json!({ "name": name, "version": version, "from": "crates.io", "outcomes": outcomes })
    });
    println!("{}", json!(run));
}

fn outcome(corpus: &Value, vector: &Value, check: fn(&str, &Value, &str) -> Outcome) -> (String, Value) {
    let token = match vector["token"].as_str() {
        Some(token) => token.to_owned(),
        None => {
            let times = vector["token"]["times"].as_u64().unwrap() as usize;
            vector["token"]["repeat"].as_str().unwrap().repeat(times)
        }
    };
    let profile = &corpus["profiles"][vector["profile"].as_str().unwrap()];
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let trusted = trusted_by(profile, &token).ok_or("no trusted issuer")?;
        let audience = match trusted["tenant_audience"].as_str() {
            Some(template) => template.replace("{tenant}", vector["tenant"].as_str().unwrap()),
            None => trusted["audiences"][0].as_str().unwrap().to_owned(),
        };
        check(&token, trusted, &audience)
    }));
    let outcome = match ran {
        Ok(Ok(())) => "accepted",
        Ok(Err(_)) => "refused",
        Err(_) => "crashed",
    };
    (vector["id"].as_str().unwrap().to_owned(), outcome.into())
}

/// The issuer to check against: the only one, or the one that the token names.
fn trusted_by<'p>(profile: &'p Value, token: &str) -> Option<&'p Value> {
    let all = profile["trusted"].as_array()?;
    if let [only] = &all[..] {
        return Some(only);
    }
    let payload = jsonwebtoken::dangerous::insecure_decode::<Value>(token).ok()?.claims;
    all.iter().find(|trusted| trusted["issuer"] == payload["iss"])
}

fn jsonwebtoken(token: &str, trusted: &Value, audience: &str) -> Outcome {
    use jsonwebtoken::{DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
    let said = |error: jsonwebtoken::errors::Error| error.to_string();
    let header = decode_header(token).map_err(said)?;
    let set: JwkSet = serde_json::from_value(trusted["jwks"].clone()).map_err(|e| e.to_string())?;
    let key = match (&header.kid, &set.keys[..]) {
        (Some(kid), _) => set.find(kid).ok_or("no such key")?,
        (None, [only]) => only,
        (None, _) => return Err("no kid".to_owned()),
    };
    let algorithms = trusted["algorithms"].as_array().unwrap();
    let mut validation = Validation::new(header.alg);
    validation.algorithms =
        algorithms.iter().map(|alg| alg.as_str().unwrap().parse().unwrap()).collect();
    // One family at a time is all that it takes.
    let family = header.alg.family();
    validation.algorithms.retain(|alg| alg.family() == family);
    validation.leeway = 30;
    validation.validate_nbf = true;
    validation.set_audience(&[audience]);
    validation.set_issuer(&[trusted["issuer"].as_str().unwrap()]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let key = DecodingKey::from_jwk(key).map_err(said)?;
    decode::<Value>(token, &key, &validation).map(drop).map_err(said)
}

fn josekit(token: &str, trusted: &Value, audience: &str) -> Outcome {
    let said = |error: josekit::JoseError| error.to_string();
    let set = JwkSet::from_bytes(trusted["jwks"].to_string()).map_err(said)?;
    let header = jwt::decode_header(token).map_err(said)?;
    let claim = |name: &str| header.claim(name).and_then(Value::as_str).map(str::to_owned);
    let alg = claim("alg").ok_or("no alg")?;
    if !trusted["algorithms"].as_array().unwrap().iter().any(|one| *one == *alg) {
        return Err("alg not configured".to_owned());
    }
    let keys = set.keys();
    let key = match (claim("kid"), &keys[..]) {
        (Some(kid), keys) => *keys.iter().find(|key| key.key_id() == Some(&kid)).ok_or("no such key")?,
        (None, [only]) => *only,
        (None, _) => return Err("no kid".to_owned()),
    };
    let verifier = verifier(&alg, key).map_err(said)?;
    let (payload, _) = jwt::decode_with_verifier(token, &*verifier).map_err(said)?;
    let mut validator = JwtPayloadValidator::new();
    let now = SystemTime::now();
    validator.set_base_time(now);
    validator.set_min_issued_time(SystemTime::UNIX_EPOCH);
    validator.set_max_issued_time(now + Duration::from_secs(30));
    validator.set_issuer(trusted["issuer"].as_str().unwrap());
    validator.set_audience(audience);
    validator.validate(&payload).map_err(said)?;
    required(&payload)
}

fn required(payload: &JwtPayload) -> Outcome {
    match (payload.expires_at(), payload.subject()) {
        (Some(_), Some(_)) => Ok(()),
        _ => Err("exp or sub is missing".to_owned()),
    }
}

fn verifier(alg: &str, key: &Jwk) -> Result<Box<dyn JwsVerifier>, josekit::JoseError> {
    Ok(match alg {
        "RS256" => Box::new(jws::RS256.verifier_from_jwk(key)?),
        "RS384" => Box::new(jws::RS384.verifier_from_jwk(key)?),
        "RS512" => Box::new(jws::RS512.verifier_from_jwk(key)?),
        "PS256" => Box::new(jws::PS256.verifier_from_jwk(key)?),
        "PS384" => Box::new(jws::PS384.verifier_from_jwk(key)?),
        "PS512" => Box::new(jws::PS512.verifier_from_jwk(key)?),
        "ES256" => Box::new(jws::ES256.verifier_from_jwk(key)?),
        "ES384" => Box::new(jws::ES384.verifier_from_jwk(key)?),
        _ => Box::new(jws::EdDSA.verifier_from_jwk(key)?),
    })
}
