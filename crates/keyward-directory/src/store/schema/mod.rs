//! The schema, step by step, written once for both engines.
//!
//! A step's SQL keeps to what both take: `TEXT` and `INTEGER` (64 bits; 0 and 1 for no and yes), keys, checks, indexes. Every
//! table has a primary key. Each engine's dialect puts in what it needs besides: SQLite that tables are
//! strict and kept in the order of their key, PostgreSQL the width of numbers and the order of text.

/// One step. A step that was taken anywhere is never changed: another follows it.
pub(super) struct Step {
    /// Tables and indexes.
    pub(super) sql: &'static str,
    /// Tables of this step whose rows are never changed nor deleted.
    pub(super) append_only: &'static [&'static str],
}

/// Every step there is. A database remembers how many it took.
pub(super) const STEPS: &[Step] = &[
    Step { sql: include_str!("001.sql"), append_only: &["audit", "audit_people"] },
    Step { sql: include_str!("002.sql"), append_only: &[] },
    Step { sql: include_str!("003.sql"), append_only: &[] },
    Step { sql: include_str!("004.sql"), append_only: &["audit_chain"] },
    Step { sql: include_str!("005.sql"), append_only: &[] },
    Step { sql: include_str!("006.sql"), append_only: &[] },
    Step { sql: include_str!("007.sql"), append_only: &[] },
];

/// The version of the schema that its steps lead to.
pub(crate) const SCHEMA: usize = STEPS.len();

/// What whoever changes a row of such a table is told.
pub(super) const APPEND_ONLY: &str = "the audit is append-only";
