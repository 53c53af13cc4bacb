//! What a session needs of the world: time, browser, keychain, HTTP. Tests hand in others.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use http::{Request, Response};
use keyward_model::{Clock, Result, is_on_this_computer};
use thiserror::Error as ThisError;

use crate::{Connection, keychain::Keychain};

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

/// Makes one HTTP request. Redirects are not followed: nothing asked for here may move.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends the request and reads the answer whole.
    ///
    /// # Errors
    /// [`NoAnswer`]; an answer of any status is no error.
    async fn send(&self, request: Request<Vec<u8>>) -> std::result::Result<Response<Vec<u8>>, NoAnswer>;
}

/// HTTP over TLS with the system's certificates and proxy settings.
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
/// Time for reaching the other side.
const CONNECT_TIME: Duration = Duration::from_secs(10);

impl NetworkHttp {
    /// A client with its own connection pool.
    ///
    /// # Errors
    /// Why the system's TLS cannot be set up.
    pub fn new() -> std::result::Result<Self, NoAnswer> {
        let builder = || {
            reqwest::Client::builder()
                .user_agent(concat!("keyward/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .timeout(EXCHANGE_TIME)
                .connect_timeout(CONNECT_TIME)
        };
        let network = builder().build().map_err(|e| NoAnswer(e.to_string()))?;
        let here = builder().no_proxy().build().map_err(|e| NoAnswer(e.to_string()))?;
        Ok(Self { network, here })
    }
}

#[async_trait]
impl Http for NetworkHttp {
    async fn send(&self, request: Request<Vec<u8>>) -> std::result::Result<Response<Vec<u8>>, NoAnswer> {
        let request = reqwest::Request::try_from(request).map_err(no_answer)?;
        let client = if is_on_this_computer(request.url()) { &self.here } else { &self.network };
        let mut answer = client.execute(request).await.map_err(no_answer)?;
        let mut whole = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            whole = whole.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(no_answer)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(NoAnswer(format!("the answer is larger than {MAX_ANSWER} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        whole.body(body).map_err(|e| NoAnswer(e.to_string()))
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

/// All of them.
#[derive(Clone)]
pub struct Ports {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The browser.
    pub browser: Arc<dyn Browser>,
    /// The keychain.
    pub keychain: Arc<dyn Keychain>,
    /// HTTP.
    pub http: Arc<dyn Http>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ports")
    }
}
