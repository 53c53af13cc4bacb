//! Providers that may ask the directory, from the file that says who they are.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use keyward_model::{Error, ErrorCode, SystemClock};
use keyward_server::{
    hooks::HookFile,
    local::{self, Local, LocalOptions},
};
use serde_json::{Value, json};

use crate::browser::audience;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210";

/// A file with these callers, and the secrets `one` and `two` beside it.
fn file(folder: &Path, callers: &str) -> PathBuf {
    fs::write(folder.join("one"), format!("{SECRET}\n")).unwrap();
    fs::write(folder.join("two"), OTHER).unwrap();
    fs::write(folder.join("short"), "short").unwrap();
    let path = folder.join("hooks.toml");
    fs::write(&path, callers).unwrap();
    path
}

/// A workspace on a port of its own, and two callers about its people.
async fn open(folder: &Path) -> (Local, PathBuf) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let hooks = file(
        folder,
        &format!(
            r#"
            [[hook]]
            name = "script"
            shape = "auth0"
            issuer = "http://127.0.0.1:{port}"
            tenant = {{ from = "audience", is = "https://api.northwind.example/t/{{tenant}}" }}
            without_tenant = "leave"
            bearer = ["one", "two"]
            stale_for = 600

            [[hook]]
            name = "signs"
            shape = "generic"
            issuer = "http://127.0.0.1:{port}"
            tenant = {{ from = "tenant", is = "{{tenant}}" }}
            tenants = {{ "org_1" = "acme" }}
            hmac = ["two"]
            claims = {{ roles = "https://northwind.example/roles" }}
            budget = 600
            "#
        ),
    );
    let workspace = folder.join("workspace");
    let options =
        LocalOptions { port: Some(port), hooks: Some(hooks.clone()), ..LocalOptions::new(workspace) };
    (local::start(options, Arc::new(SystemClock)).await.unwrap(), hooks)
}

async fn ask(local: &Local, secret: &str, question: &Value) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.post(format!("{}/v1/hooks/script", local.directory)).bearer_auth(secret).json(question);
    let answer = answer.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_provider_of_the_file_asks_about_the_workspaces_people() {
    let folder = tempfile::tempdir().unwrap();
    let (local, hooks) = open(folder.path()).await;
    let ada = crate::browser::claims(&crate::browser::Person::sign_in(&local, local::FIRST_PERSON).await.own)
        ["sub"]
        .clone();
    let question = json!({ "subject": ada, "client": "app", "audience": audience("acme") });
    for secret in [SECRET, OTHER] {
        let (status, answer) = ask(&local, secret, &question).await;
        assert_eq!((status, &answer["claims"]["https://keyward.dev/claims/roles"]), (200, &json!(["owner"])));
    }
    assert_eq!(ask(&local, &SECRET.repeat(2), &question).await.0, 401);
    let own =
        json!({ "subject": ada, "client": "app", "audience": "https://api.northwind.example/directory" });
    assert_eq!(ask(&local, SECRET, &own).await, (200, json!({ "claims": {} })));

    let drill = |name: &str, file: &Path| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_keywardd"));
        program.args(["hook", "drill", name, "--at", &local.directory, "--hooks"]).arg(file);
        let output = tokio::task::spawn_blocking(move || program.output().unwrap());
        async {
            let output = output.await.unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            (output.status.success(), text(output.stdout), text(output.stderr))
        }
    };
    let (good, says, _) = drill("script", &hooks).await;
    assert!(good && says.contains("up to 600 s old") && says.contains("1 questions, the oldest"), "{says}");
    let (good, says, _) = drill("signs", &hooks).await;
    assert!(good, "a signature over nothing is one too");
    assert_eq!(says, "Were the store away, signs is told not to issue for any tenant.\n");
    fs::write(folder.path().join("two"), SECRET).unwrap();
    let (good, _, error) = drill("signs", &hooks).await;
    assert!(!good && error.contains("another secret") && !error.contains(SECRET), "{error}");
    let (good, _, error) = drill("nobody", &hooks).await;
    assert!(!good && error.contains("nobody"), "{error}");
    local.stop().await;
}

fn read(folder: &Path, callers: &str) -> Result<(), Error> {
    HookFile::read(&file(folder, callers), Arc::new(SystemClock))?.hooks("").map(drop)
}

#[test]
fn a_mistake_in_the_file_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let good = r#"[[hook]]
name = "okta"
shape = "okta"
issuer = "https://northwind.okta.com"
tenant = { from = "issuer", is = "https://northwind.okta.com/oauth2/{tenant}" }
bearer = ["one"]
"#;
    read(folder.path(), good).unwrap();
    read(folder.path(), "").unwrap();
    let token = r#"token = { issuer = "https://login.example", keys = "https://login.example/keys", audience = "api://x", clients = ["c"] }"#;
    read(folder.path(), &good.replace(r#"bearer = ["one"]"#, token)).unwrap();
    for (from, to, named) in [
        ("okta\"\nshape", "Okta\"\nshape", &["line 2", "Okta"][..]),
        ("shape = \"okta\"", "shape = \"octa\"", &["line 3", "octa"]),
        ("issuer = \"https", "issuer = \"http", &["line 4", "issuer"]),
        ("\"issuer\", is", "\"isuer\", is", &["line 5", "isuer"]),
        ("{tenant}\"", "\"", &["line 5", "{tenant}"]),
        ("bearer", "barer", &["line 6", "barer"]),
        ("bearer = [\"one\"]", "", &["okta", "exactly one way"]),
        ("bearer = [\"one\"]", "bearer = [\"one\"]\nhmac = [\"two\"]", &["okta", "exactly one way"]),
        ("\"one\"", "\"none\"", &["okta", "none"]),
        ("\"one\"", "\"short\"", &["okta", "32 characters"]),
        ("\"one\"", "\"one\", \"two\", \"one\"", &["okta", "one takes"]),
        ("[\"one\"]", "[\"one\"]\nstale_for = 0", &["okta", "stale_for"]),
        ("[\"one\"]", "[\"one\"]\nclaims = { role = \"x\" }", &["line 7", "role"]),
        ("[\"one\"]", "[\"one\"]\nclaims = { roles = \"sub\" }", &["okta", "\"sub\""]),
        (
            "bearer = [\"one\"]",
            &token.replace("https://login.example/keys", "http://login.example/keys"),
            &["keys"],
        ),
    ] {
        let error = read(folder.path(), &good.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.code, ErrorCode::ConfigInvalid, "{error}");
        assert!(named.iter().all(|text| error.message.contains(text)), "{error} should name {named:?}");
    }
    let missing = HookFile::read(&folder.path().join("nothing.toml"), Arc::new(SystemClock)).unwrap_err();
    assert!(
        missing.code == ErrorCode::ConfigInvalid && missing.message.contains("nothing.toml"),
        "{missing}"
    );
}
