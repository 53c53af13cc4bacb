//! Two servers on one PostgreSQL, and what becomes of their work when one is killed in the middle of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use keyward_directory::Database;
use keyward_model::{SystemClock, TenantId};
use keyward_server::tasks;
use serde_json::{Value, json};
use tokio::{sync::Notify, task::JoinHandle};

use crate::{
    cluster::Cluster,
    founded::found,
    issuer::TestIssuer,
    serving::{Serving, trusts},
};

/// People who are edited, each by a writer of their own.
const WRITERS: usize = 8;
/// Edits answered before one server is killed, and by the other afterwards.
const BEFORE: usize = 60;
const AFTER: usize = 60;

/// Two servers under load.
struct Load {
    origins: [String; 2],
    token: String,
    http: reqwest::Client,
    answered: AtomicUsize,
    killed: AtomicBool,
    answered_since: AtomicUsize,
    more: Notify,
}

/// What a writer was told.
#[derive(Default)]
struct Told {
    /// Entry by plan, of what was answered.
    applied: BTreeMap<String, u64>,
    /// Plans whose end nobody told.
    unsure: BTreeSet<String>,
}

impl Load {
    /// Whether there is nothing more to do.
    fn over(&self) -> bool {
        self.answered_since.load(SeqCst) >= AFTER
    }

    /// An answer. None where the server is gone, which only the first may be.
    async fn ask(&self, server: usize, path: &str, body: Option<&Value>) -> Option<Value> {
        let url = format!("{}/v1/tenants/acme/{path}", self.origins[server]);
        let request = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        let answer = match request.bearer_auth(&self.token).send().await {
            Ok(answer) => {
                let status = answer.status();
                answer.json::<Value>().await.map(|body| (status, body))
            }
            Err(error) => Err(error),
        };
        match answer {
            Ok((status, body)) => {
                assert!(status.is_success(), "{path}: {status} {body}");
                Some(body)
            }
            Err(error) => {
                assert_eq!(server, 0, "the server that lives answers: {error:?}");
                None
            }
        }
    }

    /// Gives and takes one role of one person, at one server and, when that is gone, at the other.
    async fn write(self: Arc<Self>, writer: usize) -> Told {
        let (mut told, mut server, mut holds) = (Told::default(), writer % 2, false);
        let person = format!("p{writer}");
        while !self.over() {
            let kind = if holds { "take" } else { "give" };
            let wish = json!({ "changes": [{ "kind": kind, "person": person, "role": "viewer" }] });
            let plan = self.ask(server, "plans", Some(&wish)).await;
            let plan = plan.map(|plan| plan["id"].as_str().unwrap().to_owned());
            let applied = match &plan {
                Some(plan) => self.ask(server, &format!("plans/{plan}/apply"), Some(&Value::Null)).await,
                None => None,
            };
            match (plan, applied) {
                (Some(plan), Some(applied)) => {
                    told.applied.insert(plan, applied["audit"].as_u64().unwrap());
                    holds = !holds;
                    self.answered.fetch_add(1, SeqCst);
                    if self.killed.load(SeqCst) {
                        self.answered_since.fetch_add(1, SeqCst);
                    }
                    self.more.notify_one();
                }
                (plan, _) => {
                    told.unsure.extend(plan);
                    server = 1;
                    holds = self.holds(&person).await;
                }
            }
        }
        told
    }

    /// Reads at both while they are there. Says how often the second answered.
    async fn read(self: Arc<Self>) -> usize {
        let mut answers = 0;
        while !self.over() {
            let _gone = self.ask(0, "people", None).await;
            let people = self.ask(1, "people", None).await.unwrap();
            assert_eq!(people["total"], WRITERS as u64 + 1);
            answers += 1;
        }
        answers
    }

    async fn holds(&self, person: &str) -> bool {
        let detail = self.ask(1, &format!("people/{person}"), None).await.unwrap();
        detail["row"]["roles"].as_array().unwrap().contains(&json!("viewer"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_kept_when_one_of_two_servers_is_killed() {
    let Some(cluster) = blocking(Cluster::shared).await else { return };
    let issuer = TestIssuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let database = prepared(cluster, &issuer, folder.path()).await;
    let mut first = Serving::start(folder.path(), &[]);
    let second = Serving::start(folder.path(), &[]);
    let load = Arc::new(Load {
        origins: [first.origin.clone(), second.origin.clone()],
        token: issuer.token("sub-ada", &json!({ "aud": "https://api.example/t/acme" })),
        http: reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(120)).build().unwrap(),
        answered: AtomicUsize::new(0),
        killed: AtomicBool::new(false),
        answered_since: AtomicUsize::new(0),
        more: Notify::new(),
    });
    let writers: Vec<JoinHandle<Told>> =
        (0..WRITERS).map(|writer| tokio::spawn(load.clone().write(writer))).collect();
    let reader = tokio::spawn(load.clone().read());
    while load.answered.load(SeqCst) < BEFORE {
        load.more.notified().await;
    }
    // SIGKILL: it has no chance to end anything.
    first.program.kill().unwrap();
    first.program.wait().unwrap();
    load.killed.store(true, SeqCst);

    let mut told = Told::default();
    for writer in writers {
        let Told { applied, unsure } = writer.await.unwrap();
        told.applied.extend(applied);
        told.unsure.extend(unsure);
    }
    assert!(reader.await.unwrap() > 0);
    assert!(told.applied.len() >= BEFORE + AFTER);
    let entries = audit(&database, folder.path()).await;
    let mut kept = BTreeMap::new();
    let mut holds: BTreeMap<String, bool> = BTreeMap::new();
    for entry in &entries {
        kept.insert(entry["plan"].as_str().unwrap().to_owned(), entry["number"].as_u64().unwrap());
        let change = &entry["changes"][0];
        let gained = change["gained"] == json!(["viewer"]);
        let before = holds.insert(change["person"]["id"].as_str().unwrap().to_owned(), gained);
        assert_eq!(before.unwrap_or(false), !gained, "each changes what the one before left: {entry}");
    }
    assert_eq!(kept.len(), entries.len(), "no plan was applied twice");
    for (plan, number) in &told.applied {
        assert_eq!(kept.get(plan), Some(number), "what was answered is kept");
    }
    for plan in kept.keys().filter(|plan| !told.applied.contains_key(*plan)) {
        assert!(told.unsure.contains(plan), "nothing is there that nobody asked for: {plan}");
    }
    for (person, held) in holds {
        assert_eq!(load.holds(&person).await, held, "{person} holds what the audit says");
    }
    assert!(second.stop().success());
}

/// Works where PostgreSQL's client may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// A database with a company of as many people as there are writers, and a file that names it.
async fn prepared(cluster: &'static Cluster, issuer: &TestIssuer, folder: &Path) -> Database {
    let trusted = issuer.issuer();
    let made = blocking(move || {
        let name = cluster.database();
        let database = cluster.at("keyward", &name);
        let people: Vec<String> = (0..WRITERS).map(|writer| format!("p{writer}")).collect();
        let others: Vec<_> = people.iter().map(|person| (person.as_str(), &trusted)).collect();
        found(&database, &trusted, &others);
        (database, cluster.address("keyward", &name))
    });
    let (database, address) = made.await;
    fs::write(folder.join("db.secret"), address).unwrap();
    fs::write(
        folder.join("keywardd.toml"),
        format!("db_file = \"db.secret\"\nrequests_per_second = 0\n{}", trusts(issuer)),
    )
    .unwrap();
    database
}

/// The audit's entries, its chain checked.
async fn audit(database: &Database, folder: &Path) -> Vec<Value> {
    let (database, path) = (database.clone(), folder.join("audit.jsonl"));
    blocking(move || {
        let file = fs::File::create(&path).unwrap();
        let tenant = TenantId::new("acme").unwrap();
        let exported = tasks::export_audit(&database, &tenant, file, Arc::new(SystemClock)).unwrap();
        let verified = tasks::verify_file(&path, Some(&exported.newest)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(verified.entries as usize + 2, lines.len());
        lines[1..lines.len() - 1].to_vec()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_lost_its_database_is_alive_and_not_ready() {
    let Some(cluster) = blocking(Cluster::start).await else { return };
    let issuer = TestIssuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("keywardd.toml"), trusts(&issuer)).unwrap();
    let (cluster, address) = blocking(move || {
        let name = cluster.database();
        let address = cluster.address("keyward", &name);
        (cluster, address)
    })
    .await;
    let serving = Serving::start(folder.path(), &["--db", &address]);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |path: &str| {
        let answer = http.get(format!("{}{path}", serving.origin)).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    assert_eq!(ask("/health/ready").await.0, 200);
    blocking(move || drop(cluster)).await;
    let (status, error) = ask("/health/ready").await;
    assert_eq!((status, &error["code"]), (503, &json!("storage_unavailable")), "{error}");
    assert!(!error.to_string().contains("keyward-pg"), "it does not say where the database is: {error}");
    assert_eq!(ask("/health/live").await.0, 200);
}

/// A role is taken through one server. The other's token of before is refused where the version is demanded, its answer
/// to a provider is of now, and what it last knew is not used while the store is there.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_took_the_other_no_longer_allows() {
    let Some(cluster) = blocking(Cluster::shared).await else { return };
    let issuer = TestIssuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    prepared(cluster, &issuer, folder.path()).await;
    let secret = "0123456789abcdef0123456789abcdef";
    fs::write(folder.path().join("secret"), secret).unwrap();
    let config = folder.path().join("keywardd.toml");
    let hook = format!(
        "[[hook]]\nname = \"own\"\nshape = \"generic\"\nissuer = \"{}\"\nstale_for = 3600\n\
         tenant = {{ from = \"tenant\", is = \"{{tenant}}\" }}\nbearer = [\"secret\"]\n",
        issuer.origin
    );
    fs::write(&config, fs::read_to_string(&config).unwrap() + &hook).unwrap();
    let (one, two) = (Serving::start(folder.path(), &[]), Serving::start(folder.path(), &[]));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let token = |sub: &str, version: u64| {
        let claims = json!({
            "aud": "https://api.example/t/acme", "https://keyward.dev/claims/role_version": version,
        });
        issuer.token(sub, &claims)
    };
    let edit = async |server: &Serving, kind: &str| {
        let post = async |path: &str, body: &Value| {
            let request = http.post(format!("{}/v1/tenants/acme/{path}", server.origin)).json(body);
            let answer = request.bearer_auth(token("sub-ada", 1)).send().await.unwrap();
            assert!(answer.status().is_success(), "{path}: {}", answer.status());
            answer.json::<Value>().await.unwrap()
        };
        let wish = json!({ "changes": [{ "kind": kind, "person": "p0", "role": "admin" }] });
        let plan = post("plans", &wish).await;
        post(&format!("plans/{}/apply", plan["id"].as_str().unwrap()), &Value::Null).await;
    };
    let held = async |server: &Serving| {
        let question =
            json!({ "issuer": issuer.origin, "subject": "sub-p0", "tenant": "acme", "client": "app" });
        let ask = http.post(format!("{}/v1/hooks/own", server.origin)).bearer_auth(secret).json(&question);
        let answer: Value = ask.send().await.unwrap().json().await.unwrap();
        let claim = |name: &str| answer["claims"][format!("https://keyward.dev/claims/{name}")].clone();
        assert_eq!(claim("stale_since"), Value::Null, "{answer}");
        (claim("roles"), claim("role_version").as_u64().unwrap())
    };
    let allowed = async |server: &Serving, version: u64, demanded: Option<u64>| {
        let mut request = http.get(format!("{}/v1/tenants/acme/people", server.origin));
        if let Some(demanded) = demanded {
            request = request.header("Keyward-Role-Version", demanded);
        }
        request.bearer_auth(token("sub-p0", version)).send().await.unwrap().status().as_u16()
    };

    edit(&one, "give").await;
    let (roles, given) = held(&two).await;
    assert_eq!(roles, json!(["admin"]), "the second has it in its memory from here on");
    assert_eq!(allowed(&two, given, Some(given)).await, 200);
    edit(&one, "take").await;
    let (roles, taken) = held(&two).await;
    assert_eq!(roles, json!([]), "the store is there: it is asked");
    assert!(taken > given);
    assert_eq!(allowed(&two, given, Some(taken)).await, 401, "the token is of before: it is to be renewed");
    assert_eq!(
        allowed(&two, given, None).await,
        403,
        "and the directory asks its rows, whatever the token says"
    );
    assert_eq!(allowed(&two, taken, Some(taken)).await, 403, "the new one allows no more than is held");
    assert!(one.stop().success() && two.stop().success());
}
