//! A whole sign-in: a session, the real provider and directory, and a person who fills in the real page.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use keyward_issuer::Quirks;
use keyward_model::{ConnectionId, Error, ErrorCode, Secret, SystemClock};
use keyward_server::local::{self, Local, LocalOptions};
use keyward_session::{
    Connection, Ports, Session, Settings, Shown, WindowView,
    config::Sources,
    keychain::{KeychainFault, Limit, SecretStore, StoreKeychain},
    ports::{Browser, LocalWorkspace, Notifier, SystemNetwork},
};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::mpsc, time};
use url::Url;

use crate::{Outcome, SETTLE, Sample, attack::Attack};

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
            notifier: Arc::new(Silent),
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
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
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
        let browser = runtime.spawn(sign_in(self.browser.clone(), url));
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

/// Fills in the provider's page, and returns what the browser shows at the end.
async fn sign_in(browser: reqwest::Client, url: String) -> Result<String, Error> {
    let failed = |error: reqwest::Error| Error::new(ErrorCode::BrowserFailed, error.to_string());
    let broken = || Error::new(ErrorCode::BrowserFailed, "the provider's page is not as expected");
    let page = browser.get(&url).send().await.map_err(failed)?;
    let base = page.url().clone();
    let cookies = page.headers().get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let cookies: Vec<_> = cookies.filter_map(|cookie| cookie.split(';').next()).map(str::to_owned).collect();
    let html = page.text().await.map_err(failed)?;
    let inputs = html.split("<input").skip(1);
    let mut form: HashMap<_, _> = inputs
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default())))
        .collect();
    form.insert("email".to_owned(), local::FIRST_PERSON.to_owned());
    form.insert("password".to_owned(), local::PASSWORD.to_owned());
    let action = html.split("<form").nth(1).and_then(|form| attribute(form, "action")).unwrap_or_default();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    let mut answer = browser
        .post(base.join(&action).map_err(|_| broken())?)
        .header(COOKIE, cookies.join("; "))
        .header(ORIGIN, base.origin().ascii_serialization())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .map_err(failed)?;
    while let Some(location) = answer.headers().get(LOCATION) {
        let location = location.to_str().map_err(|_| broken())?;
        let next = answer.url().join(location).map_err(|_| broken())?;
        answer = browser.get(next).send().await.map_err(failed)?;
    }
    answer.text().await.map_err(failed)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split('>').next()?.split_once(&format!("{name}=\""))?.1;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}

struct Opens(mpsc::UnboundedSender<String>);

impl Browser for Opens {
    fn open(&self, url: &str) -> Result<(), String> {
        self.0.send(url.to_owned()).map_err(|error| error.to_string())
    }
}

struct NoLocal;

#[async_trait]
impl LocalWorkspace for NoLocal {
    async fn start(&self) -> keyward_model::Result<Connection> {
        Err(Error::new(ErrorCode::PortInUse, "There is no local workspace here."))
    }

    async fn start_elsewhere(&self) -> keyward_model::Result<Connection> {
        self.start().await
    }
}

/// A person who is told nothing beside the window.
struct Silent;

impl Notifier for Silent {
    fn notify(&self, _: &str, _: &str) {}
}

/// The configuration with which one signs in at the service.
fn configuration(service: &Local) -> String {
    format!(
        "[[connection]]\nid = \"northwind\"\nname = \"Northwind Cloud\"\nissuer = \"{issuer}\"\n\
         client_id = \"{client}\"\ndirectory = \"{issuer}\"\nsettings.tenant_audience = \"{tenant}\"\n\
         settings.directory_audience = \"{directory}\"\n",
        issuer = service.issuer,
        client = local::CLIENT_ID,
        tenant = local::TENANT_AUDIENCE,
        directory = local::DIRECTORY_AUDIENCE,
    )
}

/// A store that takes no time: what is measured is the loopback.
#[derive(Default)]
struct InMemory(Mutex<HashMap<String, String>>);

impl InMemory {
    fn secrets(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for InMemory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn limit(&self) -> Option<Limit> {
        None
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, KeychainFault> {
        Ok(self.secrets().get(name).map(Secret::new))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), KeychainFault> {
        self.secrets().insert(name.to_owned(), secret.expose().to_owned());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), KeychainFault> {
        self.secrets().remove(name);
        Ok(())
    }

    fn list(&self) -> Result<Vec<String>, KeychainFault> {
        Ok(self.secrets().keys().cloned().collect())
    }

    fn unlock(&self) -> Result<(), KeychainFault> {
        Ok(())
    }
}
