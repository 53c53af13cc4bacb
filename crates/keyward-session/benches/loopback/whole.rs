//! A whole sign-in: a session, the real provider and directory, and a person who fills in the real page.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use keyward_issuer::Quirks;
use keyward_model::{ConnectionId, SystemClock};
use keyward_server::local::{self, Local, LocalOptions};
use keyward_session::{
    Ports, Session, Settings, Shown, WindowView, config::Sources, keychain::StoreKeychain,
    ports::SystemNetwork,
};
use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::mpsc, time};
use url::Url;

use crate::{
    Outcome, SETTLE, Sample,
    attack::Attack,
    common::{
        page::{self, Opens},
        store::InMemory,
        world::{NoLocal, Unheard, configuration},
    },
};

const WINDOW: &str = "main";
/// Ends a hang.
const HANG: Duration = Duration::from_secs(60);

/// A session and the world around it.
pub struct World {
    session: Session,
    shown: mpsc::UnboundedReceiver<Shown>,
    opened: mpsc::UnboundedReceiver<String>,
    browser: reqwest::Client,
    connection: ConnectionId,
    service: Local,
    _folder: TempDir,
}

impl World {
    /// Starts provider, directory and session.
    pub async fn start() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let clock = Arc::new(SystemClock);
        let service = local::start(LocalOptions::new(folder.path().join("service")), clock.clone()).await?;
        let own = folder.path().join("keyward.toml");
        std::fs::write(&own, configuration(&service))?;
        let connection = ConnectionId::new("northwind")?;
        let (opens, opened) = mpsc::unbounded_channel();
        let ports = Ports {
            clock,
            browser: Arc::new(Opens(opens)),
            keychain: Arc::new(StoreKeychain::new(Arc::new(InMemory::default()))),
            network: Arc::new(SystemNetwork::default()),
            notifier: Arc::new(Unheard),
        };
        let settings = Settings {
            version: "0".to_owned(),
            folder: folder.path().join("data"),
            local_anew: false,
            local: Arc::new(NoLocal),
            sources: Sources { system: None, own, named: None },
        };
        let (session, shown) = Session::start(settings, ports)?;
        session.look(WINDOW).await?;
        let browser = page::browser()?;
        Ok(Self { session, shown, opened, browser, connection, service, _folder: folder })
    }

    /// Has the provider's answers take this much longer.
    pub fn answers_later(&self, longer: Duration) {
        self.service.provider.set_quirks(Quirks { slow_by: longer, ..Quirks::default() });
    }

    /// One sign-in, from the click to the tenant on the screen, less the time the attack took to begin.
    pub fn sample(&mut self, runtime: &Runtime, attack: Option<&Attack>) -> Outcome<Sample> {
        let started = Instant::now();
        runtime.block_on(self.session.sign_in(WINDOW, self.connection.clone(), None))?;
        let url = runtime.block_on(self.opened.recv()).ok_or("no browser")?;
        let link = Url::parse(&url)?;
        let (_, redirect) =
            link.query_pairs().find(|(name, _)| name == "redirect_uri").ok_or("a link without a redirect")?;
        let port = crate::port(&redirect)?;
        let pause = Instant::now();
        let against = attack.map(|attack| attack.begin(port)).transpose()?;
        thread::sleep(SETTLE);
        let started = started + pause.elapsed();
        let browser = runtime.spawn(page::sign_in(self.browser.clone(), url));
        runtime.block_on(self.until(|view| matches!(view, WindowView::SignedIn(_))))?;
        let sample = Sample::since(started, against.as_ref());
        drop(against);
        if !runtime.block_on(browser)??.contains("Signed in as Ada") {
            return Err("the person was not told that they are signed in".into());
        }
        runtime.block_on(self.session.sign_out(WINDOW))?;
        runtime.block_on(self.until(|view| matches!(view, WindowView::SignedOut { .. })))?;
        Ok(sample)
    }

    async fn until(&mut self, fits: fn(&WindowView) -> bool) -> Outcome<()> {
        let waiting = async {
            while let Some(shown) = self.shown.recv().await {
                if fits(&shown.view) {
                    return Ok(());
                }
            }
            Err("the session ended".into())
        };
        time::timeout(HANG, waiting).await?
    }
}
