//! A world for a session: the real service, a browser that fills in the real sign-in page, a keychain
//! that does what it is told, a clock that can be moved.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use keyward_issuer::Mode;
use keyward_model::{Clock, ConnectionId, Error, ErrorCode, Result, SystemClock, TenantId, Timestamp};
use keyward_server::local::{self, Local, LocalOptions};
use keyward_session::{
    Connection, Ports, Session, Settings, Shown, SignedIn, WindowView,
    config::{self, Sources},
    keychain::{Keychain, StoreKeychain},
    ports::{ConnectionPorts, LocalWorkspace, Notifier, SystemNetwork},
};
use tempfile::TempDir;
use tokio::sync::mpsc;

pub use crate::{
    person::{Person, fill_in},
    scripted::{Lengthened, Mood, Scripted},
};

pub const ADA: &str = "ada@northwind.example";
pub const WINDOW: &str = "main";

/// The system's clock, and so many seconds more.
#[derive(Default)]
pub struct Moved(AtomicI64);

impl Moved {
    pub fn by(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().0 + self.0.load(Ordering::SeqCst))
    }
}

/// This computer's clock: the service's, and so far apart from it.
pub struct Apart(Arc<Moved>, Moved);

impl Apart {
    pub fn by(&self, seconds: i64) {
        self.1.by(seconds);
    }
}

impl Clock for Apart {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.now().0 + self.1.0.load(Ordering::SeqCst))
    }
}

/// Notifications, kept.
#[derive(Default)]
pub struct Told(pub Mutex<Vec<String>>);

impl Notifier for Told {
    fn notify(&self, _: &str, body: &str) {
        self.0.lock().unwrap().push(body.to_owned());
    }
}

/// The local workspace is tested where it is: in the server and in the system tests.
struct NoLocal;

#[async_trait]
impl LocalWorkspace for NoLocal {
    async fn start(&self) -> Result<Connection> {
        Err(Error::new(ErrorCode::PortInUse, "The port is taken."))
    }
    async fn start_elsewhere(&self) -> Result<Connection> {
        self.start().await
    }
}

pub struct World {
    pub service: Local,
    /// The time, for all.
    pub clock: Arc<Moved>,
    /// This computer's clock.
    pub apart: Arc<Apart>,
    /// What lies under the keychain.
    pub keychain: Arc<Scripted>,
    /// How long a call to it may take.
    pub patience: Duration,
    /// Whether refresh tokens are longer than Windows takes at once.
    pub long_tokens: bool,
    pub person: Arc<Person>,
    /// What the person was told beside the window.
    pub notified: Arc<Told>,
    folder: TempDir,
}

/// A session and what its window was shown.
pub struct Running {
    pub session: Session,
    shown: mpsc::UnboundedReceiver<Shown>,
}

impl World {
    pub async fn new() -> Self {
        Self::started(|options| options).await
    }

    /// A world whose provider gives tenants' tokens in this way.
    pub async fn in_mode(mode: Mode) -> Self {
        Self::started(|options| LocalOptions { mode, ..options }).await
    }

    /// A provider that takes a spent refresh token for so long, where its successor was not used.
    pub async fn with_grace(reuse_grace: Duration) -> Self {
        Self::started(|options| LocalOptions { reuse_grace, ..options }).await
    }

    async fn started(change: impl FnOnce(LocalOptions) -> LocalOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = change(LocalOptions::new(folder.path().join("service")));
        let clock: Arc<Moved> = Arc::default();
        let service = local::start(options, clock.clone()).await.unwrap();
        let apart = Arc::new(Apart(clock.clone(), Moved::default()));
        Self {
            service,
            clock,
            apart,
            keychain: Arc::default(),
            patience: Duration::from_secs(20),
            long_tokens: false,
            person: Arc::new(Person::new(ADA)),
            notified: Arc::default(),
            folder,
        }
    }

    pub fn connection(&self) -> Connection {
        config::read_file(&self.configure(&self.configuration())).unwrap().remove(0)
    }

    /// The configuration with which one signs in at the service.
    pub fn configuration(&self) -> String {
        format!(
            "[[connection]]\nid = \"northwind\"\nname = \"Northwind Cloud\"\nissuer = \"{issuer}\"\n\
             client_id = \"{client}\"\ndirectory = \"{issuer}\"\nsettings.tenant_audience = \"{tenant}\"\n\
             settings.directory_audience = \"{directory}\"\n",
            issuer = self.service.issuer,
            client = local::CLIENT_ID,
            tenant = local::TENANT_AUDIENCE,
            directory = local::DIRECTORY_AUDIENCE,
        )
    }

    /// Writes the configuration that the next start reads.
    pub fn configure(&self, text: &str) -> PathBuf {
        let path = self.folder.path().join("keyward.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    fn keychain_over_it(&self) -> Arc<dyn Keychain> {
        let keychain = StoreKeychain::new(self.keychain.clone()).with_patience(self.patience);
        if self.long_tokens { Arc::new(Lengthened(keychain)) } else { Arc::new(keychain) }
    }

    pub fn ports(&self) -> Ports {
        Ports {
            clock: self.apart.clone(),
            browser: self.person.clone(),
            keychain: self.keychain_over_it(),
            network: Arc::new(SystemNetwork::default()),
            notifier: self.notified.clone(),
        }
    }

    /// The world as the connection has it.
    pub fn connection_ports(&self) -> ConnectionPorts {
        self.ports().of(&self.connection()).unwrap()
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the app, as far as a session is one.
    pub fn start(&self) -> Running {
        self.start_with(&self.configuration())
    }

    pub fn start_with(&self, configuration: &str) -> Running {
        self.start_through(configuration, self.ports())
    }

    /// Starts it in a world that is partly another.
    pub fn start_through(&self, configuration: &str, ports: Ports) -> Running {
        let settings = Settings {
            version: "0".to_owned(),
            sources: Sources { system: None, own: self.configure(configuration), named: None },
            folder: self.data(),
            local_anew: false,
            local: Arc::new(NoLocal),
        };
        let (session, shown) = Session::start(settings, ports).unwrap();
        Running { session, shown }
    }

    /// A session in which Ada is signed in, in Acme.
    pub async fn signed_in(&self) -> Running {
        let mut running = self.start();
        running.session.look(WINDOW).await.unwrap();
        running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
        running.work().await;
        running
    }
}

impl Running {
    /// Waits for a view that fits.
    pub async fn until(&mut self, what: &str, fits: impl Fn(&WindowView) -> bool) -> WindowView {
        self.first(what, |shown| fits(&shown.view)).await
    }

    /// Waits for a view of some window that fits.
    pub async fn until_in(
        &mut self,
        window: &str,
        what: &str,
        fits: impl Fn(&WindowView) -> bool,
    ) -> WindowView {
        self.first(what, |shown| shown.window == window && fits(&shown.view)).await
    }

    async fn first(&mut self, what: &str, fits: impl Fn(&Shown) -> bool) -> WindowView {
        let mut seen = Vec::new();
        let waiting = async {
            loop {
                let shown = self.shown.recv().await.expect("the session lives");
                if fits(&shown) {
                    return shown.view;
                }
                seen.push(shown.view);
            }
        };
        let answer = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        answer.unwrap_or_else(|_| panic!("never shown: {what}; but {seen:#?}"))
    }

    /// Waits until the window is at work.
    pub async fn work(&mut self) -> SignedIn {
        match self.until("signed in", |view| matches!(view, WindowView::SignedIn(_))).await {
            WindowView::SignedIn(view) => *view,
            other => panic!("{other:?}"),
        }
    }

    /// What the window shows now.
    pub async fn now(&self) -> SignedIn {
        self.now_in(WINDOW).await
    }

    /// What some window shows now.
    pub async fn now_in(&self, window: &str) -> SignedIn {
        match self.session.look(window).await.unwrap() {
            WindowView::SignedIn(view) => *view,
            other => panic!("{window} is not at work: {other:?}"),
        }
    }

    /// Waits until some window is at work, and it is as wanted there: it may be already.
    pub async fn work_in(&mut self, window: &str, what: &str, fits: impl Fn(&SignedIn) -> bool) -> SignedIn {
        loop {
            match self.session.look(window).await.unwrap() {
                WindowView::SignedIn(view) if fits(&view) => return *view,
                _ => self.first(what, |_| true).await,
            };
        }
    }

    pub async fn signed_out(&mut self) -> Option<Error> {
        match self.until("signed out", |view| matches!(view, WindowView::SignedOut { .. })).await {
            WindowView::SignedOut { notice } => notice,
            other => panic!("{other:?}"),
        }
    }
}

pub fn northwind() -> ConnectionId {
    ConnectionId::new("northwind").unwrap()
}

pub fn tenant(id: &str) -> TenantId {
    TenantId::new(id).unwrap()
}

/// A tenant of this view in which the person is not where they are now.
pub fn another(view: &SignedIn) -> TenantId {
    let other = view.tenants.iter().find(|entry| entry.tenant.id != view.tenant.id);
    other.expect("Ada is in several tenants").tenant.id.clone()
}
