//! What a session needs of the world: time, browser, keychain, HTTP. Tests hand in others.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream, stream::BoxStream};
use http::{Request, Response};
use keyward_model::{Clock, Error, ErrorCode, Result, is_on_this_computer};
use thiserror::Error as ThisError;

use crate::{
    Connection,
    config::{NetworkSettings, Proxy},
    keychain::Keychain,
};

/// Opens the person's own browser.
pub trait Browser: Send + Sync {
    /// Opens `url` and returns at once.
    ///
    /// # Errors
    /// Why it could not be opened, in words.
    fn open(&self, url: &str) -> std::result::Result<(), String>;
}

/// The browser that this system opens links with.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemBrowser;

impl Browser for SystemBrowser {
    fn open(&self, url: &str) -> std::result::Result<(), String> {
        open::that_detached(url).map_err(|e| e.to_string())
    }
}

/// No whole answer came: network, TLS, time-out, size. Never holds a URL's query or a body.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// An answer's body, piece by piece as it comes.
pub type Pieces = BoxStream<'static, std::result::Result<Vec<u8>, NoAnswer>>;

/// Makes HTTP requests. Redirects are not followed: nothing asked for here may move.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends the request and reads the answer whole.
    ///
    /// # Errors
    /// [`NoAnswer`]; an answer of any status is no error.
    async fn send(&self, request: Request<Vec<u8>>) -> std::result::Result<Response<Vec<u8>>, NoAnswer>;

    /// Sends the request and leaves the answer's body to be read as it comes, for as long as it lasts.
    ///
    /// # Errors
    /// As [`send`](Self::send), before the body begins.
    async fn open(&self, request: Request<Vec<u8>>) -> std::result::Result<Response<Pieces>, NoAnswer>;
}

/// Makes the way to a connection's servers.
pub trait Network: Send + Sync {
    /// HTTP as these settings have it.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`](keyward_model::ErrorCode::ConfigInvalid) names the certificate file or
    /// the proxy that cannot be used.
    fn http(&self, settings: &NetworkSettings) -> Result<Arc<dyn Http>>;
}

/// This computer's network. Connections with the same settings share their client.
#[derive(Debug, Default)]
pub struct SystemNetwork {
    made: Mutex<HashMap<NetworkSettings, Arc<NetworkHttp>>>,
}

impl Network for SystemNetwork {
    fn http(&self, settings: &NetworkSettings) -> Result<Arc<dyn Http>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(http) = made.get(settings) {
            return Ok(http.clone());
        }
        let http = Arc::new(NetworkHttp::new(settings)?);
        made.insert(settings.clone(), http.clone());
        Ok(http)
    }
}

/// HTTP over TLS with the system's certificates and, unless the settings say otherwise, its proxy.
#[derive(Debug, Clone)]
pub struct NetworkHttp {
    network: reqwest::Client,
    /// For this computer's own addresses: no proxy may see what is meant for them.
    here: reqwest::Client,
}

/// Bytes of an answer at most.
const MAX_ANSWER: usize = 8 * 1024 * 1024;
/// Time for a whole exchange.
const EXCHANGE_TIME: Duration = Duration::from_secs(30);
/// Time for a body that is read as it comes: whoever reads it ends it.
const LASTING: Duration = Duration::from_secs(24 * 60 * 60);
/// Time for reaching the other side.
const CONNECT_TIME: Duration = Duration::from_secs(10);

impl NetworkHttp {
    /// A client with its own connection pool.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`](keyward_model::ErrorCode::ConfigInvalid) names what cannot be used.
    pub fn new(settings: &NetworkSettings) -> Result<Self> {
        let invalid = |what: String| Error::new(ErrorCode::ConfigInvalid, what);
        let own = match &settings.ca {
            None => Vec::new(),
            Some(path) => {
                let named = |why: &dyn fmt::Display| invalid(format!("ca {}: {why}", path.display()));
                let pem = std::fs::read(path).map_err(|e| named(&e))?;
                let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| named(&e))?;
                if found.is_empty() {
                    return Err(named(&"there is no certificate (PEM) in it"));
                }
                found
            }
        };
        let builder = || {
            let own = own.iter().cloned();
            reqwest::Client::builder()
                .user_agent(concat!("keyward/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_TIME)
                .tls_certs_merge(own)
        };
        let network = match &settings.proxy {
            Proxy::FromEnvironment => builder(),
            Proxy::Direct => builder().no_proxy(),
            Proxy::Through(url) => {
                let proxy = reqwest::Proxy::all(url.as_str());
                builder().proxy(proxy.map_err(|e| invalid(format!("proxy {url}: {e}")))?)
            }
        };
        let built =
            |builder: reqwest::ClientBuilder| builder.build().map_err(|e| invalid(format!("TLS: {e}")));
        Ok(Self { network: built(network)?, here: built(builder().no_proxy())? })
    }

    async fn execute(
        &self,
        request: Request<Vec<u8>>,
        time: Duration,
    ) -> std::result::Result<reqwest::Response, NoAnswer> {
        let mut request = reqwest::Request::try_from(request).map_err(no_answer)?;
        *request.timeout_mut() = Some(time);
        let client = if is_on_this_computer(request.url()) { &self.here } else { &self.network };
        client.execute(request).await.map_err(no_answer)
    }
}

/// The answer's head, for a body to come.
fn head(answer: &reqwest::Response) -> http::response::Builder {
    let begun = Response::builder().status(answer.status());
    answer.headers().iter().fold(begun, |head, (name, value)| head.header(name, value))
}

#[async_trait]
impl Http for NetworkHttp {
    async fn send(&self, request: Request<Vec<u8>>) -> std::result::Result<Response<Vec<u8>>, NoAnswer> {
        let mut answer = self.execute(request, EXCHANGE_TIME).await?;
        let whole = head(&answer);
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(no_answer)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(NoAnswer(format!("the answer is larger than {MAX_ANSWER} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        whole.body(body).map_err(|e| NoAnswer(e.to_string()))
    }

    async fn open(&self, request: Request<Vec<u8>>) -> std::result::Result<Response<Pieces>, NoAnswer> {
        let begun = tokio::time::timeout(EXCHANGE_TIME, self.execute(request, LASTING)).await;
        let answer = begun.map_err(|_| NoAnswer("no answer in time".to_owned()))??;
        let head = head(&answer);
        let pieces = stream::try_unfold(answer, |mut answer| async move {
            let piece = answer.chunk().await.map_err(no_answer)?;
            Ok(piece.map(|piece| (piece.to_vec(), answer)))
        });
        head.body(pieces.boxed()).map_err(|e| NoAnswer(e.to_string()))
    }
}

fn no_answer(error: reqwest::Error) -> NoAnswer {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the exchange broke off"
    };
    // The innermost cause says what a person can act on (refused, unknown host, bad certificate).
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let cause = if std::ptr::addr_eq(cause, &error) { String::new() } else { format!(": {cause}") };
    NoAnswer(format!("{kind}{cause}"))
}

/// Starts what serves the local workspace.
#[async_trait]
pub trait LocalWorkspace: Send + Sync {
    /// Starts it, or finds it started, and says how to connect.
    ///
    /// # Errors
    /// Such as [`PortInUse`](keyward_model::ErrorCode::PortInUse) or a damaged file.
    async fn start(&self) -> Result<Connection>;

    /// As [`start`](Self::start), on another port than last time: its name changes with it, so whoever
    /// was signed in signs in again.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    async fn start_elsewhere(&self) -> Result<Connection>;
}

/// Tells the person that something waits for them, where they look when the window is not before them.
pub trait Notifier: Send + Sync {
    /// Shows a notification, once.
    fn notify(&self, title: &str, body: &str);
}

/// All of them.
#[derive(Clone)]
pub struct Ports {
    /// Notifications.
    pub notifier: Arc<dyn Notifier>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The browser.
    pub browser: Arc<dyn Browser>,
    /// The keychain.
    pub keychain: Arc<dyn Keychain>,
    /// The network.
    pub network: Arc<dyn Network>,
}

/// The world as one connection has it.
#[derive(Clone)]
pub struct ConnectionPorts {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The keychain.
    pub keychain: Arc<dyn Keychain>,
    /// The way to the connection's servers.
    pub http: Arc<dyn Http>,
}

impl Ports {
    /// The world as a connection has it.
    ///
    /// # Errors
    /// As [`Network::http`].
    pub fn of(&self, connection: &Connection) -> Result<ConnectionPorts> {
        Ok(ConnectionPorts {
            clock: self.clock.clone(),
            keychain: self.keychain.clone(),
            http: self.network.http(&connection.network)?,
        })
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ports")
    }
}
