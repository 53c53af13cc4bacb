//! The one way in which roles change: a plan is made and read, then applied as a whole or not at all.
//!
//! `plan` makes one and shows what it does, `apply` does it, `plot` is what both work it out from, `write` puts the rows
//! there.

mod apply;
mod plan;
mod plot;
mod write;

pub(crate) use plan::{made, new_id};
pub(crate) use plot::{drafted, planned};

/// A version is one more than the audit entry that made it: it never repeats, whoever comes back.
pub(crate) fn version_after(entry: u64) -> u64 {
    entry + 1
}
