//! Which providers may ask the directory whenever they issue a token: one `[[hook]]` for each in
//! `keywardd.toml`.
//! `docs/hook.md` has every key. Secrets are in files of their own, named here.

mod drill;
mod written;

use std::{path::Path, sync::Arc, time::Duration};

use keyward_directory::{HookCaller, Hooks};
use keyward_model::{Clock, Error, ErrorCode, HookCallerId, Result};

use crate::file::{self, Written, wrong};

pub use drill::drill;
pub(crate) use written::WrittenHook;

/// How long a provider's keys are waited for.
const KEYS_PATIENCE: Duration = Duration::from_secs(10);

/// The file, read, with every secret that it names.
#[derive(Debug)]
pub struct HookFile {
    origin: Option<String>,
    callers: Vec<HookCaller>,
}

impl HookFile {
    /// Reads it. Blocks.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] names the file, and the line or the caller that is not right.
    pub fn read(path: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let Written { origin, hook, .. } = file::read(path)?;
        Self::of(origin, hook, path, clock)
    }

    /// The callers as they are written in the file at `path`. Blocks.
    pub(crate) fn of(
        origin: Option<String>,
        hooks: Vec<WrittenHook>,
        path: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let http = reqwest::Client::builder().timeout(KEYS_PATIENCE).build();
        let http = http.map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
        let callers = hooks.into_iter().map(|one| {
            let name = one.name.clone();
            let caller = one.caller(folder, &http, clock.clone());
            caller.map_err(|error| wrong(path, &format!("hook {name}: {}", error.message)))
        });
        Ok(Self { origin, callers: callers.collect::<Result<_>>()? })
    }

    /// Those who may ask. `otherwise` is the origin under which people reach the directory, where the file does not
    /// say it.
    ///
    /// # Errors
    /// As [`Hooks::new`].
    pub fn hooks(self, otherwise: &str) -> Result<Hooks> {
        Hooks::new(self.origin.as_deref().unwrap_or(otherwise), self.callers)
    }

    fn caller(&self, name: &HookCallerId) -> Result<&HookCaller> {
        let found = self.callers.iter().find(|caller| caller.name == *name);
        found.ok_or_else(|| Error::new(ErrorCode::ConfigInvalid, format!("No hook is named {name}.")))
    }
}
