//! Tokens that are good, and another tenant's: one profile for each way in which a token proves its tenant.

use serde_json::{Value, json};

use super::{
    book::{
        Book,
        By::{Standard, Strict, Tenant},
        Page,
    },
    family::{ACME, Family, GLOBEX, ISSUER, OWN, claims},
    key::Kind,
    object::{Object, quoted},
};

const OTHER: &str = "https://other.example";
const TENANT: &str = "https://keyward.dev/claims/tenant";

pub fn write(book: &mut Book) {
    let family = Family::new("tenant", "ES256", Kind::P256);
    audience(book, &family);
    let one_api = claims().set("aud", &quoted(OWN));
    claim(book, &family, &one_api);
    organization(book, &family, &one_api);
    organization_roles(book, &family, &one_api);
    party(book, &family, &one_api);
    all(book, &family);
    issuers(book);
}

/// What `family` is trusted with, but for the rule; one API for all tenants.
fn ruled(family: &Family, rule: Value) -> Value {
    let mut trusted = family.trusted();
    trusted["rule"] = rule;
    trusted["tenant_audience"] = Value::Null;
    trusted
}

const WHY: &str = "good, and not this tenant's";

fn audience(book: &mut Book, family: &Family) {
    book.trust("api-per-tenant", vec![family.trusted()]);
    let mut page = book.page("api-per-tenant", "tenant-audience");
    let of = |aud: &str| family.of(&claims().set("aud", aud));
    let (acme, globex, own) = (quoted(ACME), quoted(GLOBEX), quoted(OWN));
    page.pass(Tenant, "acme", "the tenant's own", of(&acme));
    page.pass(
        Tenant,
        "acme-and-our-own",
        "the service's own names no tenant",
        of(&format!("[{own},{acme}]")),
    );
    for (id, aud) in [
        ("globex", globex.clone()),
        ("our-own", own.clone()),
        ("globex-and-our-own", format!("[{own},{globex}]")),
        ("acme-and-globex", format!("[{acme},{globex}]")),
        ("globex-and-acme", format!("[{globex},{acme}]")),
        ("acme-and-a-longer-name", format!("[{acme},\"https://api.example/t/acme-2\"]")),
        ("acme-and-one-in-upper-case", format!("[{acme},\"https://api.example/t/GLOBEX\"]")),
        ("longer-name", quoted("https://api.example/t/acme2")),
        ("shorter-name", quoted("https://api.example/t/acm")),
    ] {
        page.refuse(Tenant, id, WHY, of(&aud));
    }
    let stray = claims().set("aud", &globex).set(TENANT, "\"acme\"").set("org_id", "\"acme\"");
    page.refuse(Tenant, "globex-that-says-acme-elsewhere", "only the audience counts", family.of(&stray));
    page.tenant = "globex";
    page.refuse(Tenant, "acme-at-globex", WHY, of(&acme));
    page.pass(Tenant, "globex-at-globex", "the tenant's own", of(&globex));
    page.tenant = "nowhere";
    page.refuse(Tenant, "acme-at-an-unknown-tenant", "an unknown tenant is nobody's default", of(&acme));
}

/// Values that prove nothing under a rule that wants a text.
fn shapes(page: &mut Page<'_>, family: &Family, claims: &Object, name: &str) {
    for (id, value) in [
        ("globex", "\"globex\""),
        ("upper-case", "\"ACME\""),
        ("longer", "\"acme2\""),
        ("shorter", "\"acm\""),
        ("space-behind", "\"acme \""),
        ("nul-behind", "\"acme\\u0000\""),
        ("cyrillic-letter", "\"аcme\""),
        ("both-in-a-text", "\"acme globex\""),
        ("both-with-a-comma", "\"acme,globex\""),
        ("empty", "\"\""),
        ("star", "\"*\""),
        ("null", "null"),
        ("true", "true"),
        ("number", "1"),
        ("empty-array", "[]"),
        ("empty-object", "{}"),
        ("array-of-both", "[\"acme\",\"globex\"]"),
        ("array-of-globex", "[\"globex\"]"),
        ("array-with-null", "[\"acme\",null]"),
        ("array-in-an-array", "[[\"acme\"]]"),
        ("object-of-both", "{\"acme\":{},\"globex\":{}}"),
        ("object-of-globex", "{\"globex\":{\"id\":\"acme\"}}"),
        ("object-with-acme-inside", "{\"id\":\"acme\"}"),
    ] {
        page.refuse(Tenant, id, WHY, family.of(&claims.clone().set(name, value)));
    }
    page.refuse(Tenant, "missing", "silence proves no tenant", family.of(claims));
    let doubled = claims.clone().set(name, "\"globex\"").then(name, "\"acme\"");
    page.refuse(Strict, "twice", "a name stands twice", family.of(&doubled));
    let last = claims.clone().set(name, "\"acme\"").then(name, "\"globex\"");
    page.refuse(Tenant, "twice-the-last-another", "a name stands twice", family.of(&last));
}

fn claim(book: &mut Book, family: &Family, one_api: &Object) {
    let rule = json!({ "claim": { "name": TENANT, "value": "{tenant}" } });
    book.trust("tenant-claim", vec![ruled(family, rule)]);
    let mut page = book.page("tenant-claim", "tenant-claim");
    page.pass(
        Tenant,
        "acme",
        "the claim names the tenant",
        family.of(&one_api.clone().set(TENANT, "\"acme\"")),
    );
    page.pass(
        Tenant,
        "acme-escaped",
        "an escaped letter is the letter",
        family.of(&one_api.clone().set(TENANT, r#""\u0061cme""#)),
    );
    shapes(&mut page, family, one_api, TENANT);
    for (id, value) in [("array-of-acme", "[\"acme\"]"), ("object-of-acme", "{\"acme\":{}}")] {
        page.refuse(Tenant, id, "a tenant claim is a text", family.of(&one_api.clone().set(TENANT, value)));
    }
    let elsewhere =
        one_api.clone().set("tenant", "\"acme\"").set("https://keyward.dev/claims/Tenant", "\"acme\"");
    page.refuse(Tenant, "another-claim", "only the configured claim counts", family.of(&elsewhere));
}

fn organization(book: &mut Book, family: &Family, one_api: &Object) {
    let rule = json!({ "organization": { "name": "organization", "value": "{tenant}" } });
    book.trust("organization", vec![ruled(family, rule)]);
    let mut page = book.page("organization", "organization");
    for (id, value) in [
        ("text", "\"acme\""),
        ("array-of-one", "[\"acme\"]"),
        ("object-of-one", "{\"acme\":{\"id\":\"42\"}}"),
        ("object-of-one-empty", "{\"acme\":{}}"),
    ] {
        page.pass(
            Tenant,
            id,
            "it names this organization and no other",
            family.of(&one_api.clone().set("organization", value)),
        );
    }
    shapes(&mut page, family, one_api, "organization");
}

fn organization_roles(book: &mut Book, family: &Family, one_api: &Object) {
    let name = "urn:zitadel:iam:org:project:roles";
    let rule = json!({ "organization_roles": { "name": name, "value": "{tenant}" } });
    book.trust("organization-roles", vec![ruled(family, rule)]);
    let mut page = book.page("organization-roles", "organization-roles");
    let of = |value: &str| family.of(&one_api.clone().set(name, value));
    page.pass(Tenant, "one-role", "every role is held here", of(r#"{"admin":{"acme":"acme.example"}}"#));
    page.pass(
        Tenant,
        "two-roles",
        "every role is held here",
        of(r#"{"admin":{"acme":"a"},"editor":{"acme":"a"}}"#),
    );
    for (id, value) in [
        ("a-role-elsewhere", r#"{"admin":{"acme":"a"},"editor":{"globex":"g"}}"#),
        ("a-role-in-both", r#"{"admin":{"acme":"a","globex":"g"}}"#),
        ("a-role-called-acme", r#"{"acme":{"globex":"acme"}}"#),
        ("a-role-that-is-a-text", r#"{"admin":"acme"}"#),
        ("a-role-that-is-an-array", r#"{"admin":["acme"]}"#),
    ] {
        page.refuse(Tenant, id, WHY, of(value));
    }
    shapes(&mut page, family, one_api, name);
}

fn party(book: &mut Book, family: &Family, one_api: &Object) {
    let mut trusted = ruled(family, json!({ "authorized_party": { "acme": "app", "globex": "desk" } }));
    trusted["clients"] = Value::Null;
    book.trust("application-per-tenant", vec![trusted]);
    let mut page = book.page("application-per-tenant", "tenant-application");
    let by = |client: &str| family.of(&one_api.clone().set("azp", client).set("client_id", client));
    page.pass(Tenant, "acme", "the tenant's application", by("\"app\""));
    page.pass(
        Tenant,
        "client-id-alone",
        "either names the client",
        family.of(&one_api.clone().without("azp")),
    );
    for (id, client) in [
        ("globex", "\"desk\""),
        ("unknown", "\"evil\""),
        ("upper-case", "\"APP\""),
        ("longer", "\"app2\""),
        ("the-tenants-name", "\"acme\""),
        ("both", "\"app desk\""),
    ] {
        page.refuse(Tenant, id, WHY, by(client));
    }
    page.refuse(
        Tenant,
        "missing",
        "silence proves no tenant",
        family.of(&one_api.clone().without("azp").without("client_id")),
    );
    page.refuse(
        Tenant,
        "two-that-differ",
        "two clients are named",
        family.of(&one_api.clone().set("client_id", "\"desk\"")),
    );
    page.tenant = "nowhere";
    page.refuse(Tenant, "a-tenant-without-application", "nobody's default", by("\"app\""));
}

fn all(book: &mut Book, family: &Family) {
    let api = "https://api.example/t/{tenant}";
    let mut trusted = family.trusted();
    trusted["rule"] =
        json!({ "all": [{ "audience": api }, { "claim": { "name": TENANT, "value": "{tenant}" } }] });
    book.trust("audience-and-claim", vec![trusted]);
    let mut page = book.page("audience-and-claim", "tenant-both");
    let of =
        |aud: &str, tenant: &str| family.of(&claims().set("aud", &quoted(aud)).set(TENANT, &quoted(tenant)));
    page.pass(Tenant, "acme", "both say so", of(ACME, "acme"));
    page.refuse(Tenant, "audience-of-globex", WHY, of(GLOBEX, "acme"));
    page.refuse(Tenant, "claim-of-globex", WHY, of(ACME, "globex"));
    page.refuse(Tenant, "both-of-globex", WHY, of(GLOBEX, "globex"));
    page.refuse(Tenant, "claim-missing", "silence proves no tenant", family.of(&claims()));
}

/// Two issuers, whose keys have the same name; and an issuer for each tenant.
fn issuers(book: &mut Book) {
    let (one, two) = (Family::new("one", "ES256", Kind::P256), Family::new("two", "RS256", Kind::Rsa));
    let their_api = "https://other.example/api";
    let mut other = ruled(&two, json!({ "claim": { "name": "org", "value": "{tenant}" } }));
    other["issuer"] = OTHER.into();
    other["audiences"] = json!([their_api]);
    book.trust("two-issuers", vec![one.trusted(), other]);
    let theirs = claims().set("iss", &quoted(OTHER)).set("aud", &quoted(their_api)).set("org", "\"acme\"");
    let mut page = book.page("two-issuers", "two-issuers");
    page.pass(Standard, "first", "each opens with its own key", one.of(&claims()));
    page.pass(Standard, "second", "each opens with its own key", two.of(&theirs));
    page.refuse(
        Standard,
        "first-by-the-seconds-key",
        "another issuer's key opens nothing",
        two.of(&claims()),
    );
    page.refuse(Standard, "second-by-the-firsts-key", "another issuer's key opens nothing", one.of(&theirs));
    page.refuse(
        Standard,
        "first-with-the-seconds-audience",
        "nor its audience",
        one.of(&claims().set("aud", &quoted(their_api))),
    );
    page.refuse(
        Standard,
        "second-with-the-firsts-audience",
        "nor its audience",
        two.of(&theirs.clone().set("aud", &quoted(ACME))),
    );
    page.refuse(
        Standard,
        "neither",
        "an issuer that nobody trusts",
        one.of(&claims().set("iss", "\"https://evil.example\"")),
    );
    page.refuse(
        Standard,
        "both",
        "iss is one text",
        one.of(&claims().set("iss", &format!("[{},{}]", quoted(ISSUER), quoted(OTHER)))),
    );
    page.refuse(Strict, "twice", "a name stands twice", one.of(&claims().after("iss", &quoted(OTHER))));
    page.refuse(
        Standard,
        "twice-the-last-the-other",
        "a name stands twice",
        one.of(&claims().then("iss", &quoted(OTHER))),
    );
    page.refuse(Tenant, "second-for-globex", WHY, two.of(&theirs.clone().set("org", "\"globex\"")));
    page.refuse(
        Tenant,
        "second-that-says-acme-as-the-first-does",
        "each is held to its own rule",
        two.of(&theirs.without("org").set("aud", &format!("[{},{}]", quoted(their_api), quoted(ACME)))),
    );

    let rule = json!({ "issuer": "https://id.example/{tenant}" });
    let realm = |family: &Family, issuer: &str| {
        let mut trusted = ruled(family, rule.clone());
        trusted["issuer"] = issuer.into();
        trusted
    };
    let (acme, globex) = ("https://id.example/acme", "https://id.example/globex");
    book.trust("issuer-per-tenant", vec![realm(&one, acme), realm(&two, globex)]);
    let mut page = book.page("issuer-per-tenant", "tenant-issuer");
    let of = |issuer: &str| claims().set("iss", &quoted(issuer)).set("aud", &quoted(OWN));
    page.pass(Tenant, "acme", "the tenant's own issuer", one.of(&of(acme)));
    page.refuse(Tenant, "globex", WHY, two.of(&of(globex)));
    page.refuse(
        Standard,
        "acme-by-the-key-of-globex",
        "another issuer's key opens nothing",
        two.of(&of(acme)),
    );
    page.refuse(Standard, "no-tenant", "an issuer that nobody trusts", one.of(&of(ISSUER)));
    page.refuse(Standard, "upper-case", "compared as text", one.of(&of("https://id.example/ACME")));
    page.refuse(Standard, "dots", "compared as text", one.of(&of("https://id.example/globex/../acme")));
    page.tenant = "globex";
    page.refuse(Tenant, "acme-at-globex", WHY, one.of(&of(acme)));
    page.pass(Tenant, "globex-at-globex", "the tenant's own issuer", two.of(&of(globex)));
}
