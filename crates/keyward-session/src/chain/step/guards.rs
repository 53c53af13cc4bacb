//! What keeps a chain whole, each by name.

/// Each guard can be left out, so that a test can show what it is for. The session itself runs with all of
/// them: nothing in [`Chain`](crate::chain::Chain) takes another value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// One process at a time decides, exchanges and stores.
    pub lock: bool,
    /// What is spent was read under the lock.
    pub reread: bool,
    /// The new link is stored before its access token is used.
    pub store_first: bool,
    /// A link that the keychain would not take is claimed, and the journal tells of it.
    pub unsaved_mark: bool,
    /// A link in memory is spent only while the journal says that it is the newest.
    pub yielding: bool,
    /// A link that is two behind is not presented.
    pub not_two_behind: bool,
    /// Where no new link comes back, the old one stays.
    pub keep_old_link: bool,
    /// Only `invalid_grant` ends a chain.
    pub only_invalid_grant_ends: bool,
    /// A refused request is not made again by itself.
    pub refusal_is_final: bool,
    /// Another process's `invalid_grant` is believed.
    pub over_is_over: bool,
    /// A token is proven before it is handed out.
    pub proof: bool,
    /// A token that ran out on the way, as in a sleep, is not handed out.
    pub expiry: bool,
}

impl Guards {
    /// All of them, as the session runs.
    pub const ALL: Self = Self {
        lock: true,
        reread: true,
        store_first: true,
        unsaved_mark: true,
        yielding: true,
        not_two_behind: true,
        keep_old_link: true,
        only_invalid_grant_ends: true,
        refusal_is_final: true,
        over_is_over: true,
        proof: true,
        expiry: true,
    };
}
