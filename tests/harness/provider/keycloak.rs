//! Keycloak: one server for all tests of a program, with a realm for each way to have tenants in it.
//! `docs/providers/keycloak.md` says what it answers.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::Locator;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{CLIENT_ID, Person, RESOURCE, Running, TENANTS, installed};
use crate::{Browser, PATIENCE, process::free_port};

const NAME: &str = "keycloak";

/// A client whose access tokens last four seconds.
pub const BRIEF_CLIENT_ID: &str = "keyward-brief";
/// What every token of the realm with organizations is for.
pub const API: &str = "https://api.example";
/// In the realm with scopes, a tenant that the people may enter, if they ask for it as they sign in.
pub const UNASKED: &str = "hooli";

/// A client that may administer the server, and its secret; made as it is installed.
const ADMIN: &str = "administrator";

/// What a tenant is, each in a realm of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// A tenant is an organization, named in the claim `organization`.
    Organizations,
    /// A tenant is a client scope, and what that puts into `aud`.
    Scopes,
}

impl Realm {
    fn name(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Scopes => "scopes",
        }
    }

    /// Ann and Ben, who are other users in each realm.
    pub fn people(self) -> [Person; 2] {
        let [ann, ben] = match self {
            Self::Organizations => {
                ["b8b7e5a2-6c1d-4a3e-9d57-2f0c8a41e901", "4f3d9c16-0e7a-4b52-8c2b-7a95d6e1f302"]
            }
            Self::Scopes => ["0d1f6a73-52c4-4b8e-8f0e-91c3d7a2b604", "9e84b2d0-7f15-4c6a-a3d9-5b60c8f1e217"],
        };
        [
            Person { login: "ann", password: "ann's password", subject: ann },
            Person { login: "ben", password: "ben's password", subject: ben },
        ]
    }

    /// The scope that asks for one tenant.
    pub fn scope(self, tenant: &str) -> String {
        match self {
            Self::Organizations => format!("organization:{tenant}"),
            Self::Scopes => format!("tenant:{tenant}"),
        }
    }

    /// The scopes that ask for all tenants at once, as one signs in.
    pub fn every_tenant(self) -> String {
        match self {
            Self::Organizations => self.scope("*"),
            Self::Scopes => TENANTS.map(|tenant| self.scope(tenant)).join(" "),
        }
    }
}

/// The server, for as long as the program runs that started it.
struct Server {
    origin: String,
    // Its standard input is open until then.
    _process: Child,
}

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();

/// The realm, at a server that is started for the first who asks, where it is installed.
pub async fn start(realm: Realm) -> Option<Running> {
    let server = SERVER.get_or_init(launch).await.as_ref()?;
    Some(Running {
        issuer: format!("{}/realms/{}", server.origin, realm.name()),
        client_id: CLIENT_ID,
        resource: if realm == Realm::Scopes { RESOURCE } else { API },
        tenants: TENANTS,
        refused: "umbrella",
        people: realm.people(),
        ca: None,
        _process: None,
        _folder: None,
    })
}

/// Registers one more client at the realm: Keyward's, with this mapper and for tokens that live so many seconds.
pub async fn register(realm: Realm, client_id: &str, mapper: Value, lifespan: u32) {
    let origin = &SERVER.get().and_then(Option::as_ref).expect("the server is started").origin;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let form = [("grant_type", "client_credentials"), ("client_id", ADMIN), ("client_secret", ADMIN)];
    let token = format!("{origin}/realms/master/protocol/openid-connect/token");
    let answer = http.post(token).form(&form).send().await.expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    let token = answer["access_token"].as_str().expect("the administrator's token");
    let clients = format!("{origin}/admin/realms/{}/clients", realm.name());
    let ours = [("clientId", CLIENT_ID)];
    let known = http.get(&clients).query(&ours).bearer_auth(token).send().await.expect("an answer");
    let mut client: Value = known.json::<Value>().await.expect("JSON")[0].take();
    client.as_object_mut().expect("a client").remove("id");
    client["clientId"] = client_id.into();
    client["attributes"]["access.token.lifespan"] = lifespan.to_string().into();
    client["protocolMappers"] = Value::Array(vec![mapper]);
    let made = http.post(&clients).json(&client).bearer_auth(token).send().await.expect("an answer");
    let status = made.status();
    assert!(status.is_success(), "{status}: {}", made.text().await.unwrap_or_default());
}

async fn launch() -> Option<Server> {
    let installation = installed(NAME)?.join("server");
    let folder = TempDir::with_prefix("keyward-keycloak-").expect("a folder").keep();
    // Made where it was installed: a realm takes many times as long to import as a file to copy.
    fs::copy(installation.join("data/h2/keycloakdb.mv.db"), folder.join("database.mv.db"))
        .expect("the database with the realms");
    let origin = format!("http://127.0.0.1:{}", free_port());
    let log = folder.join("keycloak.log");
    let mut process = command(&installation, &folder, &origin, &log).spawn().expect("Keycloak starts");

    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let discovery = format!("{origin}/realms/organizations/.well-known/openid-configuration");
    let ready = async {
        // It listens some seconds before it answers.
        while !http.get(&discovery).send().await.is_ok_and(|answer| answer.status().is_success()) {
            let ended = process.try_wait().expect("its state");
            assert!(ended.is_none(), "Keycloak ended as it started:\n{}", text(&log));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    // A Java program that starts beside a compiler has little to start with.
    let ready = tokio::time::timeout(Duration::from_secs(3 * PATIENCE), ready).await;
    assert!(ready.is_ok(), "Keycloak never answers:\n{}", text(&log));
    Some(Server { origin, _process: process })
}

/// Runs until this program is gone, however it goes: nothing that is kept for all tests is dropped at the end
/// of them. The watcher's input ends with this program; then it ends the group that it is in.
const UNTIL_WE_ARE_GONE: &str = r#"
    folder=$1; shift
    exec 3<&0
    { read -r _ <&3; rm -rf "$folder"; kill -KILL 0; } &
    exec "$@" 3<&- </dev/null
"#;

fn command(installation: &Path, folder: &Path, origin: &str, log: &Path) -> Command {
    let port = origin.rsplit(':').next().expect("a port");
    let output = File::create(log).expect("the log");
    let mut command = Command::new("sh");
    command
        .args(["-c", UNTIL_WE_ARE_GONE, "sh"])
        .arg(folder)
        .arg(installation.join("bin/kc.sh"))
        .args(["start", "--optimized", "--cache=local", "--http-enabled=true", "--http-host=127.0.0.1"])
        .arg(format!("--http-port={port}"))
        .arg(format!("--hostname={origin}"))
        .arg(format!("--db-url=jdbc:h2:file:{};NON_KEYWORDS=VALUE", folder.join("database").display()))
        // Started at half the cost; what it runs for is too short to earn the better code.
        .env("JAVA_OPTS_APPEND", "-XX:TieredStopAtLevel=1")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(output.try_clone().expect("the log"))
        .stderr(output);
    command
}

fn text(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_default()
}

/// Opens the link and signs in. A realm with organizations asks for the name on a page of its own.
pub async fn sign_in(browser: &Browser, link: &str, person: Person) {
    browser.client.goto(link).await.expect("the provider's page");
    browser.css("#username").await.send_keys(person.login).await.expect("the field takes keys");
    if browser.client.find(Locator::Css("#password")).await.is_err() {
        browser.css("#kc-login").await.click().await.expect("the button");
    }
    browser.css("#password").await.send_keys(person.password).await.expect("the field takes keys");
    browser.css("#kc-login").await.click().await.expect("the button");
}
