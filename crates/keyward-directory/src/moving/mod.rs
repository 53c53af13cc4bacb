//! A whole directory as a file, from one database to another, whatever their engines.
//!
//! One JSON text a line (`docs/moving.md`): a first line that says what it is, every row of every table in the order of
//! its key, a last line that closes it. Each line has a sum over itself and all before it, so that damage is found
//! where it is.

mod export;
mod import;
mod table;

use crate::canonical::{canonical, sha256};
use serde_json::{Value, json};

/// The version of the file's form.
const FORM: u64 = 1;
/// Hexadecimal digits of a line's sum: enough to find damage.
const SUM: usize = 16;
/// Rows fetched or written at a time.
const BATCH: usize = 200;

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Rows of all tables.
    pub rows: u64,
}

/// The first line.
fn head() -> Value {
    json!({ "keyward": "directory", "schema": crate::store::SCHEMA, "v": FORM })
}

/// The sum of a line, after that of the line before it; none before the first.
fn sum(before: &str, line: &Value) -> String {
    let mut sum = sha256(&format!("{before}{}", canonical(line)));
    sum.truncate(SUM);
    sum
}
