//! Changes as a table (RFC 4180), such as spreadsheets write: one a line, under a first line that names the columns.
//!
//! A table is good as a whole or not at all. What is wrong is told with its line, column and value.

mod line;
mod people;

use aws_lc_rs::digest::{SHA256, digest};
use csv::{ByteRecord, ReaderBuilder};
use keyward_model::{Error, ErrorCode, Result, limit};

use crate::canonical::hex;
use line::{Column, Line};

/// The mark that some programs begin a text with (U+FEFF).
const MARK: &[u8] = b"\xef\xbb\xbf";
/// Characters of a value that an error repeats.
const REPEATED: usize = 80;

/// A table, read and not yet looked up.
pub(crate) struct Sheet {
    lines: Vec<Line>,
    sha256: String,
}

impl Sheet {
    /// Reads a table.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] names the line, column and value that are not good.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let text = bytes.strip_prefix(MARK).unwrap_or(bytes);
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let mut record = ByteRecord::new();
        let (mut columns, mut lines) = (None, Vec::new());
        while reader.read_byte_record(&mut record).map_err(|e| bad(1, &format!("it cannot be read: {e}.")))? {
            // A record begins after the blank lines before it.
            let number = start(text, record.position());
            let values = values(&record, number)?;
            match &columns {
                None => columns = Some(Column::named(&values)?),
                Some(columns) => lines.push(Line::read(number, columns, &values)?),
            }
            if lines.len() > limit::CHANGES_OF_PLAN {
                let most = limit::CHANGES_OF_PLAN;
                return Err(bad(
                    number,
                    &format!("one plan takes {most} lines at most. Make several plans."),
                ));
            }
        }
        if lines.is_empty() {
            return Err(bad(1, "there is no line with a change in the table."));
        }
        Ok(Self { lines, sha256: hex(digest(&SHA256, bytes).as_ref()) })
    }

    /// The hash of what was read.
    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// The number of the line that a record begins on, from 1.
fn start(text: &[u8], position: Option<&csv::Position>) -> u64 {
    let Some(position) = position else { return 1 };
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let blank = text.get(from..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + blank.filter(|byte| **byte == b'\n').count() as u64
}

/// A record's values, without the spaces around them.
fn values(record: &ByteRecord, number: u64) -> Result<Vec<&str>> {
    let value = |(place, bytes)| {
        let text = std::str::from_utf8(bytes).map(str::trim);
        text.map_err(|_| bad(number, &format!("value {} is not UTF-8. Save the table as UTF-8.", place + 1)))
    };
    record.iter().enumerate().map(value).collect()
}

/// A line that is not good.
fn bad(line: u64, why: &str) -> Error {
    Error::new(ErrorCode::InvalidRequest, format!("Line {line}: {why} Nothing was planned."))
}

/// A value that is not good, with the way out.
fn bad_value(line: u64, column: &str, value: &str, why: &str) -> Error {
    let cut: String = value.chars().take(REPEATED).collect();
    let more = if cut.len() < value.len() { "…" } else { "" };
    bad(line, &format!("{column} is {cut:?}{more}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(table: &str) -> String {
        let error = Sheet::read(table.as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest);
        error.message
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        for table in [
            "email,role\nann@acme.example,editor\n",
            "\u{feff}EMAIL , Role\r\n ann@acme.example ,editor\r\n",
            "\"email\",\"role\",\"name\"\r\n\"ann@acme.example\",\"editor\",\"Ann\nKowalska, \"\"A\"\"\"",
            "email,role\n\n\nann@acme.example,editor\n\n",
        ] {
            let sheet = Sheet::read(table.as_bytes()).unwrap();
            assert_eq!(sheet.lines.len(), 1, "{table:?}");
        }
    }

    #[test]
    fn a_bad_line_is_named_with_its_column_and_value() {
        for (table, named) in [
            ("", vec!["Line 1", "no line"]),
            ("email,role\n", vec!["no line"]),
            ("email,rôle\na@b,c\n", vec!["Line 1", "rôle", "starts_at"]),
            ("email,role,Role\na@b,c,d\n", vec!["Line 1", "role", "twice"]),
            ("role\neditor\n", vec!["Line 1", "email", "person"]),
            ("email,role\na@b,editor\nann,editor\n", vec!["Line 3", "email", "ann"]),
            ("email,role\r\n\r\n\r\na@b,editor,more\r\n", vec!["Line 4", "3 values", "2"]),
            ("email,role,name\na@b,editor,\"two\nlines\"\na@b,Ed itor,\n", vec!["Line 4", "role", "Ed itor"]),
            ("email,role,action\na@b,editor,grant\n", vec!["Line 2", "action", "grant", "give"]),
            ("email,action\na@b,give\n", vec!["Line 2", "role"]),
            ("email,role,action\na@b,editor,remove\n", vec!["Line 2", "role", "remove"]),
            ("email,action\na@b,add\n", vec!["Line 2", "name"]),
            ("person,action,name\nann,add,Ann\n", vec!["Line 2", "email"]),
            ("email,role,ends_at\na@b,editor,tomorrow\n", vec!["Line 2", "ends_at", "tomorrow", "RFC 3339"]),
            ("email,role,ends_at\na@b,editor,2026-11-22T08:10:00.5Z\n", vec!["Line 2", "ends_at", "seconds"]),
            (
                "email,role,starts_at,ends_at\na@b,editor,2026-11-22T08:10:00Z,2026-11-22T09:10:00+02:00\n",
                vec!["Line 2", "ends_at", "later"],
            ),
            (
                "email,role,action,ends_at\na@b,editor,take,2026-11-22T08:10:00Z\n",
                vec!["Line 2", "ends_at", "take"],
            ),
        ] {
            let words = refusal(table);
            assert!(named.iter().all(|part| words.contains(part)), "{table:?}: {words} should say {named:?}");
        }
        let latin = Sheet::read(b"email,role,name\na@b,editor,Zo\xeb\n").map(|_| ()).unwrap_err().message;
        assert!(latin.contains("Line 2") && latin.contains("UTF-8"), "{latin}");
    }
}
