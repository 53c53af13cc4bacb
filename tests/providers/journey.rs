//! What every provider is taken through: sign in, three tenants and back, a fourth that stays closed, tokens
//! that run out, a restart, and out.

use keyward_model::ErrorCode;
use keyward_session::WindowView;
use keyward_tests::provider::{Running as Provider, words_of};

use super::{
    backend::Backend,
    hand::Hand,
    world::{Running, WINDOW, World, connection, tenant},
};

/// A provider, and how a person's configuration describes it.
pub struct Configured<'p> {
    pub provider: &'p Provider,
    pub preset: &'static str,
    pub settings: &'p [(&'static str, &'p str)],
    /// Where the list of tenants comes from: `list`, which is the configuration's own, or `claim`.
    pub tenants_from: &'static str,
    /// A tenant that opens to nobody, though a list of the configuration's own has it.
    pub closed: &'static str,
}

impl Configured<'_> {
    /// A `keyward.toml`.
    fn text(&self, directory: &str) -> String {
        let Self { provider, preset, settings, tenants_from, closed } = self;
        let mut lines = vec![
            "[[connection]]".to_owned(),
            format!("id = {:?}", connection().as_str()),
            "name = \"Northwind\"".to_owned(),
            format!("issuer = {:?}", provider.issuer),
            format!("client_id = {:?}", provider.client_id),
            format!("preset = {preset:?}"),
            format!("directory = {directory:?}"),
            format!("tenants_from = {tenants_from:?}"),
        ];
        lines.extend(provider.ca.as_ref().map(|ca| format!("ca = {:?}", ca.to_string_lossy())));
        lines.extend(settings.iter().map(|(key, value)| format!("settings.{key} = {value:?}")));
        let listed = provider.tenants.iter().chain([closed]).filter(|_| *tenants_from == "list");
        lines.extend(listed.map(|tenant| format!("[[connection.tenant]]\nid = {tenant:?}")));
        lines.join("\n")
    }
}

/// A person on their way. `sign_in` is what they do when their browser is sent to a link.
pub struct Journey<'p, S> {
    at: Configured<'p>,
    world: World,
    backend: Backend,
    sign_in: S,
}

impl<'p, S: AsyncFn(String)> Journey<'p, S> {
    pub async fn to(at: Configured<'p>, sign_in: S) -> Self {
        let backend = Backend::start(at.provider).await;
        let world = World::new(&at.text(&backend.origin));
        Self { at, world, backend, sign_in }
    }

    /// Starts the app and signs in: the first tenant opens.
    pub async fn begin(&mut self) -> Running {
        let mut running = self.world.start().await;
        running.session.sign_in(WINDOW, connection(), None).await.unwrap();
        let link = self.world.opened_link().await;
        (self.sign_in)(link).await;
        let view = running.work().await;
        assert_eq!(view.tenant.id, tenant(self.first()), "{view:#?}");
        assert_eq!(view.account.subject.as_str(), self.at.provider.people[0].subject);
        self.serves(&running).await;
        running
    }

    /// Each tenant's own token opens its door, and no browser is needed for it.
    pub async fn goes_through_three_tenants_and_back(&mut self, running: &Running) {
        let tenants = self.at.provider.tenants;
        for id in tenants.into_iter().chain([tenants[0]]) {
            running.session.switch_tenant(WINDOW, tenant(id)).await.unwrap_or_else(|e| panic!("{id}: {e}"));
            assert_eq!(running.now().await.tenant.id, tenant(id));
            self.serves(running).await;
        }
        assert!(!self.world.wants_the_browser(), "no switch opens it");
    }

    /// A closed tenant leaves everything as it was.
    pub async fn is_refused_a_fourth(&mut self, running: &Running, code: ErrorCode) {
        let present = self.serves(running).await;
        let refused = running.session.switch_tenant(WINDOW, tenant(self.at.closed)).await.unwrap_err();
        assert_eq!(refused.code, code, "{refused}");
        assert_eq!(running.now().await.tenant.id, tenant(self.first()), "the window stays");
        assert_eq!(self.serves(running).await, present, "and so does its token");
        assert!(!self.world.wants_the_browser());
        assert_eq!(self.world.notifications(), [""; 0], "nor is anybody called to it");
    }

    /// The chain goes on after the refusal: a token that is not taken is followed by another.
    pub async fn has_lost_nothing(&mut self, running: &Running) {
        self.backend.refuses_once();
        self.serves(running).await;
        assert!(!self.world.wants_the_browser());
    }

    /// The provider used up the link as it refused: the next exchange ends the session, and it is said why.
    pub async fn has_lost_the_session(&mut self, running: &mut Running) {
        self.backend.refuses_once();
        let ended = running.session.roles(WINDOW, tenant(self.first())).await.unwrap_err();
        assert_eq!(ended.code, ErrorCode::SessionEnded, "{ended}");
        let why = format!("after it refused “{}”", self.at.closed);
        assert!(ended.message.contains(&why), "{ended}");
        assert_eq!(running.signed_out().await, Some(ended), "the window says it too");
        assert_eq!(self.world.keychain.holds().len(), 0, "what is over is not left lying about");
        assert!(!self.world.wants_the_browser(), "nothing opens before the person says so");
    }

    /// What the kept link says of itself, where it is a JWT.
    pub fn link_says(&self, claim: &str) -> String {
        let kept = self.world.keychain.holds();
        words_of(&kept[0])[claim].as_str().unwrap_or_default().to_owned()
    }

    /// Somebody else has spent the link, and the provider refuses it without saying that the session is over:
    /// after three refusals the window offers to sign in again, and goes on with that.
    pub async fn is_refused_until_signed_in_again(&mut self, running: &mut Running) {
        let kept = self.world.keychain.holds();
        let spent = Hand::of(self.at.provider).await.refresh(&kept[0], &[]).await;
        assert_eq!(spent.status, 200, "{spent:?}");
        for _ in 0..3 {
            self.backend.refuses_once();
            let refused = running.session.roles(WINDOW, tenant(self.first())).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::ProviderRefused, "{refused}");
        }
        let waiting = running.now().await.parked.expect("the way out");
        assert_eq!(waiting.problem.code, ErrorCode::ProviderRefused, "{}", waiting.problem);
        assert_eq!(self.world.keychain.holds(), kept, "the session is not called over");
        assert!(!self.world.wants_the_browser(), "nothing opens before the person says so");
        running.session.continue_in_browser(WINDOW).await.unwrap();
        running.until("in the browser", |view| matches!(view, WindowView::SigningIn(_))).await;
        let link = self.world.opened_link().await;
        (self.sign_in)(link).await;
        running.works("at work again", |view| view.parked.is_none()).await;
        self.serves(running).await;
    }

    /// Tokens run out and are renewed, for as long as the window is in use.
    pub async fn outlives_its_token(&mut self, running: &mut Running) {
        let first = running.now().await.token;
        running.session.in_use(WINDOW).await.unwrap();
        let what = "a token made after the first had run out";
        running.works(what, |view| view.token.issued_at >= first.expires_at).await;
        self.serves(running).await;
        assert!(!self.world.wants_the_browser(), "no renewal opens it");
    }

    /// The app is closed and started again.
    pub async fn resumes(&mut self, running: Running) -> Running {
        let here = running.now().await.tenant.id;
        running.quit().await;
        let mut running = self.world.start().await;
        assert_eq!(running.work().await.tenant.id, here);
        self.serves(&running).await;
        assert!(!self.world.wants_the_browser(), "who was signed in is signed in");
        running
    }

    /// Nothing is left here, and the provider's answer to the link that was kept is this error; none where
    /// the provider cannot be told.
    pub async fn signs_out(&mut self, running: &mut Running, dead: Option<&str>) {
        let kept = self.world.keychain.holds();
        assert_eq!(kept.len(), 1, "one link, and nothing beside it");
        running.session.sign_out(WINDOW).await.unwrap();
        assert_eq!(self.world.keychain.holds().len(), 0);
        let notice = running.signed_out().await;
        assert_eq!(notice.is_some(), dead.is_none(), "{notice:?}");
        let answer = Hand::of(self.at.provider).await.refresh(&kept[0], &[]).await;
        assert_eq!(answer.body["error"].as_str(), dead, "{answer:?}");
    }

    /// Asks the service with the session's token of its tenant, and gives the one that was taken.
    async fn serves(&self, running: &Running) -> String {
        let here = running.now().await.tenant.id;
        let served = running.session.roles(WINDOW, here.clone()).await;
        served.unwrap_or_else(|why| panic!("the service of {here} does not take the token: {why}"));
        self.backend.taken().pop().unwrap()
    }

    fn first(&self) -> &'static str {
        self.at.provider.tenants[0]
    }
}
