//! Follows what happens in one tenant: the directory's stream of events, taken up again wherever it breaks, with
//! the newest token there is. However much happens, few words come of it.

mod listening;
mod sse;

use std::{sync::Arc, time::Duration};

use keyward_model::{Clock, PersonId, TenantId};
use tokio::{sync::watch, time::timeout};

use self::{listening::Ended, sse::Reading};
use crate::{backoff, chain::Proven, directory::DirectoryClient};

/// The longest wait before a broken stream is taken up again, unless the directory says another.
const RETRY: Duration = Duration::from_secs(1);
/// What the directory may say instead.
const RETRIES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(60)];
/// How often a token that is over is looked at again: the clock may have been set.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What a follower says.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// The directory lets the person listen, and has this version of them.
    Open(Option<u64>),
    /// Something has happened.
    News(News),
    /// Nothing can be heard, and it is tried again.
    Away,
    /// The token is not let in any more.
    Refused,
}

/// What has happened since it was last said.
#[derive(Debug, PartialEq, Eq)]
pub struct News {
    /// The newest entry of the audit.
    pub audit: u64,
    /// What it means for the person's own token.
    pub own: Option<Own>,
}

/// What happened to the person themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// Their token would be of this version.
    Version(u64),
    /// They were taken out of the tenant.
    Left,
}

/// Follows a tenant, until nobody offers it tokens.
pub struct Follower {
    /// The directory.
    pub directory: DirectoryClient,
    /// The tenant.
    pub tenant: TenantId,
    /// The person, as the directory calls them; none: it is asked.
    pub person: Option<PersonId>,
    /// The newest token.
    pub token: watch::Receiver<Arc<Proven>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Follower {
    /// Listens, and says what is to be known.
    pub async fn run(mut self, say: impl Fn(Said) + Send + Sync) {
        let (mut place, mut retry, mut failed) = (String::new(), RETRY, 0_u8);
        // Said once: else a directory that takes no token would have one made after another.
        let mut refused = false;
        while let Some(token) = self.token_to_come(&say).await {
            let mut reading = Reading::after(&place);
            let ended = self.listen(&token, &mut reading, &say).await;
            reading.last_id().clone_into(&mut place);
            retry = reading.retry().map_or(retry, |said| said.clamp(RETRIES[0], RETRIES[1]));
            failed = if ended == Ended::Late { 1 } else { failed.saturating_add(1) };
            refused &= ended == Ended::Refused;
            // Where it is over, or another has come, nothing is wrong with the one that was not taken but its age: no
            // reason to have one made that nobody asks for.
            let aged = || self.clock.now() >= token.claims.exp || self.token.has_changed().unwrap_or(true);
            if ended == Ended::Refused && aged() {
                continue;
            }
            if ended == Ended::Refused && !std::mem::replace(&mut refused, true) {
                say(Said::Refused);
            } else if failed > 1 {
                say(Said::Away);
            }
            self.token.mark_unchanged();
            // A new token, or the end of tokens, is a reason to look at once.
            let _ = timeout(backoff::delay(retry, failed), self.token.changed()).await;
        }
    }

    /// A token that is not over; none where no other will come.
    async fn token_to_come(&mut self, say: &(impl Fn(Said) + Sync)) -> Option<Arc<Proven>> {
        loop {
            let token = self.token.borrow_and_update().clone();
            self.token.has_changed().ok()?;
            if self.clock.now() < token.claims.exp {
                return Some(token);
            }
            say(Said::Away);
            if let Ok(Err(_)) = timeout(LOOK_AGAIN, self.token.changed()).await {
                return None;
            }
        }
    }
}
