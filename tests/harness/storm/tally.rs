//! What came of a storm.

/// What the processes said, summed.
#[derive(Debug, Default)]
pub struct Tally {
    /// Tokens that came.
    pub served: u64,
    /// Those of them that are another tenant's, or somebody else's.
    pub of_another: u64,
    /// Those of them whose new link could not be stored.
    pub unsaved: u64,
    /// Expiries without an answer of the provider; each was tried again.
    pub unanswered: u64,
    /// Processes killed; what each was at was done by another.
    pub killed: u64,
    /// Those of them that died with a request on the way, or with what it brought in hand. No other kill can
    /// cost an exchange.
    pub killed_asking: u64,
    /// What was said each time that a session had ended.
    pub ended: Vec<String>,
    /// All other failures.
    pub failed: Vec<String>,
}

impl Tally {
    pub(super) fn add(&mut self, part: Self) {
        let Self { served, of_another, unsaved, unanswered, killed, killed_asking, ended, failed } = part;
        self.served += served;
        self.of_another += of_another;
        self.unsaved += unsaved;
        self.unanswered += unanswered;
        self.killed += killed;
        self.killed_asking += killed_asking;
        self.ended.extend(ended);
        self.failed.extend(failed);
    }

    /// Whether so many tokens came, each the right one, and nobody was asked for anything.
    pub fn is_calm(&self, served: u64) -> bool {
        self.served == served
            && (self.of_another, self.unsaved) == (0, 0)
            && self.ended.is_empty()
            && self.failed.is_empty()
    }
}
