//! Server-sent events of a tenant: whose token would say something else from now on, and which role does.
//!
//! The audit is the log: an event's id is its entry's number, and a reader that lost its connection goes on after
//! the last id it saw. Of an entry that moved several the last event alone has the id, so that a break in
//! between repeats some of it and loses none. A stream is read from the log as fast as its reader takes it: a slow
//! one keeps a page of events here, and nobody waiting.
//!
//! What may be seen is asked anew with every page. A stream ends with its token, with its person's membership, and
//! where the store fails; the next request is told why.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response, Sse, sse::Event},
};
use futures_util::stream::unfold;
use http::{HeaderName, request::Parts};
use keyward_model::{Error, ErrorCode, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::{
    Desk,
    answer::{Failure, broken, unwritten},
    asked::Lasting,
};
use crate::{Caller, Directory, news::Change};

/// Streams of one server at most.
pub(super) const MOST: usize = 4096;
/// How long a stream is silent at most: else what is between takes it for dead, and nobody sees a reader go.
const BEAT: Duration = Duration::from_secs(15);
/// How soon a reader that lost its connection should come again.
const RETRY: Duration = Duration::from_secs(1);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The last event that the reader saw.
pub(super) struct After(Option<u64>);

impl FromRequestParts<Desk> for After {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Failure> {
        let Some(id) = parts.headers.get(LAST_EVENT_ID) else { return Ok(Self(None)) };
        match id.to_str().ok().and_then(|id| id.parse().ok()) {
            Some(number) => Ok(Self(Some(number))),
            None => {
                Err(Error::new(ErrorCode::InvalidRequest, "Last-Event-ID: not one of this stream's.").into())
            }
        }
    }
}

pub(super) async fn events(
    State(desk): State<Desk>,
    Lasting(caller, until): Lasting,
    After(after): After,
) -> Result<Response, Failure> {
    let full =
        || Error::new(ErrorCode::StorageUnavailable, "As many streams as this server has room for are open.");
    let room = desk.streams.clone().try_acquire_owned().map_err(|_| full())?;
    let ending = || Error::new(ErrorCode::StorageUnavailable, "This server is about to stop.");
    // Before the place is read: what comes after it is not missed.
    let newest = desk.directory.follow(&caller.tenant).ok_or_else(ending)?;
    let directory = desk.directory.clone();
    let place = move |directory: &Directory, caller: &Caller| directory.place(caller, after);
    // The caller's version, read after the place, says what happened before the stream began.
    Ok(desk
        .answer_in_tenant_as(caller.clone(), place, move |place| {
            let begun = place.map_err(Failure::from).and_then(|place| {
                let begins = Event::default().event("since").id(place.to_string()).retry(RETRY);
                let begins =
                    begins.json_data(serde_json::json!({ "audit": place })).map_err(|_| unwritten())?;
                let waiting = VecDeque::from([begins]);
                Ok(Stream { directory, caller, until, newest, place, caught_up: false, waiting, _room: room })
            });
            begun.map(|stream| Sse::new(unfold(stream, Stream::next))).into_response()
        })
        .await)
}

pub(super) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(MOST))
}

struct Stream {
    directory: Directory,
    caller: Caller,
    /// When the token ends.
    until: Timestamp,
    newest: watch::Receiver<u64>,
    /// The last entry read.
    place: u64,
    /// Whether the log was read to its end, as far as is known: what was missed while away is not waited for.
    caught_up: bool,
    /// Read, and not yet sent.
    waiting: VecDeque<Event>,
    _room: OwnedSemaphorePermit,
}

impl Stream {
    /// The next event, and the stream after it.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            let left = self.directory.now().seconds_until(self.until);
            if left <= 0 {
                return None;
            }
            if let Some(event) = self.waiting.pop_front() {
                return Some((Ok(event), self));
            }
            let newest = *self.newest.borrow_and_update();
            if (newest > self.place || !self.caught_up) && self.read().await? {
                continue;
            }
            let patience = BEAT.min(Duration::from_secs(left.unsigned_abs()));
            match tokio::time::timeout(patience, self.newest.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => self.waiting.push_back(Event::default().comment("")),
            }
        }
    }

    /// Reads the next page; whether there was one. None where the stream is to end.
    async fn read(&mut self) -> Option<bool> {
        let (directory, caller, after) = (self.directory.clone(), self.caller.clone(), self.place);
        let read = tokio::task::spawn_blocking(move || directory.news(&caller, after)).await;
        let news = match read.unwrap_or_else(|panic| Err(broken(&panic))) {
            Ok(news) => news,
            Err(error) => {
                tracing::info!(%error, "a stream of events ends");
                return None;
            }
        };
        let mut changes = news.changes.into_iter().peekable();
        while let Some(one) = changes.next() {
            let last = changes.peek().is_none_or(|next| next.audit() != one.audit());
            self.waiting.push_back(event(&one, last)?);
        }
        self.caught_up = news.place == self.place;
        self.place = news.place;
        Some(!self.caught_up)
    }
}

fn event(change: &Change, last: bool) -> Option<Event> {
    let event = match change {
        Change::Person(change) => Event::default().event("person").json_data(change),
        Change::Role(change) => Event::default().event("role").json_data(change),
    };
    let event = event.ok()?;
    Some(if last { event.id(change.audit().to_string()) } else { event })
}

#[cfg(test)]
mod tests;
