//! `keywardd admin`: a directory is begun, and put right, from a shell. Each on both engines.

use std::{fs, path::Path, process::Output, sync::Arc};

use keyward_directory::{Database, Directory};
use keyward_model::{EmailAddress, Subject, SystemClock, VerifiedEmail};
use serde_json::{Value, json};

use crate::{
    cluster::Cluster,
    founded::{found, keywardd},
    issuer::TestIssuer,
    serving::{Serving, trusts},
};

/// A folder with a configuration that names an empty database, once for each engine that is here.
async fn on_both_engines<F: Future<Output = ()>>(
    test: impl Fn(TestIssuer, tempfile::TempDir, Database) -> F,
) {
    for engine in ["sqlite", "postgres"] {
        let issuer = TestIssuer::start().await;
        let folder = tempfile::tempdir().unwrap();
        let address = match engine {
            "sqlite" => folder.path().join("directory.db").to_str().unwrap().to_owned(),
            _ => {
                let address =
                    || Cluster::shared().map(|cluster| cluster.address("keyward", &cluster.database()));
                let Some(address) = blocking(address).await else { return };
                address
            }
        };
        fs::write(folder.path().join("db.secret"), &address).unwrap();
        let config = format!("db_file = \"db.secret\"\n{}", trusts(&issuer));
        fs::write(folder.path().join("keywardd.toml"), config).unwrap();
        test(issuer, folder, address.parse().unwrap()).await;
    }
}

/// Works where PostgreSQL's client may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn admin(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = keywardd(folder).arg("admin").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

const FOUND: [&str; 7] =
    ["found", "--tenant", "acme", "--name", "Acme & Söhne", "--admin-email", "Ada@Acme.example"];

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_founded_and_its_first_admin_comes_in_and_edits() {
    on_both_engines(async |issuer, folder, database| {
        let (code, said, error) = admin(folder.path(), &FOUND);
        assert_eq!(code, Some(0), "{error}");
        assert!(said.contains("Acme & Söhne (acme) is founded") && said.contains(&issuer.origin), "{said}");
        let (code, said, _) = admin(folder.path(), &["check"]);
        assert_eq!(code, Some(0), "who is awaited is no fault");
        assert!(said.contains("until Ada@Acme.example has signed in") && said.contains("all is well"), "{said}");

        let (there, known) = (database.clone(), issuer.issuer());
        blocking(move || {
            let directory = Directory::open(&there, Arc::new(SystemClock)).unwrap();
            let email = VerifiedEmail::vouched(EmailAddress::new("ada@acme.example").unwrap());
            assert!(directory.arrive(&known, &Subject::new("sub-ada").unwrap(), &email).unwrap());
        })
        .await;
        let (_, said, _) = admin(folder.path(), &["tenants"]);
        assert_eq!(said, "acme\tAcme & Söhne\tproduction\t1 people\t1 admins\n");
        let (_, said, _) = admin(folder.path(), &["check"]);
        assert_eq!(said, "1 tenants and 2 entries of their audits were looked at: all is well.\n");

        let serving = Serving::start(folder.path(), &[]);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let token = issuer.token("sub-ada", &json!({ "aud": "https://api.example/t/acme" }));
        let plans = format!("{}/v1/tenants/acme/plans", serving.origin);
        let wish = json!({ "changes": [{ "kind": "add", "email": "ben@acme.example", "name": "Ben", "roles": ["viewer"] }] });
        let plan = http.post(&plans).bearer_auth(&token).json(&wish).send().await.unwrap();
        assert_eq!(plan.status(), 201);
        let plan: Value = plan.json().await.unwrap();
        let apply = format!("{plans}/{}/apply", plan["id"].as_str().unwrap());
        assert_eq!(http.post(apply).bearer_auth(&token).send().await.unwrap().status(), 200);
        assert!(serving.stop().success());
        let (_, said, _) = admin(folder.path(), &["people", "acme"]);
        assert_eq!(said, "Ada@Acme.example\tAda@Acme.example\tadmin\nben@acme.example\tBen\tviewer\tinvited\n");

        let (code, _, error) = admin(folder.path(), &FOUND);
        assert!(code == Some(1) && error.contains("acme already") && error.contains("admin grant"), "{error}");
        let second = ["found", "--tenant", "globex", "--name", "Globex", "--admin-email", "ada@acme.example", "--sandbox"];
        assert_eq!(admin(folder.path(), &second).0, Some(0), "whoever is known is no second person");
        let (_, said, _) = admin(folder.path(), &["tenants"]);
        assert!(said.contains("globex\tGlobex\tsandbox\t1 people\t1 admins"), "{said}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_locked_out_is_let_in_again_and_the_audit_says_by_whom() {
    on_both_engines(async |issuer, folder, database| {
        let (there, known) = (database.clone(), issuer.issuer());
        blocking(move || found(&there, &known, &[("ben", &known)])).await;
        let (code, said, error) = admin(folder.path(), &["grant", "acme", "BEN@acme.example", "admin"]);
        assert_eq!(code, Some(0), "{error}");
        assert!(said.contains("holds admin in acme; entry 1") && !said.contains("first sign-in"), "{said}");

        let export = keywardd(folder.path())
            .args(["audit", "export", "--tenant", "acme", "--db", database_text(folder.path()).as_str()])
            .output()
            .unwrap();
        let lines = String::from_utf8(export.stdout).unwrap();
        let entry: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
        assert_eq!(
            (&entry["actor"], &entry["changes"][0]["gained"]),
            (&json!("command-line"), &json!(["admin"]))
        );

        let serving = Serving::start(folder.path(), &[]);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let get = async |path: &str| {
            let token = issuer.token("sub-ben", &json!({ "aud": "https://api.example/t/acme" }));
            let answer = http.get(format!("{}/v1/tenants/acme/{path}", serving.origin)).bearer_auth(token);
            answer.send().await.unwrap().json::<Value>().await.unwrap()
        };
        let audit = get("audit").await;
        assert_eq!(audit["entries"][0]["actor"]["name"], "keywardd, on the command line", "{audit}");
        let people = get("people").await;
        assert_eq!(people["total"], 2, "it is in no tenant: {people}");
        assert!(serving.stop().success());

        for (arguments, named) in [
            (&["grant", "acme", "ben@acme.example", "admin"][..], &["already"][..]),
            (&["grant", "acme", "ben@acme.example", "wizard"], &["wizard", "admin, viewer, editor"]),
            (&["grant", "globex", "ben@acme.example", "admin"], &["globex", "admin tenants"]),
            (&["people", "globex"], &["globex", "admin tenants"]),
        ] {
            let (code, said, error) = admin(folder.path(), arguments);
            assert_eq!((code, said.as_str()), (Some(1), ""), "{arguments:?}");
            assert!(named.iter().all(|word| error.contains(word)), "{error} names {named:?}");
        }
        let (code, said, _) = admin(folder.path(), &["grant", "acme", "new@acme.example", "viewer"]);
        assert!(
            code == Some(0) && said.contains("first sign-in"),
            "the one issuer of the file invites: {said}"
        );
        let db = database_text(folder.path());
        fs::remove_file(folder.path().join("keywardd.toml")).unwrap();
        let (code, _, error) =
            admin(folder.path(), &["grant", "acme", "x@acme.example", "viewer", "--db", &db]);
        assert!(code == Some(1) && error.contains("--issuer"), "{error}");
        let (code, _, error) = admin(folder.path(), &["check"]);
        assert!(code == Some(1) && error.contains("--db URL"), "{error}");
        assert_eq!(admin(folder.path(), &["check", "--db", &db]).0, Some(0));
        assert_eq!(admin(folder.path(), &["chek"]).0, Some(2));
    })
    .await;
}

fn database_text(folder: &Path) -> String {
    fs::read_to_string(folder.join("db.secret")).unwrap()
}

/// Rows that the directory would never write, one fault at a time.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_directory_is_named() {
    for (sql, named) in [
        ("UPDATE audit SET reason = 'x' WHERE number = 1", "entry 1 of the audit"),
        ("DELETE FROM audit WHERE number = 1", "entry 1 of the audit, or its hash, is missing"),
        ("DELETE FROM assignments WHERE role = 'admin'", "now nobody can edit its roles. Give somebody"),
        ("UPDATE assignments SET ends_at = 4000000000 WHERE role = 'admin'", "from a moment on"),
        ("DELETE FROM memberships", "assignments are of somebody who is not in it"),
        ("DELETE FROM roles WHERE id = 'viewer'", "assignments are of a role that it does not have"),
    ] {
        let issuer = TestIssuer::start().await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("directory.db");
        found(&Database::file(&file), &issuer.issuer(), &[("ben", &issuer.issuer())]);
        for role in ["viewer", "editor"] {
            let granted =
                admin(folder.path(), &["grant", "acme", "ben@acme.example", role, "--db", "directory.db"]);
            assert_eq!(granted.0, Some(0), "{}", granted.2);
        }
        let rows = rusqlite::Connection::open(&file).unwrap();
        unguarded(&rows).execute_batch(sql).unwrap();
        drop(rows);
        let (code, said, error) = admin(folder.path(), &["check", "--db", "directory.db"]);
        assert_eq!(code, Some(1), "{sql}: {said} {error}");
        assert!((said + &error).contains(named), "{sql}: names {named}: {error}");
    }
}

/// The rows without what keeps them as they must be.
fn unguarded(rows: &rusqlite::Connection) -> &rusqlite::Connection {
    rows.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let mut triggers = rows.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").unwrap();
    let names: Vec<String> = triggers.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    names.iter().for_each(|name| rows.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
    rows
}
