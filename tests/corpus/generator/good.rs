//! Tokens that must pass: without them, a reader that refuses everything would look perfect.

use super::{
    book::{
        Book,
        By::{Profile, Standard, Strict},
    },
    family::{ACME, Family, OWN, claims},
    object::quoted,
};

pub fn write(book: &mut Book, family: &Family) {
    let mut page = book.page(family.profile, "good");
    let (header, good) = (family.header(), claims());
    page.pass(Standard, "plain", "nothing is wrong with it", family.of(&good));
    page.pass(
        Standard,
        "kid-absent",
        "kid is optional, and there is one key",
        family.under(&header.clone().without("kid")),
    );
    for (id, why, aud) in [
        ("aud-array-of-one", "aud may be an array (RFC 7519 §4.1.3)", format!("[{}]", quoted(ACME))),
        (
            "aud-beside-a-foreign-one",
            "a foreign audience takes nothing away",
            format!("[\"https://id.example/userinfo\",{}]", quoted(ACME)),
        ),
        (
            "aud-beside-our-own",
            "the service's own audience names no tenant",
            format!("[{},{}]", quoted(ACME), quoted(OWN)),
        ),
        ("aud-twice-the-same", "an array may repeat itself", format!("[{0},{0}]", quoted(ACME))),
    ] {
        page.pass(Standard, id, why, family.of(&good.clone().set("aud", &aud)));
    }
    for (id, name, value) in [
        ("unknown-claim-text", "name", "\"Ada Löwe\""),
        ("unknown-claim-null", "note", "null"),
        ("unknown-claim-nested", "address", "{\"street\":[\"1\",{\"a\":[[]]}]}"),
        ("unknown-claim-deep", "deep", "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]"),
        ("unknown-claim-large-number", "balance", "1e300"),
        ("unknown-claim-fraction", "score", "0.5"),
        ("unknown-claim-with-escapes", "note", r#""\u00e9\n\"\\\ud83d\ude00""#),
        ("unknown-claim-empty-name", "", "1"),
        ("unknown-claim-called-proto", "__proto__", "{\"admin\":true}"),
        ("jti", "jti", "\"7c0f\""),
        ("nbf-in-2001", "nbf", "1000000000"),
        ("scope", "scope", "\"openid profile\""),
        ("expires-in-9999", "exp", "253402300799"),
        ("issued-in-1970", "iat", "0"),
        ("one-character-subject", "sub", "\"0\""),
        ("subject-with-a-bar", "sub", "\"auth0|5f7c8ec7c33c6c004bbafe82\""),
        ("subject-of-255", "sub", &quoted(&"s".repeat(255))),
    ] {
        page.pass(
            Standard,
            id,
            "unknown claims are ignored, known ones are in bounds",
            family.of(&good.clone().set(name, value)),
        );
    }
    for (id, name) in [("only-azp", "client_id"), ("only-client-id", "azp")] {
        page.pass(Standard, id, "either names the client", family.of(&good.clone().without(name)));
    }
    let desk = good.clone().set("azp", "\"desk\"").set("client_id", "\"desk\"");
    page.pass(Profile, "the-other-client", "two clients are let in", family.of(&desk));
    page.pass(
        Standard,
        "roles",
        "Keyward's own claims",
        family.of(&good
            .clone()
            .set("https://keyward.dev/claims/roles", "[\"billing-admin\"]")
            .set("https://keyward.dev/claims/permissions", "[\"invoices:read\"]")
            .set("https://keyward.dev/claims/role_version", "7")),
    );
    for (id, name, value) in [
        ("header-x5t", "x5t", "\"dGh1bWJwcmludA\""),
        ("header-unknown-text", "nonsense", "\"x\""),
        ("header-unknown-object", "org.example", "{\"a\":[1,null]}"),
        ("typ-application", "typ", "\"application/at+jwt\""),
        ("typ-upper-case", "typ", "\"AT+JWT\""),
        ("typ-application-any-case", "typ", "\"Application/at+JWT\""),
    ] {
        page.pass(
            Standard,
            id,
            "header members that are not understood, and typ in any case (RFC 7515 §4)",
            family.under(&header.clone().set(name, value)),
        );
    }
    let spaced = |text: String| text.replace(":\"", " :\t\"").replace(',', "\r\n, ");
    page.pass(
        Standard,
        "json-with-spaces",
        "JSON may be spaced",
        family.sign_text(spaced(header.text()), spaced(good.text())),
    );
    let escaped = good.text().replacen("aud", r"\u0061ud", 1);
    page.pass(
        Standard,
        "escaped-name",
        "an escaped name is the same name",
        family.sign_text(header.text(), escaped),
    );
    page.pass(
        Strict,
        "of-nine-kilobytes",
        "large, and not too large",
        family.of(&good.set("groups", &quoted(&"g".repeat(9_000)))),
    );
}
