//! Keys: fetched, renewed, kept and refused.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use keyward_model::{Clock, Issuer, TenantRule, Timestamp};
use keyward_verify::{Expect, FetchedKeys, KeySet, KeySource, Refused, Verifier};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::forge::{Forge, Given, NOW, claims, expect, tenant};

/// A key endpoint on loopback: says what it is told to, and counts.
struct Endpoint {
    url: String,
    says: Arc<Mutex<(u16, Value)>>,
    asked: Arc<AtomicUsize>,
}

impl Endpoint {
    async fn start(first: Value) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let says = Arc::new(Mutex::new((200, first)));
        let asked = Arc::new(AtomicUsize::new(0));
        let (answer, count) = (says.clone(), asked.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 2048];
                let _ = stream.read(&mut request).await;
                count.fetch_add(1, Ordering::SeqCst);
                let (status, body) = answer.lock().unwrap().clone();
                let body = body.to_string();
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        Self { url, says, asked }
    }

    fn say(&self, status: u16, body: Value) {
        *self.says.lock().unwrap() = (status, body);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

struct Moving(AtomicI64);

impl Clock for Moving {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

fn issuer() -> Issuer {
    Issuer::new("https://id.example").unwrap()
}

fn fetched(endpoint: &Endpoint, clock: &Arc<Moving>) -> Arc<FetchedKeys> {
    Arc::new(FetchedKeys::new(reqwest::Client::new(), issuer(), endpoint.url.clone(), clock.clone()))
}

#[tokio::test]
async fn many_waiters_cause_one_fetch() {
    let forge = Forge::new("k");
    let endpoint = Endpoint::start(json!({ "keys": [forge.jwk()] })).await;
    let clock = Arc::new(Moving(AtomicI64::new(NOW)));
    let verifier = Arc::new(Verifier::new(expect(), fetched(&endpoint, &clock), clock));
    let token = forge.sign(&claims());
    let checks: Vec<_> = (0..50)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { verifier.verify(&token).await })
        })
        .collect();
    for check in checks {
        assert!(check.await.unwrap().is_ok());
    }
    assert_eq!(endpoint.asked(), 1, "fifty requests wait for one fetch");
}

#[tokio::test]
async fn a_rotated_key_is_found_and_unknown_ids_do_not_flood_the_issuer() {
    let (old, new) = (Forge::new("old"), Forge::new("new"));
    let endpoint = Endpoint::start(json!({ "keys": [old.jwk()] })).await;
    let clock = Arc::new(Moving(AtomicI64::new(NOW)));
    let verifier = Verifier::new(expect(), fetched(&endpoint, &clock), clock.clone());
    assert!(verifier.verify(&old.sign(&claims())).await.is_ok());
    endpoint.say(200, json!({ "keys": [old.jwk(), new.jwk()] }));
    clock.0.fetch_add(11, Ordering::SeqCst);
    assert!(verifier.verify(&new.sign(&claims())).await.is_ok(), "the new key is looked for");
    let stranger = Forge::new("stranger");
    for _ in 0..100 {
        assert_eq!(verifier.verify(&stranger.sign(&claims())).await, Err(Refused::UnknownKey));
    }
    assert_eq!(endpoint.asked(), 2, "within the cool-down nothing is fetched for strangers");
}

#[tokio::test]
async fn old_keys_stay_when_a_fetch_fails_and_none_at_all_is_our_fault() {
    let forge = Forge::new("k");
    let endpoint = Endpoint::start(json!({ "keys": [forge.jwk()] })).await;
    let clock = Arc::new(Moving(AtomicI64::new(NOW)));
    let keys = fetched(&endpoint, &clock);
    assert!(keys.keys(&issuer()).await.is_ok());
    endpoint.say(500, json!({}));
    clock.0.fetch_add(3600, Ordering::SeqCst);
    assert_eq!(keys.keys(&issuer()).await.map(|keys| keys.len()), Ok(1), "better old keys than none");
    let never = fetched(&endpoint, &clock);
    let refused = never.keys(&issuer()).await.map(|keys| keys.len()).unwrap_err();
    assert_eq!(refused.status(), 503, "the caller's token may be good: {refused}");
}

/// The endpoint says metadata and keys in one document, whatever the path: each reader takes its own.
#[tokio::test]
async fn keys_are_found_where_the_issuers_own_metadata_says() {
    let forge = Forge::new("k");
    let endpoint = Endpoint::start(json!({})).await;
    let origin = endpoint.url.trim_end_matches("/jwks").to_owned();
    let issuer = Issuer::new(&origin).unwrap();
    let clock = Arc::new(Moving(AtomicI64::new(NOW)));
    let keys = FetchedKeys::discovered(reqwest::Client::new(), issuer.clone(), clock.clone());
    let had = async || keys.keys(&issuer).await.map(|keys| keys.len());
    let said =
        |issuer: &str, place: &str| json!({ "issuer": issuer, "jwks_uri": place, "keys": [forge.jwk()] });
    for (metadata, named) in [
        (said("https://other.example", &endpoint.url), "another issuer"),
        (said(&origin, "http://192.0.2.7/jwks"), "no https address"),
        (json!({ "issuer": origin }), "jwks_uri"),
    ] {
        endpoint.say(200, metadata);
        let refused = had().await.unwrap_err();
        assert!(
            matches!(&refused, Refused::KeysUnavailable(why) if why.contains(named)),
            "{refused:?}: {named}"
        );
    }
    endpoint.say(200, said(&origin, &endpoint.url));
    assert_eq!(had().await, Ok(1));
    let asked = endpoint.asked();
    assert_eq!(had().await, Ok(1));
    assert_eq!(endpoint.asked(), asked, "they are kept");
    endpoint.say(200, said("https://other.example", &endpoint.url));
    clock.0.fetch_add(3600, Ordering::SeqCst);
    assert_eq!(had().await, Ok(1), "metadata that went wrong takes no key away");
    assert!(endpoint.asked() > asked);
}

#[test]
fn weak_and_foreign_keys_are_left_out() {
    let good = Forge::new("k").jwk();
    let changed = |name: &str, value: Value| {
        let mut jwk = good.clone();
        jwk[name] = value;
        jwk
    };
    let short = json!({ "kty": "RSA", "n": "AQAB".repeat(40), "e": "AQAB", "kid": "short" });
    let exponent_three =
        json!({ "kty": "RSA", "n": format!("wQAB{}", "AQAB".repeat(85)), "e": "Aw", "kid": "e3" });
    for (what, jwk) in [
        ("for encryption", changed("use", json!("enc"))),
        ("for signing only", changed("key_ops", json!(["sign"]))),
        ("another algorithm than its curve", changed("alg", json!("ES384"))),
        ("an unknown curve", changed("crv", json!("P-256K"))),
        ("a short modulus", short),
        ("exponent three", exponent_three),
        ("a symmetric key", json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "k" })),
    ] {
        let set = KeySet::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
        let forge = Forge::new("k");
        let refused = keyward_verify::open::<Value>(
            &forge.sign(&claims()),
            &set,
            &keyward_verify::Accept::usual(keyward_verify::TokenType::Access),
        );
        assert_eq!(refused, Err(Refused::UnknownKey), "{what}");
    }
    assert!(KeySet::parse(b"<html>").is_err());
}

#[tokio::test]
async fn of_several_issuers_each_opens_with_its_own_keys_and_its_own_claims() {
    let (one, two) = (Forge::new("k"), Forge::new("k"));
    let other = Expect {
        issuer: Issuer::new("https://other.example").unwrap(),
        audiences: vec!["https://other.example/directory".to_owned()],
        tenant_audience: None,
        rule: TenantRule::Claim { name: "org".to_owned(), value: "{tenant}".parse().unwrap() },
        ..expect()
    };
    let verifier = one.verifier().and(other, Arc::new(Given(two.keys())));
    let theirs = |claim: Value| {
        let mut all = claims();
        all["iss"] = "https://other.example".into();
        all["aud"] = "https://other.example/directory".into();
        all["org"] = claim;
        all
    };
    let acme = tenant("acme");
    assert!(verifier.verify_for(&one.sign(&claims()), &acme).await.is_ok());
    assert!(verifier.verify_for(&two.sign(&theirs(json!("acme"))), &acme).await.is_ok());
    let globex = verifier.verify_for(&two.sign(&theirs(json!("globex"))), &acme).await;
    assert!(matches!(globex, Err(Refused::Tenant { .. })), "{globex:?}");
    for forged in [two.sign(&claims()), one.sign(&theirs(json!("acme")))] {
        assert_eq!(
            verifier.verify(&forged).await,
            Err(Refused::Signature),
            "another issuer's key opens nothing"
        );
    }
    let mut crossed = claims();
    crossed["aud"] = "https://other.example/directory".into();
    assert!(
        matches!(verifier.verify(&one.sign(&crossed)).await, Err(Refused::Audience(_))),
        "nor its audience"
    );
    let mut stranger = claims();
    stranger["iss"] = "https://stranger.example".into();
    let refused = verifier.verify(&one.sign(&stranger)).await;
    assert_eq!(refused, Err(Refused::Issuer("https://stranger.example".to_owned())));
    for (token, why) in [("a.b", "base64url"), ("a", "not three parts"), ("", "not three parts")] {
        assert_eq!(verifier.verify(token).await, Err(Refused::Malformed(why)), "{token:?}");
    }
}
