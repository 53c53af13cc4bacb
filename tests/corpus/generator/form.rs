//! The compact form (RFC 7515 §7.1): three parts of base64url, and nothing else.

use serde_json::json;

use super::{
    book::{
        Book,
        By::{Standard, Strict},
        Page,
    },
    family::{Family, claims},
    key::encode,
    object::quoted,
};

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub fn write(book: &mut Book, family: &Family) {
    parts(book.page(family.profile, "form"), family);
    base64(book.page(family.profile, "base64"), family);
    serialisations(book.page(family.profile, "json-form"), family);
    sizes(book.page(family.profile, "size"), family);
}

fn parts(mut page: Page<'_>, family: &Family) {
    let (message, signature) = family.good();
    let signature = encode(signature);
    let (header, payload) = message.split_once('.').unwrap_or_default();
    let good = format!("{message}.{signature}");
    for (id, token) in [
        ("nothing", String::new()),
        ("one-dot", ".".to_owned()),
        ("two-dots", "..".to_owned()),
        ("three-dots", "...".to_owned()),
        ("four-dots", "....".to_owned()),
        ("a-word", "token".to_owned()),
        ("null", "null".to_owned()),
        ("undefined", "undefined".to_owned()),
        ("one-part", header.to_owned()),
        ("two-parts", message.clone()),
        ("four-parts", format!("{good}.x")),
        ("four-parts-the-last-empty", format!("{good}.")),
        ("empty-part-first", format!(".{good}")),
        ("five-parts", format!("{good}.{payload}.{signature}")),
        ("no-header", format!(".{payload}.{signature}")),
        ("no-payload", format!("{header}..{signature}")),
        ("no-signature", format!("{message}.")),
        ("payload-first", format!("{payload}.{header}.{signature}")),
        ("signature-first", format!("{signature}.{message}")),
        ("twice", format!("{good}{good}")),
        ("twice-with-a-comma", format!("{good},{good}")),
        ("bearer-before", format!("Bearer {good}")),
        ("in-quotes", quoted(&good)),
        ("percent-dots", good.replace('.', "%2E")),
        ("full-width-dots", good.replace('.', "\u{ff0e}")),
        ("ideographic-dots", good.replace('.', "\u{3002}")),
        ("tilde-behind", format!("{good}~")),
        ("disclosure-behind", format!("{good}~WyJzYWx0IiwiYSIsMV0~")),
    ] {
        page.refuse(Standard, id, "not three parts, or not in their order", token);
    }
    let empty = family.sign_message(&format!("{header}."));
    page.refuse(Standard, "empty-payload-signed", "no claims are no JSON", empty);
    page.refuse(
        Standard,
        "empty-header-signed",
        "no header is no JSON",
        family.sign_message(&format!(".{payload}")),
    );
    page.refuse(
        Standard,
        "detached",
        "the payload is elsewhere (RFC 7515 §F)",
        format!("{header}..{signature}"),
    );
}

fn base64(mut page: Page<'_>, family: &Family) {
    let with_both_alphabets = |part: &str| part.contains('-') || part.contains('_');
    // Signatures differ with every jti: one is soon there that shows the other alphabet's characters.
    let (header, payload, signature) = (0..)
        .map(|n| {
            let header = encode(family.header().set("x", &quoted("þÿ~~??")).text());
            let payload = encode(
                claims()
                    .set("jti", &n.to_string().replace('"', ""))
                    .set("jti", &quoted(&format!("{n}~~~???")))
                    .text(),
            );
            let signature = encode(family.key.sign(family.alg, format!("{header}.{payload}").as_bytes()));
            (header, payload, signature)
        })
        .find(|(_, payload, signature)| with_both_alphabets(payload) && with_both_alphabets(signature))
        .unwrap_or_default();
    let sloppy = |part: &str| -> Vec<(&str, &str, String)> {
        let (head, tail) = part.split_at(part.len() / 2);
        vec![
            ("one-equals-sign", "padding is left out (RFC 7515 §2)", format!("{part}=")),
            ("two-equals-signs", "padding is left out (RFC 7515 §2)", format!("{part}==")),
            (
                "other-alphabet",
                "base64url, not base64 (RFC 7515 §2)",
                part.replace('-', "+").replace('_', "/"),
            ),
            ("space-in-it", "no white space (RFC 7515 §2)", format!("{head} {tail}")),
            ("newline-in-it", "no line breaks (RFC 7515 §2)", format!("{head}\n{tail}")),
            ("crlf-behind", "no line breaks (RFC 7515 §2)", format!("{part}\r\n")),
            ("tab-before", "no white space (RFC 7515 §2)", format!("\t{part}")),
            ("nul-in-it", "no character of base64url", format!("{head}\0{tail}")),
            ("nul-behind", "no character of base64url", format!("{part}\0")),
            ("star-in-it", "no character of base64url", format!("{head}*{tail}")),
            ("percent-in-it", "no character of base64url", format!("{head}%{tail}")),
            ("letter-beyond-ascii", "no character of base64url", format!("{head}é{tail}")),
            ("zero-width-space", "no character of base64url", format!("{head}\u{200b}{tail}")),
            ("byte-order-mark", "no character of base64url", format!("\u{feff}{part}")),
        ]
    };
    for (id, why, header) in sloppy(&header) {
        if with_both_alphabets(&header) || id != "other-alphabet" {
            page.refuse(
                Standard,
                &format!("header-{id}"),
                why,
                family.sign_message(&format!("{header}.{payload}")),
            );
        }
    }
    for (id, why, payload) in sloppy(&payload) {
        page.refuse(
            Standard,
            &format!("payload-{id}"),
            why,
            family.sign_message(&format!("{header}.{payload}")),
        );
    }
    for (id, why, signature) in sloppy(&signature) {
        page.refuse(Standard, &format!("signature-{id}"), why, format!("{header}.{payload}.{signature}"));
    }
    let good = format!("{header}.{payload}.{signature}");
    for (id, token) in [
        ("space-before", format!(" {good}")),
        ("space-behind", format!("{good} ")),
        ("newline-behind", format!("{good}\n")),
        ("spaces-at-the-dots", good.replace('.', " . ")),
    ] {
        page.refuse(Standard, id, "no white space (RFC 7515 §2)", token);
    }
    loose_ends(&mut page, family);
}

/// Parts whose last character holds bits that belong to no byte, set.
fn loose_ends(page: &mut Page<'_>, family: &Family) {
    let why = "the same bytes in another text (RFC 4648 §3.5)";
    let loose = |part: &str| -> String {
        let mut part = part.to_owned();
        let last = part.pop().and_then(|last| ALPHABET.find(last)).unwrap_or_default();
        part.push_str(&ALPHABET[last + 1..last + 2]);
        part
    };
    let ragged = |make: &dyn Fn(usize) -> String| {
        (0..3).map(|n| encode(make(n))).find(|part| part.len() % 4 != 0).unwrap_or_default()
    };
    let header = ragged(&|n| family.header().set("x", &quoted(&"x".repeat(n))).text());
    let payload = ragged(&|n| claims().set("x", &quoted(&"x".repeat(n))).text());
    page.refuse(
        Strict,
        "header-loose-end",
        why,
        family.sign_message(&format!("{}.{payload}", loose(&header))),
    );
    page.refuse(
        Strict,
        "payload-loose-end",
        why,
        family.sign_message(&format!("{header}.{}", loose(&payload))),
    );
    let message = format!("{header}.{payload}");
    let signature = encode(family.key.sign(family.alg, message.as_bytes()));
    page.refuse(Strict, "signature-loose-end", why, format!("{message}.{}", loose(&signature)));
    page.refuse(
        Standard,
        "signature-of-one-more-character",
        "no bytes have a text of this length",
        format!("{message}.{signature}AAA"),
    );
}

fn serialisations(mut page: Page<'_>, family: &Family) {
    let (message, signature) = family.good();
    let signature = encode(signature);
    let (header, payload) = message.split_once('.').unwrap_or_default();
    let flat = json!({ "protected": header, "payload": payload, "signature": signature });
    let general =
        json!({ "payload": payload, "signatures": [{ "protected": header, "signature": signature }] });
    let none = json!({ "payload": payload, "signatures": [] });
    // Two readers in one library (CVE-2022-39227): the compact one sees the first name, the other the rest.
    let polyglot = format!(
        "{{\"{header}.{payload}.\":1,\"protected\":\"{header}\",\"payload\":\"{payload}\",\"signature\":\"{signature}\"}}"
    );
    for (id, token) in [
        ("flattened", flat.to_string()),
        ("general", general.to_string()),
        ("no-signatures", none.to_string()),
        ("polyglot", polyglot),
        ("array", json!([format!("{message}.{signature}")]).to_string()),
    ] {
        page.refuse(Standard, id, "a token is in the compact form (RFC 7519 §1)", token);
    }
}

fn sizes(mut page: Page<'_>, family: &Family) {
    let why = "larger than any token here may be";
    let large = |length| quoted(&"x".repeat(length));
    if family.profile == "es256" {
        for (id, text, times) in [
            ("million-dots", ".", 1_000_000),
            ("million-letters", "A", 1_000_000),
            ("million-parts", "A.", 500_000),
            ("million-spaces", " ", 1_000_000),
            ("million-braces", "eyJ7", 250_000),
        ] {
            page.refuse(
                Standard,
                id,
                "no token, however long (CVE-2025-30204)",
                json!({ "repeat": text, "times": times }),
            );
        }
        page.refuse(Strict, "huge-claims", why, family.of(&claims().set("x", &large(13_000))));
        page.refuse(Strict, "huge-header", why, family.under(&family.header().set("x", &large(13_000))));
        page.refuse(
            Strict,
            "many-claims",
            why,
            family.of(&(0..2_000).fold(claims(), |claims, n| claims.then(&format!("c{n}"), "0"))),
        );
    }
}
