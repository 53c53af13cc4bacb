//! The product's own session in a test's process: real network, real files, the real keychain over a store
//! in memory, and a browser that hands its link to the test.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use keyward_model::{
    Clock, ConnectionId, Error, ErrorCode, Result, Secret, SystemClock, TenantId, Timestamp,
};
use keyward_session::{
    Connection, Ports, Session, Settings, Shown, SignedIn, WindowView,
    config::Sources,
    keychain::{KeychainFault, Limit, SecretStore, StoreKeychain},
    ports::{Browser, LocalWorkspace, Notifier, SystemNetwork},
};
use keyward_tests::PATIENCE;
use tempfile::TempDir;
use tokio::sync::mpsc;

/// The window that all of it is about.
pub const WINDOW: &str = "main";

/// What outlives a session: its files, its keychain, and the world around it.
pub struct World {
    pub clock: Arc<Moved>,
    pub keychain: Arc<InMemory>,
    pub notified: Arc<Told>,
    browser: Arc<Handed>,
    links: mpsc::UnboundedReceiver<String>,
    folder: TempDir,
}

/// A session, and what its window was shown.
pub struct Running {
    pub session: Session,
    shown: mpsc::UnboundedReceiver<Shown>,
}

impl World {
    /// A world in which this stands in the person's `keyward.toml`.
    pub fn new(configuration: &str) -> Self {
        let folder = TempDir::with_prefix("keyward-session-").unwrap();
        std::fs::write(folder.path().join("keyward.toml"), configuration).unwrap();
        let (browser, links) = mpsc::unbounded_channel();
        Self {
            clock: Arc::default(),
            keychain: Arc::default(),
            notified: Arc::default(),
            browser: Arc::new(Handed(browser)),
            links,
            folder,
        }
    }

    /// Starts the app, as far as a session is one, and opens its window.
    pub async fn start(&self) -> Running {
        let own = self.folder.path().join("keyward.toml");
        let settings = Settings {
            version: "0".to_owned(),
            sources: Sources { system: None, own, named: None },
            folder: self.folder.path().join("data"),
            local_anew: false,
            local: Arc::new(NoLocal),
        };
        let ports = Ports {
            clock: self.clock.clone(),
            browser: self.browser.clone(),
            keychain: Arc::new(StoreKeychain::new(self.keychain.clone())),
            network: Arc::new(SystemNetwork::default()),
            notifier: self.notified.clone(),
        };
        let (session, shown) = Session::start(settings, ports).unwrap();
        session.look(WINDOW).await.unwrap();
        Running { session, shown }
    }

    /// The link that the browser was to open, waited for.
    pub async fn opened_link(&mut self) -> String {
        let link = tokio::time::timeout(patience(), self.links.recv()).await;
        link.expect("the browser is opened").expect("somebody opens it")
    }

    /// Whether the browser was to open since a link was last taken.
    pub fn wants_the_browser(&mut self) -> bool {
        self.links.try_recv().is_ok()
    }
}

impl Running {
    /// Waits for a view that fits.
    pub async fn until(&mut self, what: &str, fits: impl Fn(&WindowView) -> bool) -> WindowView {
        let mut seen = Vec::new();
        let waiting = async {
            loop {
                let shown = self.shown.recv().await.expect("the session lives");
                if fits(&shown.view) {
                    return shown.view;
                }
                seen.push(shown.view);
            }
        };
        match tokio::time::timeout(patience(), waiting).await {
            Ok(view) => view,
            Err(_) => panic!("never shown: {what}. Last shown: {:#?}", seen.last()),
        }
    }

    /// Waits until the window is at work. A window that has come to rest elsewhere says why.
    pub async fn work(&mut self) -> SignedIn {
        let rests = |view: &WindowView| {
            !matches!(view, WindowView::Starting { .. } | WindowView::SigningIn(_))
                && !matches!(view, WindowView::SignedOut { notice: None })
        };
        match self.until("at work", rests).await {
            WindowView::SignedIn(view) => *view,
            other => panic!("not at work: {other:#?}"),
        }
    }

    /// Waits until somebody is at work in the window whose view fits.
    pub async fn works(&mut self, what: &str, fits: impl Fn(&SignedIn) -> bool) -> SignedIn {
        let fits = |view: &WindowView| matches!(view, WindowView::SignedIn(view) if fits(view));
        match self.until(what, fits).await {
            WindowView::SignedIn(view) => *view,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until nobody is signed in in the window, and gives what it says about that.
    pub async fn signed_out(&mut self) -> Option<Error> {
        match self.until("signed out", |view| matches!(view, WindowView::SignedOut { .. })).await {
            WindowView::SignedOut { notice } => notice,
            other => panic!("{other:?}"),
        }
    }

    /// What the window shows now.
    pub async fn now(&self) -> SignedIn {
        match self.session.look(WINDOW).await.unwrap() {
            WindowView::SignedIn(view) => *view,
            other => panic!("not at work: {other:#?}"),
        }
    }

    /// Ends the app as closing its last window does.
    pub async fn quit(self) {
        self.session.leave().await;
    }
}

pub fn tenant(id: &str) -> TenantId {
    TenantId::new(id).unwrap()
}

pub fn connection() -> ConnectionId {
    ConnectionId::new("here").unwrap()
}

/// Long enough for a session that takes a failed renewal up again only after a minute.
fn patience() -> Duration {
    Duration::from_secs(3 * PATIENCE)
}

/// The system's clock, and so many seconds more.
#[derive(Default)]
pub struct Moved(AtomicI64);

impl Moved {
    pub fn to(&self, time: Timestamp) {
        self.0.store(SystemClock.now().seconds_until(time), Ordering::SeqCst);
    }
}

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().0 + self.0.load(Ordering::SeqCst))
    }
}

/// A browser that hands its link to the test.
struct Handed(mpsc::UnboundedSender<String>);

impl Browser for Handed {
    fn open(&self, url: &str) -> std::result::Result<(), String> {
        self.0.send(url.to_owned()).map_err(|error| error.to_string())
    }
}

/// The local workspace is another service's matter.
struct NoLocal;

#[async_trait]
impl LocalWorkspace for NoLocal {
    async fn start(&self) -> Result<Connection> {
        Err(Error::new(ErrorCode::NotFound, "There is no local workspace here."))
    }

    async fn start_elsewhere(&self) -> Result<Connection> {
        self.start().await
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

/// A store of secrets that always does what it is asked.
#[derive(Default)]
pub struct InMemory(Mutex<BTreeMap<String, String>>);

impl InMemory {
    /// What it holds, in the order of the names.
    pub fn holds(&self) -> Vec<String> {
        self.0.lock().unwrap().values().cloned().collect()
    }
}

type Stored<T> = std::result::Result<T, KeychainFault>;

impl SecretStore for InMemory {
    fn name(&self) -> String {
        "Memory".to_owned()
    }

    fn limit(&self) -> Option<Limit> {
        None
    }

    fn get(&self, name: &str) -> Stored<Option<Secret>> {
        Ok(self.0.lock().unwrap().get(name).map(Secret::new))
    }

    fn put(&self, name: &str, secret: &Secret) -> Stored<()> {
        self.0.lock().unwrap().insert(name.to_owned(), secret.expose().to_owned());
        Ok(())
    }

    fn delete(&self, name: &str) -> Stored<()> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }

    fn list(&self) -> Stored<Vec<String>> {
        Ok(self.0.lock().unwrap().keys().cloned().collect())
    }

    fn unlock(&self) -> Stored<()> {
        Ok(())
    }
}
