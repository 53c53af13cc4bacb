//! A tenant's audit as a file, to be checked where the directory is not.

use std::io::{self, Write};

use keyward_model::{Error, ErrorCode, Result, TenantId};
use serde_json::{Value, json};

use super::{BEFORE_THE_FIRST, FORM, Recorded};
use crate::{Directory, canonical::canonical};

/// Entries fetched at a time.
const BATCH: u32 = 500;

/// What an export holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedAudit {
    /// How many entries.
    pub entries: u64,
    /// The hash of the newest; 64 noughts where there is none. Kept where the directory's keepers cannot reach it, it
    /// shows later whether anything up to here was changed.
    pub newest: String,
}

impl Directory {
    /// Writes a tenant's whole audit, oldest first, one JSON text a line.
    ///
    /// # Errors
    /// [`ErrorCode::TenantUnknown`]; a store that cannot be read; [`ErrorCode::StorageFull`] where nothing can be
    /// written to `out`.
    pub fn export_audit(&self, tenant: &TenantId, out: &mut dyn Write) -> Result<ExportedAudit> {
        let read = self.store().read(|tx| Ok((tx.tenant(tenant)?.is_some(), tx.newest(tenant)?)))?;
        let (true, newest) = read else {
            return Err(Error::new(ErrorCode::TenantUnknown, format!("There is no tenant {tenant}.")));
        };
        // Nothing that is there changes: read bit by bit, it is still one state.
        let (entries, newest) = newest.unwrap_or_else(|| (0, BEFORE_THE_FIRST.to_owned()));
        line(out, &json!({ "keyward": "audit", "tenant": tenant, "v": FORM }))?;
        let (mut last, mut previous) = (0, BEFORE_THE_FIRST.to_owned());
        while last < entries {
            let batch = self.store().read(|tx| tx.recorded(tenant, last, BATCH))?;
            if batch.is_empty() {
                break;
            }
            for (entry, hash) in batch.into_iter().filter(|(entry, _)| entry.number <= entries) {
                line(out, &written(&entry, &previous, &hash))?;
                (last, previous) = (entry.number, hash);
            }
        }
        line(out, &json!({ "entries": entries, "newest": newest }))?;
        out.flush().map_err(|e| unwritten(&e))?;
        Ok(ExportedAudit { entries, newest })
    }
}

/// An entry's line: what is hashed, and the hash.
fn written(entry: &Recorded, previous: &str, hash: &str) -> Value {
    let mut form = entry.form(previous);
    form["hash"] = hash.into();
    form
}

fn line(out: &mut dyn Write, value: &Value) -> Result<()> {
    writeln!(out, "{}", canonical(value)).map_err(|e| unwritten(&e))
}

fn unwritten(error: &io::Error) -> Error {
    Error::new(
        ErrorCode::StorageFull,
        format!("The export cannot be written: {error}. What there is of it is not whole."),
    )
}
