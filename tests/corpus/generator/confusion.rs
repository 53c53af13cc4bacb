//! The header's `alg` against the issuer's key: none, HMAC with the public key, and each other's.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    book::{Book, By::Standard, Page},
    family::{Family, claims},
    key::encode,
    object::quoted,
};

pub fn write(book: &mut Book, family: &Family) {
    none(book.page(family.profile, "alg-none"), family);
    hmac(book.page(family.profile, "alg-hmac"), family);
    other(book.page(family.profile, "alg-other"), family);
}

fn none(mut page: Page<'_>, family: &Family) {
    let why = "none signs nothing (RFC 8725 §3.1)";
    for (name, alg) in [
        ("lower-case", "none"),
        ("capital", "None"),
        ("upper-case", "NONE"),
        ("mixed-case", "nOnE"),
        ("space-behind", "none "),
        ("space-before", " none"),
        ("nul-behind", "none\0"),
        ("cyrillic-letter", "nоne"),
    ] {
        let header = family.header().set("alg", &quoted(alg));
        let message = format!("{}.{}", encode(header.text()), encode(claims().text()));
        page.refuse(Standard, &format!("{name}-unsigned"), why, format!("{message}."));
        page.refuse(Standard, &format!("{name}-signed"), why, family.under(&header));
    }
    let bare = family.header().set("alg", "\"none\"").without("kid");
    page.refuse(
        Standard,
        "without-kid",
        why,
        format!("{}.{}.", encode(bare.text()), encode(claims().text())),
    );
    page.refuse(Standard, "two-parts", why, format!("{}.{}", encode(bare.text()), encode(claims().text())));
}

fn hmac(mut page: Page<'_>, family: &Family) {
    let der = &family.key.der;
    let lines: Vec<String> = STANDARD
        .encode(der)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
    let jwk = family.jwk();
    let number = jwk["n"].as_str().or(jwk["x"].as_str()).unwrap_or_default();
    let secrets: [(&str, Vec<u8>); 9] = [
        ("pem", pem.clone().into_bytes()),
        ("pem-without-last-newline", pem.trim_end().as_bytes().to_vec()),
        ("pem-with-crlf", pem.replace('\n', "\r\n").into_bytes()),
        ("der", der.clone()),
        ("jwk", jwk.to_string().into_bytes()),
        ("number-as-text", number.as_bytes().to_vec()),
        ("number", base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(number).unwrap_or_default()),
        ("empty", Vec::new()),
        ("kid", b"k".to_vec()),
    ];
    for (id, secret) in secrets {
        for (alg, algorithm) in [("HS256", hmac::HMAC_SHA256), ("HS512", hmac::HMAC_SHA512)] {
            for (suffix, header) in [("", family.header()), ("-without-kid", family.header().without("kid"))]
            {
                if alg == "HS512" && !(suffix.is_empty() && id == "pem") {
                    continue;
                }
                let header = header.set("alg", &quoted(alg));
                let message = format!("{}.{}", encode(header.text()), encode(claims().text()));
                let tag = hmac::sign(&hmac::Key::new(algorithm, &secret), message.as_bytes());
                let id = format!("{}-{id}{suffix}", alg.to_ascii_lowercase());
                page.refuse(
                    Standard,
                    &id,
                    "a public key is no secret (RFC 8725 §2.1)",
                    format!("{message}.{}", encode(tag)),
                );
            }
        }
    }
}

fn other(mut page: Page<'_>, family: &Family) {
    let why = "not an algorithm that is configured, or that the key can do (RFC 8725 §3.1)";
    let all = [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "ES256K",
        "EdDSA",
        "Ed25519",
        "Ed448",
        "HS256",
        "HS384",
        "ML-DSA-44",
        "dir",
        "RSA-OAEP",
        "A128KW",
    ];
    for alg in all.into_iter().filter(|alg| *alg != family.alg && (family.alg, *alg) != ("EdDSA", "Ed25519"))
    {
        // Signed as the header says where the key can, so that nothing but the configuration stands in the way.
        let message = format!(
            "{}.{}",
            encode(family.header().set("alg", &quoted(alg)).text()),
            encode(claims().text())
        );
        page.refuse(
            Standard,
            &alg.to_ascii_lowercase(),
            why,
            format!("{message}.{}", encode(family.key.sign(alg, message.as_bytes()))),
        );
    }
    let (lower, padded) = (family.alg.to_ascii_lowercase(), format!("{} ", family.alg));
    for (id, value) in [
        ("lower-case", quoted(&lower)),
        ("space-behind", quoted(&padded)),
        ("nul-behind", quoted(&format!("{}\0", family.alg))),
        ("empty", "\"\"".to_owned()),
        ("null", "null".to_owned()),
        ("number", "256".to_owned()),
        ("true", "true".to_owned()),
        ("array", format!("[{}]", quoted(family.alg))),
        ("object", format!("{{{}:1}}", quoted(family.alg))),
    ] {
        page.refuse(
            Standard,
            id,
            "alg is one of the registered texts (RFC 7515 §4.1.1)",
            family.under(&family.header().set("alg", &value)),
        );
    }
    page.refuse(
        Standard,
        "missing",
        "alg is required (RFC 7515 §4.1.1)",
        family.under(&family.header().without("alg")),
    );
    page.refuse(
        Standard,
        "in-another-case",
        "Alg is not alg",
        family.under(&family.header().without("alg").set("Alg", &quoted(family.alg))),
    );
}
