//! Whether a file is sound, which takes time in proportion to its size.
//!
//! A small file is read over before anything is done with it. A large one is read over beside its first readers, and
//! nobody writes to it before that: what is damaged is left as it is.

use std::{
    path::Path,
    sync::{Arc, Condvar, Mutex, OnceLock, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use keyward_model::{Error, ErrorCode};
use rusqlite::{Connection, InterruptHandle};

use super::open;
use crate::store::{Fault, Tried, fault::Cause};

/// Bytes that are read over while somebody waits: some tens of milliseconds.
const AT_ONCE: u64 = 4 * 1024 * 1024;
/// How long whoever wants to write waits for the check.
const PATIENCE: Duration = Duration::from_secs(5);

/// The check of a file, at its end or under way.
pub(super) struct Check {
    findings: Arc<Findings>,
    under_way: Option<(InterruptHandle, JoinHandle<()>)>,
}

#[derive(Default)]
struct Findings {
    /// What was wrong, if anything was.
    said: OnceLock<Result<(), (Cause, String)>>,
    over: Mutex<bool>,
    ended: Condvar,
}

impl Check {
    /// Begins with what says whose file it is, and reads a small file over. So is one of an earlier version of ours, to
    /// which its steps are to be written.
    pub(super) fn begin(path: &Path) -> Tried<Self> {
        let findings = Arc::new(Findings::default());
        let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
        if bytes == 0 {
            findings.end(Ok(()));
            return Ok(Self { findings, under_way: None });
        }
        let connection = open::reader(path)?;
        let current = open::is_current(&connection, path);
        if bytes <= AT_ONCE || !matches!(current, Ok(true)) {
            // Damage comes before what a damaged page says of the rest.
            read_over(&connection)?;
            current?;
            findings.end(Ok(()));
            return Ok(Self { findings, under_way: None });
        }
        let (interrupt, told) = (connection.get_interrupt_handle(), findings.clone());
        let name = path.display().to_string();
        let thread = std::thread::spawn(move || {
            let sound = read_over(&connection);
            match &sound {
                Ok(()) => tracing::info!(database = name, "the file is sound"),
                Err(fault) => tracing::error!(database = name, ?fault, "the file is left as it is"),
            }
            told.end(sound.map_err(Fault::into_cause));
        });
        Ok(Self { findings, under_way: Some((interrupt, thread)) })
    }

    pub(super) fn is_over(&self) -> bool {
        self.findings.said.get().is_some()
    }

    /// Fails where damage was found so far.
    pub(super) fn found(&self) -> Tried<()> {
        match self.findings.said.get() {
            Some(Err((cause, said))) => Err(Fault::Engine(*cause, said.clone())),
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Waits for the end of the check, and fails where damage was found.
    pub(super) fn passed(&self, path: &Path) -> Tried<()> {
        let Findings { over, ended, .. } = &*self.findings;
        let over = over.lock().unwrap_or_else(PoisonError::into_inner);
        drop(ended.wait_timeout_while(over, PATIENCE, |over| !*over));
        if self.is_over() {
            return self.found();
        }
        let words = format!(
            "{} is still read over, as it is after each start, and written to after that. Nothing was changed; try again.",
            path.display()
        );
        Err(Error::new(ErrorCode::StorageUnavailable, words).into())
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        if let Some((interrupt, thread)) = self.under_way.take() {
            interrupt.interrupt();
            let _ended = thread.join();
        }
    }
}

impl Findings {
    fn end(&self, sound: Result<(), (Cause, String)>) {
        let _first = self.said.set(sound);
        *self.over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.ended.notify_all();
    }
}

/// Reads the whole file over.
fn read_over(connection: &Connection) -> Tried<()> {
    let said: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" {
        return Ok(());
    }
    Err(Fault::Damaged(said.lines().last().unwrap_or_default().to_owned()))
}
