//! Signatures: of something else, cut, longer, and with numbers that no honest signer makes.

use num_bigint::BigUint;

use super::{
    book::{Book, By::Standard, Page},
    family::{Family, GLOBEX, claims},
    key::{Kind, encode},
    object::quoted,
};

/// The order of P-256 (FIPS 186-4 §D.1.2.3).
const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// The order of Ed25519's base point (RFC 8032 §5.1).
const ED25519_ORDER: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

pub fn write(book: &mut Book, family: &Family) {
    let mut page = book.page(family.profile, "signature");
    altered(&mut page, family);
    match family.kind {
        Kind::P256 => ecdsa(&mut page, family),
        Kind::Ed25519 => eddsa(&mut page, family),
        Kind::Rsa => rsa(&mut page, family),
        Kind::P384 => (),
    }
}

fn altered(page: &mut Page<'_>, family: &Family) {
    let (message, signature) = family.good();
    let length = signature.len();
    let flipped = |at: usize, bit: u8| {
        let mut signature = signature.clone();
        signature[at] ^= bit;
        signature
    };
    let stranger = family.stranger.sign(family.alg, message.as_bytes());
    for (id, why, bytes) in [
        ("by-a-stranger", "signed by another key of the same name", stranger),
        ("first-bit", "one bit is changed", flipped(0, 0x80)),
        ("middle-bit", "one bit is changed", flipped(length / 2, 1)),
        ("last-bit", "one bit is changed", flipped(length - 1, 1)),
        ("cut-by-a-byte", "a byte is missing", signature[..length - 1].to_vec()),
        ("cut-at-the-front", "a byte is missing", signature[1..].to_vec()),
        ("half", "half is missing", signature[..length / 2].to_vec()),
        ("one-byte", "nearly all is missing", signature[..1].to_vec()),
        ("zero-behind", "a byte too many", [&signature[..], &[0]].concat()),
        ("zero-before", "a byte too many", [&[0], &signature[..]].concat()),
        ("twice", "twice as long", signature.repeat(2)),
        ("reversed", "the bytes stand in another order", signature.iter().rev().copied().collect()),
        ("all-zero", "no signature at all", vec![0; length]),
        ("all-ones", "no signature at all", vec![0xff; length]),
        (
            "as-hex",
            "the text of the bytes",
            signature.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes(),
        ),
        ("as-base64-twice", "the text of the bytes", encode(&signature).into_bytes()),
        (
            "of-the-claims-alone",
            "of another message",
            family.key.sign(family.alg, claims().text().as_bytes()),
        ),
        ("of-nothing", "of another message", family.key.sign(family.alg, b"")),
    ] {
        page.refuse(Standard, id, why, format!("{message}.{}", encode(bytes)));
    }
    let signature = encode(&signature);
    let (header, payload) = message.split_once('.').unwrap_or_default();
    for (id, other) in [
        ("claims-of-another-person", claims().set("sub", "\"root\"")),
        (
            "claims-of-another-tenant",
            claims().set("aud", &format!("[{},{}]", quoted(GLOBEX), quoted("https://api.example/t/acme"))),
        ),
        ("claims-that-last-longer", claims().set("exp", "4102444801")),
        ("claims-with-a-role", claims().set("https://keyward.dev/claims/roles", "[\"admin\"]")),
        ("claims-with-a-space", claims().set("sub", " \"ada\"")),
    ] {
        page.refuse(
            Standard,
            id,
            "claims that were never signed",
            format!("{header}.{}.{signature}", encode(other.text())),
        );
    }
    for (id, other) in [
        ("header-without-kid", family.header().without("kid")),
        ("header-with-more", family.header().set("x", "1")),
    ] {
        page.refuse(
            Standard,
            id,
            "a header that was never signed",
            format!("{}.{payload}.{signature}", encode(other.text())),
        );
    }
}

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap_or_default()
}

/// A number in so many bytes, the greatest first.
fn bytes(number: &BigUint, length: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    [vec![0; length.saturating_sub(bytes.len())], bytes].concat()
}

fn ecdsa(page: &mut Page<'_>, family: &Family) {
    let (message, signature) = family.good();
    let (r, s) = (BigUint::from_bytes_be(&signature[..32]), BigUint::from_bytes_be(&signature[32..]));
    let order = number(P256_ORDER);
    let (zero, one) = (BigUint::ZERO, BigUint::from(1_u8));
    let token = |bytes: Vec<u8>| format!("{message}.{}", encode(bytes));
    let pair = |r: &BigUint, s: &BigUint| token([bytes(r, 32), bytes(s, 32)].concat());
    for (id, pair) in [
        ("r-and-s-zero", pair(&zero, &zero)),
        ("r-zero", pair(&zero, &s)),
        ("s-zero", pair(&r, &zero)),
        ("r-order", pair(&order, &s)),
        ("s-order", pair(&r, &order)),
        ("r-and-s-order", pair(&order, &order)),
        ("r-zero-s-one", pair(&zero, &one)),
        ("r-and-s-one", pair(&one, &one)),
        ("r-order-less-one", pair(&(&order - &one), &s)),
        ("r-order-s-zero", pair(&order, &zero)),
        ("s-and-r", pair(&s, &r)),
        ("r-negated", pair(&(&order - &r), &s)),
        ("s-plus-one", pair(&r, &((&s + &one) % &order))),
    ] {
        page.refuse(
            Standard,
            id,
            "r and s are numbers from 1 to the order less 1, and these ones (CVE-2022-21449)",
            pair,
        );
    }
    let high = if s < &order - &s { &order - &s } else { s.clone() };
    let low = &order - &high;
    page.pass(Standard, "high-s", "JWS does not ask for a low s (RFC 7518 §3.4)", pair(&r, &high));
    page.pass(Standard, "low-s", "nor refuse one", pair(&r, &low));
    let integer = |number: &BigUint| {
        let mut bytes = number.to_bytes_be();
        if bytes[0] >= 0x80 {
            bytes.insert(0, 0);
        }
        [vec![2, u8::try_from(bytes.len()).unwrap_or_default()], bytes].concat()
    };
    let both = [integer(&r), integer(&s)].concat();
    let der = [vec![0x30, u8::try_from(both.len()).unwrap_or_default()], both].concat();
    page.refuse(Standard, "der", "two numbers of 32 bytes, not ASN.1 (RFC 7518 §3.4)", token(der));
    page.refuse(
        Standard,
        "numbers-of-33-bytes",
        "two numbers of 32 bytes (RFC 7518 §3.4)",
        token([bytes(&r, 33), bytes(&s, 33)].concat()),
    );
    page.refuse(
        Standard,
        "numbers-of-48-bytes",
        "two numbers of 32 bytes (RFC 7518 §3.4)",
        token([bytes(&r, 48), bytes(&s, 48)].concat()),
    );
}

fn eddsa(page: &mut Page<'_>, family: &Family) {
    let (message, signature) = family.good();
    let (r, s) = signature.split_at(32);
    let little = |number: &BigUint| {
        let mut bytes = bytes(number, 32);
        bytes.reverse();
        bytes
    };
    let order = number(ED25519_ORDER);
    let s = BigUint::from_bytes_le(s);
    let identity = little(&BigUint::from(1_u8));
    let why = "S is below the order (RFC 8032 §5.1.7)";
    for (id, why, half) in [
        ("s-plus-order", why, [r.to_vec(), little(&(&s + &order))].concat()),
        ("s-plus-twice-the-order", why, [r.to_vec(), little(&(&s + &order + &order))].concat()),
        ("s-order", why, [r.to_vec(), little(&order)].concat()),
        ("s-zero", "not this S", [r.to_vec(), vec![0; 32]].concat()),
        ("s-negated", "not this S", [r.to_vec(), little(&(&order - &s))].concat()),
        ("r-identity-s-zero", "it fits only a key that is no key", [identity, vec![0; 32]].concat()),
        ("s-and-r", "in another order", [&signature[32..], r].concat()),
        ("of-ed448s-length", "of another curve", [&signature[..], &[0; 50]].concat()),
    ] {
        page.refuse(Standard, id, why, format!("{message}.{}", encode(half)));
    }
}

fn rsa(page: &mut Page<'_>, family: &Family) {
    let (message, signature) = family.good();
    let modulus = base64::Engine::decode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        family.key.jwk["n"].as_str().unwrap_or_default(),
    );
    let modulus = BigUint::from_bytes_be(&modulus.unwrap_or_default());
    let one = BigUint::from(1_u8);
    let s = BigUint::from_bytes_be(&signature);
    for (id, number) in [
        ("zero", BigUint::ZERO),
        ("one", one.clone()),
        ("modulus", modulus.clone()),
        ("modulus-less-one", &modulus - &one),
        ("negated", &modulus - &s),
    ] {
        page.refuse(
            Standard,
            id,
            "not the signature, which is a number below the modulus (RFC 8017 §5.2.2)",
            format!("{message}.{}", encode(bytes(&number, 256))),
        );
    }
    // The same number to the key, and no signature. It fits into 256 bytes for some messages only.
    let wrapped = (0..10_000).find_map(|n| {
        let claims = claims().set("jti", &quoted(&n.to_string()));
        let message = format!("{}.{}", encode(family.header().text()), encode(claims.text()));
        let sum = BigUint::from_bytes_be(&family.key.sign(family.alg, message.as_bytes())) + &modulus;
        (sum.bits() <= 2048).then(|| format!("{message}.{}", encode(bytes(&sum, 256))))
    });
    let wrapped = wrapped.unwrap_or_default();
    page.refuse(Standard, "plus-modulus", "a number not below the modulus (RFC 8017 §5.2.2)", wrapped);
    let longer = format!("{message}.{}", encode(bytes(&(&s + &modulus), 257)));
    page.refuse(Standard, "plus-modulus-in-257-bytes", "as long as the modulus (RFC 8017 §8.2.2)", longer);
    // Kin of the algorithm, by the same key, under the algorithm's own name.
    let kin = if family.alg == "RS256" {
        ["RS384", "RS512", "PS256", "PS512"]
    } else {
        ["PS384", "PS512", "RS256", "RS512"]
    };
    for alg in kin {
        let other = family.key.sign(alg, message.as_bytes());
        page.refuse(
            Standard,
            &format!("truly-{}", alg.to_ascii_lowercase()),
            "another padding or hash than the header says",
            format!("{message}.{}", encode(other)),
        );
    }
    page.refuse(
        Standard,
        "without-leading-zero",
        "as long as the modulus, even where it begins with zero (RFC 8017 §8.2.2)",
        short(family),
    );
}

/// A signature that happens to begin with a zero, which is left out.
fn short(family: &Family) -> String {
    let found = (0..5_000).find_map(|n| {
        let claims = claims().set("jti", &quoted(&n.to_string()));
        let message = format!("{}.{}", encode(family.header().text()), encode(claims.text()));
        let signature = family.key.sign(family.alg, message.as_bytes());
        (signature[0] == 0).then(|| format!("{message}.{}", encode(&signature[1..])))
    });
    found.unwrap_or_default()
}
