//! The corpus as it is written down.

use std::fmt::Write;

use serde_json::{Value, json};

/// Who says that a token passes or does not.
#[derive(Clone, Copy)]
pub enum By {
    /// A standard, of any reader that was told issuer, audience and algorithms.
    Standard,
    /// RFC 9068, RFC 8725 or a pinned client: of readers that can be told so.
    Profile,
    /// Keyward, where the standards leave it open.
    Strict,
    /// The tenant rule.
    Tenant,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Profile => "profile",
            Self::Strict => "strict",
            Self::Tenant => "tenant",
        }
    }
}

/// Profiles and vectors, in the order they were written.
#[derive(Default)]
pub struct Book {
    profiles: Vec<(String, Value)>,
    vectors: Vec<Value>,
}

impl Book {
    /// A profile: the issuers that a reader trusts, and what it expects of each.
    pub fn trust(&mut self, profile: &str, trusted: Vec<Value>) {
        assert!(self.profiles.iter().all(|(name, _)| name != profile), "{profile} stands twice");
        self.profiles.push((profile.to_owned(), json!({ "trusted": trusted })));
    }

    /// Vectors of one class, read under one profile.
    pub fn page<'b>(&'b mut self, profile: &'b str, class: &'static str) -> Page<'b> {
        Page { book: self, profile, class, tenant: "acme" }
    }

    /// The ids, in their order.
    pub fn ids(&self) -> Vec<&str> {
        self.vectors.iter().filter_map(|vector| vector["id"].as_str()).collect()
    }

    /// The file: a vector a line, so that a person can read a difference.
    pub fn text(&self) -> String {
        let mut text = String::from("{\n\"profiles\": {\n");
        lines(&mut text, self.profiles.iter().map(|(name, profile)| format!("\"{name}\": {profile}")));
        text.push_str("},\n\"vectors\": [\n");
        lines(&mut text, self.vectors.iter().map(Value::to_string));
        text.push_str("]\n}\n");
        text
    }
}

fn lines(text: &mut String, all: impl Iterator<Item = String>) {
    let all: Vec<String> = all.collect();
    writeln!(text, "{}", all.join(",\n")).expect("a text takes what is written");
}

/// Where vectors of one class are written.
pub struct Page<'b> {
    book: &'b mut Book,
    profile: &'b str,
    class: &'static str,
    /// The tenant that the token is held against.
    pub tenant: &'static str,
}

impl Page<'_> {
    /// A token that must be refused.
    pub fn refuse(&mut self, by: By, id: &str, why: &str, token: impl Into<Value>) {
        self.write(by, id, false, why, token.into());
    }

    /// A token that must pass.
    pub fn pass(&mut self, by: By, id: &str, why: &str, token: impl Into<Value>) {
        self.write(by, id, true, why, token.into());
    }

    fn write(&mut self, by: By, id: &str, good: bool, why: &str, token: Value) {
        let id = format!("{}/{}/{id}", self.profile, self.class);
        self.book.vectors.push(json!({
            "id": id, "class": self.class, "profile": self.profile, "tenant": self.tenant,
            "by": by.name(), "good": good, "why": why, "token": token,
        }));
    }
}
