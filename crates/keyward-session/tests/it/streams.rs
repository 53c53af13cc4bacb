//! The network under a session, on which streams of events are counted and cut.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use keyward_model::Result;
use keyward_session::{
    config::NetworkSettings,
    ports::{Http, Network, NoAnswer, Pieces, SystemNetwork},
};
use tokio::sync::watch;

type Answered<B> = std::result::Result<Response<B>, NoAnswer>;

/// What befalls streams.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    #[default]
    Whole,
    /// They break in the middle of the next event that names somebody, and so do those after it that begin before
    /// the fate is another.
    BreakInAnEvent,
    /// Every piece comes byte by byte.
    InBytes,
    /// Every event comes twice.
    Twice,
    /// A line without end comes instead.
    Endless,
    /// The directory is away.
    Away,
}

/// What is known of them.
pub struct Streams {
    network: SystemNetwork,
    fate: watch::Sender<Fate>,
    open: Arc<AtomicUsize>,
    /// Whether the provider's answers are held back.
    held_back: watch::Sender<bool>,
    /// After which event each began.
    began: Mutex<Vec<Option<String>>>,
}

impl Streams {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            network: SystemNetwork::default(),
            fate: watch::Sender::default(),
            open: Arc::default(),
            held_back: watch::Sender::default(),
            began: Mutex::default(),
        })
    }

    /// From now on, for those that are open too.
    pub fn meet(&self, fate: Fate) {
        self.fate.send_replace(fate);
    }

    /// Holds back what the provider answers, or lets it go.
    pub fn hold_back(&self, tokens: bool) {
        self.held_back.send_replace(tokens);
    }

    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    pub fn began(&self) -> Vec<Option<String>> {
        self.began.lock().unwrap().clone()
    }
}

/// The network as the session is handed it.
pub struct Watched(pub Arc<Streams>);

impl Network for Watched {
    fn http(&self, settings: &NetworkSettings) -> Result<Arc<dyn Http>> {
        Ok(Arc::new(Way { http: self.0.network.http(settings)?, streams: self.0.clone() }))
    }
}

struct Way {
    http: Arc<dyn Http>,
    streams: Arc<Streams>,
}

/// Counts an open stream as long as it is read.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Http for Way {
    async fn send(&self, request: Request<Vec<u8>>) -> Answered<Vec<u8>> {
        let is_exchange = request.uri().path() == "/token";
        let answer = self.http.send(request).await;
        if is_exchange {
            self.streams.held_back.subscribe().wait_for(|held_back| !held_back).await.unwrap();
        }
        answer
    }

    async fn open(&self, request: Request<Vec<u8>>) -> Answered<Pieces> {
        let streams = &self.streams;
        if *streams.fate.borrow() == Fate::Away {
            return Err(NoAnswer("away".to_owned()));
        }
        let after = request.headers().get("last-event-id").map(|id| id.to_str().unwrap().to_owned());
        streams.began.lock().unwrap().push(after);
        let answer = self.http.open(request).await?;
        streams.open.fetch_add(1, Ordering::SeqCst);
        let counted = Counted(streams.open.clone());
        let fate = streams.fate.subscribe();
        Ok(answer.map(|pieces| {
            let met = stream::unfold((pieces, fate, counted), |(mut pieces, mut fate, counted)| async move {
                let piece = tokio::select! {
                    piece = pieces.next() => piece?,
                    _ = fate.wait_for(|fate| *fate == Fate::Away) => return None,
                };
                let met = match piece {
                    Ok(piece) => suffer(piece, *fate.borrow()),
                    broken => vec![broken],
                };
                Some((stream::iter(met), (pieces, fate, counted)))
            });
            // What broke is over.
            let whole = met.flatten().scan(false, |broken, piece| {
                let ended = std::mem::replace(broken, piece.is_err());
                std::future::ready((!ended).then_some(piece))
            });
            whole.boxed()
        }))
    }
}

fn suffer(piece: Vec<u8>, fate: Fate) -> Vec<std::result::Result<Vec<u8>, NoAnswer>> {
    let names = piece.windows(13).any(|part| part == b"event: person");
    match fate {
        Fate::BreakInAnEvent if names => {
            vec![Ok(piece[..piece.len() / 2].to_vec()), Err(NoAnswer("cut".to_owned()))]
        }
        Fate::InBytes => piece.into_iter().map(|byte| Ok(vec![byte])).collect(),
        Fate::Twice => vec![Ok(piece.clone()), Ok(piece)],
        Fate::Endless => (0..1024).map(|_| Ok(vec![b'x'; 1024])).collect(),
        Fate::Whole | Fate::BreakInAnEvent | Fate::Away => vec![Ok(piece)],
    }
}
