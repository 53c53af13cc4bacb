//! Who may ask: nobody without proof, and nobody about other people than their own.

use aws_lc_rs::hmac;
use keyward_directory::{HookCaller, HookSecrets, Hooks, Proof, Shape};
use keyward_model::{ClientId, ErrorCode, Issuer, Secret, TenantRule};
use keyward_verify::{Accept, Expect, TokenType, Verifier};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{ORIGIN, about, ask, caller, house, secret, secrets};
use crate::{
    company::{company, issuer},
    engine::Engine::Sqlite,
    house::{House, NOW, read},
};

async fn refused(what: &str, request: RequestBuilder) -> Value {
    let answer = read(request).await;
    let said = (answer.status.as_u16(), answer.challenge.as_deref());
    assert_eq!(said, (401, Some("Bearer")), "{what}: {answer:?}");
    assert_eq!(answer.error().code, ErrorCode::Unauthenticated, "{what}");
    answer.body
}

#[tokio::test]
async fn whoever_is_not_the_caller_is_refused_and_not_told_why() {
    let house = house(Sqlite, vec![caller("one", Shape::Generic), caller("two", Shape::Generic)]).await;
    let post = |name: &str| house.request("POST", &format!("/v1/hooks/{name}")).json(&about("ann", "acme"));
    let foreign = {
        let mut question = about("ann", "acme");
        question["issuer"] = "https://other.example".into();
        house.request("POST", "/v1/hooks/one").bearer_auth(secret("one")).json(&question)
    };
    let mut said = Vec::new();
    for (what, request) in [
        ("no secret", post("one")),
        ("an empty secret", post("one").bearer_auth("")),
        ("a wrong secret", post("one").bearer_auth("x".repeat(36))),
        ("half the secret", post("one").bearer_auth(&secret("one")[..20])),
        ("the secret of another", post("one").bearer_auth(secret("two"))),
        ("another scheme", post("one").header("Authorization", format!("Basic {}", secret("one")))),
        ("the secret twice", post("one").bearer_auth(secret("one")).bearer_auth(secret("one"))),
        ("a person's good token", post("one").bearer_auth(house.token("ada", "acme"))),
        ("a caller that is not there", post("three").bearer_auth(secret("one"))),
        ("a caller that cannot be", post("%FF").bearer_auth(secret("one"))),
        ("another provider's people", foreign),
        ("a drill", house.request("GET", "/v1/hooks/one/drill").bearer_auth(secret("two"))),
    ] {
        said.push(refused(what, request).await);
    }
    assert!(said.iter().all(|body| *body == said[0]), "one answer for all: {said:?}");
    ask(&house, "one", &about("ann", "acme")).await.expect(200);
    let broken = house.request("POST", "/v1/hooks/one").bearer_auth(secret("one")).body("{");
    assert_eq!(read(broken).await.error().code, ErrorCode::InvalidRequest);
    let large = house.request("POST", "/v1/hooks/one").bearer_auth(secret("one")).body("x".repeat(300_000));
    assert_eq!(read(large).await.status, 413);
}

#[tokio::test]
async fn a_secret_is_exchanged_for_another_while_both_count() {
    let (old, new) = ("o".repeat(40), "n".repeat(40));
    let both = HookCaller { proof: Proof::Bearer(secrets(&[&old, &new])), ..caller("both", Shape::Generic) };
    let house = house(Sqlite, vec![both]).await;
    for (text, status) in [(&old, 200), (&new, 200), (&format!("{old}{new}"), 401)] {
        let request = house.request("POST", "/v1/hooks/both").bearer_auth(text).json(&about("ann", "acme"));
        assert_eq!(read(request).await.status, status);
    }
}

#[test]
fn a_secret_is_read_from_its_file_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let text = "k".repeat(40);
    std::fs::write(&file, format!("{text}\n")).unwrap();
    let read = HookSecrets::from_files(&[&file]).unwrap();
    let shown = format!("{read:?}");
    let shown =
        format!("{shown} {:?}", HookCaller { proof: Proof::Bearer(read), ..caller("x", Shape::Okta) });
    assert!(!shown.contains("kkk"), "{shown}");
    for (content, named) in [("short", "32"), ("two words are not one secret of a header", "ASCII")] {
        std::fs::write(&file, content).unwrap();
        let error = HookSecrets::from_files(&[&file]).unwrap_err();
        assert!(error.code == ErrorCode::ConfigInvalid && error.message.contains(named), "{error}");
        assert!(!error.message.contains(content));
    }
    let missing = HookSecrets::from_files(&[folder.path().join("nothing")]).unwrap_err();
    assert!(missing.message.contains("nothing"), "{missing}");
    let three = ["a", "b", "c"].map(|one| Secret::new(one.repeat(40)));
    assert!(HookSecrets::new(three.into()).is_err() && HookSecrets::new(Vec::new()).is_err());
}

fn signature(key: &str, at: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    format!("sha256={}", tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[tokio::test]
async fn a_signature_covers_body_and_time_and_is_good_for_five_minutes() {
    let signing = HookCaller {
        proof: Proof::Signature(secrets(&[&secret("signs")])),
        ..caller("signs", Shape::Generic)
    };
    let house = house(Sqlite, vec![signing]).await;
    let (body, other) = (about("ann", "acme").to_string(), about("ada", "acme").to_string());
    let sent = |at: i64, signature: &str, body: &str| {
        let request = house.request("POST", "/v1/hooks/signs").header("Keyward-Timestamp", at);
        request.header("Keyward-Signature", signature).body(body.to_owned())
    };
    let good = |at: i64| signature(&secret("signs"), at, &body);
    for at in [NOW, NOW - 300, NOW + 300] {
        read(sent(at, &good(at), &body)).await.expect(200);
    }
    for (what, request) in [
        ("heard 301 s ago", sent(NOW - 301, &good(NOW - 301), &body)),
        ("301 s ahead", sent(NOW + 301, &good(NOW + 301), &body)),
        ("another time than was signed", sent(NOW, &good(NOW - 1), &body)),
        ("another body", sent(NOW, &good(NOW), &other)),
        ("another key", sent(NOW, &signature(&secret("other"), NOW, &body), &body)),
        ("cut short", sent(NOW, &good(NOW)[..20], &body)),
        ("no hexadecimal", sent(NOW, &good(NOW).replace('a', "g").replace('1', "é"), &body)),
        ("no scheme", sent(NOW, &good(NOW)[7..], &body)),
        ("two timestamps", sent(NOW, &good(NOW), &body).header("Keyward-Timestamp", NOW)),
        (
            "the secret itself",
            house.request("POST", "/v1/hooks/signs").bearer_auth(secret("signs")).body(body.clone()),
        ),
    ] {
        refused(what, request).await;
    }
}

const OURS: &str = "99045fe1-7639-4a75-9d4a-577b6ca3810f";

#[tokio::test]
async fn a_token_of_the_providers_own_is_checked_like_any_other() {
    let provider = Issuer::new("https://login.example/v2.0").unwrap();
    let expect = Expect {
        issuer: provider.clone(),
        accept: Accept::usual(TokenType::AccessUnmarked),
        audiences: vec!["api://roles.example".to_owned()],
        tenant_audience: None,
        rule: TenantRule::All(Vec::new()),
        clients: Some(vec![ClientId::new(OURS).unwrap()]),
        leeway: std::time::Duration::from_secs(30),
    };
    let house = House::asked(Sqlite, company(), |keys, clock| {
        let proof = Proof::Token(std::sync::Arc::new(Verifier::new(expect, keys, clock)));
        Hooks::new(ORIGIN, vec![HookCaller { proof, ..caller("entra", Shape::Generic) }]).unwrap()
    })
    .await;
    let claims = json!({ "iss": provider, "sub": "sp", "aud": "api://roles.example", "azp": OURS,
        "iat": NOW, "exp": NOW + 300 });
    let sent = |claims: &Value| {
        let request = house.request("POST", "/v1/hooks/entra").json(&about("ann", "acme"));
        request.bearer_auth(house.sign("JWT", claims))
    };
    read(sent(&claims)).await.expect(200);
    for (name, value) in [
        ("iss", json!(issuer())),
        ("aud", json!("api://other.example")),
        ("azp", json!("another-client")),
        ("azp", Value::Null),
        ("exp", json!(NOW - 31)),
        ("iat", json!(NOW + 60)),
    ] {
        let mut changed = claims.clone();
        changed[name] = value;
        refused(name, sent(&changed)).await;
    }
    let person = house.request("POST", "/v1/hooks/entra").json(&about("ann", "acme"));
    refused("a person's token", person.bearer_auth(house.token("ada", "acme"))).await;
}
