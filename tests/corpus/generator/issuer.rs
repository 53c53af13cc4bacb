//! Issuers that look like the one trusted. They are compared as text, and as nothing cleverer.

use super::{
    book::{Book, By::Standard},
    family::{Family, claims},
    object::quoted,
};

pub fn write(book: &mut Book, family: &Family) {
    let mut page = book.page(family.profile, "issuer");
    for (id, issuer) in [
        ("trailing-slash", "https://id.example/"),
        ("two-trailing-slashes", "https://id.example//"),
        ("upper-case-host", "https://ID.example"),
        ("upper-case-scheme", "HTTPS://id.example"),
        ("http", "http://id.example"),
        ("no-scheme", "id.example"),
        ("relative-scheme", "//id.example"),
        ("port", "https://id.example:443"),
        ("another-port", "https://id.example:8443"),
        ("empty-port", "https://id.example:"),
        ("user", "https://id.example@evil.example"),
        ("user-before", "https://evil@id.example"),
        ("query", "https://id.example?"),
        ("query-with-another-host", "https://evil.example?https://id.example"),
        ("fragment", "https://id.example#"),
        ("path", "https://id.example/evil"),
        ("dots", "https://id.example/."),
        ("host-as-a-label", "https://id.example.evil.example"),
        ("longer-host", "https://evilid.example"),
        ("longer-tail", "https://id.examples"),
        ("shorter", "https://id.exampl"),
        ("final-dot", "https://id.example."),
        ("punycode", "https://xn--d-0ga.example"),
        ("cyrillic-letter", "https://іd.example"),
        ("full-width-dot", "https://id\u{ff0e}example"),
        ("full-width-letters", "https://\u{ff49}\u{ff44}.example"),
        ("soft-hyphen", "https://i\u{ad}d.example"),
        ("zero-width-space", "https://id.example\u{200b}"),
        ("backslash", "https:\\\\id.example"),
        ("percent", "https://id%2eexample"),
        ("space-before", " https://id.example"),
        ("space-behind", "https://id.example "),
        ("newline-behind", "https://id.example\n"),
        ("nul-behind", "https://id.example\0"),
        ("nul-and-more", "https://id.example\0.evil.example"),
        ("another", "https://evil.example"),
        ("empty", ""),
        ("star", "*"),
    ] {
        let token = family.of(&claims().set("iss", &quoted(issuer)));
        page.refuse(
            Standard,
            id,
            "another issuer than the one expected, compared as text (RFC 8725 §3.8)",
            token,
        );
    }
    for (id, value) in [
        ("null", "null"),
        ("number", "1"),
        ("true", "true"),
        ("array", "[\"https://id.example\"]"),
        ("array-of-two", "[\"https://evil.example\",\"https://id.example\"]"),
        ("object", "{\"https://id.example\":1}"),
    ] {
        page.refuse(
            Standard,
            id,
            "iss must be a text (RFC 7519 §4.1.1)",
            family.of(&claims().set("iss", value)),
        );
    }
    page.refuse(Standard, "missing", "an issuer is expected", family.of(&claims().without("iss")));
    page.refuse(
        Standard,
        "in-another-case",
        "Iss is not iss",
        family.of(&claims().without("iss").set("Iss", "\"https://id.example\"")),
    );
}
