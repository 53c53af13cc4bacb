//! What SQLite says in words of its own.

use std::fmt::Write;

use crate::store::schema::{APPEND_ONLY, Step};

/// Tables whose rows may be large. To find one by its key where the table is kept in that order is to read rows on the
/// way, and an audit entry of 100,000 changes, which each person's row refers to, is 20 MB.
const WIDE: [&str; 3] = ["plans", "audit", "answers"];

/// A step of the schema. Tables are strict, and kept in the order of their primary key unless their rows are large.
pub(super) fn step(step: &Step) -> String {
    let (mut sql, mut table) = (String::new(), "");
    for line in step.sql.lines() {
        if let Some(named) = line.strip_prefix("CREATE TABLE ") {
            table = named.split(' ').next().unwrap_or_default();
        }
        sql += match line {
            ");" if WIDE.contains(&table) => ") STRICT;",
            ");" => ") STRICT, WITHOUT ROWID;",
            other => other,
        };
        sql.push('\n');
    }
    for table in step.append_only {
        for (deed, done) in [("UPDATE", "changed"), ("DELETE", "deleted")] {
            let _ = writeln!(
                sql,
                "CREATE TRIGGER {table}_is_not_{done} BEFORE {deed} ON {table} \
                 BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END;"
            );
        }
    }
    sql
}

/// The texts of a JSON array, one a row; arrays in it are texts of JSON.
pub(in crate::store) fn each_text(place: &str, alias: &str) -> String {
    format!("json_each({place}) {alias}")
}
