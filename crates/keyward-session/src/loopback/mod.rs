//! The loopback redirect (RFC 8252 §7.3): a listener on 127.0.0.1, there before the browser opens, for
//! one answer.
//!
//! Whoever can reach the port can send something. A request without this sign-in's `state` is told so
//! and ignored: it neither ends the wait nor learns anything. Connections are served side by side, and
//! above a limit those that have said nothing give way, so that nobody can hold up the one awaited.

mod answer;
mod door;
mod page;
mod request;

use std::{convert::Infallible, future, io, net::Ipv4Addr, sync::Arc, time::Duration};

use keyward_model::{Error, ErrorCode, Issuer, Result};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::oneshot,
};

use crate::{AuthorizationCode, OneTime};
use door::{Door, Once};

pub use page::Page;

/// Connections that the system keeps until they are accepted. Where the queue is full a browser tries
/// again after a whole second, and a flood fills a short one whenever the machine is busy for a moment.
const QUEUE: u32 = 1024;
/// How long the provider's own answer may still come after one that another provider gave.
const DOUBT_TIME: Duration = Duration::from_secs(5);

/// A bound port. The system queues who comes before [`wait`](Self::wait).
#[derive(Debug)]
pub struct Loopback {
    listener: TcpListener,
    port: u16,
    path: String,
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

/// The redirect that was waited for. The browser waits for its page; who repeats the redirect meanwhile
/// is told that it has been answered.
#[derive(Debug)]
pub struct Arrived {
    /// The code, or what the provider said instead.
    pub outcome: Result<AuthorizationCode>,
    page: oneshot::Sender<Page>,
    /// Without this the listener ends.
    open: oneshot::Sender<Infallible>,
}

impl Loopback {
    /// Binds the first free one of `ports`, or any free port where none is given. `path` is the one that
    /// is answered; where each connection has its own, a provider cannot pass another's answer off as its
    /// own (RFC 9700 §4.4.2.2).
    ///
    /// # Errors
    /// [`ErrorCode::PortInUse`] names the ports that were tried.
    pub async fn bind(ports: &[u16], path: &str) -> Result<Self> {
        let candidates = if ports.is_empty() { &[0] } else { ports };
        let mut last = None;
        for port in candidates {
            match listen(*port) {
                Ok(listener) => {
                    let port = listener.local_addr().map_err(|e| unusable(ports, &e.to_string()))?.port();
                    return Ok(Self { listener, port, path: path.to_owned() });
                }
                Err(error) => last = Some(error),
            }
        }
        Err(unusable(ports, &last.map(|e| e.to_string()).unwrap_or_default()))
    }

    /// The redirect address to register and to send.
    pub fn redirect(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.path)
    }

    /// Waits for the redirect that carries this sign-in's `state`. Dropping the future ends the wait and
    /// frees the port.
    ///
    /// # Errors
    /// [`ErrorCode::SignInDenied`] where only another provider's answer came, [`ErrorCode::Internal`]
    /// where the listener breaks.
    pub async fn wait(self, awaited: Awaited) -> Result<Arrived> {
        let (answered, answer) = Once::new();
        let (doubted, doubt) = Once::new();
        let (open, closed) = oneshot::channel();
        let door = Door::new(format!("127.0.0.1:{}", self.port), self.path, awaited, answered, doubted);
        let mut listening = Box::pin(door::listen(self.listener, Arc::new(door), closed));
        // It does not end the wait at once: whoever sent it must not be able to keep the real one out.
        let in_vain = async {
            let Ok(error) = doubt.await else { return future::pending().await };
            tokio::time::sleep(DOUBT_TIME).await;
            error
        };
        tokio::select! {
            biased;
            Ok((outcome, page)) = answer => {
                tokio::spawn(listening);
                Ok(Arrived { outcome, page, open })
            }
            error = in_vain => Err(error),
            () = &mut listening => {
                Err(Error::new(ErrorCode::Internal, "The listener for the browser's answer ended. Sign in again."))
            }
        }
    }
}

impl Arrived {
    /// Shows the browser how it ended, and frees the port. The page is delivered in the background:
    /// nothing that follows waits for a browser, or for the idle connections it opened ahead.
    pub fn show(self, page: Page) {
        drop(self.open);
        // A browser that has gone needs no page.
        let _ = self.page.send(page);
    }
}

/// Listens on a port that is ours alone.
///
/// On Unix with `SO_REUSEADDR`, so that a fixed port can be had again at once; a second listener is
/// refused all the same on Linux, and elsewhere gets nothing that is sent to 127.0.0.1, the more specific
/// address. Never with `SO_REUSEPORT`, which would share it. On Windows with neither: there a port can be
/// taken over only from a listener that allowed it.
fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(QUEUE)
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
