//! What a caller would be told if the store were away at this moment.

use std::time::Duration;

use keyward_model::{HookCallerId, Timestamp};
use serde::Serialize;

use super::{Post, WhenAway, memory::Extent};
use crate::Directory;

/// A drill's outcome.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Drill {
    caller: HookCallerId,
    /// Whether the store answers now.
    store: Store,
    /// What is configured, and so would happen.
    when_away: Away,
    /// Seconds that an answer may be old at most; none where none may be.
    at_most: Option<u64>,
    /// How many questions could be answered from what was last known.
    kept: usize,
    /// Seconds since the oldest of these answers.
    oldest: Option<u64>,
    /// The same in a sentence.
    says: String,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Store {
    Here,
    Away,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Away {
    Refuse,
    LastKnown,
}

impl Post {
    /// Says what would happen, without making it happen.
    pub(crate) fn drill(&self, directory: &Directory, now: Timestamp) -> Drill {
        let caller = self.caller.name.clone();
        let (store, begins) = match directory.is_empty() {
            Ok(_) => (Store::Here, "Were the store away,"),
            Err(_) => (Store::Away, "The store is away:"),
        };
        match self.caller.when_away {
            WhenAway::Refuse => {
                let says = format!("{begins} {caller} is told not to issue for any tenant.");
                Drill { caller, store, when_away: Away::Refuse, at_most: None, kept: 0, oldest: None, says }
            }
            WhenAway::LastKnown(age) => {
                let Extent { usable: kept, oldest } = self.memory.extent(now, age);
                let (most, oldest) = (age.as_secs(), oldest.as_ref().map(Duration::as_secs));
                let says = format!(
                    "{begins} {caller} gets what was last known, up to {most} s old and marked as stale, for {kept} \
                     questions{}, and is told not to issue for any other.",
                    oldest.map(|seconds| format!(", the oldest {seconds} s old")).unwrap_or_default()
                );
                Drill { caller, store, when_away: Away::LastKnown, at_most: Some(most), kept, oldest, says }
            }
        }
    }
}
