//! The check of an exported audit: of the file alone, without a directory.

use std::{
    collections::HashSet,
    fmt,
    io::{BufRead, Read},
};

use keyward_model::{PersonId, PlanId, TenantId, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{BEFORE_THE_FIRST, FORM, Recorded};
use crate::canonical::strict;

/// Bytes of a line at most; an entry of a hundred thousand changes stays far below.
const MAX_LINE: u64 = 256 * 1024 * 1024;

/// What a good export holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedAudit {
    /// Whose it is.
    pub tenant: TenantId,
    /// How many entries.
    pub entries: u64,
    /// The hash of the newest.
    pub newest: String,
}

/// The first thing that is wrong with an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Which line of the file, from 1.
    pub line: u64,
    /// What is wrong.
    pub kind: FlawKind,
    words: String,
}

/// What may be wrong with an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlawKind {
    /// It is no export of an audit, or cannot be read.
    Foreign,
    /// It is not as it was written.
    Changed,
    /// An entry is not there.
    Missing,
    /// An entry is there twice.
    Doubled,
    /// An entry stands before its turn.
    OutOfOrder,
    /// What comes last is not there.
    Cut,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {}: {}", self.line, self.words)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    keyward: String,
    tenant: TenantId,
    v: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tail {
    entries: u64,
    newest: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    actor: PersonId,
    at: Timestamp,
    changes: Value,
    hash: String,
    number: u64,
    plan: PlanId,
    previous: String,
    reason: Option<String>,
    #[serde(default, deserialize_with = "there")]
    roles: Option<Value>,
    tenant: TenantId,
    v: u64,
}

/// A key that is there, `null` or not: what is hashed has it then.
fn there<'d, D: Deserializer<'d>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// An entry's line, as far as the rest of the file is concerned.
struct Link {
    number: u64,
    previous: String,
    hash: String,
}

/// What a line after the first turned out to be.
enum Line {
    Link(Link),
    Tail(Tail),
    Bad(String),
}

/// Checks an export: every entry as it was written, from the first to the last. `pinned` is the hash of some entry, kept
/// elsewhere since: it must be there.
///
/// # Errors
/// The first flaw.
pub fn verify_audit(file: impl BufRead, pinned: Option<&str>) -> Result<VerifiedAudit, Flaw> {
    let (head, lines) = read(file)?;
    let numbers: HashSet<u64> = lines
        .iter()
        .filter_map(|line| if let Line::Link(link) = line { Some(link.number) } else { None })
        .collect();
    let (mut expected, mut previous, mut seen) = (1, BEFORE_THE_FIRST.to_owned(), pinned.is_none());
    let mut tail: Option<(u64, Tail)> = None;
    let mut at = 1;
    for line in lines {
        at += 1;
        let flaw = |kind, words: String| Err(Flaw { line: at, kind, words });
        if tail.is_some() {
            return flaw(FlawKind::Changed, "The file goes on after its closing line.".to_owned());
        }
        match line {
            Line::Bad(why) => {
                return flaw(FlawKind::Changed, format!("Entry {expected} was changed: {why}."));
            }
            Line::Tail(found) => tail = Some((at, found)),
            Line::Link(link) if link.number < expected => {
                return flaw(FlawKind::Doubled, format!("Entry {} is there twice.", link.number));
            }
            Line::Link(link) if link.number > expected && numbers.contains(&expected) => {
                let words = format!("Entry {} stands before entry {expected}.", link.number);
                return flaw(FlawKind::OutOfOrder, words);
            }
            Line::Link(link) if link.number > expected => {
                let words =
                    format!("Entry {expected} is missing: entry {} stands in its place.", link.number);
                return flaw(FlawKind::Missing, words);
            }
            Line::Link(link) if link.previous != previous => {
                let words =
                    format!("Entry {expected} was changed: it does not follow on the entry before it.");
                return flaw(FlawKind::Changed, words);
            }
            Line::Link(link) => {
                seen |= pinned.is_some_and(|pinned| pinned.eq_ignore_ascii_case(&link.hash));
                (expected, previous) = (expected + 1, link.hash);
            }
        }
    }
    let entries = expected - 1;
    let cut = |line, words: String| Err(Flaw { line, kind: FlawKind::Cut, words });
    let Some((at, tail)) = tail else {
        return cut(
            at + 1,
            format!("The file was cut: it ends after entry {entries}, without its closing line."),
        );
    };
    if (tail.entries, &tail.newest) != (entries, &previous) {
        let words = format!(
            "The file was cut: its closing line speaks of {} entries, there are {entries}.",
            tail.entries
        );
        return cut(at, words);
    }
    if !seen {
        let words =
            "No entry has the pinned hash: the file was cut at its end, or its entries were written anew.";
        return cut(at, words.to_owned());
    }
    Ok(VerifiedAudit { tenant: head.tenant, entries, newest: previous })
}

/// Reads every line, and looks at each by itself.
fn read(mut file: impl BufRead) -> Result<(Head, Vec<Line>), Flaw> {
    let foreign = |line, words: String| Flaw { line, kind: FlawKind::Foreign, words };
    let mut next = |number: u64| -> Result<Option<Vec<u8>>, Flaw> {
        let mut bytes = Vec::new();
        let read = file.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes);
        let length = read.map_err(|e| foreign(number, format!("The file cannot be read: {e}.")))?;
        Ok((length > 0).then_some(bytes))
    };
    let head =
        next(1)?.and_then(|bytes| strict(&bytes).ok()).and_then(|value| serde_json::from_value(value).ok());
    let Some(head) = head.filter(|head: &Head| head.keyward == "audit") else {
        return Err(foreign(1, "This is not an export of an audit.".to_owned()));
    };
    if head.v != FORM {
        let words = format!("The audit was exported in form {}, and this version knows form {FORM}.", head.v);
        return Err(foreign(1, words));
    }
    let mut lines = Vec::new();
    while let Some(bytes) = next(lines.len() as u64 + 2)? {
        lines.push(look(&bytes, &head.tenant).unwrap_or_else(Line::Bad));
    }
    Ok((head, lines))
}

/// A line by itself.
fn look(bytes: &[u8], tenant: &TenantId) -> Result<Line, String> {
    let value = strict(bytes)?;
    if value.get("entries").is_some() {
        return serde_json::from_value(value).map(Line::Tail).map_err(|e| e.to_string());
    }
    let entry: Entry = serde_json::from_value(value).map_err(|e| e.to_string())?;
    let Entry { actor, at, changes, hash, number, plan, previous, reason, roles, tenant: of, v } = entry;
    if v != FORM || of != *tenant {
        return Err(format!(
            "it is of form {v} and tenant {of}, where form {FORM} and {tenant} were announced"
        ));
    }
    let recorded = Recorded { tenant: of, number, at, actor, plan, changes, roles, reason };
    if recorded.hash(&previous) != hash {
        return Err("its hash is not that of what it says".to_owned());
    }
    Ok(Line::Link(Link { number, previous, hash }))
}
