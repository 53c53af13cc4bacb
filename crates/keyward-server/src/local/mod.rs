//! The local workspace: everything that Keyward needs of a service, on this computer alone.
//!
//! Provider and directory share one listener on 127.0.0.1. The issuer's name contains the port, and the
//! keychain entry of whoever signs in hangs on that name; so the port is remembered and kept.

mod accounts;
mod company;
mod expect;
mod folder;
mod history;

use std::{
    fs, io,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::Request};
use keyward_directory::{Database, Directory, Hooks, Service};
use keyward_issuer::{Endpoint, Mode, Provider, ProviderConfig, Store};
use keyward_model::{ClientId, Clock, Error, ErrorCode, InvalidId, Issuer, Result, Template};
use keyward_verify::{FetchedKeys, Verifier};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tower::ServiceExt;

use crate::{hooks::HookFile, off_thread, serve::last_uses};
use accounts::LocalAccounts;
use folder::Folder;

/// The service that the local company runs, as people call it.
pub const SERVICE_NAME: &str = "Northwind Cloud";
/// The one client that may sign in: the desktop app.
pub const CLIENT_ID: &str = "keyward-desktop";
/// The audience of a tenant's API.
pub const TENANT_AUDIENCE: &str = "https://api.northwind.example/t/{tenant}";
/// The audience of the directory itself.
pub const DIRECTORY_AUDIENCE: &str = "https://api.northwind.example/directory";
/// Everybody's password. It guards nothing but an example on one's own computer, and the page says it.
pub const PASSWORD: &str = "keyward";
/// Who to sign in as first: owner of one tenant, editor in three, viewer in six, not in the other two.
pub const FIRST_PERSON: &str = "ada@northwind.example";

/// How long requests under way may take to end when the workspace stops.
const GRACE: Duration = Duration::from_secs(5);
/// How long the verifier waits for the provider's keys, which are in the same process.
const KEYS_PATIENCE: Duration = Duration::from_secs(10);

/// How to start a local workspace.
#[derive(Debug, Clone)]
pub struct LocalOptions {
    /// Where it keeps its files. Made, for its owner alone, if it is not there; a folder that holds other
    /// things and no workspace is refused.
    pub folder: PathBuf,
    /// Whether to forget everything first. Removes the workspace's own files and nothing else.
    pub fresh: bool,
    /// The port; none: that of last time, else one that is free.
    pub port: Option<u16>,
    /// Whether to take another free port where that of last time is taken. The issuer changes with it:
    /// whoever was signed in signs in again.
    pub start_elsewhere: bool,
    /// How the provider gives a tenant's token. With an issuer per tenant, the directory takes the tokens of
    /// the root's issuer only.
    pub mode: Mode,
    /// For how long the provider answers the refresh token before the newest again.
    pub reuse_grace: Duration,
    /// The file that says which providers may ask the directory; none: nobody.
    pub hooks: Option<PathBuf>,
}

impl LocalOptions {
    /// The workspace in this folder, as it was.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            fresh: false,
            port: None,
            start_elsewhere: false,
            mode: Mode::default(),
            reuse_grace: Duration::ZERO,
            hooks: None,
        }
    }
}

/// A running local workspace. Dropping it ends it at once, [`stop`](Self::stop) gently.
pub struct Local {
    /// The provider's issuer.
    pub issuer: Issuer,
    /// The origin under which the directory has its `/v1`.
    pub directory: String,
    /// The provider, for tests that make it misbehave.
    pub provider: Provider,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<io::Result<()>>,
    /// Writes what tokens name.
    keeping: JoinHandle<()>,
    roles: Directory,
    // Held until the end: the folder is one workspace's at a time.
    _folder: Folder,
}

impl Local {
    /// Stops: takes no more requests, lets those under way end, for five seconds at most.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // An error means that the server is gone already, which is what is wanted.
            let _gone = stop.send(());
        }
        match tokio::time::timeout(GRACE, &mut self.server).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the listener failed"),
            Ok(Err(error)) => tracing::warn!(%error, "the server failed"),
            Err(_) => tracing::warn!("requests were cut off"),
        }
        self.keeping.abort();
        last_uses(self.roles.clone()).await;
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.server.abort();
        self.keeping.abort();
    }
}

/// Starts the workspace: opens its files, seeded with the example company if they are not there, and
/// serves them.
///
/// # Errors
/// [`ErrorCode::PortInUse`] names a port that is taken, or a folder whose workspace is open already;
/// [`ErrorCode::ConfigInvalid`], [`ErrorCode::StorageCorrupt`] and [`ErrorCode::StorageFull`] name the file.
pub async fn start(options: LocalOptions, clock: Arc<dyn Clock>) -> Result<Local> {
    let LocalOptions { folder, fresh, port, start_elsewhere, mode, reuse_grace, hooks } = options;
    let (folder, remembered) = off_thread(move || {
        let folder = Folder::open(folder, fresh)?;
        let remembered = folder.port()?;
        Ok((folder, remembered))
    })
    .await?;
    let listener = listen(port, remembered, start_elsewhere).await?;
    let port = listener.local_addr().map_err(|e| unbound(0, &e))?.port();
    let issuer = Issuer::new(format!("http://127.0.0.1:{port}")).map_err(fault)?;
    let opened = {
        let (issuer, clock) = (issuer.clone(), clock.clone());
        off_thread(move || {
            let hooks = match hooks {
                Some(file) => HookFile::read(&file, clock.clone())?.hooks(issuer.as_str())?,
                None => Hooks::none(),
            };
            let directory = directory(&folder, &issuer, clock.clone())?;
            let provider = provider(&folder, mode, reuse_grace, &issuer, &directory, clock)?;
            folder.remember(port)?;
            Ok((folder, directory, provider, hooks))
        })
    };
    let (folder, directory, provider, hooks) = opened.await?;
    let app = app(directory.clone(), &provider, mode, &issuer, hooks, clock)?;
    let (keeping, roles) = (tokio::spawn(directory.clone().keep_uses()), directory.clone());
    let (stop, stopped) = oneshot::channel();
    let served = axum::serve(listener, app).with_graceful_shutdown(async move {
        // A sender that is gone says the same as one that sends.
        let _either = stopped.await;
        directory.end_events();
    });
    let server = tokio::spawn(served.into_future());
    tracing::info!(%issuer, folder = %folder.path().display(), "local workspace open");
    let directory = issuer.to_string();
    Ok(Local { issuer, directory, provider, stop: Some(stop), server, keeping, roles, _folder: folder })
}

/// Binds 127.0.0.1 and nothing else.
async fn listen(wanted: Option<u16>, remembered: Option<u16>, elsewhere: bool) -> Result<TcpListener> {
    let port = wanted.or(remembered).unwrap_or(0);
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Ok(listener) => Ok(listener),
        Err(_) if elsewhere && wanted.is_none() => {
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|e| unbound(0, &e))
        }
        Err(e) => Err(unbound(port, &e)),
    }
}

fn unbound(port: u16, error: &io::Error) -> Error {
    let why = match error.kind() {
        io::ErrorKind::AddrInUse => "another program uses it".to_owned(),
        _ => error.to_string(),
    };
    let words = format!(
        "Port {port} of this computer cannot be opened: {why}. Close that program, or open the workspace on \
         another port and sign in again, or begin anew."
    );
    Error::new(ErrorCode::PortInUse, words)
}

/// The directory, founded if it is not there, with everybody at this issuer.
fn directory(folder: &Folder, issuer: &Issuer, clock: Arc<dyn Clock>) -> Result<Directory> {
    let file = folder.directory();
    if !file.exists() {
        let draft = folder.directory_draft()?;
        history::write(&draft, issuer, clock.now())?;
        folder.keep_draft()?;
    } else if fs::metadata(&file).is_ok_and(|found| found.len() == 0) {
        return Err(nobody_in(&file));
    }
    let directory = Directory::open(&Database::file(&file), clock)?;
    if directory.is_empty()? {
        return Err(nobody_in(&file));
    }
    directory.move_issuer(issuer)?;
    Ok(directory)
}

/// A founded directory is never empty: this one has lost what it held, and a person may still have a copy.
fn nobody_in(file: &Path) -> Error {
    let words = format!(
        "{} is empty. It was left as it is: put a copy back in its place, or move it away to begin anew.",
        file.display()
    );
    Error::new(ErrorCode::StorageCorrupt, words)
}

fn provider(
    folder: &Folder,
    mode: Mode,
    reuse_grace: Duration,
    issuer: &Issuer,
    directory: &Directory,
    clock: Arc<dyn Clock>,
) -> Result<Provider> {
    let client = ClientId::new(CLIENT_ID).map_err(fault)?;
    let mut config =
        ProviderConfig::new(issuer.clone(), SERVICE_NAME, client, tenant_audience()?, DIRECTORY_AUDIENCE);
    config.mode = mode;
    config.reuse_grace = reuse_grace;
    config.hint = Some(format!(
        "This workspace is on your computer. Sign in as {FIRST_PERSON} with the password “{PASSWORD}”."
    ));
    let accounts = LocalAccounts::new(directory.clone(), issuer.clone());
    let store = Store::File(folder.provider());
    Provider::open(config, store, Arc::new(accounts), Arc::new(directory.clone()), clock)
}

/// Both on one origin: the directory has `/v1`, the provider the rest. Each keeps its own limits,
/// headers and fallbacks.
fn app(
    directory: Directory,
    provider: &Provider,
    mode: Mode,
    issuer: &Issuer,
    hooks: Hooks,
    clock: Arc<dyn Clock>,
) -> Result<Router> {
    let expect = expect::expect(mode, issuer)?;
    let http = reqwest::Client::builder().no_proxy().timeout(KEYS_PATIENCE).build();
    let http = http.map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    let keys =
        FetchedKeys::new(http, issuer.clone(), format!("{issuer}{}", Endpoint::Keys.path()), clock.clone());
    let verifier = Verifier::new(expect, Arc::new(keys), clock);
    let directory = Service::new(directory, Arc::new(verifier)).asked_by(hooks).router();
    let provider = provider.router();
    Ok(Router::new().fallback(move |request: Request| {
        let part = if request.uri().path().starts_with("/v1/") { &directory } else { &provider };
        part.clone().oneshot(request)
    }))
}

fn tenant_audience() -> Result<Template> {
    TENANT_AUDIENCE.parse().map_err(|e| Error::new(ErrorCode::Internal, e))
}

/// A constant of ours that is not what its type says.
fn fault(error: InvalidId) -> Error {
    Error::new(ErrorCode::Internal, error.to_string())
}
