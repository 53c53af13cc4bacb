//! The one connection that writes, and those who queue for it.
//!
//! A change is kept once the disk has it, and a disk takes many changes in the time of one. So whoever is done while
//! others wait leaves the transaction open for them, and the last commits for all: nobody is told of anything before
//! that. Each change stands on a savepoint, so that what is refused takes back nothing of others'.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use rusqlite::Connection;

use crate::store::{Fault, Open, Tried, Tx, fault::Cause};

/// Changes in one transaction at most, so that the first does not wait for ever.
const MOST: usize = 64;

/// The writing connection.
pub(super) struct Writer {
    turn: Mutex<Turn>,
    /// How many wait for a turn.
    waiting: AtomicUsize,
}

/// What is had by whoever's turn it is.
struct Turn {
    connection: Connection,
    /// The transaction that others have left open, and how many changes are in it.
    open: Option<(Arc<Batch>, usize)>,
}

/// Changes that are kept together or not at all.
#[derive(Default)]
struct Batch {
    fate: Mutex<Option<Fate>>,
    known: Condvar,
}

/// What became of a transaction.
type Fate = Result<(), (Cause, String)>;

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        Self { turn: Mutex::new(Turn { connection, open: None }), waiting: AtomicUsize::new(0) }
    }

    /// Writes: all of it or nothing, and on the disk when this returns. A panic is the caller's, and nobody else's.
    pub(super) fn write<T>(&self, change: impl FnOnce(&Tx<'_>) -> Tried<T>) -> Tried<T> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut turn = self.turn();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let (batch, place) = turn.join()?;
        let answer = catch_unwind(AssertUnwindSafe(|| change(&Tx(Open::Sqlite(&turn.connection)))));
        let kept = match &answer {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(Fault::Engine(cause, said))) => Err((*cause, said.clone())),
            Ok(Err(_)) | Err(_) => Err((Cause::Other, "another change took everything back".to_owned())),
        };
        turn.settle(place, kept);
        // Who waits is sure to have a turn, and then ends the transaction or leaves it to the next.
        if place == MOST || self.waiting.load(Ordering::SeqCst) == 0 {
            turn.commit();
        }
        drop(turn);
        // Whoever was refused was so on what others wrote: that has to have happened.
        let fate = batch.fate();
        let answer = answer.unwrap_or_else(|panic| resume_unwind(panic));
        fate.and(answer)
    }

    /// Nothing panics in a turn but the change, which is caught.
    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, for a test that wants its disk to end.
    #[cfg(test)]
    pub(super) fn with<T>(&self, look: impl FnOnce(&Connection) -> T) -> T {
        look(&self.turn().connection)
    }
}

impl Turn {
    /// The transaction, begun if none is open, and the change's place in it from 1.
    fn join(&mut self) -> Tried<(Arc<Batch>, usize)> {
        if let Some((batch, changes)) = &mut self.open {
            self.connection.execute_batch("SAVEPOINT change")?;
            *changes += 1;
            return Ok((batch.clone(), *changes));
        }
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let (batch, _) = self.open.insert((Arc::default(), 1));
        Ok((batch.clone(), 1))
    }

    /// Lets the change at this place stand, or takes it back.
    fn settle(&mut self, place: usize, kept: Fate) {
        let sql = match (&kept, place) {
            (Ok(()), 1) => return,
            (Ok(()), _) => "RELEASE change",
            // Some faults end the whole transaction, a full disk for one.
            (Err(fault), _) if self.connection.is_autocommit() => {
                let lost = if place == 1 { Ok(()) } else { Err(fault.clone()) };
                return self.end(lost);
            }
            (Err(_), 1) => {
                let undone = self.connection.execute_batch("ROLLBACK");
                return self.end(undone.map_err(|error| Fault::from(error).into_cause()));
            }
            (Err(_), _) => "ROLLBACK TO change; RELEASE change",
        };
        if let Err(error) = self.connection.execute_batch(sql) {
            self.give_up(error);
        }
    }

    /// Keeps what is in the open transaction.
    fn commit(&mut self) {
        if self.open.is_some() {
            match self.connection.execute_batch("COMMIT") {
                Ok(()) => self.end(Ok(())),
                Err(error) => self.give_up(error),
            }
        }
    }

    fn give_up(&mut self, error: rusqlite::Error) {
        if !self.connection.is_autocommit() {
            // Where even this fails the next BEGIN does, and says so.
            let _kept_nothing = self.connection.execute_batch("ROLLBACK");
        }
        self.end(Err(Fault::from(error).into_cause()));
    }

    /// Tells everybody in the transaction what became of it.
    fn end(&mut self, fate: Fate) {
        if let Some((batch, _)) = self.open.take() {
            *batch.fate.lock().unwrap_or_else(PoisonError::into_inner) = Some(fate);
            batch.known.notify_all();
        }
    }
}

impl Batch {
    /// Waits until it is known.
    fn fate(&self) -> Tried<()> {
        let fate = self.fate.lock().unwrap_or_else(PoisonError::into_inner);
        let fate = self.known.wait_while(fate, |fate| fate.is_none());
        match &*fate.unwrap_or_else(PoisonError::into_inner) {
            Some(Err((cause, said))) => Err(Fault::Engine(*cause, said.clone())),
            Some(Ok(())) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
