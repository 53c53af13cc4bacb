//! Keycloak with our mapper (`integrations/keycloak`), which asks a role directory whenever a token is issued.

use std::{fs, sync::Arc};

use keyward_directory::{
    Caller, Database, Directory, Founding, FoundingMember, FoundingPerson, RoleTemplate,
};
use keyward_model::{
    Change, Issuer, Permission, PersonId, PlanRequest, RoleId, Subject, SystemClock, Tenant, TenantClass,
    TenantId, Timestamp,
};
use keyward_server::serve::{self, Environment, Settings};
use keyward_tests::{
    Browser, Desktop, Keyring,
    provider::{
        Person, Running,
        keycloak::{self, Realm},
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use super::hand::{Answer, Hand};

const ROLES: &str = "https://keyward.dev/claims/roles";
const VERSION: &str = "https://keyward.dev/claims/role_version";
const TENANT: &str = "https://keyward.dev/claims/tenant";
const SECRET: &str = "a-secret-of-the-realms-with-32-characters";
/// How long its tokens live, where no role ends sooner.
const LIFESPAN: u32 = 600;

/// A realm whose tokens have roles of a directory, and Ann signed in at it.
struct Visit {
    realm: Realm,
    hand: Hand,
    /// The newest refresh token.
    link: String,
    directory: Directory,
    issuer: Issuer,
    stop: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    _folder: TempDir,
}

impl Visit {
    /// Ann in Acme as editor and viewer, and in Globex as viewer; Ben is the admin of both.
    async fn of(realm: Realm, client_id: &'static str) -> Option<Self> {
        Self::knowing(SECRET, realm, client_id).await
    }

    async fn knowing(secret: &str, realm: Realm, client_id: &'static str) -> Option<Self> {
        let mut provider = keycloak::start(realm).await?;
        provider.client_id = client_id;
        let issuer = Issuer::new(provider.issuer.clone()).unwrap();
        let folder = TempDir::with_prefix("keyward-keycloak-roles-").unwrap();
        let database = Database::file(folder.path().join("directory.db"));
        let founded = founding(&issuer, provider.people);
        let directory = tokio::task::spawn_blocking(move || {
            let directory = Directory::open(&database, Arc::new(SystemClock)).unwrap();
            directory.found(&founded).unwrap();
            directory
        })
        .await
        .unwrap();
        let (origin, stop) = serve(&folder, realm, &provider).await;
        keycloak::register(realm, client_id, mapper(realm, &origin, secret), LIFESPAN).await;

        let mut hand = Hand::of(&provider).await;
        let desktop = Desktop::start(Keyring::Absent).await;
        let browser = Browser::start(&desktop).await;
        let scope = format!("openid profile email {}", realm.every_tenant());
        keycloak::sign_in(&browser, &hand.link(&[("scope", &scope)]), provider.people[0]).await;
        let signed_in = hand.redeem().await;
        let claims = hand.access(signed_in.text("access_token"));
        assert_eq!(claims[ROLES], Value::Null, "a token for all tenants is none's: {claims}");
        let link = signed_in.text("refresh_token").to_owned();
        Some(Self { realm, hand, link, directory, issuer, stop: Some(stop), _folder: folder })
    }

    async fn try_switch(&mut self, tenant: &str) -> Answer {
        let scope = format!("openid {}", self.realm.scope(tenant));
        let answer = self.hand.refresh(&self.link, &[("scope", &scope)]).await;
        if answer.status == 200 {
            answer.text("refresh_token").clone_into(&mut self.link);
        }
        answer
    }

    /// The claims of a token for this tenant.
    async fn switch(&mut self, tenant: &str) -> Value {
        let answer = self.try_switch(tenant).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.hand.access(answer.text("access_token"))
    }

    /// Ben does this in Acme.
    async fn edit(&self, change: Change) {
        let ben = Caller {
            issuer: self.issuer.clone(),
            subject: Subject::new(self.realm.people()[1].subject).unwrap(),
            tenant: TenantId::new("acme").unwrap(),
            permissions: [Permission::new("roles:write").unwrap()].into(),
        };
        let request = PlanRequest { changes: vec![change], seen: vec![], seen_roles: vec![], reason: None };
        let directory = self.directory.clone();
        let edited = tokio::task::spawn_blocking(move || {
            let plan = directory.plan(&ben, request)?;
            directory.apply(&ben, &plan.id)
        });
        edited.await.unwrap().unwrap();
    }

    /// The directory's server ends.
    async fn lose_the_directory(&mut self) {
        let (stop, served) = self.stop.take().unwrap();
        stop.send(()).unwrap();
        served.await.unwrap();
    }
}

fn founding(issuer: &Issuer, [ann, ben]: [Person; 2]) -> Founding {
    let tenant = |id: &str| Tenant {
        id: TenantId::new(id).unwrap(),
        slug: None,
        name: id.to_owned(),
        hue: 250,
        class: TenantClass::Production,
    };
    let role = |id: &str, permissions: &[&str]| RoleTemplate {
        id: RoleId::new(id).unwrap(),
        name: id.to_owned(),
        description: String::new(),
        permissions: permissions.iter().map(|one| Permission::new(*one).unwrap()).collect(),
    };
    let person = |person: Person, held: &[(&str, &[&str])]| FoundingPerson {
        id: PersonId::new(person.login).unwrap(),
        issuer: issuer.clone(),
        subject: Subject::new(person.subject).unwrap(),
        email: format!("{}@northwind.example", person.login),
        name: person.login.to_owned(),
        default_tenant: None,
        tenants: held
            .iter()
            .map(|(tenant, roles)| {
                let roles = roles.iter().map(|role| RoleId::new(*role).unwrap()).collect();
                (TenantId::new(*tenant).unwrap(), FoundingMember { since: Timestamp(1_700_000_000), roles })
            })
            .collect(),
    };
    Founding {
        tenants: vec![tenant("acme"), tenant("globex")],
        roles: vec![
            role("admin", &["people:read", "roles:read", "roles:write"]),
            role("editor", &["content:write"]),
            role("viewer", &["people:read"]),
        ],
        people: vec![
            person(ann, &[("acme", &["editor", "viewer"]), ("globex", &["viewer"])]),
            person(ben, &[("acme", &["admin"]), ("globex", &["admin"])]),
        ],
    }
}

/// The directory over HTTP, and what ends it.
async fn serve(
    folder: &TempDir,
    realm: Realm,
    provider: &Running,
) -> (String, (oneshot::Sender<()>, JoinHandle<()>)) {
    let (from, is) = match realm {
        Realm::Organizations => ("tenant", "{tenant}"),
        Realm::Scopes => ("tenant", "https://api.example/{tenant}"),
    };
    let issuer = &provider.issuer;
    let words = format!(
        r#"
listen = "127.0.0.1:0"
db = "directory.db"

[[issuer]]
issuer = "{issuer}"
keys = "{issuer}/protocol/openid-connect/certs"
audiences = ["https://api.example/directory"]
tenant = {{ audience = "https://api.example/{{tenant}}" }}

[[hook]]
name = "keycloak"
shape = "generic"
issuer = "{issuer}"
tenant = {{ from = "{from}", is = "{is}" }}
bearer = ["keycloak.secret"]
"#
    );
    let at = folder.path().join("keywardd.toml");
    fs::write(&at, words).unwrap();
    fs::write(folder.path().join("keycloak.secret"), SECRET).unwrap();
    let clock = Arc::new(SystemClock);
    let read = move || Settings::read(Some(&at), None, &Environment::default(), clock);
    let settings = tokio::task::spawn_blocking(read).await.unwrap().unwrap();
    let server = serve::open(settings, Arc::new(SystemClock)).await.unwrap();
    let origin = format!("http://{}", server.address);
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(async move {
        // Told to, or left alone by a test that is over.
        server.run(async { stopped.await.unwrap_or_default() }).await.unwrap();
    });
    (origin, (stop, served))
}

fn mapper(realm: Realm, origin: &str, secret: &str) -> Value {
    let from = match realm {
        Realm::Organizations => "organization",
        Realm::Scopes => "audience",
    };
    json!({
        "name": "roles of the directory",
        "protocol": "openid-connect",
        "protocolMapper": "keyward-directory-roles",
        "config": {
            "url": format!("{origin}/v1/hooks/keycloak"),
            "secret": secret,
            "tenant.from": from,
            "audience.prefix": "https://api.example/",
        },
    })
}

fn ann() -> PersonId {
    PersonId::new("ann").unwrap()
}

fn editor() -> RoleId {
    RoleId::new("editor").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloaks_tokens_have_the_directorys_roles_of_each_tenant_and_an_edit_is_in_the_next_one() {
    for (realm, client) in
        [(Realm::Scopes, "roles-by-scope"), (Realm::Organizations, "roles-by-organization")]
    {
        let Some(mut visit) = Visit::of(realm, client).await else { return };
        let acme = visit.switch("acme").await;
        assert_eq!((&acme[TENANT], &acme[ROLES]), (&"acme".into(), &json!(["editor", "viewer"])), "{acme}");
        let globex = visit.switch("globex").await;
        assert_eq!((&globex[TENANT], &globex[ROLES]), (&"globex".into(), &json!(["viewer"])), "{globex}");
        visit.edit(Change::Take { person: ann(), role: editor() }).await;
        let after = visit.switch("acme").await;
        assert_eq!(after[ROLES], json!(["viewer"]), "{after}");
        assert!(after[VERSION].as_u64() > acme[VERSION].as_u64(), "{acme} {after}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloak_issues_nothing_for_somebody_who_left_the_tenant_and_their_link_goes_on() {
    let Some(mut visit) = Visit::of(Realm::Scopes, "roles-of-who-left").await else { return };
    visit.edit(Change::Remove { person: ann() }).await;
    let refused = visit.try_switch("acme").await;
    assert_eq!((refused.status, refused.text("error")), (403, "access_denied"), "{refused:?}");
    assert!(refused.text("error_description").contains("acme"), "{refused:?}");
    assert_eq!(visit.switch("globex").await[ROLES], json!(["viewer"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloak_issues_nothing_while_the_directory_is_away_and_the_link_is_not_spent() {
    let Some(mut visit) = Visit::of(Realm::Scopes, "roles-away").await else { return };
    visit.switch("acme").await;
    visit.lose_the_directory().await;
    for _ in 0..2 {
        let away = visit.try_switch("acme").await;
        assert_eq!((away.status, away.text("error")), (503, "temporarily_unavailable"), "{away:?}");
    }
    let scope = format!("openid {}", visit.realm.every_tenant());
    let all = visit.hand.refresh(&visit.link, &[("scope", &scope)]).await;
    assert_eq!(all.status, 200, "the same link is good for a token that needs no directory: {all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloak_issues_nothing_where_the_directory_does_not_know_it() {
    let Some(mut visit) = Visit::knowing("another-secret", Realm::Scopes, "roles-unproven").await else {
        return;
    };
    let refused = visit.try_switch("acme").await;
    assert_eq!((refused.status, refused.text("error")), (503, "temporarily_unavailable"), "{refused:?}");
    assert!(!refused.body.to_string().contains("another-secret"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloaks_token_ends_when_the_role_does() {
    let Some(mut visit) = Visit::of(Realm::Scopes, "roles-that-end").await else { return };
    let in_a_minute = Timestamp(keyward_model::Clock::now(&SystemClock).0 + 60);
    let give = Change::Give { person: ann(), role: editor(), starts_at: None, ends_at: Some(in_a_minute) };
    visit.edit(give).await;
    let answer = visit.try_switch("acme").await;
    let claims = visit.hand.access(answer.text("access_token"));
    assert!(claims["exp"].as_i64().unwrap() <= in_a_minute.0, "{claims}");
    assert!(answer.body["expires_in"].as_i64().unwrap() <= 60, "the client is told: {answer:?}");
    let globex = visit.switch("globex").await;
    let lasts = globex["exp"].as_i64().unwrap() - globex["iat"].as_i64().unwrap();
    assert_eq!(lasts, i64::from(LIFESPAN), "{globex}");
}
