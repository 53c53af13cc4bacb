//! Key sets: weak keys, keys for something else, two of one name; and what a reader must not stumble over.

use serde_json::{Value, json};

use super::{
    book::{
        Book,
        By::{self, Profile, Standard, Strict},
    },
    family::{Family, claims, trusted},
    key::{Key, Kind, encode},
    object::{Object, quoted},
};

/// RSA keys that are too weak. Their private halves are public on purpose.
const SHORT: (&str, &str) = (
    "af2ae79fab4880dc04273f268849cda130dea9918093f8a061253d2fb7ec6190d7ffe3b102860027331a86cbf937112cdb0902aac61e32193158e4cdd2dca73126b9fb00ac3f25893ff63066932415f586d50cf94603e3cf10df1b8cb196274892f7d02a531ba34723ed00c3e5879c5387f410bf9bda1cc7417a4ac2fea75815",
    "75f000456bd0841a1e9dc212127f0678f9eb60e5fb592573ee14618ee859ba1308ab5c4548baaa0dba85a8ae5adc2daf32c66d4a47dbfac52589817be6f5f386b15727536e4badbbbfb2132d53b048af79e8bb05c5e16d5195242ae0c2135ceffaa842ffb6545deb4e77ddc262f9a93144f6658c5f25e9f5c0ed12c45219133d",
);
const OF_EXPONENT_3: (&str, &str) = (
    "dc55814d5dde463130dc5bef4581d19fd717ad8b9a5058161892d93f0f07edf91c766d1d161fc0a418d2eafbe0371b912ba4893483f101ccf3d79502caf2cd7aff00f3804202a1ffc23a299a04e7c78d9a26071b9f98c8e560708e891c4a656d875ac52827ca8132f4b06f68a774b58ec60cb9cfa58c26704c10c2ba9ccfef59b85e574c6ea00511b0e36d386805bae9ba8c9986a510010bfc25a69e12cd74f249c96d5d76499424717579d0f88c7f87771d8339ff8575b246465636cce0de8edfe7181a7a7a6e9c9c778786ee901ddaf4a924d91b43e0f73a19e9c3b81a4ca0a0c4ec321ce5e5a2fc5361c81b7289d536261e3071c7a715537772a12a8987f7",
    "92e3ab88e93ed9762092e7f4d901366a8f651e5d118ae5641061e62a0a054950bda448be0ebfd5c2bb374752957a1260c7c3062302a0abddf7e50e01dca1de51ff55f7aad6ac6bffd6d17111589a8509116eaf67bfbb3098eaf5b45b683198f3af91d8c56fdc5621f8759f9b1a4dce5f2eb3268a6e5d6ef5880b2c7c688a9f8fe8ddc918305a10844109dda4f7111b9c99c00f16024c16cbf7f534d887cdda19274c0bbbf121846304daef3f047e9baf4c00c7e0c61d97aec4b3437d21db61cb08fd68fdb811abaabf09e7a2b39db42332d83a622697e97ec9c07e4c712c16b5ea20267e728bedd7b4a50e7a416ba38d7ee7f2770e4cddd35562ab77559dce8b",
);

const ALL: [&str; 8] = ["RS256", "RS384", "RS512", "PS256", "PS384", "ES256", "ES384", "EdDSA"];

pub fn write(book: &mut Book) {
    each_algorithm(book);
    weak(book);
    not_for_this(book);
    beside_others(book);
    names(book);
    crossed(book);
}

fn header(alg: &str, kid: Option<&str>) -> Object {
    let header = Object::of(&[("alg", &quoted(alg)), ("typ", "\"at+jwt\"")]);
    kid.map_or(header.clone(), |kid| header.set("kid", &quoted(kid)))
}

/// Good claims under a header, signed as it says.
fn token(key: &Key, alg: &str, kid: Option<&str>) -> String {
    let message = format!("{}.{}", encode(header(alg, kid).text()), encode(claims().text()));
    format!("{message}.{}", encode(key.sign(alg, message.as_bytes())))
}

/// A profile with these keys, and one vector in it.
fn one(book: &mut Book, good: bool, by: By, id: &str, why: &str, keys: Vec<Value>, token: String) {
    let profile = format!("keys-{id}");
    book.trust(&profile, vec![trusted(&ALL, keys)]);
    let mut page = book.page(&profile, "key-set");
    if good { page.pass(by, id, why, token) } else { page.refuse(by, id, why, token) }
}

fn with(jwk: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut jwk = jwk.clone();
    jwk[name] = value.into();
    jwk
}

fn each_algorithm(book: &mut Book) {
    let keys = [
        (Kind::Rsa, &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"][..]),
        (Kind::P256, &["ES256"]),
        (Kind::P384, &["ES384"]),
        (Kind::Ed25519, &["EdDSA"]),
    ];
    for (kind, algorithms) in keys {
        let key = Key::new(kind, "k");
        for alg in algorithms {
            let profile = format!("alone-{}", alg.to_ascii_lowercase());
            book.trust(
                &profile,
                vec![trusted(&[*alg], vec![with(&with(&key.jwk, "alg", *alg), "use", "sig")])],
            );
            let mut page = book.page(&profile, "algorithms");
            page.pass(Standard, "good", "signed as configured", token(&key, alg, Some("k")));
            page.pass(Standard, "good-without-kid", "signed as configured", token(&key, alg, None));
        }
    }
}

fn weak(book: &mut Book) {
    let short = Key::weak(SHORT.0, 65_537, SHORT.1, "k");
    let three = Key::weak(OF_EXPONENT_3.0, 3, OF_EXPONENT_3.1, "k");
    // With exponent one, everybody signs.
    let one_ = Key::weak(OF_EXPONENT_3.0, 1, "1", "k");
    for (id, by, why, key) in [
        ("rsa-of-1024-bits", Standard, "2048 bits at least (RFC 7518 §3.3)", &short),
        ("rsa-exponent-3", Strict, "65537 at least", &three),
        ("rsa-exponent-1", Standard, "everybody signs with it (RFC 8017 §3.1)", &one_),
    ] {
        one(book, false, by, id, why, vec![key.jwk.clone()], token(key, "RS256", Some("k")));
    }
    let message = format!("{}.{}", encode(header("EdDSA", Some("k")).text()), encode(claims().text()));
    let mut identity = [0; 32];
    identity[0] = 1;
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": encode(identity) });
    let forged = format!("{message}.{}", encode([&identity[..], &[0; 32]].concat()));
    one(book, false, Strict, "ed25519-identity", "everybody signs with it", vec![jwk], forged);
    let elsewhere =
        json!({ "kty": "EC", "crv": "P-256", "kid": "k", "x": encode([1; 32]), "y": encode([1; 32]) });
    let key = Key::new(Kind::P256, "k");
    one(
        book,
        false,
        Standard,
        "point-not-on-its-curve",
        "no key (RFC 7518 §6.2.1)",
        vec![elsewhere.clone()],
        token(&key, "ES256", Some("k")),
    );
    one(
        book,
        true,
        Standard,
        "beside-a-point-not-on-its-curve",
        "a bad key spoils no other",
        vec![with(&elsewhere, "kid", "bad"), key.jwk.clone()],
        token(&key, "ES256", Some("k")),
    );
    let short_x = with(&key.jwk, "x", encode([1; 31]));
    one(
        book,
        false,
        Standard,
        "coordinate-too-short",
        "32 bytes (RFC 7518 §6.2.1.2)",
        vec![short_x],
        token(&key, "ES256", Some("k")),
    );
}

fn not_for_this(book: &mut Book) {
    let (rsa, ec, p384, ed) = (
        Key::new(Kind::Rsa, "k"),
        Key::new(Kind::P256, "k"),
        Key::new(Kind::P384, "k"),
        Key::new(Kind::Ed25519, "k"),
    );
    for (id, by, why, jwk, key, alg) in [
        (
            "use-enc",
            Standard,
            "a key for encryption (RFC 7517 §4.2)",
            with(&rsa.jwk, "use", "enc"),
            &rsa,
            "RS256",
        ),
        ("use-unknown", Strict, "a key for something unknown", with(&rsa.jwk, "use", "tls"), &rsa, "RS256"),
        (
            "key-ops-sign",
            Standard,
            "a key that does not verify (RFC 7517 §4.3)",
            with(&ec.jwk, "key_ops", json!(["sign"])),
            &ec,
            "ES256",
        ),
        (
            "key-ops-encrypt",
            Standard,
            "a key that does not verify (RFC 7517 §4.3)",
            with(&rsa.jwk, "key_ops", json!(["encrypt", "wrapKey"])),
            &rsa,
            "RS256",
        ),
        (
            "key-ops-empty",
            Standard,
            "a key that does nothing (RFC 7517 §4.3)",
            with(&ec.jwk, "key_ops", json!([])),
            &ec,
            "ES256",
        ),
        (
            "alg-ps256-signs-rs256",
            Standard,
            "the key's algorithm is another (RFC 7517 §4.4)",
            with(&rsa.jwk, "alg", "PS256"),
            &rsa,
            "RS256",
        ),
        (
            "alg-rs256-signs-ps256",
            Standard,
            "the key's algorithm is another (RFC 7517 §4.4)",
            with(&rsa.jwk, "alg", "RS256"),
            &rsa,
            "PS256",
        ),
        (
            "alg-rs512-signs-rs256",
            Standard,
            "the key's algorithm is another (RFC 7517 §4.4)",
            with(&rsa.jwk, "alg", "RS512"),
            &rsa,
            "RS256",
        ),
        (
            "alg-es384-on-p-256",
            Standard,
            "ES384 is for P-384 (RFC 7518 §3.4)",
            with(&ec.jwk, "alg", "ES384"),
            &ec,
            "ES256",
        ),
        (
            "alg-rsa-oaep",
            Standard,
            "an algorithm for encryption (RFC 7517 §4.4)",
            with(&rsa.jwk, "alg", "RSA-OAEP"),
            &rsa,
            "RS256",
        ),
        (
            "alg-unknown",
            Strict,
            "an algorithm that nobody knows",
            with(&rsa.jwk, "alg", "XX999"),
            &rsa,
            "RS256",
        ),
        (
            "p-384-signs-es256",
            Standard,
            "ES256 is for P-256 (RFC 7518 §3.4)",
            p384.jwk.clone(),
            &p384,
            "ES256",
        ),
        ("p-256-signs-es384", Standard, "ES384 is for P-384 (RFC 7518 §3.4)", ec.jwk.clone(), &ec, "ES384"),
        ("ed25519-called-ed448", Standard, "another curve", with(&ed.jwk, "crv", "Ed448"), &ed, "EdDSA"),
        (
            "ed25519-called-x25519",
            Standard,
            "a curve that does not sign",
            with(&ed.jwk, "crv", "X25519"),
            &ed,
            "EdDSA",
        ),
        (
            "p-256-called-secp256k1",
            Standard,
            "another curve",
            with(&ec.jwk, "crv", "secp256k1"),
            &ec,
            "ES256",
        ),
        ("kty-unknown", Standard, "no key that is known", with(&ec.jwk, "kty", "XX"), &ec, "ES256"),
        ("kty-missing", Standard, "no key (RFC 7517 §4.1)", with(&ec.jwk, "kty", Value::Null), &ec, "ES256"),
    ] {
        one(book, false, by, id, why, vec![jwk], token(key, alg, Some("k")));
    }
    let jwk =
        json!({ "kty": "oct", "k": encode("a secret of thirty-two bytes, yes"), "kid": "k", "alg": "HS256" });
    let message = format!("{}.{}", encode(header("HS256", Some("k")).text()), encode(claims().text()));
    let tag = aws_lc_rs::hmac::sign(
        &aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"a secret of thirty-two bytes, yes"),
        message.as_bytes(),
    );
    one(
        book,
        false,
        Standard,
        "symmetric",
        "HMAC is not configured",
        vec![jwk],
        format!("{message}.{}", encode(tag)),
    );
    one(book, false, Standard, "empty", "no key at all", vec![], token(&ec, "ES256", Some("k")));
    for (id, jwk) in [
        ("key-ops-verify", with(&ec.jwk, "key_ops", json!(["verify"]))),
        ("key-ops-both", with(&ec.jwk, "key_ops", json!(["sign", "verify"]))),
        ("use-sig", with(&ec.jwk, "use", "sig")),
        ("unknown-member", with(&ec.jwk, "exp", 1)),
        ("x5t", with(&ec.jwk, "x5t", "dGh1bWI")),
    ] {
        one(
            book,
            true,
            Standard,
            id,
            "a key that verifies (RFC 7517 §4)",
            vec![jwk],
            token(&ec, "ES256", Some("k")),
        );
    }
}

/// RFC 7517 §5: what is not understood in a set is ignored.
fn beside_others(book: &mut Book) {
    let key = Key::new(Kind::P256, "k");
    for (id, other) in [
        ("unknown-kty", json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "kid": "pq" })),
        ("symmetric", json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "s" })),
        (
            "secp256k1",
            json!({ "kty": "EC", "crv": "secp256k1", "x": encode([2; 32]), "y": encode([3; 32]), "kid": "b" }),
        ),
        ("x25519", json!({ "kty": "OKP", "crv": "X25519", "x": encode([9; 32]), "kid": "x" })),
        ("ed448", json!({ "kty": "OKP", "crv": "Ed448", "x": encode([9; 57]), "kid": "e" })),
        ("encryption", with(&Key::new(Kind::Rsa, "enc").jwk, "use", "enc")),
        ("short-rsa", Key::weak(SHORT.0, 65_537, SHORT.1, "weak").jwk),
        ("no-members", json!({})),
        ("missing-members", json!({ "kty": "RSA", "kid": "m", "e": "AQAB" })),
        ("kid-number", json!({ "kty": "RSA", "kid": 1, "e": "AQAB", "n": "AQAB" })),
        ("unknown-alg", json!({ "kty": "RSA", "kid": "u", "alg": "XX999", "e": "AQAB", "n": "AQAB" })),
        ("broken-base64", json!({ "kty": "RSA", "kid": "z", "e": "AQAB", "n": "***" })),
        ("no-object", json!(7)),
        ("null", Value::Null),
    ] {
        one(
            book,
            true,
            Standard,
            &format!("beside-{id}"),
            "one key that is not understood spoils no other (RFC 7517 §5)",
            vec![other, key.jwk.clone()],
            token(&key, "ES256", Some("k")),
        );
    }
}

fn names(book: &mut Book) {
    let (first, second) = (Key::new(Kind::P256, "k"), Key::new(Kind::P256, "k"));
    let other = Key::new(Kind::Rsa, "k");
    let keys = vec![first.jwk.clone(), second.jwk.clone()];
    one(
        book,
        true,
        Strict,
        "two-of-one-kid-the-first",
        "both are the issuer's",
        keys.clone(),
        token(&first, "ES256", Some("k")),
    );
    one(
        book,
        true,
        Strict,
        "two-of-one-kid-the-second",
        "both are the issuer's",
        keys,
        token(&second, "ES256", Some("k")),
    );
    one(
        book,
        true,
        Standard,
        "two-kinds-of-one-kid",
        "keys of two kinds may share a kid (RFC 7517 §4.5)",
        vec![other.jwk.clone(), first.jwk.clone()],
        token(&first, "ES256", Some("k")),
    );
    let named = vec![with(&first.jwk, "kid", "a"), with(&second.jwk, "kid", "b")];
    one(
        book,
        true,
        Strict,
        "kid-absent-two-keys",
        "either may have signed",
        named.clone(),
        token(&second, "ES256", None),
    );
    one(
        book,
        false,
        Standard,
        "kid-of-the-other-key",
        "not this key's signature",
        named.clone(),
        token(&second, "ES256", Some("a")),
    );
    one(
        book,
        false,
        Standard,
        "kid-absent-neither-key",
        "nobody's signature",
        named,
        token(&Key::new(Kind::P256, "c"), "ES256", None),
    );
    let nameless = with(&first.jwk, "kid", Value::Null);
    let mut nameless = nameless;
    if let Some(jwk) = nameless.as_object_mut() {
        jwk.remove("kid");
    }
    one(
        book,
        true,
        Standard,
        "key-without-kid-token-without",
        "a kid is optional (RFC 7517 §4.5)",
        vec![nameless.clone()],
        token(&first, "ES256", None),
    );
    one(
        book,
        false,
        Strict,
        "key-without-kid-token-with",
        "no key has this name",
        vec![nameless],
        token(&first, "ES256", Some("k")),
    );
}

/// One issuer that signs with four algorithms: a header that says another than its key's.
fn crossed(book: &mut Book) {
    let families = Family::each();
    let keys = families.iter().map(|family| with(&family.jwk(), "kid", family.profile)).collect();
    book.trust("four-algorithms", vec![trusted(&["RS256", "PS256", "ES256", "EdDSA"], keys)]);
    let mut page = book.page("four-algorithms", "confusion");
    for family in &families {
        let own = token(&family.key, family.alg, Some(family.profile));
        page.pass(Standard, family.profile, "each key as it says", own);
        page.pass(
            Profile,
            &format!("{}-without-kid", family.profile),
            "one key only does this algorithm",
            token(&family.key, family.alg, None),
        );
        for other in families.iter().filter(|other| other.alg != family.alg) {
            let why = "the key of this kid does not do this algorithm (RFC 8725 §3.1)";
            page.refuse(
                Standard,
                &format!("{}-under-{}", family.profile, other.profile),
                why,
                token(&family.key, other.alg, Some(family.profile)),
            );
            page.refuse(
                Standard,
                &format!("{}-named-{}", family.profile, other.profile),
                why,
                token(&family.key, family.alg, Some(other.profile)),
            );
        }
    }
}
