//! A service, and sessions of one person at it.

use std::{sync::Arc, time::Duration};

use keyward_issuer::{Endpoint, Quirks};
use keyward_model::{ConnectionId, SystemClock, TenantId};
use keyward_server::local::{self, Local, LocalOptions};
use keyward_session::{
    Ports, Session, Settings, Shown, SignedIn, WindowView,
    config::Sources,
    keychain::{SecretStore, StoreKeychain},
};
use tempfile::TempDir;
use tokio::{sync::mpsc, time};

use crate::{
    Outcome,
    common::{
        page::{self, Opens},
        world::{NoLocal, Unheard, configuration},
    },
    store::Counted,
    traffic::{Traffic, Watched},
};

pub const WINDOW: &str = "main";
/// Ends a hang.
const HANG: Duration = Duration::from_secs(60);

/// Where the provider takes token requests.
pub fn token_path() -> &'static str {
    Endpoint::Token.path()
}

/// The service, and what is under a session at it.
pub struct World {
    pub store: Arc<Counted>,
    pub traffic: Arc<Traffic>,
    service: Local,
    folder: TempDir,
}

impl World {
    pub async fn start(store: Arc<dyn SecretStore>) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let options = LocalOptions::new(folder.path().join("service"));
        let service = local::start(options, Arc::new(SystemClock)).await?;
        std::fs::write(folder.path().join("keyward.toml"), configuration(&service))?;
        let store = Arc::new(Counted::new(store));
        Ok(Self { store, traffic: Arc::default(), service, folder })
    }

    pub fn token_endpoint(&self) -> String {
        format!("{}{}", self.service.issuer, token_path())
    }

    /// Has the provider's answers take this much longer.
    pub fn answers_later(&self, longer: Duration) {
        self.service.provider.set_quirks(Quirks { slow_by: longer, ..Quirks::default() });
    }

    /// How many requests the token endpoint has had.
    pub fn token_requests(&self) -> u64 {
        self.service.provider.requests(Endpoint::Token)
    }

    /// Signs in through the browser.
    pub async fn sign_in(&self) -> Outcome<Running> {
        let (mut running, mut opened) = self.begin()?;
        running.session.look(WINDOW).await?;
        running.session.sign_in(WINDOW, ConnectionId::new("northwind")?, None).await?;
        let link = opened.recv().await.ok_or("no browser")?;
        page::sign_in(page::browser()?, link).await?;
        running.view = running.shown_until(|_| true).await?;
        Ok(running)
    }

    /// Starts the app again: the person is where they were.
    pub async fn resume(&self) -> Outcome<Running> {
        let (mut running, _) = self.begin()?;
        running.session.look(WINDOW).await?;
        running.view = running.shown_until(|_| true).await?;
        Ok(running)
    }

    fn begin(&self) -> Outcome<(Running, mpsc::UnboundedReceiver<String>)> {
        let (opens, opened) = mpsc::unbounded_channel();
        let ports = Ports {
            clock: Arc::new(SystemClock),
            browser: Arc::new(Opens(opens)),
            keychain: Arc::new(StoreKeychain::new(self.store.clone())),
            network: Arc::new(Watched(self.traffic.clone())),
            notifier: Arc::new(Unheard),
        };
        let own = self.folder.path().join("keyward.toml");
        let settings = Settings {
            version: "0".to_owned(),
            sources: Sources { system: None, own, named: None },
            folder: self.folder.path().join("data"),
            local_anew: false,
            local: Arc::new(NoLocal),
        };
        let (session, shown) = Session::start(settings, ports)?;
        Ok((Running { session, shown, view: None }, opened))
    }
}

/// A session at work.
pub struct Running {
    pub session: Session,
    shown: mpsc::UnboundedReceiver<Shown>,
    view: Option<SignedIn>,
}

impl Running {
    /// The tenants that the person is in, that on the screen left out.
    pub fn others(&self) -> Vec<TenantId> {
        let Some(view) = &self.view else { return Vec::new() };
        let ids = view.tenants.iter().map(|entry| entry.tenant.id.clone());
        ids.filter(|id| *id != view.tenant.id).collect()
    }

    /// Moves the window, and returns when it has been answered and shown.
    pub async fn switch(&mut self, tenant: &TenantId) -> Outcome<()> {
        self.session.switch_tenant(WINDOW, tenant.clone()).await?;
        self.shown_until(|view| view.tenant.id == *tenant).await?;
        Ok(())
    }

    /// Ends it as the app does.
    pub async fn end(self) {
        self.session.leave().await;
    }

    async fn shown_until(&mut self, fits: impl Fn(&SignedIn) -> bool) -> Outcome<Option<SignedIn>> {
        let waiting = async {
            while let Some(shown) = self.shown.recv().await {
                match shown.view {
                    WindowView::SignedIn(view) if fits(&view) => return Ok(Some(*view)),
                    WindowView::SignedOut { notice: Some(error) } => return Err(error.into()),
                    _ => {}
                }
            }
            Err("the session ended".into())
        };
        time::timeout(HANG, waiting).await?
    }
}
