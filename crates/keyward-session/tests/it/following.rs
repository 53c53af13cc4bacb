//! What others edit: in the window of whom it is about within moments, and in nobody else's token.

use std::{sync::Arc, time::Duration};

use keyward_issuer::Endpoint;
use keyward_model::{Change, ErrorCode, PeopleQuery, PersonId, PlanRequest, RoleId, Seen, TenantId};
use keyward_session::{Ports, SignedIn};
use tokio::time::Instant;

use crate::{
    streams::{Fate, Streams, Watched},
    world::{ADA, Running, WINDOW, World, another, northwind, tenant},
};

/// The window of somebody else.
const THEIRS: &str = "theirs";
/// Somebody else in Acme, who may change no roles.
const YASMIN: &str = "yasmin.nasser@northwind.example";

/// Ada, owner of Acme, and somebody else there, each in a window.
struct Two {
    world: World,
    running: Running,
    streams: Arc<Streams>,
    them: PersonId,
}

impl Two {
    async fn start() -> Self {
        Self::start_with("").await
    }

    /// With more in the connection's configuration.
    async fn start_with(more: &str) -> Self {
        let (world, streams) = (World::new().await, Streams::new());
        let ports = Ports { network: Arc::new(Watched(streams.clone())), ..world.ports() };
        let mut running = world.start_through(&(world.configuration() + more), ports);
        running.session.look(WINDOW).await.unwrap();
        running.session.sign_in(WINDOW, northwind(), Some(tenant("acme"))).await.unwrap();
        running.work().await;
        world.person.becomes(YASMIN);
        running.session.look(THEIRS).await.unwrap();
        running.session.sign_in(THEIRS, northwind(), Some(tenant("acme"))).await.unwrap();
        let listening =
            |view: &SignedIn| view.following.as_ref().is_some_and(|news| news.open && news.audit.is_some());
        let theirs = running.work_in(THEIRS, "they listen", listening).await;
        running.work_in(WINDOW, "Ada listens", listening).await;
        assert_eq!(theirs.account.person.email, YASMIN);
        let query = PeopleQuery { search: Some(YASMIN.to_owned()), ..PeopleQuery::default() };
        let mut found = running.session.people(WINDOW, tenant("acme"), query).await.unwrap().people;
        Self { world, running, streams, them: found.remove(0).person.id }
    }

    /// Ada edits in Acme.
    async fn edit(&self, person: &PersonId, change: Change) {
        let (session, acme) = (&self.running.session, tenant("acme"));
        let row = session.person(WINDOW, acme.clone(), person.clone()).await.unwrap().row;
        let seen = vec![Seen { person: person.clone(), version: row.version }];
        let request = PlanRequest { changes: vec![change], seen, seen_roles: vec![], reason: None };
        let plan = session.plan(WINDOW, acme.clone(), request).await.unwrap();
        session.apply(WINDOW, acme, plan.id).await.unwrap();
    }

    async fn give(&self, role: &str) {
        self.edit(&self.them, Change::give(self.them.clone(), RoleId::new(role).unwrap())).await;
    }

    async fn take(&self, role: &str) {
        let role = RoleId::new(role).unwrap();
        self.edit(&self.them, Change::Take { person: self.them.clone(), role }).await;
    }

    /// Waits until their window shows that they may, or may not, change roles.
    async fn they_may_edit(&mut self, may: bool) -> SignedIn {
        let fits =
            |view: &SignedIn| view.token.permissions.iter().any(|one| one.as_str() == "roles:write") == may;
        self.running.work_in(THEIRS, "their token says it", fits).await
    }

    fn tokens(&self) -> u64 {
        self.world.service.provider.requests(Endpoint::Token)
    }
}

#[tokio::test]
async fn whoever_is_made_an_admin_by_somebody_else_is_one_in_their_open_window() {
    let mut two = Two::start().await;
    for turn in 0..3 {
        two.give("admin").await;
        let applied = Instant::now();
        let view = two.they_may_edit(true).await;
        println!("turn {turn}: given, and in their token after {:?}", applied.elapsed());
        assert!(view.roles.iter().any(|role| role.id.as_str() == "admin"), "in words too: {:?}", view.roles);
        two.take("admin").await;
        let applied = Instant::now();
        two.they_may_edit(false).await;
        println!("turn {turn}: taken, and out of their token after {:?}", applied.elapsed());
    }
    assert_eq!(two.running.now().await.notice, None);
}

#[tokio::test]
async fn an_edit_to_somebody_else_is_news_in_the_tenants_windows_and_costs_no_token() {
    let mut two = Two::start().await;
    let before = two.running.now_in(THEIRS).await;
    let others = two.running.session.people(WINDOW, tenant("acme"), Default::default()).await.unwrap();
    let email = |email: &str| email != ADA && email != YASMIN;
    let other = others.people.iter().find(|row| email(&row.person.email)).unwrap();
    let role = RoleId::new("support").unwrap();
    let change = match other.roles.contains(&role) {
        true => Change::Take { person: other.person.id.clone(), role },
        false => Change::give(other.person.id.clone(), role),
    };
    let asked = two.tokens();
    two.edit(&other.person.id.clone(), change).await;
    let audit = |view: &SignedIn| view.following.as_ref().unwrap().audit.unwrap();
    let known = audit(&before);
    let after = two.running.work_in(THEIRS, "the news", |view| audit(view) == known + 1).await;
    two.running.work_in(WINDOW, "the news", |view| audit(view) == known + 1).await;
    assert_eq!(after.token, before.token);
    assert_eq!(two.tokens(), asked);
}

#[tokio::test]
async fn windows_of_one_tenant_share_a_stream_that_ends_when_the_last_has_left() {
    let mut two = Two::start().await;
    let there =
        |id: TenantId| move |view: &SignedIn| view.tenant.id == id && view.following.as_ref().unwrap().open;
    for window in ["third", "fourth"] {
        two.running.session.open_window(window, WINDOW, None, None).await.unwrap();
        two.running.session.look(window).await.unwrap();
        two.running.work_in(window, "at work", there(tenant("acme"))).await;
    }
    assert_eq!(two.streams.began().len(), 2, "one for each person");
    let other = another(&two.running.now().await);
    for window in ["third", WINDOW] {
        two.running.session.switch_tenant(window, other.clone()).await.unwrap();
        two.running.work_in(window, "moved", there(other.clone())).await;
    }
    assert_eq!((two.streams.began().len(), two.streams.open()), (3, 3), "the fourth is in Acme still");
    two.running.session.window_closed("fourth");
    two.running.session.sign_out(THEIRS).await.unwrap();
    assert_eq!(two.streams.open(), 1, "nobody shows Acme any more");
    two.running.session.leave().await;
    two.running.session.app().await.unwrap();
    assert_eq!(two.streams.open(), 0);
}

#[tokio::test]
async fn a_stream_that_breaks_in_an_event_goes_on_before_it() {
    let mut two = Two::start().await;
    two.streams.meet(Fate::BreakInAnEvent);
    two.give("admin").await;
    // Each time anew, until the network is well.
    let waiting = async {
        while two.streams.began().len() < 4 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("it is tried again");
    two.streams.meet(Fate::Whole);
    two.they_may_edit(true).await;
    let began = two.streams.began();
    assert!(began[..2].iter().all(Option::is_none), "{began:?}");
    assert!(
        began[2..].iter().all(|after| *after == began[2] && after.is_some()),
        "none was passed over: {began:?}"
    );
}

#[tokio::test]
async fn events_that_come_byte_by_byte_or_twice_mean_the_same() {
    let mut two = Two::start().await;
    for fate in [Fate::InBytes, Fate::Twice] {
        two.streams.meet(fate);
        let asked = two.tokens();
        two.give("admin").await;
        two.they_may_edit(true).await;
        two.take("admin").await;
        two.they_may_edit(false).await;
        assert_eq!(two.tokens(), asked + 2, "{fate:?}: a token for each edit");
    }
}

#[tokio::test]
async fn a_line_without_end_is_not_read_to_its_end() {
    let mut two = Two::start().await;
    two.streams.meet(Fate::Endless);
    two.give("admin").await;
    two.running.work_in(THEIRS, "not heard", |view| !view.following.as_ref().unwrap().open).await;
    two.streams.meet(Fate::Whole);
    let view = two.they_may_edit(true).await;
    assert_eq!(view.notice, None);
}

#[tokio::test]
async fn a_directory_that_is_away_is_no_alarm_and_its_news_is_not_missed() {
    let mut two = Two::start().await;
    two.streams.meet(Fate::Away);
    let away = |view: &SignedIn| !view.following.as_ref().unwrap().open;
    let quiet = two.running.work_in(THEIRS, "away", away).await;
    assert_eq!((quiet.notice, quiet.parked), (None, None));
    two.give("admin").await;
    two.streams.meet(Fate::Whole);
    two.they_may_edit(true).await;
}

#[tokio::test]
async fn an_edit_that_comes_while_the_last_ones_token_is_on_its_way_is_in_the_next() {
    let mut two = Two::start().await;
    let audit = |view: &SignedIn| view.following.as_ref().unwrap().audit.unwrap();
    let known = audit(&two.running.now_in(THEIRS).await);
    two.streams.hold_back(true);
    let asked = two.tokens();
    two.give("admin").await;
    let waiting = async {
        while two.tokens() == asked {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("a token is asked for");
    two.give("billing-admin").await;
    two.running.work_in(THEIRS, "both are heard of", |view| audit(view) == known + 2).await;
    two.streams.hold_back(false);
    let both = |view: &SignedIn| {
        ["admin", "billing-admin"].iter().all(|id| view.token.roles.iter().any(|role| role.as_str() == *id))
    };
    two.running.work_in(THEIRS, "both", both).await;
}

#[tokio::test]
async fn the_stream_goes_on_with_the_newest_token_when_the_old_one_ends() {
    let mut two = Two::start().await;
    let old = two.running.now_in(THEIRS).await.token;
    // Too old to be used, and not over: the windows are in use, so it is renewed.
    two.world.clock.by(old.issued_at.seconds_until(old.expires_at) - 5);
    for window in [WINDOW, THEIRS] {
        two.running.session.in_use(window).await.unwrap();
        two.running.work_in(window, "a new token", |view| view.token.issued_at > old.issued_at).await;
    }
    two.world.clock.by(10);
    two.give("admin").await;
    two.they_may_edit(true).await;
    assert!(two.streams.began().len() > 2, "the old token's streams have ended");
}

#[tokio::test]
async fn who_they_are_is_asked_of_the_directory_where_their_tenants_are_configured() {
    let list = "tenants_from = \"list\"\n[[connection.tenant]]\nid = \"acme\"\nname = \"Acme\"\nat_provider = \"acme\"\n";
    let mut two = Two::start_with(list).await;
    two.give("admin").await;
    two.they_may_edit(true).await;
}

#[tokio::test]
async fn whoever_is_taken_out_of_the_tenant_is_told_in_their_open_window() {
    let mut two = Two::start().await;
    two.edit(&two.them, Change::Remove { person: two.them.clone() }).await;
    let told = |view: &SignedIn| {
        view.notice.as_ref().is_some_and(|notice| notice.code == ErrorCode::TenantForbidden)
    };
    two.running.work_in(THEIRS, "told", told).await;
}
