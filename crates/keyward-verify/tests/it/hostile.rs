//! Tokens that must be refused, each for its own reason, beside the one that must pass.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use keyward_verify::{Refused, bearer};
use serde_json::{Value, json};

use crate::forge::{Forge, NOW, claims, tenant};

async fn outcome(forge: &Forge, token: &str) -> Result<(), Refused> {
    forge.verifier().verify_for(token, &tenant("acme")).await.map(|_| ())
}

async fn with_claims(change: impl FnOnce(&mut Value)) -> Result<(), Refused> {
    let (forge, mut claims) = (Forge::new("k"), claims());
    change(&mut claims);
    outcome(&forge, &forge.sign(&claims)).await
}

async fn with_header(change: impl FnOnce(&mut Value)) -> Result<(), Refused> {
    let forge = Forge::new("k");
    let mut header = forge.header();
    change(&mut header);
    outcome(&forge, &forge.sign_text(&header.to_string(), &claims().to_string())).await
}

#[tokio::test]
async fn a_good_token_passes() {
    assert_eq!(with_claims(|_| ()).await, Ok(()));
    assert_eq!(
        with_claims(|c| c["aud"] = json!(["https://api.example/t/acme", "https://id.example/userinfo"]))
            .await,
        Ok(())
    );
    assert_eq!(with_claims(|c| c["exp"] = json!(NOW - 29)).await, Ok(()), "clocks may be 30 s apart");
    assert_eq!(
        with_header(|h| h["typ"] = json!("application/AT+JWT")).await,
        Ok(()),
        "media types have no case"
    );
}

#[tokio::test]
async fn another_tenants_token_is_good_and_proves_nothing_here() {
    let forge = Forge::new("k");
    let token = forge.sign(&claims());
    assert!(forge.verifier().verify(&token).await.is_ok(), "it is a good token");
    let refused = forge.verifier().verify_for(&token, &tenant("globex")).await.unwrap_err();
    assert!(matches!(refused, Refused::Tenant { .. }), "{refused:?}");
}

#[tokio::test]
async fn the_directorys_own_audience_proves_no_tenant() {
    let refused = with_claims(|c| c["aud"] = json!("https://api.example/directory")).await;
    assert!(matches!(refused, Err(Refused::Tenant { .. })), "{refused:?}");
}

#[tokio::test]
async fn claims_that_say_something_else_are_refused() {
    type Change = fn(&mut Value);
    type Expected = fn(&Refused) -> bool;
    let cases: [(&str, Change, Expected); 14] = [
        (
            "look-alike issuer",
            |c| c["iss"] = json!("https://id.example/"),
            |r| matches!(r, Refused::Issuer(_)),
        ),
        (
            "audience with a longer tail",
            |c| c["aud"] = json!("https://api.example/t/acme/x"),
            |r| matches!(r, Refused::Audience(_)),
        ),
        (
            "audience with another head",
            |c| c["aud"] = json!("https://evil.example/t/acme"),
            |r| matches!(r, Refused::Audience(_)),
        ),
        (
            "no audience",
            |c| drop(c.as_object_mut().unwrap().remove("aud")),
            |r| matches!(r, Refused::Claims(_)),
        ),
        (
            "no expiry",
            |c| drop(c.as_object_mut().unwrap().remove("exp")),
            |r| matches!(r, Refused::Claims(_)),
        ),
        ("expiry as text", |c| c["exp"] = json!("9999999999"), |r| matches!(r, Refused::Claims(_))),
        ("expiry as fraction", |c| c["exp"] = json!(9_999_999_999.5), |r| matches!(r, Refused::Claims(_))),
        (
            "no subject",
            |c| drop(c.as_object_mut().unwrap().remove("sub")),
            |r| matches!(r, Refused::Claims(_)),
        ),
        ("subject as number", |c| c["sub"] = json!(7), |r| matches!(r, Refused::Claims(_))),
        ("expired", |c| c["exp"] = json!(NOW - 30), |r| matches!(r, Refused::Expired(30))),
        ("made in the future", |c| c["iat"] = json!(NOW + 31), |r| matches!(r, Refused::NotYet(31))),
        ("not yet begun", |c| c["nbf"] = json!(NOW + 31), |r| matches!(r, Refused::NotYet(31))),
        ("nbf as text", |c| c["nbf"] = json!("0"), |r| matches!(r, Refused::Claims(_))),
        (
            "two tenants at once",
            |c| c["aud"] = json!(["https://api.example/t/acme", "https://api.example/t/globex"]),
            |r| matches!(r, Refused::Tenant { .. }),
        ),
    ];
    for (what, change, expected) in cases {
        let refused = with_claims(change).await.expect_err(what);
        assert!(expected(&refused), "{what}: {refused:?}");
    }
}

#[tokio::test]
async fn headers_that_ask_for_something_are_refused() {
    for name in ["crit", "jku", "jwk", "x5u", "x5c", "b64", "zip"] {
        let refused = with_header(|h| h[name] = json!(["x"])).await;
        assert_eq!(refused, Err(Refused::HeaderParameter(name.to_owned())));
    }
    for alg in ["none", "None", "HS256", "HS512"] {
        let refused = with_header(|h| h["alg"] = json!(alg)).await;
        assert!(matches!(refused, Err(Refused::Algorithm(_))), "{alg}: {refused:?}");
    }
    assert!(
        matches!(with_header(|h| h["alg"] = json!("RS256")).await, Err(Refused::UnknownKey)),
        "the key decides"
    );
    assert!(matches!(with_header(|h| h["kid"] = json!("other")).await, Err(Refused::UnknownKey)));
    assert!(matches!(with_header(|h| h["kid"] = json!(["k"])).await, Err(Refused::Malformed(_))));
    assert!(matches!(with_header(|h| h["kid"] = json!("k".repeat(300))).await, Err(Refused::Malformed(_))));
    assert!(
        matches!(with_header(|h| h["typ"] = json!("JWT")).await, Err(Refused::Type(_))),
        "an ID token is no access token"
    );
}

#[tokio::test]
async fn doubled_names_are_refused_in_header_and_claims() {
    let forge = Forge::new("k");
    let header = r#"{"alg":"ES256","alg":"ES256","typ":"at+jwt","kid":"k"}"#;
    assert!(matches!(
        outcome(&forge, &forge.sign_text(header, &claims().to_string())).await,
        Err(Refused::Malformed(_))
    ));
    let doubled = claims().to_string().replacen('{', r#"{"aud":"https://api.example/t/globex","#, 1);
    let token = forge.sign_text(&forge.header().to_string(), &doubled);
    assert!(matches!(outcome(&forge, &token).await, Err(Refused::Claims(_))));
}

#[tokio::test]
async fn forms_that_are_not_a_compact_token_are_refused_before_anything_is_read() {
    let forge = Forge::new("k");
    let good = forge.sign(&claims());
    let (head, signature) = good.rsplit_once('.').unwrap();
    let dots = ".".repeat(1_000_000);
    let json_form = json!({ "payload": "x", "signatures": [] }).to_string();
    for (what, token) in [
        ("nothing", ""),
        ("a million dots", dots.as_str()),
        ("JSON form", json_form.as_str()),
        ("no signature", head),
        ("a fourth part", &format!("{good}.x")),
        ("padding", &format!("{good}=")),
        ("a space", &format!("{good} ")),
        ("another alphabet", &good.replace(['-', '_'], "+")),
        ("an empty signature", &format!("{head}.")),
        ("half a signature", &format!("{head}.{}", &signature[..signature.len() / 2])),
        ("all zeros", &format!("{head}.{}", URL_SAFE_NO_PAD.encode([0_u8; 64]))),
    ] {
        // A token without '-' or '_' is the same in the other alphabet.
        if token != good {
            assert!(outcome(&forge, token).await.is_err(), "{what}");
        }
    }
    assert_eq!(outcome(&forge, &"a".repeat(20_000)).await, Err(Refused::TooLarge(20_000)));
}

#[tokio::test]
async fn any_one_changed_character_is_refused() {
    let forge = Forge::new("k");
    let good = forge.sign(&claims());
    let verifier = forge.verifier();
    for at in 0..good.len() {
        let mut changed = good.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(verifier.verify(&changed).await.is_err(), "character {at} does not count");
    }
}

#[test]
fn one_bearer_token_is_read_and_nothing_else() {
    let headers = |values: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        headers
    };
    assert_eq!(bearer(&headers(&["Bearer abc"])), Ok("abc"));
    assert_eq!(bearer(&headers(&["bEARER abc"])), Ok("abc"));
    assert_eq!(bearer(&headers(&[])), Err(Refused::Missing));
    assert_eq!(bearer(&headers(&["Basic abc"])), Err(Refused::Missing));
    assert!(bearer(&headers(&["Bearer abc", "Bearer abc"])).is_err(), "two readers could pick two tokens");
}
