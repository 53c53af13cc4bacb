//! A company's directory, served by `keywardd serve`.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
};

use keyward_directory::{Caller, Database, Directory};
use keyward_model::{Permission, Subject, SystemClock, TenantId, Timestamp, UnusedQuery};
use serde_json::{Value, json};

use crate::{
    founded::{found, keywardd},
    issuer::TestIssuer,
    serving::{Serving, trusts},
};

async fn get(origin: &str, path: &str, token: Option<&str>) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http.get(format!("{origin}{path}"));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn database(folder: &Path) -> Database {
    Database::file(folder.join("directory.db"))
}

/// A folder with a directory and a configuration that trusts this issuer.
fn prepared(issuer: &TestIssuer) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    found(&database(folder.path()), &issuer.issuer(), &[]);
    fs::write(folder.path().join("keywardd.toml"), format!("db = \"directory.db\"\n{}", trusts(issuer)))
        .unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_two_issuers_are_served_each_by_the_keys_of_their_own() {
    let (one, two) = (TestIssuer::start().await, TestIssuer::start().await);
    let folder = tempfile::tempdir().unwrap();
    found(&database(folder.path()), &one.issuer(), &[("ben", &two.issuer())]);
    fs::write(folder.path().join("keywardd.toml"), trusts(&one) + &trusts(&two)).unwrap();
    let serving = Serving::start(folder.path(), &["--db", "sqlite:directory.db"]);
    assert_eq!(serving.said, format!("The directory in directory.db is served at {}/v1.\n", serving.origin));
    for (issuer, who) in [(&one, "ada"), (&two, "ben")] {
        let (status, me) =
            get(&serving.origin, "/v1/me", Some(&issuer.token(&format!("sub-{who}"), &json!({})))).await;
        assert_eq!((status, &me["person"]["id"]), (200, &json!(who)), "{me}");
    }
    let forged = two.token("sub-ada", &json!({ "iss": one.origin }));
    assert_eq!(
        get(&serving.origin, "/v1/me", Some(&forged)).await.0,
        401,
        "another issuer's key opens nothing"
    );
    let stranger = TestIssuer::start().await;
    assert_eq!(get(&serving.origin, "/v1/me", Some(&stranger.token("sub-ada", &json!({})))).await.0, 401);

    let acme = one.token("sub-ada", &json!({ "aud": "https://api.example/t/acme" }));
    let (status, people) = get(&serving.origin, "/v1/tenants/acme/people", Some(&acme)).await;
    assert_eq!((status, &people["total"]), (200, &json!(2)), "{people}");
    let own = one.token("sub-ada", &json!({}));
    assert_eq!(get(&serving.origin, "/v1/tenants/acme/people", Some(&own)).await.0, 401, "no tenant's token");
    assert!(serving.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuers_keys_are_found_by_its_name_alone() {
    let issuer = TestIssuer::start().await;
    let folder = prepared(&issuer);
    let config = trusts(&issuer).replace(&format!("keys = \"{}/keys\"\n", issuer.origin), "");
    assert!(!config.contains("keys ="), "{config}");
    fs::write(folder.path().join("keywardd.toml"), format!("db = \"directory.db\"\n{config}")).unwrap();
    let serving = Serving::start(folder.path(), &[]);
    let (status, me) = get(&serving.origin, "/v1/me", Some(&issuer.token("sub-ada", &json!({})))).await;
    assert_eq!((status, &me["person"]["id"]), (200, &json!("ada")), "{me}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_of_the_same_file_asks_about_its_people() {
    let issuer = TestIssuer::start().await;
    let folder = prepared(&issuer);
    let config = folder.path().join("keywardd.toml");
    let hook = format!(
        "[[hook]]\nname = \"own\"\nshape = \"generic\"\nissuer = \"{}\"\n\
         tenant = {{ from = \"tenant\", is = \"{{tenant}}\" }}\nbearer = [\"secret\"]\n",
        issuer.origin
    );
    let secret = "0123456789abcdef0123456789abcdef";
    fs::write(folder.path().join("secret"), secret).unwrap();
    fs::write(&config, fs::read_to_string(&config).unwrap() + &hook).unwrap();
    let serving = Serving::start(folder.path(), &[]);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = http.post(format!("{}/v1/hooks/own", serving.origin)).bearer_auth(secret);
    let ask = ask
        .json(&json!({ "issuer": issuer.origin, "subject": "sub-ada", "tenant": "acme", "client": "app" }));
    let answer: Value = ask.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["claims"]["https://keyward.dev/claims/roles"], json!(["admin"]), "{answer}");
    let drill = keywardd(folder.path())
        .args(["hook", "drill", "own", "--hooks", "keywardd.toml", "--at", &serving.origin])
        .output()
        .unwrap();
    assert!(
        drill.status.success(),
        "the same file serves the drill: {}",
        String::from_utf8_lossy(&drill.stderr)
    );
    assert!(serving.stop().success());
    let directory = Directory::open(&database(folder.path()), Arc::new(SystemClock)).unwrap();
    let query = UnusedQuery { since: Timestamp(1_700_000_001), cursor: None, limit: None };
    let ada = Caller {
        issuer: issuer.issuer(),
        subject: Subject::new("sub-ada").unwrap(),
        tenant: TenantId::new("acme").unwrap(),
        permissions: [Permission::new("people:read").unwrap()].into(),
    };
    let unused = directory.unused(&ada, &query).unwrap();
    assert!(unused.holders.is_empty(), "what was named a moment before it stopped is known: {unused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_over_it_asks_without_a_token() {
    let issuer = TestIssuer::start().await;
    let folder = prepared(&issuer);
    let serving = Serving::start(folder.path(), &[]);
    assert_eq!(get(&serving.origin, "/health/live", None).await, (200, json!({ "status": "live" })));
    assert_eq!(get(&serving.origin, "/health/ready", None).await, (200, json!({ "status": "ready" })));
    let (status, error) = get(&serving.origin, "/health/other", None).await;
    assert_eq!((status, &error["code"]), (404, &json!("not_found")));
    let counts = reqwest::get(format!("{}/metrics", serving.origin)).await.unwrap().text().await.unwrap();
    let line = "keyward_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1";
    assert!(counts.contains(line), "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_found_in_the_log_by_its_id_and_by_its_trace() {
    let issuer = TestIssuer::start().await;
    let folder = prepared(&issuer);
    let mut serving = Serving::start(folder.path(), &[]);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.get(format!("{}/v1/me", serving.origin)).header("Keyward-Request-Id", "mine-1");
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    assert_eq!(request.bearer_auth("no token").send().await.unwrap().status(), 401);
    serving.tell_to_stop();
    let mut log = String::new();
    serving.log.read_to_string(&mut log).unwrap();
    let line = log.lines().find(|line| line.contains("token refused")).unwrap();
    assert!(line.contains("mine-1") && line.contains(trace), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_asks_as_fast_as_the_file_says() {
    let issuer = TestIssuer::start().await;
    let folder = prepared(&issuer);
    let file = folder.path().join("keywardd.toml");
    let rest = fs::read_to_string(&file).unwrap();
    let statuses = async |limit: u32| {
        fs::write(&file, format!("requests_per_second = {limit}\n{rest}")).unwrap();
        let serving = Serving::start(folder.path(), &[]);
        let token = issuer.token("sub-ada", &json!({}));
        let mut refused = 0;
        let ask = |_| {
            let (origin, token) = (serving.origin.clone(), token.clone());
            tokio::spawn(async move { get(&origin, "/v1/me", Some(&token)).await.0 })
        };
        for asked in (0..40).map(ask).collect::<Vec<_>>() {
            refused += u32::from(asked.await.unwrap() == 429);
        }
        refused
    };
    assert_eq!(statuses(0).await, 0);
    assert!(statuses(1).await > 0, "four at once, and one a second");
}

/// Its reader would listen for ever.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_open_does_not_keep_it_from_ending() {
    let issuer = TestIssuer::start().await;
    let folder = prepared(&issuer);
    let mut serving = Serving::start(folder.path(), &[]);
    let token = issuer.token("sub-ada", &json!({ "aud": "https://api.example/t/acme" }));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let events = http.get(format!("{}/v1/tenants/acme/events", serving.origin)).bearer_auth(token);
    let mut stream = events.send().await.unwrap();
    assert!(stream.chunk().await.unwrap().unwrap().starts_with(b"event: since"));
    serving.tell_to_stop();
    assert_eq!(stream.chunk().await.unwrap(), None, "it ends as a stream does");
    let mut log = String::new();
    serving.log.read_to_string(&mut log).unwrap();
    assert!(log.contains("stopping") && !log.contains("cut off"), "{log}");
    assert_eq!(serving.program.wait().unwrap().code(), Some(0));
}

/// The body of the request under way is sent when the server has been told to stop.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_answered_and_then_it_ends_well() {
    let issuer = TestIssuer::start().await;
    let folder = prepared(&issuer);
    let mut serving = Serving::start(folder.path(), &[]);
    let token = issuer.token("sub-ada", &json!({ "aud": "https://api.example/t/acme" }));
    let body = json!({ "changes": [{ "kind": "give", "person": "ada", "role": "viewer" }] }).to_string();
    let address = serving.origin.trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(&address).unwrap();
    write!(
        connection,
        "POST /v1/tenants/acme/plans HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    )
    .unwrap();
    let mut answer = BufReader::new(connection.try_clone().unwrap());
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 100"), "its handler waits for the body: {line}");

    serving.tell_to_stop();
    let mut log = String::new();
    while !log.contains("stopping") {
        assert!(serving.log.read_line(&mut log).unwrap() > 0, "it does not stop: {log}");
    }
    connection.write_all(body.as_bytes()).unwrap();
    let mut rest = String::new();
    answer.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("HTTP/1.1 201") && rest.contains("\"gains\":[\"viewer\"]"), "{rest}");
    assert_eq!(serving.program.wait().unwrap().code(), Some(0), "an ordinary end");
    assert!(TcpStream::connect(&address).is_err(), "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_configuration_is_named_with_the_way_out() {
    let issuer = TestIssuer::start().await;
    let folder = prepared(&issuer);
    let trusts = trusts(&issuer);
    fs::write(folder.path().join("password"), "postgres://ada:can@ary@db/keyward\n").unwrap();
    let altered = |from: &str, to: &str| {
        assert!(trusts.contains(from), "{from}");
        format!("db = \"directory.db\"\n{}", trusts.replace(from, to))
    };
    for (config, named) in [
        ("db = \"directory.db\"".to_owned(), &["keywardd.toml", "issuer", "Add an [[issuer]]"][..]),
        (trusts.clone(), &["Nobody says where", "KEYWARDD_DB", "db_file"]),
        (format!("lisen = \"x\"\n{trusts}"), &["keywardd.toml", "line 1", "lisen", "listen"]),
        (format!("listen = \"8480\"\n{trusts}"), &["line 1", "socket address"]),
        (format!("db = \"a\"\ndb_file = \"b\"\n{trusts}"), &["keywardd.toml", "db and db_file"]),
        (format!("db_file = \"nowhere\"\n{trusts}"), &["keywardd.toml", "nowhere", "cannot be read"]),
        (format!("db_file = \"password\"\n{trusts}"), &["keywardd.toml", "db_file", "PASSWORD@HOST"]),
        (format!("db = \"mysql://x\"\n{trusts}"), &["keywardd.toml", "db:", "sqlite:PATH"]),
        (altered("/keys\"", "/keys?a=b\""), &[&issuer.origin, "keys:", "https"]),
        (altered("keys = \"http://127.0.0.1", "keys = \"http://192.0.2.7"), &["keys:", "https"]),
        (
            altered("{ audience = \"https://api.example/t/{tenant}\" }", "{ all = [] }"),
            &["tenant:", "Name one"],
        ),
        (altered("{tenant}", "acme"), &["line 6", "{tenant}"]),
        (altered("audiences", "leeway = 301\naudiences"), &["leeway:", "300"]),
        (format!("db = \"directory.db\"\n{trusts}{trusts}"), &["there twice"]),
        (
            format!(
                "db = \"directory.db\"\n{trusts}[[hook]]\nname = \"okta\"\nshape = \"okta\"\nissuer = \"https://o.example\"\ntenant = {{ from = \"issuer\", is = \"https://o.example/{{tenant}}\" }}\n"
            ),
            &["keywardd.toml", "hook okta", "exactly one way"],
        ),
    ] {
        fs::write(folder.path().join("keywardd.toml"), &config).unwrap();
        let output = keywardd(folder.path()).args(["serve"]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), true), "{config}: {error}");
        for word in named {
            assert!(error.contains(word), "{config}: {error} names {word}");
        }
        assert!(!error.contains("ary@"), "{error} holds a password");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_comes_before_the_file_and_the_command_line_before_both() {
    let issuer = TestIssuer::start().await;
    let folder = prepared(&issuer);
    let elsewhere = folder.path().join("conf");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(folder.path().join("keywardd.toml"), elsewhere.join("k.toml")).unwrap();
    fs::write(folder.path().join("db"), "sqlite:from-a-file.db\n").unwrap();
    let run = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut program = keywardd(folder.path());
        program.arg("serve").args(arguments).env("KEYWARDD_CONFIG", elsewhere.join("k.toml"));
        // Each ends at an address that nobody may open, and so says what it made of the rest.
        program.envs(variables.iter().copied()).env("KEYWARDD_LISTEN", "192.0.2.7:1").output().unwrap()
    };
    for (variables, arguments, made) in [
        (&[][..], &[][..], "conf/directory.db"),
        (&[("KEYWARDD_DB", "sqlite:env.db")], &[], "env.db"),
        (&[("KEYWARDD_DB_FILE", "db")], &[], "from-a-file.db"),
        (&[("KEYWARDD_DB", "sqlite:env.db")], &["--db", "argument.db"], "argument.db"),
    ] {
        let output = run(variables, arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("192.0.2.7:1 cannot be opened"), "{error}");
        let made = folder.path().join(made);
        assert!(made.exists(), "{variables:?} {arguments:?} open {}", made.display());
        fs::remove_file(made).unwrap();
    }
    let both = run(&[("KEYWARDD_DB", "a"), ("KEYWARDD_DB_FILE", "db")], &[]);
    assert!(String::from_utf8(both.stderr).unwrap().contains("Set one of them"));
    let no_address = keywardd(folder.path()).arg("serve").env("KEYWARDD_LISTEN", "here").output().unwrap();
    assert!(String::from_utf8(no_address.stderr).unwrap().contains("KEYWARDD_LISTEN: \"here\""));
}
