//! For which time a role is held.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// From when on, and until when. The start belongs to it, the end does not. With neither, a role is held
/// until it is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimeWindow {
    /// From this moment on; none: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub starts_at: Option<Timestamp>,
    /// Until this moment; none: until it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub ends_at: Option<Timestamp>,
}

impl TimeWindow {
    /// No start and no end.
    pub const ALWAYS: Self = Self { starts_at: None, ends_at: None };

    /// Whether it is open at this moment.
    pub fn holds_at(self, at: Timestamp) -> bool {
        self.starts_at.is_none_or(|start| start <= at) && !self.is_over_at(at)
    }

    /// Whether it has ended by this moment, and will not open again.
    pub fn is_over_at(self, at: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= at)
    }

    /// Whether there is a moment between its start and its end.
    pub fn is_forwards(self) -> bool {
        self.starts_at.zip(self.ends_at).is_none_or(|(start, end)| start < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_from_its_start_to_just_before_its_end() {
        let window = TimeWindow { starts_at: Some(Timestamp(10)), ends_at: Some(Timestamp(20)) };
        for (at, holds, over) in [(9, false, false), (10, true, false), (19, true, false), (20, false, true)]
        {
            let at = Timestamp(at);
            assert_eq!((window.holds_at(at), window.is_over_at(at)), (holds, over), "at {}", at.0);
        }
        assert!(TimeWindow::ALWAYS.holds_at(Timestamp(i64::MIN)) && TimeWindow::ALWAYS.is_forwards());
        assert!(window.is_forwards());
        assert!(!TimeWindow { ends_at: window.starts_at, ..window }.is_forwards(), "a window of no moment");
    }
}
