//! Audience, subject, client; and claims that stand twice.

use super::{
    book::{
        Book,
        By::{Profile, Standard, Strict},
        Page,
    },
    family::{ACME, Family, GLOBEX, claims},
    object::quoted,
};

pub fn write(book: &mut Book, family: &Family) {
    audience(book.page(family.profile, "audience"), family);
    subject(book.page(family.profile, "subject"), family);
    client(book.page(family.profile, "client"), family);
    twice(book.page(family.profile, "twice"), family);
    kind(book.page(family.profile, "kind"), family);
}

fn audience(mut page: Page<'_>, family: &Family) {
    for (id, aud) in [
        ("another-service", "https://evil.example/t/acme"),
        ("longer", "https://api.example/t/acme/x"),
        ("trailing-slash", "https://api.example/t/acme/"),
        ("shorter", "https://api.example/t/"),
        ("head-only", "https://api.example"),
        ("tail-only", "acme"),
        ("another-head", "xhttps://api.example/t/acme"),
        ("upper-case-host", "https://API.example/t/acme"),
        ("upper-case-path", "https://api.example/T/acme"),
        ("upper-case-tenant", "https://api.example/t/ACME"),
        ("http", "http://api.example/t/acme"),
        ("port", "https://api.example:443/t/acme"),
        ("user", "https://u@api.example/t/acme"),
        ("query", "https://api.example/t/acme?"),
        ("fragment", "https://api.example/t/acme#x"),
        ("dots", "https://api.example/t/globex/../acme"),
        ("percent", "https://api.example/t/%61cme"),
        ("two-slashes", "https://api.example/t//acme"),
        ("space-behind", "https://api.example/t/acme "),
        ("newline-behind", "https://api.example/t/acme\n"),
        ("nul-behind", "https://api.example/t/acme\0"),
        ("two-in-a-text", "https://api.example/t/acme https://id.example/userinfo"),
        ("two-with-a-comma", "https://api.example/t/acme,https://id.example/userinfo"),
        ("array-in-a-text", "[\"https://api.example/t/acme\"]"),
        ("cyrillic-letter", "https://api.example/t/аcme"),
        ("template", "https://api.example/t/{tenant}"),
        ("star", "*"),
        ("empty", ""),
    ] {
        let why = "not this service, compared as text (RFC 7519 §4.1.3)";
        page.refuse(Standard, id, why, family.of(&claims().set("aud", &quoted(aud))));
        if matches!(id, "another-service" | "longer" | "shorter" | "upper-case-host" | "empty") {
            let array = format!("[{}]", quoted(aud));
            page.refuse(Standard, &format!("{id}-in-an-array"), why, family.of(&claims().set("aud", &array)));
        }
    }
    for (id, value) in [
        ("empty-array", "[]".to_owned()),
        ("null", "null".to_owned()),
        ("number", "1".to_owned()),
        ("true", "true".to_owned()),
        ("object", format!("{{{}:true}}", quoted(ACME))),
        ("array-in-an-array", format!("[[{}]]", quoted(ACME))),
        ("array-of-numbers", "[1,2]".to_owned()),
        ("array-of-null", "[null]".to_owned()),
    ] {
        page.refuse(
            Standard,
            id,
            "aud names nobody (RFC 7519 §4.1.3)",
            family.of(&claims().set("aud", &value)),
        );
    }
    for (id, other) in [
        ("beside-a-number", "1"),
        ("beside-null", "null"),
        ("beside-an-array", "[\"x\"]"),
        ("beside-an-object", "{}"),
    ] {
        let value = format!("[{},{other}]", quoted(ACME));
        page.refuse(Strict, id, "an array of audiences holds texts", family.of(&claims().set("aud", &value)));
    }
    page.refuse(
        Standard,
        "missing",
        "an audience is expected (RFC 8725 §3.9)",
        family.of(&claims().without("aud")),
    );
    page.refuse(
        Standard,
        "in-another-case",
        "Aud is not aud",
        family.of(&claims().without("aud").set("Aud", &quoted(ACME))),
    );
}

fn subject(mut page: Page<'_>, family: &Family) {
    page.refuse(Profile, "missing", "sub is required (RFC 9068 §2.2)", family.of(&claims().without("sub")));
    for (id, value) in [
        ("number", "7"),
        ("null", "null"),
        ("true", "true"),
        ("array", "[\"ada\"]"),
        ("object", "{\"id\":\"ada\"}"),
        ("zero", "0"),
        ("false", "false"),
    ] {
        page.refuse(
            Standard,
            id,
            "sub must be a text (RFC 7519 §4.1.2)",
            family.of(&claims().set("sub", value)),
        );
    }
    for (id, value) in [
        ("empty", String::new()),
        ("space", " ".to_owned()),
        ("nul", "ada\0".to_owned()),
        ("newline", "ada\nroot".to_owned()),
        ("of-256", "s".repeat(256)),
        ("beyond-ascii", "аda".to_owned()),
    ] {
        page.refuse(
            Strict,
            id,
            "sub is 1 to 255 visible ASCII characters (OpenID Connect Core §2)",
            family.of(&claims().set("sub", &quoted(&value))),
        );
    }
}

fn client(mut page: Page<'_>, family: &Family) {
    let both = |value: &str| family.of(&claims().set("azp", value).set("client_id", value));
    for (id, client) in [
        ("another", "evil"),
        ("upper-case", "App"),
        ("longer", "app2"),
        ("shorter", "ap"),
        ("space-behind", "app "),
        ("nul-behind", "app\0"),
        ("two-in-a-text", "app desk"),
        ("empty", ""),
    ] {
        page.refuse(Profile, id, "another client than those let in", both(&quoted(client)));
    }
    for (id, value) in [("number", "1"), ("array", "[\"app\"]"), ("object", "{\"app\":1}"), ("null", "null")]
    {
        page.refuse(Profile, id, "a client is named by a text", both(value));
    }
    page.refuse(
        Profile,
        "missing",
        "a client is expected",
        family.of(&claims().without("azp").without("client_id")),
    );
    page.refuse(
        Strict,
        "azp-and-client-id-differ",
        "two clients are named, and readers pick either",
        family.of(&claims().set("client_id", "\"evil\"")),
    );
    page.refuse(
        Strict,
        "client-id-and-azp-differ",
        "two clients are named, and readers pick either",
        family.of(&claims().set("azp", "\"evil\"")),
    );
    page.refuse(
        Strict,
        "two-that-are-let-in",
        "two clients are named, and readers pick either",
        family.of(&claims().set("azp", "\"desk\"")),
    );
}

/// RFC 7519 §4 lets a reader refuse, or take the last. So the first must never count.
fn twice(mut page: Page<'_>, family: &Family) {
    for (name, bad) in [
        ("iss", "\"https://evil.example\""),
        ("sub", "7"),
        ("aud", "\"https://evil.example/t/acme\""),
        ("exp", "1000000000"),
        ("iat", "\"0\""),
    ] {
        let token = family.of(&claims().then(name, bad));
        page.refuse(
            Standard,
            &format!("{name}-good-then-bad"),
            "the last of two must count, or none (RFC 7519 §4)",
            token,
        );
        let token = family.of(&claims().after(name, bad));
        page.refuse(Strict, &format!("{name}-bad-then-good"), "two readers could see two tokens", token);
    }
    let nbf = claims().set("nbf", "1000000000");
    page.refuse(
        Standard,
        "nbf-good-then-bad",
        "the last of two must count, or none (RFC 7519 §4)",
        family.of(&nbf.clone().then("nbf", "4102444799")),
    );
    page.refuse(
        Strict,
        "nbf-bad-then-good",
        "two readers could see two tokens",
        family.of(&nbf.after("nbf", "4102444799")),
    );
    for (id, claims) in [
        ("client-id", claims().after("client_id", "\"evil\"")),
        ("azp", claims().after("azp", "\"evil\"")),
        ("same-value", claims().then("sub", "\"ada\"")),
        ("escaped-name", claims().after(r"\u0061ud", &quoted(GLOBEX))),
        ("escaped-name-of-exp", claims().after(r"e\u0078p", "1000000000")),
        ("unknown-claim", claims().then("x", "1").then("x", "2")),
        ("inside-another", claims().then("x", "{\"a\":1,\"a\":2}")),
        ("inside-an-array", claims().then("x", "[[{\"a\":1,\"a\":1}]]")),
        (
            "roles",
            claims()
                .then("https://keyward.dev/claims/roles", "[\"a\"]")
                .then("https://keyward.dev/claims/roles", "[\"b\"]"),
        ),
        (
            "all-of-them",
            claims().text().trim_matches(['{', '}']).split(',').fold(claims(), |all, member| {
                let (name, value) = member.split_once("\":").unwrap_or_default();
                all.then(name.trim_matches('"'), value)
            }),
        ),
    ] {
        page.refuse(Strict, id, "a name stands twice", family.of(&claims));
    }
}

/// Another kind of token by the same issuer, with the same key (RFC 8725 §3.11).
fn kind(mut page: Page<'_>, family: &Family) {
    let id_token = claims().set("aud", "\"app\"").set("nonce", "\"n\"").set("at_hash", "\"h\"");
    let jwt = family.header().set("typ", "\"JWT\"");
    page.refuse(Standard, "id-token", "an ID token is for the client", family.sign(&jwt, &id_token));
    page.refuse(
        Profile,
        "id-token-with-our-audience",
        "an ID token is no access token",
        family.sign(&jwt, &id_token.clone().set("aud", &format!("[\"app\",{}]", quoted(ACME)))),
    );
    page.refuse(Standard, "id-token-marked-as-access", "it is for the client still", family.of(&id_token));
    for typ in [
        "JWT",
        "jwt",
        "id+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "token-introspection+jwt",
        "oauth-authz-req+jwt",
        "application/jwt",
        "JOSE",
        "JOSE+JSON",
        "at+jwt2",
        "xat+jwt",
        "at jwt",
        "at+jwt;charset=utf-8",
        "text/at+jwt",
        "application/application/at+jwt",
        "application/",
        "at+jwt\0",
        " at+jwt",
        "аt+jwt",
        "",
    ] {
        let name = typ.replace(|c: char| !c.is_ascii_graphic(), "?").replace(['/', '+', ';', '='], "-");
        let id = if typ.is_empty() { "typ-empty".to_owned() } else { format!("typ-{name}") };
        page.refuse(
            Profile,
            &id,
            "only at+jwt is an access token here (RFC 9068 §4)",
            family.under(&family.header().set("typ", &quoted(typ))),
        );
    }
    page.refuse(
        Profile,
        "typ-absent",
        "only at+jwt is an access token here (RFC 9068 §4)",
        family.under(&family.header().without("typ")),
    );
    for (id, value) in
        [("null", "null"), ("number", "1"), ("array", "[\"at+jwt\"]"), ("object", "{\"at+jwt\":1}")]
    {
        page.refuse(
            Profile,
            &format!("typ-{id}"),
            "typ is a text (RFC 7515 §4.1.9)",
            family.under(&family.header().set("typ", value)),
        );
    }
}
