//! Any one byte of a good token changed, or any one claim changed and signed by another key, or anything
//! at all in place of a token or a key: refused.

use std::sync::{Arc, LazyLock};

use keyward_verify::{Accept, KeySet, Verifier};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    forge::{Given, NOW, Still, expect, tenant},
    generator::Family,
};

/// The four algorithms, each with a verifier that trusts its key.
static FAMILIES: LazyLock<Vec<(Family, Verifier)>> = LazyLock::new(|| {
    let with_verifier = |family: Family| {
        let keys = KeySet::parse(json!({ "keys": [family.jwk()] }).to_string().as_bytes()).unwrap();
        let mut expect = expect();
        expect.accept = Accept { algorithms: vec![family.alg.parse().unwrap()], ..expect.accept };
        let still = Still(keyward_model::Timestamp(NOW));
        (family, Verifier::new(expect, Arc::new(Given(Arc::new(keys))), Arc::new(still)))
    };
    Family::each().into_iter().map(with_verifier).collect()
});

fn accepted(verifier: &Verifier, token: &str) -> bool {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(verifier.verify_for(token, &tenant("acme"))).is_ok()
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| prop::collection::vec(inner, 0..3).prop_map(Value::from))
}

#[test]
fn unchanged_they_pass() {
    for (family, verifier) in FAMILIES.iter() {
        assert!(accepted(verifier, &family.plain()), "{}", family.alg);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_changed_byte_is_refused(family in 0..4_usize, at: prop::sample::Index, byte in 0..128_u8) {
        let (family, verifier) = &FAMILIES[family];
        let mut token = family.plain().into_bytes();
        let at = at.index(token.len());
        prop_assume!(token[at] != byte);
        token[at] = byte;
        prop_assert!(!accepted(verifier, &String::from_utf8(token).unwrap()), "byte {at} does not count");
    }

    #[test]
    fn a_removed_or_added_byte_is_refused(family in 0..4_usize, at: prop::sample::Index, byte in 0..128_u8, add: bool) {
        let (family, verifier) = &FAMILIES[family];
        let mut token = family.plain();
        let at = at.index(token.len());
        if add {
            token.insert(at, char::from(byte));
        } else {
            token.remove(at);
        }
        prop_assert!(!accepted(verifier, &token), "byte {at} does not count");
    }

    #[test]
    fn a_changed_claim_needs_the_issuers_key(family in 0..4_usize, which in 0..8_usize, value in any_json()) {
        let (family, verifier) = &FAMILIES[family];
        let name = ["iss", "sub", "aud", "exp", "iat", "nbf", "azp", "org"][which];
        prop_assert!(!accepted(verifier, &family.forged(name, &value.to_string())), "{name}: {value}");
    }

    #[test]
    fn any_text_ends_in_a_refusal(text in ".{0,200}") {
        prop_assert!(!accepted(&FAMILIES[2].1, &text));
    }

    #[test]
    fn any_bytes_truly_signed_end_in_a_refusal(header: Vec<u8>, claims: Vec<u8>, whole: bool) {
        let (family, verifier) = &FAMILIES[2];
        let header = if whole { header } else { family.header().text().into_bytes() };
        prop_assert!(!accepted(verifier, &family.sign_text(header, claims)));
    }

    #[test]
    fn any_bytes_are_no_key(bytes: Vec<u8>, member in any_json()) {
        let usable = |json: &[u8]| KeySet::parse(json).map_or(0, |set| set.len());
        prop_assert_eq!(usable(&bytes), 0);
        prop_assert_eq!(usable(json!({ "keys": [member, { "kty": "RSA", "n": member }] }).to_string().as_bytes()), 0);
    }
}
