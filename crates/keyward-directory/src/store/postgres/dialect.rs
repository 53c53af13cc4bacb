//! What PostgreSQL says in words of its own.

use std::fmt::Write;

use crate::store::schema::{APPEND_ONLY, Step};

/// A step of the schema. Numbers have 64 bits, and text is ordered by its bytes, whatever the database's language.
pub(super) fn step(step: &Step) -> String {
    let mut sql = step.sql.replace(" TEXT", " TEXT COLLATE \"C\"").replace(" INTEGER", " BIGINT");
    for table in step.append_only {
        let _ = write!(
            sql,
            "CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION '{APPEND_ONLY}'; END $$; \
             CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
             FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays();"
        );
    }
    sql
}

/// The texts of a JSON array, one a row.
pub(in crate::store) fn each_text(place: &str, alias: &str) -> String {
    format!("json_array_elements_text({place}::text::json) AS {alias} (value)")
}

/// The values of a JSON array, one a row.
pub(in crate::store) fn each_value(place: &str, alias: &str) -> String {
    format!("json_array_elements({place}::text::json) AS {alias} (value)")
}

/// A statement's places as PostgreSQL writes them: `?2` is `$2`, and `?` the one after the highest so far,
/// as in SQLite.
pub(super) fn places(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 8);
    let (mut rest, mut highest) = (sql, 0);
    while let Some((before, after)) = rest.split_once('?') {
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let place = after[..digits].parse().unwrap_or(highest + 1);
        highest = highest.max(place);
        let _ = write!(out, "{before}${place}");
        rest = &after[digits..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_sqlite_counts_them() {
        assert_eq!(places("SELECT 1"), "SELECT 1");
        assert_eq!(places("a = ? AND b = ? LIMIT ?"), "a = $1 AND b = $2 LIMIT $3");
        assert_eq!(places("a = ?1 AND b IN (?1, ?, ?12) OR ?"), "a = $1 AND b IN ($1, $2, $12) OR $13");
    }
}
