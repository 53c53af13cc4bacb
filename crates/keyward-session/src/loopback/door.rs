//! Who comes to the port: how many are let in, for how long, and who gives way.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use keyward_model::{Error, Result};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time,
};

use super::{
    Awaited,
    page::{self, Page},
    request::{self, Asked},
};
use crate::AuthorizationCode;

/// Connections served at once. Every one costs a file descriptor, of which a desktop app may have no
/// more than 256.
const MAX_CONNECTIONS: usize = 64;
/// Bytes of a request's head at most.
const MAX_HEAD: usize = 16 * 1024;
/// Time for a request's head to arrive whole.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Time for the last page to reach the browser, and for the others to go.
const PAGE_TIME: Duration = Duration::from_secs(5);
/// How long to wait after a connection could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// What a listener needs to know, and whom it tells.
pub(super) struct Door {
    /// The only host that is answered for, port included.
    pub host: String,
    /// The only path that is answered.
    pub path: String,
    pub awaited: Awaited,
    answered: Once<(Result<AuthorizationCode>, oneshot::Sender<Page>)>,
    doubted: Once<Error>,
    strangers: AtomicU64,
}

/// Sends the first of several, and drops the rest.
pub(super) struct Once<T>(Mutex<Option<oneshot::Sender<T>>>);

impl<T> Once<T> {
    pub fn new() -> (Self, oneshot::Receiver<T>) {
        let (send, receive) = oneshot::channel();
        (Self(Mutex::new(Some(send))), receive)
    }

    /// Whether this was the first, and somebody took it.
    fn send(&self, value: T) -> bool {
        let first = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.is_some_and(|first| first.send(value).is_ok())
    }
}

impl Door {
    pub fn new(
        host: String,
        path: String,
        awaited: Awaited,
        answered: Once<(Result<AuthorizationCode>, oneshot::Sender<Page>)>,
        doubted: Once<Error>,
    ) -> Self {
        Self { host, path, awaited, answered, doubted, strangers: AtomicU64::new(0) }
    }

    async fn answer(&self, request: &Request<Incoming>) -> Page {
        match request::read(request, self) {
            Asked::Strange(status, text) => {
                self.strangers.fetch_add(1, Ordering::Relaxed);
                Page::refused(status, text)
            }
            Asked::Doubtful(error) => {
                let page = Page::refused(StatusCode::BAD_REQUEST, &error.message);
                self.doubted.send(error);
                page
            }
            Asked::Answer(outcome) => {
                let (send, page) = oneshot::channel();
                if !self.answered.send((outcome, send)) {
                    return Page::refused(StatusCode::GONE, "This sign-in has already been answered.");
                }
                page.await.unwrap_or_else(|_| {
                    Page::failed("The sign-in was ended in Keyward before it was finished.")
                })
            }
        }
    }
}

impl Drop for Door {
    /// Once for all of them: a line for each would let a stranger fill the log.
    fn drop(&mut self) {
        let strangers = *self.strangers.get_mut();
        if strangers > 0 {
            tracing::info!(strangers, "loopback: requests that were not this sign-in's were ignored");
        }
    }
}

/// Lets in who comes until the other end of `closed` is gone. Then the port is free, and who is being
/// answered may stay for that.
pub(super) async fn listen(
    listener: TcpListener,
    door: Arc<Door>,
    mut closed: oneshot::Receiver<Infallible>,
) {
    let mut guests = Guests::default();
    loop {
        tokio::select! {
            biased;
            _ = &mut closed => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => guests.admit(stream, door.clone()).await,
                Err(error) => {
                    tracing::warn!(%error, "loopback connection not accepted");
                    // Such as too many open files: one of ours may be one too many. Otherwise it passes,
                    // and must not be asked for in a circle meanwhile.
                    if !guests.turn_one_out().await {
                        time::sleep(ACCEPT_AGAIN).await;
                    }
                }
            }
        }
    }
    drop(listener);
    let _ = time::timeout(PAGE_TIME, guests.leave()).await;
}

/// The connections being served, in the order they came.
#[derive(Default)]
struct Guests(Vec<Guest>);

struct Guest {
    served: JoinHandle<()>,
    /// Whether a whole request has come.
    heard: Arc<AtomicBool>,
}

impl Guests {
    async fn admit(&mut self, stream: TcpStream, door: Arc<Door>) {
        let heard = Arc::new(AtomicBool::new(false));
        let served = tokio::spawn(serve(stream, door, heard.clone()));
        self.0.push(Guest { served, heard });
        if self.are_too_many() {
            // Whoever came in the same moment may have asked already, and is to be heard first.
            tokio::task::yield_now().await;
            if self.are_too_many() {
                self.turn_one_out().await;
            }
        }
    }

    fn are_too_many(&mut self) -> bool {
        self.0.retain(|guest| !guest.served.is_finished());
        self.0.len() > MAX_CONNECTIONS
    }

    /// Ends the oldest connection that no whole request has come on, if there is one. A browser sends
    /// its request at once and opens another connection where an idle one was closed.
    async fn turn_one_out(&mut self) -> bool {
        let Some(at) = self.0.iter().position(|guest| !guest.heard.load(Ordering::Relaxed)) else {
            return false;
        };
        let mut guest = self.0.remove(at);
        guest.served.abort();
        // Its socket is closed only then.
        let _ = (&mut guest.served).await;
        true
    }

    /// Waits until all have gone. To close the idle ones now would take time from what matters more, the
    /// page on its way and the session's own work.
    async fn leave(mut self) {
        for guest in &mut self.0 {
            let _ = (&mut guest.served).await;
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.served.abort();
    }
}

async fn serve(stream: TcpStream, door: Arc<Door>, heard: Arc<AtomicBool>) {
    let service = service_fn(|request: Request<Incoming>| {
        heard.store(true, Ordering::Relaxed);
        let door = door.clone();
        async move { Ok::<_, Infallible>(response(&door.answer(&request).await)) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "loopback connection ended early");
    }
}

fn response(page: &Page) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(page.html())));
    *response.status_mut() = page.status();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, page::CSP),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONNECTION, "close"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
