//! JSON in one form only (RFC 8785), for what is hashed or compared byte for byte.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

/// The value without spaces, its keys in order, text as it is but for what must be escaped. Numbers of ours are
/// whole, and so the same in every form.
pub(crate) fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => between(out, ['[', ']'], items, write),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            between(out, ['{', '}'], fields, |(name, value), out| {
                // Of text alone, `Display` is JSON with the escapes of RFC 8785.
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(value, out);
            });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string())
        }
    }
}

fn between<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut String),
) {
    out.push(open);
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(close);
}

/// A line's JSON, if the line is in this form, byte for byte, and ends.
pub(crate) fn strict(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_suffix('\n').ok_or("its line is not whole")?;
    let value: Value = serde_json::from_str(text).map_err(|e| format!("it is not JSON ({e})"))?;
    if canonical(&value) == text {
        Ok(value)
    } else {
        Err("it is not in the form that is written".to_owned())
    }
}

/// SHA-256 of the text, in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

/// Bytes in hexadecimal, in small letters.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8785 §3.2.2 and §3.2.3, without the fractions that we do not write.
    #[test]
    fn the_form_is_that_of_rfc_8785() {
        let value: Value = serde_json::from_str(
            r#"{ "text": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false], "a": {} }"#,
        )
        .unwrap();
        let form = r#"{"a":{},"literals":[null,true,false],"text":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(canonical(&value), form);
    }

    #[test]
    fn the_hash_is_sha_256() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256("abc"), known, "FIPS 180-2, appendix B.1");
    }
}
