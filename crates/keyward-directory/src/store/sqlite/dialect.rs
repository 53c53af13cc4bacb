//! What SQLite says in words of its own.

use std::fmt::Write;

use crate::store::schema::{APPEND_ONLY, Step};

/// A step of the schema. Tables are strict, and kept in the order of their primary key.
pub(super) fn step(step: &Step) -> String {
    let mut sql = step.sql.replace("\n);", "\n) STRICT, WITHOUT ROWID;");
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
