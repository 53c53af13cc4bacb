//! Roles that have ended, and tokens older than what is known.

use std::sync::Arc;

use keyward_model::{Issuer, Subject, claim};
use keyward_verify::{Refused, Seen};
use serde_json::{Value, json};

use crate::forge::{Forge, NOW, claims, tenant};

fn at_version(version: Option<u64>) -> Value {
    let mut claims = claims();
    if let Some(version) = version {
        claims[claim::ROLE_VERSION] = version.into();
    }
    claims
}

#[tokio::test]
async fn a_token_ends_with_the_roles_in_it() {
    let forge = Forge::new("k");
    let outcome = async |end: Value| {
        let mut claims = claims();
        claims[claim::NOT_AFTER] = end;
        forge.verifier().verify(&forge.sign(&claims)).await.map(drop)
    };
    assert_eq!(outcome(json!(NOW - 30)).await, Err(Refused::Ended(30)), "though the token itself goes on");
    assert_eq!(outcome(json!(NOW - 29)).await, Ok(()), "clocks may be 30 s apart");
    assert_eq!(outcome(json!(NOW + 60)).await, Ok(()));
    for unreadable in [json!("0"), json!(null), json!(0.5), json!([NOW])] {
        let refused = outcome(unreadable.clone()).await;
        assert!(
            matches!(refused, Err(Refused::Claims(_))),
            "{unreadable} is no end, and not no end: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_version_can_be_demanded() {
    let forge = Forge::new("k");
    let (verifier, acme) = (forge.verifier(), tenant("acme"));
    let outcome = async |has, wanted| {
        verifier.verify_since(&forge.sign(&at_version(has)), &acme, wanted).await.map(drop)
    };
    assert_eq!(outcome(Some(7), 7).await, Ok(()));
    assert_eq!(outcome(Some(8), 7).await, Ok(()));
    assert_eq!(outcome(Some(6), 7).await, Err(Refused::Older { has: Some(6), wanted: 7 }));
    assert_eq!(
        outcome(None, 7).await,
        Err(Refused::Older { has: None, wanted: 7 }),
        "it says not how old it is"
    );
    assert_eq!(outcome(None, 0).await, Ok(()), "nothing is demanded");
    let refused = outcome(Some(6), 7).await.unwrap_err();
    assert_eq!(refused.status(), 401);
    assert!(refused.challenge().starts_with("Bearer error=\"invalid_token\""), "{}", refused.challenge());
    assert!(refused.challenge().contains("renew it"), "{}", refused.challenge());
}

#[tokio::test]
async fn a_token_older_than_what_was_seen_is_refused_in_that_tenant() {
    let forge = Forge::new("k");
    let seen = Arc::new(Seen::of(100));
    let verifier = forge.verifier().remembering(seen.clone());
    let acme = tenant("acme");
    let outcome =
        async |has: u64| verifier.verify_for(&forge.sign(&at_version(Some(has))), &acme).await.map(drop);
    assert_eq!(outcome(3).await, Ok(()));
    assert_eq!(outcome(5).await, Ok(()), "a token that is taken is seen");
    assert_eq!(outcome(3).await, Err(Refused::Older { has: Some(3), wanted: 5 }));
    let (issuer, ada) = (Issuer::new("https://id.example").unwrap(), Subject::new("ada").unwrap());
    seen.rise(&acme, &issuer, &ada, 9);
    assert_eq!(
        outcome(5).await,
        Err(Refused::Older { has: Some(5), wanted: 9 }),
        "so is what the directory says"
    );
    assert_eq!(outcome(9).await, Ok(()));
    let mut globex = at_version(Some(1));
    globex["aud"] = "https://api.example/t/globex".into();
    assert!(
        verifier.verify_for(&forge.sign(&globex), &tenant("globex")).await.is_ok(),
        "tenants count apart"
    );
    let mut forged = at_version(Some(u64::MAX));
    forged["aud"] = "https://api.example/t/globex".into();
    assert!(verifier.verify_for(&forge.sign(&forged), &acme).await.is_err());
    assert_eq!(outcome(9).await, Ok(()), "a token that is refused is not seen");
}
