//! Which providers may ask the directory whenever they issue a token: a file in TOML, one `[[hook]]` for each.
//! `docs/hook.md` has every key. Secrets are in files of their own, named here.

mod drill;
mod written;

use std::{fs, path::Path, sync::Arc, time::Duration};

use keyward_directory::{HookCaller, Hooks};
use keyward_model::{Clock, Error, ErrorCode, HookCallerId, Result};

pub use drill::drill;
use written::Written;

/// Bytes of the file at most.
const MOST: u64 = 256 * 1024;
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
        let wrong = |why: String| Error::new(ErrorCode::ConfigInvalid, format!("{}: {why}", path.display()));
        let size = fs::metadata(path).map_err(|e| wrong(format!("it cannot be read: {e}.")))?.len();
        if size > MOST {
            return Err(wrong(format!("it is larger than {MOST} bytes.")));
        }
        let text = fs::read_to_string(path).map_err(|e| wrong(format!("it cannot be read: {e}.")))?;
        let Written { origin, hook } = toml::from_str(&text).map_err(|e| wrong(place(&text, &e)))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let http = reqwest::Client::builder().timeout(KEYS_PATIENCE).build();
        let http = http.map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
        let callers = hook.into_iter().map(|one| {
            let name = one.name.clone();
            let caller = one.caller(folder, &http, clock.clone());
            caller.map_err(|error| wrong(format!("hook {name}: {}", error.message)))
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

/// A mistake with its line.
fn place(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    format!("{line}{}", error.message())
}
