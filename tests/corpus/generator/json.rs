//! Header and payload that are no JSON object, or one that readers read differently.

use super::{
    book::{
        Book,
        By::{Standard, Strict},
    },
    family::{Family, claims},
};

pub fn write(book: &mut Book, family: &Family) {
    let mut page = book.page(family.profile, "json");
    for (part, good) in [("header", family.header().text()), ("claims", claims().text())] {
        let sign = |bytes: Vec<u8>| match part {
            "header" => family.sign_text(bytes, claims().text()),
            _ => family.sign_text(family.header().text(), bytes),
        };
        let inner = &good[1..good.len() - 1];
        for (id, text) in [
            ("array", format!("[{good}]")),
            ("text", "\"x\"".to_owned()),
            ("number", "1".to_owned()),
            ("null", "null".to_owned()),
            ("true", "true".to_owned()),
            ("empty-object", "{}".to_owned()),
            ("space", " ".to_owned()),
            ("cut", good[..good.len() - 1].to_owned()),
            ("letter-behind", format!("{good}x")),
            ("nul-behind", format!("{good}\0")),
            ("two-objects", format!("{good}{good}")),
            ("single-quotes", good.replace('"', "'")),
            ("comma-behind", format!("{{{inner},}}")),
            ("comment", format!("{{/* */{inner}}}")),
            ("line-comment", format!("{good}//")),
            ("not-a-number", format!("{{{inner},\"x\":NaN}}")),
            ("infinity", format!("{{{inner},\"x\":Infinity}}")),
            ("plus", format!("{{{inner},\"x\":+1}}")),
            ("leading-zero", format!("{{{inner},\"x\":01}}")),
            ("hex", format!("{{{inner},\"x\":0x1}}")),
            ("bare-name", format!("{{{inner},x:1}}")),
            ("raw-newline-in-a-text", format!("{{{inner},\"x\":\"\n\"}}")),
            ("raw-nul-in-a-text", format!("{{{inner},\"x\":\"\0\"}}")),
            ("unknown-escape", format!("{{{inner},\"x\":\"\\x41\"}}")),
            ("form-feed", format!("\u{c}{good}")),
            ("no-break-space", format!("\u{a0}{good}")),
        ] {
            let why = "not a JSON object (RFC 8259)";
            page.refuse(Standard, &format!("{part}-{id}"), why, sign(text.into_bytes()));
        }
        let with = |bytes: &[u8]| [b"{\"x\":\"", bytes, b"\",", &good.as_bytes()[1..]].concat();
        for (id, bytes) in [
            ("broken-utf-8", with(b"\xff")),
            ("cut-utf-8", with(b"\xc3")),
            ("overlong-utf-8", with(b"\xc0\xaf")),
            ("surrogate-in-utf-8", with(b"\xed\xa0\x80")),
            ("utf-16", good.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ] {
            page.refuse(Standard, &format!("{part}-{id}"), "not UTF-8 (RFC 7519 §7.2)", sign(bytes));
        }
        page.refuse(
            Strict,
            &format!("{part}-byte-order-mark"),
            "a mark that some readers skip (RFC 8259 §8.1)",
            sign([b"\xef\xbb\xbf", good.as_bytes()].concat()),
        );
        page.refuse(
            Strict,
            &format!("{part}-lone-surrogate"),
            "half a character, which readers mend differently (RFC 8259 §8.2)",
            sign(with(br"\ud800")),
        );
        page.refuse(
            Strict,
            &format!("{part}-number-beyond-any"),
            "a number that no machine holds (RFC 8259 §6)",
            sign(format!("{{{inner},\"x\":1e400}}").into_bytes()),
        );
        if family.profile == "es256" {
            for (id, open, close) in [("arrays", "[", "]"), ("objects", "{\"a\":", "}")] {
                let (times, core) = (4_000 / (open.len() + close.len()), if open == "[" { "" } else { "1" });
                let deep = format!("{{{inner},\"x\":{}{core}{}}}", open.repeat(times), close.repeat(times));
                page.refuse(
                    Strict,
                    &format!("{part}-deep-{id}"),
                    "nesting that exhausts a reader's stack",
                    sign(deep.into_bytes()),
                );
            }
        }
    }
}
