//! What is done with a directory from a shell: moved, its audit exported and checked.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter},
    path::Path,
    sync::Arc,
};

use keyward_directory::{Database, Directory, ExportedAudit, Flaw, Moved, VerifiedAudit, verify_audit};
use keyward_model::{Clock, Error, ErrorCode, Result, TenantId};

/// Writes the whole directory to `out`. Blocks.
///
/// # Errors
/// As [`Directory::open`] and [`Directory::export`].
pub fn export(database: &Database, out: impl io::Write, clock: Arc<dyn Clock>) -> Result<Moved> {
    open(database, clock)?.export(&mut BufWriter::new(out))
}

/// Reads a whole directory from `file` into an empty database. Blocks.
///
/// # Errors
/// As [`Directory::open`] and [`Directory::import`]; [`ErrorCode::StorageFull`] where there is no room to keep the file
/// while it is gone through.
pub fn import(database: &Database, mut file: impl io::Read, clock: Arc<dyn Clock>) -> Result<Moved> {
    // It is gone through twice, and a pipe comes once. The copy has no name, and is gone with us.
    let kept = tempfile::tempfile().and_then(|mut copy| io::copy(&mut file, &mut copy).map(|_| copy));
    let mut kept = kept.map_err(|e| {
        let words = format!(
            "What is to be imported cannot be kept in the temporary folder: {e}. Nothing was changed."
        );
        Error::new(ErrorCode::StorageFull, words)
    })?;
    Directory::open(database, clock)?.import(&mut kept)
}

/// Writes a tenant's audit to `out`. Blocks.
///
/// # Errors
/// As [`Directory::open`] and [`Directory::export_audit`].
pub fn export_audit(
    database: &Database,
    tenant: &TenantId,
    out: impl io::Write,
    clock: Arc<dyn Clock>,
) -> Result<ExportedAudit> {
    open(database, clock)?.export_audit(tenant, &mut BufWriter::new(out))
}

/// Checks an exported audit, and needs no directory for it. Blocks.
///
/// # Errors
/// [`ErrorCode::InvalidRequest`] names the first bad line and what is wrong there.
pub fn verify_file(path: &Path, pinned: Option<&str>) -> Result<VerifiedAudit> {
    let invalid =
        |words: String| Error::new(ErrorCode::InvalidRequest, format!("{}: {words}", path.display()));
    if pinned.is_some_and(|hash| hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit())) {
        let words = "--pinned: a hash has 64 hexadecimal digits.";
        return Err(Error::new(ErrorCode::InvalidRequest, words));
    }
    let file = File::open(path).map_err(|e| invalid(format!("it cannot be read: {e}.")))?;
    verify_audit(BufReader::new(file), pinned).map_err(|flaw: Flaw| invalid(flaw.to_string()))
}

/// Opens a directory that is there: what is read is not made.
pub(crate) fn open(database: &Database, clock: Arc<dyn Clock>) -> Result<Directory> {
    if let Database::File(path) = database
        && !path.exists()
    {
        let words = format!("There is no directory in {database}. Name the file that holds it.");
        return Err(Error::new(ErrorCode::ConfigInvalid, words));
    }
    Directory::open(database, clock)
}
