//! The calls for one entry, one after another, on a blocking thread.
//!
//! A store may hang. Whoever asked waits so long and no longer; the call itself goes on, and the next one
//! for that entry begins only when it has ended. So a write that was given up cannot land over a later
//! one, and until it has ended nobody is told what the entry holds.

use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::oneshot;

use super::KeychainFault;

/// What a call does to its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: not asked once nobody waits for the answer.
    Question,
    /// It leaves something else there: the last one is carried out even if nobody waits any more.
    Change,
}

struct Turn {
    kind: Kind,
    caller: Weak<()>,
    call: Box<dyn FnOnce() + Send>,
}

impl Turn {
    fn is_awaited(&self) -> bool {
        self.caller.strong_count() > 0
    }
}

type Line = VecDeque<Turn>;

/// Every entry that has calls under way, with those that wait behind.
#[derive(Default, Clone)]
pub(super) struct Turns(Arc<Mutex<HashMap<String, Line>>>);

impl Turns {
    /// Makes the call when those before it in its line have ended, and waits for all that with a bound.
    /// Dropping the future gives up waiting, not the call.
    pub(super) async fn take<T: Send + 'static>(
        &self,
        line: &str,
        kind: Kind,
        patience: Duration,
        call: impl FnOnce() -> Result<T, KeychainFault> + Send + 'static,
    ) -> Result<T, KeychainFault> {
        let caller = Arc::new(());
        let (reply, answer) = oneshot::channel();
        let call = Box::new(move || {
            // Whoever asked may have given up waiting.
            let _ = reply.send(call());
        });
        self.stand_in_line(line, Turn { kind, caller: Arc::downgrade(&caller), call });
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(KeychainFault::Unavailable("the call broke off".to_owned())),
            Err(_) => Err(KeychainFault::Unavailable(format!("no answer in {} s", patience.as_secs()))),
        }
    }

    fn stand_in_line(&self, name: &str, turn: Turn) {
        let mut lines = self.lines();
        if let Some(line) = lines.get_mut(name) {
            line.push_back(turn);
            return drop_overtaken(line);
        }
        lines.insert(name.to_owned(), Line::from([turn]));
        let serving = Serving { turns: self.clone(), name: name.to_owned(), done: false };
        tokio::task::spawn_blocking(move || serving.run());
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<String, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leaves what somebody waits for, and the last change.
fn drop_overtaken(line: &mut Line) {
    let last_change = line.iter().rposition(|turn| turn.kind == Kind::Change);
    let mut places = 0..;
    line.retain(|turn| places.next() == last_change || turn.is_awaited());
}

/// A thread that serves a line until nobody stands in it.
struct Serving {
    turns: Turns,
    name: String,
    done: bool,
}

impl Serving {
    fn run(mut self) {
        while let Some(turn) = self.next() {
            // A call that panics is told to whoever made it; those behind it have their turn.
            let _ = catch_unwind(AssertUnwindSafe(turn.call));
        }
    }

    fn next(&mut self) -> Option<Turn> {
        let mut lines = self.turns.lines();
        let line = lines.get_mut(&self.name)?;
        drop_overtaken(line);
        let turn = line.pop_front();
        if turn.is_none() {
            lines.remove(&self.name);
            self.done = true;
        }
        turn
    }
}

impl Drop for Serving {
    /// A runtime that ended before the first call: the line is closed, so that those who stand in it are
    /// told and the next one opens it anew.
    fn drop(&mut self) {
        if !self.done {
            self.turns.lines().remove(&self.name);
        }
    }
}
