//! Wycheproof's vectors of JSON Web Signatures, where they lie beside the repository. They are bare
//! signatures, most over the text `foo`: one counts as accepted where only its claims are amiss.

use std::{io::Write, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_verify::{Accept, KeySet, Refused, TokenType, open};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    comment: String,
    private: Option<Value>,
    public: Option<Value>,
    tests: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    tc_id: u32,
    comment: String,
    /// A text, or one of the JSON forms.
    jws: Option<Value>,
    result: String,
}

/// The groups of a file; none where Wycheproof is not here.
fn groups(name: &str) -> Vec<Group> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        let why = format!("Wycheproof's {name} is not at ../shared/vectors beside the repository");
        let _ = writeln!(std::io::stderr(), "skipped: {why}");
        return Vec::new();
    };
    serde_json::from_str::<File>(&text).unwrap().test_groups
}

impl Group {
    fn set(&self) -> Value {
        let given = self.public.as_ref().or(self.private.as_ref()).unwrap();
        if given.get("keys").is_some() { given.clone() } else { json!({ "keys": [given] }) }
    }

    /// Why we do not accept what Wycheproof calls valid, where that is so.
    fn ours_alone(&self, case: &Case) -> bool {
        let jws = case.jws.as_ref().and_then(Value::as_str).unwrap_or_default();
        let header = URL_SAFE_NO_PAD.decode(jws.split('.').next().unwrap_or_default()).unwrap_or_default();
        let header = String::from_utf8(header).unwrap_or_default();
        let set = self.set().to_string();
        // No HMAC is compiled in, and no P-521.
        header.contains("\"HS") || set.contains("\"oct\"") || header.contains("\"ES5")
            // The key is for PS256, the header says PS384.
            || (set.contains("\"PS256\"") && header.contains("PS384"))
    }
}

fn tried(name: &str) {
    let (mut wrong, mut accepted) = (Vec::new(), 0);
    let groups = groups(name);
    for group in &groups {
        let keys = KeySet::parse(group.set().to_string().as_bytes()).unwrap();
        for case in &group.tests {
            let Some(jws) = &case.jws else { continue };
            let jws = jws.as_str().map_or_else(|| jws.to_string(), str::to_owned);
            let outcome = open::<Value>(&jws, &keys, &Accept::usual(TokenType::AccessUnmarked));
            let passed = matches!(outcome, Ok(_) | Err(Refused::Claims(_)));
            let expected = case.result == "valid" && !group.ours_alone(case);
            accepted += usize::from(passed);
            if passed != expected {
                wrong.push(format!("{} {} {}: {outcome:?}", case.tc_id, group.comment, case.comment));
            }
        }
    }
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    assert!(groups.is_empty() || accepted > 0, "{name}: a reader that refuses everything is no reader");
}

#[test]
fn wycheproofs_signatures_are_judged_as_it_judges_them() {
    tried("json_web_signature_test.json");
}

#[test]
fn wycheproofs_key_sets_are_judged_as_it_judges_them() {
    tried("json_web_key_test.json");
}

#[test]
fn wycheproofs_mixed_operations_are_judged_as_it_judges_them() {
    tried("json_web_crypto_test.json");
}
