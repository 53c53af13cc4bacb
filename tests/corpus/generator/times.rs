//! `exp`, `nbf` and `iat`: over, not begun, missing, or no NumericDate (RFC 7519 §2).

use super::{
    book::{
        Book,
        By::{Profile, Standard, Strict},
    },
    family::{Family, claims},
};

/// No time at all. RFC 7519 §4.1.4: "Its value MUST be a number containing a NumericDate value."
const NO_TIME: [(&str, &str); 9] = [
    ("as-text", "\"4102444800\""),
    ("as-date", "\"2100-01-01T00:00:00Z\""),
    ("as-empty-text", "\"\""),
    ("true", "true"),
    ("false", "false"),
    ("null", "null"),
    ("as-array", "[4102444800]"),
    ("as-empty-array", "[]"),
    ("as-object", "{\"$date\":4102444800}"),
];

/// Numbers that readers hold differently, or not at all.
const NO_SECONDS: [(&str, &str); 8] = [
    ("1e400", "1e400"),
    ("2-to-the-63", "9223372036854775808"),
    ("2-to-the-64", "18446744073709551616"),
    ("of-400-digits", ""),
    ("fraction", "4102444800.5"),
    ("with-exponent", "4.1024448e9"),
    ("minus-1e400", "-1e400"),
    ("tiny", "1e-400"),
];

pub fn write(book: &mut Book, family: &Family) {
    let mut page = book.page(family.profile, "times");
    let with = |name: &str, value: &str| family.of(&claims().set(name, value));
    for name in ["exp", "nbf", "iat"] {
        for (id, value) in NO_TIME {
            page.refuse(
                Standard,
                &format!("{name}-{id}"),
                "not a NumericDate (RFC 7519 §2)",
                with(name, value),
            );
        }
        for (id, value) in NO_SECONDS {
            let digits = "9".repeat(400);
            let value = if value.is_empty() { &digits } else { value };
            page.refuse(
                Strict,
                &format!("{name}-{id}"),
                "no whole number of seconds that every reader holds alike",
                with(name, value),
            );
        }
    }
    for (id, value) in
        [("in-2001", "1000000000"), ("zero", "0"), ("minus-one", "-1"), ("long-ago", "-9223372036854775808")]
    {
        page.refuse(Standard, &format!("exp-{id}"), "expired", with("exp", value));
    }
    page.refuse(Standard, "nbf-in-2100", "not valid yet", with("nbf", "4102444799"));
    page.refuse(Standard, "nbf-at-the-end-of-time", "not valid yet", with("nbf", "9223372036854775807"));
    page.refuse(Strict, "iat-in-2100", "made in the future", with("iat", "4102444799"));
    page.refuse(
        Profile,
        "exp-missing",
        "exp is required (RFC 9068 §2.2)",
        family.of(&claims().without("exp")),
    );
    page.refuse(
        Profile,
        "iat-missing",
        "iat is required (RFC 9068 §2.2)",
        family.of(&claims().without("iat")),
    );
    page.refuse(
        Profile,
        "exp-in-another-case",
        "Exp is not exp",
        family.of(&claims().without("exp").set("Exp", "4102444800")),
    );
    page.refuse(
        Strict,
        "exp-over-and-exp-again",
        "a name stands twice",
        family.of(&claims().after("exp", "1000000000")),
    );
}
