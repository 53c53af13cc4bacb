//! The loopback redirect (RFC 8252 §7.3): a listener on 127.0.0.1, there before the browser opens, for
//! one answer.
//!
//! Whoever can reach the port can send something. A request without this sign-in's `state` is told so
//! and ignored: it neither ends the wait nor learns anything. Connections are served side by side, so
//! one that the browser opened ahead and left idle holds up nobody.

mod page;

use std::{convert::Infallible, net::Ipv4Addr, sync::Arc, time::Duration};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use keyward_model::{Error, ErrorCode, Issuer, Result};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::JoinSet,
};

pub use page::Page;

use crate::{AuthorizationCode, OneTime};

/// The one path that is answered.
const PATH: &str = "/callback";
/// Bytes of a request's head at most.
const MAX_HEAD: usize = 16 * 1024;
/// Time for a request's head to arrive whole.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Time for the last page to reach the browser.
const PAGE_TIME: Duration = Duration::from_secs(5);
/// How long to wait after a connection could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// Connections served at once.
const MAX_CONNECTIONS: usize = 64;

/// A bound port, not listened to yet.
#[derive(Debug)]
pub struct Loopback {
    listener: TcpListener,
    port: u16,
}

/// What must be in the redirect.
#[derive(Debug)]
pub struct Awaited {
    /// The sign-in's `state`.
    pub state: OneTime,
    /// The provider.
    pub issuer: Issuer,
    /// Whether the provider promised `iss` (RFC 9207 §2.4).
    pub issuer_promised: bool,
}

/// The redirect that was waited for. The browser waits for its page.
#[derive(Debug)]
pub struct Arrived {
    /// The code, or what the provider said instead.
    pub outcome: Result<AuthorizationCode>,
    page: oneshot::Sender<Page>,
    connections: JoinSet<()>,
}

struct Delivery {
    outcome: Result<AuthorizationCode>,
    page: oneshot::Sender<Page>,
}

impl Loopback {
    /// Binds the first free one of `ports`, or any free port where none is given.
    ///
    /// # Errors
    /// [`ErrorCode::PortInUse`] names the ports that were tried.
    pub async fn bind(ports: &[u16]) -> Result<Self> {
        let candidates = if ports.is_empty() { &[0] } else { ports };
        let mut last = None;
        for port in candidates {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).await {
                Ok(listener) => {
                    let port = listener.local_addr().map_err(|e| unusable(ports, &e.to_string()))?.port();
                    return Ok(Self { listener, port });
                }
                Err(error) => last = Some(error),
            }
        }
        Err(unusable(ports, &last.map(|e| e.to_string()).unwrap_or_default()))
    }

    /// The redirect address to register and to send.
    pub fn redirect(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for the redirect that carries this sign-in's `state`. Dropping the future ends the wait and
    /// frees the port.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] where the listener breaks.
    pub async fn wait(self, awaited: Awaited) -> Result<Arrived> {
        let awaited = Arc::new(awaited);
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let (deliver, mut delivered) = mpsc::channel::<Delivery>(1);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                Some(Delivery { outcome, page }) = delivered.recv() => {
                    return Ok(Arrived { outcome, page, connections });
                }
                Some(_) = connections.join_next() => {}
                accepted = accept(&self.listener, &places) => {
                    let Some((stream, place)) = accepted else { continue };
                    let (awaited, deliver, port) = (awaited.clone(), deliver.clone(), self.port);
                    connections.spawn(async move {
                        serve(stream, port, &awaited, &deliver).await;
                        drop(place);
                    });
                }
            }
        }
    }
}

impl Arrived {
    /// Shows the browser how it ended. The page is delivered in the background: nothing that follows
    /// waits for a browser, or for the idle connections it opened ahead.
    pub fn show(self, page: Page) {
        let Self { page: waiting, mut connections, .. } = self;
        if waiting.send(page).is_ok() {
            tokio::spawn(tokio::time::timeout(PAGE_TIME, async move {
                while connections.join_next().await.is_some() {}
            }));
        }
    }
}

fn unusable(ports: &[u16], why: &str) -> Error {
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let which = if ports.is_empty() { "any port".to_owned() } else { format!("port {}", ports.join(" or ")) };
    Error::new(
        ErrorCode::PortInUse,
        format!(
            "Keyward cannot listen on {which} of this computer ({why}). Close the program that uses it and try again."
        ),
    )
}

/// The next connection, once there is a place for it: above the limit the newest wait in the system's
/// queue, not in memory.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(%error, "loopback connection not accepted");
            // Such as too many open files: it passes, and must not be asked for in a circle meanwhile.
            tokio::time::sleep(ACCEPT_AGAIN).await;
            None
        }
    }
}

async fn serve(stream: TcpStream, port: u16, awaited: &Awaited, deliver: &mpsc::Sender<Delivery>) {
    let service = service_fn(|request: Request<Incoming>| async move {
        let page = answer(&request, port, awaited, deliver).await;
        Ok::<_, Infallible>(response(&page))
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

async fn answer(
    request: &Request<Incoming>,
    port: u16,
    awaited: &Awaited,
    deliver: &mpsc::Sender<Delivery>,
) -> Page {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host != Some(format!("127.0.0.1:{port}").as_str()) {
        return Page::refused(StatusCode::MISDIRECTED_REQUEST, "This address is not for other hosts.");
    }
    if request.uri().path() != PATH {
        return Page::refused(StatusCode::NOT_FOUND, "There is nothing here.");
    }
    if request.method() != Method::GET {
        return Page::refused(StatusCode::METHOD_NOT_ALLOWED, "Only GET is answered here.");
    }
    let Some(query) = Query::read(request.uri().query().unwrap_or_default()) else {
        return Page::refused(StatusCode::BAD_REQUEST, "This answer is malformed.");
    };
    if !query.state.as_deref().is_some_and(|state| awaited.state.is(state)) {
        tracing::info!("loopback: a request without this sign-in's state was ignored");
        return Page::refused(
            StatusCode::BAD_REQUEST,
            "This page does not belong to the sign-in that Keyward is waiting for. Go back to the tab Keyward opened.",
        );
    }
    let (send, page) = oneshot::channel();
    if deliver.try_send(Delivery { outcome: query.outcome(awaited), page: send }).is_err() {
        return Page::refused(StatusCode::GONE, "This sign-in has already been answered.");
    }
    page.await.unwrap_or_else(|_| Page::failed("The sign-in was ended in Keyward before it was finished."))
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

/// The redirect's parameters, each at most once (RFC 6749 §3.1).
#[derive(Default)]
struct Query {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl Query {
    fn read(text: &str) -> Option<Self> {
        let mut query = Self::default();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let place = match name.as_ref() {
                "state" => &mut query.state,
                "code" => &mut query.code,
                "iss" => &mut query.iss,
                "error" => &mut query.error,
                "error_description" => &mut query.error_description,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        Some(query)
    }

    fn outcome(self, awaited: &Awaited) -> Result<AuthorizationCode> {
        let denied = |what: String| Err(Error::new(ErrorCode::SignInDenied, what));
        match &self.iss {
            Some(iss) if iss != awaited.issuer.as_str() => {
                return denied(
                    "Another provider answered this sign-in. Nothing was exchanged; sign in again."
                        .to_owned(),
                );
            }
            None if awaited.issuer_promised => {
                return denied("The answer does not say which provider it is from, though the provider promised so. Sign in again.".to_owned());
            }
            _ => {}
        }
        match (self.code, self.error) {
            (Some(code), None) => Ok(AuthorizationCode::new(code)),
            (_, Some(error)) => {
                let said = self.error_description.unwrap_or(error);
                let said: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
                denied(format!("The provider ended the sign-in: {}.", said.trim_end_matches('.')))
            }
            (None, None) => {
                denied("The provider's answer holds neither a code nor an error. Sign in again.".to_owned())
            }
        }
    }
}
