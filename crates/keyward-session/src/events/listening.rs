//! One stream, from its request to its end.

use std::time::Duration;

use futures_util::StreamExt;
use http::{Response, StatusCode};
use keyward_model::{PersonId, TokenChange};
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{
    Follower, News, Own, Said,
    sse::{Event, Reading},
};
use crate::{
    chain::Proven,
    directory::role_version,
    ports::{NoAnswer, Pieces},
};

/// How long the stream may be silent: the directory says something every 15 seconds.
const SILENCE: Duration = Duration::from_secs(40);
/// How long a stream lasts that has not failed.
const LASTS: Duration = Duration::from_secs(10);
/// News is told this often at most.
const PAUSE: Duration = Duration::from_millis(200);

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The directory does not let this token listen.
    Refused,
    /// It did not begin.
    Unopened,
    /// It broke as soon as it began.
    Early,
    /// It had lasted.
    Late,
}

/// The first event: where the stream begins.
#[derive(Deserialize)]
struct Since {
    audit: u64,
}

impl Follower {
    pub(super) async fn listen(
        &mut self,
        token: &Proven,
        reading: &mut Reading,
        say: &(impl Fn(Said) + Sync),
    ) -> Ended {
        let opened = async {
            let person = match &self.person {
                Some(person) => person.clone(),
                None => {
                    self.directory.me(&token.access).await.map_err(|error| NoAnswer(error.message))?.person.id
                }
            };
            let answer = self.directory.events(&token.access, &self.tenant, reading.last_id()).await?;
            Ok((person, answer))
        };
        let (person, answer) = match opened.await {
            Ok(opened) => opened,
            Err(NoAnswer(why)) => {
                tracing::debug!(tenant = %self.tenant, why, "no stream of events");
                return Ended::Unopened;
            }
        };
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                return Ended::Refused;
            }
            status => {
                tracing::debug!(tenant = %self.tenant, %status, "no stream of events");
                return Ended::Unopened;
            }
        }
        self.person = Some(person.clone());
        say(Said::Open(role_version(answer.headers())));
        let began = Instant::now();
        let why = read(answer, reading, &person, say).await;
        tracing::debug!(tenant = %self.tenant, why, "a stream of events ends");
        if began.elapsed() < LASTS { Ended::Early } else { Ended::Late }
    }
}

/// Reads to the end, and says why it was one.
async fn read(
    answer: Response<Pieces>,
    reading: &mut Reading,
    person: &PersonId,
    say: &(impl Fn(Said) + Sync),
) -> String {
    let mut pieces = answer.into_body();
    let mut waiting: Option<News> = None;
    let mut pause = interval(PAUSE);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let why = loop {
        tokio::select! {
            biased;
            _ = pause.tick(), if waiting.is_some() => say_all(&mut waiting, say),
            piece = timeout(SILENCE, pieces.next()) => {
                let bytes = match piece {
                    Ok(Some(Ok(bytes))) => bytes,
                    Ok(Some(Err(NoAnswer(why)))) => break why,
                    Ok(None) => break "its end".to_owned(),
                    Err(_) => break "silence".to_owned(),
                };
                match reading.take(&bytes) {
                    Ok(events) => {
                        waiting = events.iter().fold(waiting, |news, event| with(news, event, person));
                    }
                    Err(too_large) => break too_large.to_string(),
                }
            }
        }
    };
    say_all(&mut waiting, say);
    why
}

fn say_all(waiting: &mut Option<News>, say: &(impl Fn(Said) + Sync)) {
    if let Some(news) = waiting.take() {
        say(Said::News(news));
    }
}

/// What is there to be told with this event. One that cannot be read is not meant for us.
fn with(before: Option<News>, event: &Event, person: &PersonId) -> Option<News> {
    let own = before.as_ref().and_then(|news| news.own);
    match event.name.as_str() {
        "since" => match serde_json::from_str(&event.data) {
            Ok(Since { audit }) => Some(News { audit, own }),
            Err(_) => before,
        },
        "person" => match serde_json::from_str::<TokenChange>(&event.data) {
            Ok(change) => {
                let meant = change.person == *person;
                let now = meant.then(|| change.version.map_or(Own::Left, Own::Version));
                Some(News { audit: change.audit, own: now.or(own) })
            }
            Err(_) => before,
        },
        _ => before,
    }
}
