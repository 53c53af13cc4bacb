//! A provider's part, played: a world in its mode, a connection of its preset, and what its tokens say.

use std::sync::Mutex;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_issuer::{Endpoint, Issued, IssuedKind, Quirks};
use keyward_model::{Clock, Error, TenantId};
use keyward_server::local;
use keyward_session::{SignedIn, WindowView};
use serde_json::Value;
use tokio::sync::mpsc;

use super::presets::Preset;
use crate::world::{Running, WINDOW, World, northwind, tenant};

/// Where Ada may go, the first one by default, and as what.
pub const HERS: [(&str, &str); 3] = [("acme", "owner"), ("globex", "editor"), ("atlas-rail", "viewer")];
/// Where she may not.
pub const NOT_HERS: &str = "verdant-foods";

/// Does the same with each preset, all at once, and names those that it fails with.
pub async fn each<T: Future<Output = ()> + Send + 'static>(
    presets: impl IntoIterator<Item = Preset>,
    what: impl Fn(Preset) -> T,
) {
    let tried: Vec<_> = presets.into_iter().map(|preset| (preset.id, tokio::spawn(what(preset)))).collect();
    let mut failed = Vec::new();
    for (id, trial) in tried {
        if trial.await.is_err() {
            failed.push(id);
        }
    }
    assert!(failed.is_empty(), "it fails with {}", failed.join(", "));
}

pub struct Part {
    pub preset: Preset,
    pub world: World,
    issued: Mutex<mpsc::UnboundedReceiver<Issued>>,
    /// What every access token said that was given out.
    tokens: Mutex<Vec<Value>>,
}

impl Part {
    pub async fn play(preset: Preset) -> Self {
        let world = World::in_mode(preset.mode).await;
        let issued = Mutex::new(world.service.provider.observe());
        Self { preset, world, issued, tokens: Mutex::default() }
    }

    pub fn configuration(&self) -> String {
        let Preset { id, settings, described, alias, tenants_from, directory, .. } = self.preset;
        let issuer = &self.world.service.issuer;
        let client = local::CLIENT_ID;
        let mut text = format!(
            "[[connection]]\nid = \"northwind\"\nname = \"Northwind Cloud\"\nissuer = \"{issuer}\"\n\
             client_id = \"{client}\"\npreset = \"{id}\"\n"
        );
        if directory {
            text += &format!("directory = \"{issuer}\"\n");
        }
        if let Some(from) = tenants_from {
            text += &format!("tenants_from = \"{from}\"\n");
        }
        for (key, value) in settings {
            text += &format!("settings.{key} = {:?}\n", self.filled(value));
        }
        text += described;
        let others = Some(NOT_HERS).filter(|_| self.preset.lists_others);
        for tenant in HERS.into_iter().map(|(tenant, _)| tenant).chain(others) {
            text += &format!(
                "[[connection.tenant]]\nid = \"{tenant}\"\nat_provider = \"{}\"\n",
                alias.replace("{tenant}", tenant)
            );
            if id == "auth0-application-per-tenant" {
                text += &format!("client_id = \"app_{tenant}\"\n");
            }
        }
        text
    }

    fn filled(&self, text: &str) -> String {
        text.replace("{issuer}", self.world.service.issuer.as_str())
            .replace("{api}", local::DIRECTORY_AUDIENCE)
    }

    pub fn start(&self) -> Running {
        self.world.start_with(&self.configuration())
    }

    /// The tenant that a sign-in has to name, where it has to.
    pub fn first(&self) -> Option<TenantId> {
        self.preset.trip_per_tenant.then(|| tenant(HERS[0].0))
    }

    /// A session in which Ada is signed in, in the first of her tenants.
    pub async fn signed_in(&self) -> Running {
        let mut running = self.start();
        running.session.look(WINDOW).await.unwrap();
        running.session.sign_in(WINDOW, northwind(), self.first()).await.unwrap();
        let came = running.until("at work, or why not", |view| {
            matches!(view, WindowView::SignedIn(_) | WindowView::SignedOut { notice: Some(_) })
        });
        if let WindowView::SignedOut { notice } = came.await {
            panic!("{}: {notice:?}", self.preset.id);
        }
        running
    }

    /// Has the window move, and waits until it is there.
    pub async fn go(&self, running: &mut Running, to: &str) -> SignedIn {
        // Another second for each token, to know them apart by.
        self.world.clock.by(2);
        let to = tenant(to);
        let switched = running.session.switch_tenant(WINDOW, to.clone()).await;
        switched.unwrap_or_else(|error| panic!("{}: {error}", self.preset.id));
        running.work_in(WINDOW, to.as_str(), |view| view.tenant.id == to).await
    }

    /// Tries to have the window move: why it is refused.
    pub async fn refused(&self, running: &mut Running, to: &str) -> Error {
        self.world.clock.by(2);
        let switched = running.session.switch_tenant(WINDOW, tenant(to)).await;
        if !self.preset.trip_per_tenant {
            return switched.unwrap_err();
        }
        // The browser hears it.
        switched.unwrap();
        self.back(running).await.notice.expect("why not")
    }

    /// Waits for a trip to the browser, and for the window to be at work again.
    pub async fn back(&self, running: &mut Running) -> SignedIn {
        let in_browser = |view: &WindowView| matches!(view, WindowView::SigningIn(_));
        running.until_in(WINDOW, "in the browser", in_browser).await;
        running.work_in(WINDOW, "back at work", |_| true).await
    }

    /// Lets every token run out, and has these windows' renewed because somebody acts there.
    pub async fn renewed(&self, running: &mut Running, windows: &[(&str, &str)]) {
        self.world.clock.by(600);
        let now = self.world.clock.now();
        for (window, _) in windows {
            running.session.in_use(window).await.unwrap();
        }
        for (window, here) in windows {
            let new = |view: &SignedIn| view.token.issued_at >= now;
            self.proves(&running.work_in(window, "renewed", new).await, here);
        }
    }

    /// Has the provider misbehave.
    pub fn quirks(&self, quirks: Quirks) {
        self.world.service.provider.set_quirks(quirks);
    }

    /// How often an endpoint was asked.
    pub fn asked(&self, endpoint: Endpoint) -> u64 {
        self.world.service.provider.requests(endpoint)
    }

    /// How often the person was told that something waits for them.
    pub fn told(&self) -> usize {
        self.world.notified.0.lock().unwrap().len()
    }

    /// Checks that what the window shows is a token of this tenant, by the words of the provider's own.
    pub fn proves(&self, view: &SignedIn, here: &str) {
        let id = self.preset.id;
        assert_eq!(view.tenant.id, tenant(here), "{id}");
        let mut issued = self.issued.lock().unwrap();
        let mut tokens = self.tokens.lock().unwrap();
        while let Ok(Issued { kind, secret }) = issued.try_recv() {
            if kind == IssuedKind::AccessToken {
                tokens.extend(payload(secret.expose()));
            }
        }
        // Two windows' tokens may be of one second: one of those that are must be this tenant's.
        let made = |claims: &&Value| claims["iat"].as_i64() == Some(view.token.issued_at.0);
        let made: Vec<_> = tokens.iter().filter(made).collect();
        assert!(!made.is_empty(), "{id}: nobody made this token");
        let wrongs: Vec<_> = made.into_iter().map(|claims| self.wrong(claims, view, here)).collect();
        assert!(wrongs.iter().any(Vec::is_empty), "{id}, in {here}: {wrongs:#?}");
    }

    /// In what a token's own words differ from what the window shows, and from what a token of this tenant says.
    fn wrong(&self, claims: &Value, view: &SignedIn, here: &str) -> Vec<String> {
        let (_, role) = HERS.into_iter().find(|(tenant, _)| *tenant == here).unwrap();
        let said = |name: &str| match &claims[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut wrong = Vec::new();
        let mut expect = |name: &str, wanted: &str, said: String| {
            if said != wanted {
                wrong.push(format!("{name} is {said} and not {wanted}"));
            }
        };
        for (name, wanted) in self.preset.says {
            let name = self.filled(name);
            let wanted = self.filled(wanted).replace("{tenant}", here).replace("{role}", role);
            expect(&name, &wanted, said(&name));
        }
        expect("iss", view.token.issuer.as_str(), said("iss"));
        let party = view.token.authorized_party.as_ref();
        expect("azp", party.map_or("null", |party| party.as_str()), said("azp"));
        let audience: Vec<Value> = view.token.audience.iter().map(|one| one.as_str().into()).collect();
        if claims["aud"] != audience[0] && claims["aud"] != Value::from(audience) {
            wrong.push(format!("aud is {}", claims["aud"]));
        }
        wrong
    }
}

/// What a signed token says; nothing for an opaque one.
fn payload(token: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).unwrap();
    Some(serde_json::from_slice(&bytes).unwrap())
}
