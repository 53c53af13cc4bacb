//! `keywardd serve`: a company's directory over HTTP, until it is told to stop.

mod health;
mod issuer;
mod settings;

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use keyward_directory::{Directory, Hooks, Metrics, Service};
use keyward_model::{Clock, Error, ErrorCode, Result};
use tokio::net::TcpListener;

use crate::off_thread;

pub(crate) use issuer::WrittenIssuer;
pub use settings::{Environment, Settings, database, kept, nowhere};

/// How long requests under way may take to end.
const GRACE: Duration = Duration::from_secs(30);

/// A directory that is open and has its address, and serves nobody yet.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    listener: TcpListener,
    app: axum::Router,
    directory: Directory,
    hooks: Hooks,
}

/// Opens the directory and its address.
///
/// # Errors
/// [`ErrorCode::PortInUse`] names an address that cannot be opened, [`ErrorCode::ConfigInvalid`] and those of
/// [`Directory::open`] what is wrong with the database.
pub async fn open(settings: Settings, clock: Arc<dyn Clock>) -> Result<Server> {
    let Settings { listen, database, verifier, hooks, rates, hosts, operators } = settings;
    let directory = off_thread(move || Directory::open(&database, clock)).await?;
    let listener = TcpListener::bind(listen).await.map_err(|e| unbound(listen, &e))?;
    let address = listener.local_addr().map_err(|e| unbound(listen, &e))?;
    let metrics = Metrics::new();
    let mut service = Service::new(directory.clone(), verifier).asked_by(hooks.clone());
    if let Some(domain) = hosts {
        service = service.named_by_host(&domain);
    }
    if let Some(tenant) = operators {
        service = service.operated_by(tenant);
    }
    let app = service.limited(rates).measured(metrics.clone()).router();
    let app = app.merge(metrics.router()).merge(health::router(directory.clone()));
    Ok(Server { address, listener, app, directory, hooks })
}

impl Server {
    /// The providers that may ask, whose secrets can be read anew while it serves.
    pub fn hooks(&self) -> Hooks {
        self.hooks.clone()
    }

    /// Serves until `stop` ends. Then takes no more connections, and lets requests under way end, for 30 seconds at
    /// most.
    ///
    /// # Errors
    /// A listener that failed.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let directory = self.directory.clone();
        let keeping = tokio::spawn(directory.clone().keep_uses());
        let (told, mut stopping) = tokio::sync::watch::channel(());
        let stop = async move {
            stop.await;
            tracing::info!("stopping: requests under way are finished");
            // Gone with the sender, which the other side sees.
            drop(told);
            // They would never end by themselves.
            self.directory.end_events();
        };
        let served = axum::serve(self.listener, self.app).with_graceful_shutdown(stop);
        let late = async {
            while stopping.changed().await.is_ok() {}
            tokio::time::sleep(GRACE).await;
        };
        let ended = tokio::select! {
            done = served.into_future() => {
                done.map_err(|e| Error::new(ErrorCode::Internal, format!("The listener failed: {e}.")))
            }
            () = late => {
                tracing::warn!("requests were cut off after {} s", GRACE.as_secs());
                Ok(())
            }
        };
        keeping.abort();
        last_uses(directory).await;
        ended
    }
}

/// Writes what the last tokens named.
pub(crate) async fn last_uses(directory: Directory) {
    if let Err(error) = off_thread(move || directory.write_uses()).await {
        tracing::warn!(%error, "what the last tokens named is not known");
    }
}

fn unbound(address: SocketAddr, error: &io::Error) -> Error {
    let words = format!(
        "listen: {address} cannot be opened: {error}. Name another address in listen or KEYWARDD_LISTEN, or stop what \
         uses it."
    );
    Error::new(ErrorCode::PortInUse, words)
}
