//! What the workspace keeps between starts, and what stands in its way.

use std::{fs, net::TcpListener, sync::Arc};

use keyward_model::{ErrorCode, SystemClock};
use keyward_server::local::{self, FIRST_PERSON, Local, LocalOptions};
use serde_json::json;

use crate::browser::{Person, claims, open};

async fn start(options: LocalOptions) -> keyward_model::Result<Local> {
    local::start(options, Arc::new(SystemClock)).await
}

#[tokio::test]
async fn a_restart_keeps_port_session_and_roles() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path()).await;
    let issuer = local.issuer.clone();
    let mut ada = Person::sign_in(&local, FIRST_PERSON).await;
    let token = ada.switch("acme").await.unwrap();
    let wish = json!({ "changes": [{ "kind": "give", "person": "ada", "role": "support" }] });
    let plan = ada.post("/v1/tenants/acme/plans", &token, &wish).await.1;
    let path = format!("/v1/tenants/acme/plans/{}/apply", plan["id"].as_str().unwrap());
    assert_eq!(ada.post(&path, &token, &json!(null)).await.0, 200);
    local.stop().await;

    let local = open(folder.path()).await;
    assert_eq!(local.issuer, issuer, "the keychain entry hangs on the issuer's name");
    let mut ada = ada.at(&local);
    let token = ada.switch("acme").await.unwrap();
    assert_eq!(claims(&token)["https://keyward.dev/claims/roles"], json!(["owner", "support"]));
    assert_eq!(ada.get("/v1/tenants/acme", &token).await.0, 200);
}

#[tokio::test]
async fn a_taken_port_is_named_and_another_is_taken_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path()).await;
    let issuer = local.issuer.clone();
    let port: u16 = issuer.as_str().rsplit_once(':').unwrap().1.parse().unwrap();
    local.stop().await;

    let other = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let error = start(LocalOptions::new(folder.path())).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::PortInUse, "{error}");
    assert!(error.message.contains(&port.to_string()), "{error}");

    let moved = LocalOptions { start_elsewhere: true, ..LocalOptions::new(folder.path()) };
    let local = start(moved).await.unwrap();
    assert_ne!(local.issuer, issuer);
    let mut ada = Person::sign_in(&local, FIRST_PERSON).await;
    ada.switch("acme").await.unwrap();
    let moved_to = local.issuer.clone();
    local.stop().await;
    drop(other);
    assert_eq!(open(folder.path()).await.issuer, moved_to, "it stays where it went");
}

#[tokio::test]
async fn a_named_port_is_used_or_named_as_taken() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let asked = LocalOptions { port: Some(port), start_elsewhere: true, ..LocalOptions::new(folder.path()) };
    let error = start(asked.clone()).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::PortInUse, "a port asked for by name is that one or none");
    assert!(error.message.contains(&port.to_string()), "{error}");
    drop(taken);
    let local = start(asked).await.unwrap();
    assert_eq!(local.issuer.as_str(), format!("http://127.0.0.1:{port}"));
}

#[tokio::test]
async fn fresh_begins_anew_and_removes_only_its_own_files() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path()).await;
    fs::write(folder.path().join("diary.txt"), "mine").unwrap();
    let mut ada = Person::sign_in(&local, FIRST_PERSON).await;
    let token = ada.switch("acme").await.unwrap();
    let wish = json!({ "changes": [{ "kind": "give", "person": "ada", "role": "support" }] });
    let plan = ada.post("/v1/tenants/acme/plans", &token, &wish).await.1;
    let path = format!("/v1/tenants/acme/plans/{}/apply", plan["id"].as_str().unwrap());
    ada.post(&path, &token, &json!(null)).await;
    local.stop().await;

    let fresh = LocalOptions { fresh: true, ..LocalOptions::new(folder.path()) };
    let local = start(fresh).await.unwrap();
    let mut again = Person::sign_in(&local, FIRST_PERSON).await;
    let token = again.switch("acme").await.unwrap();
    assert_eq!(claims(&token)["https://keyward.dev/claims/roles"], json!(["owner"]));
    assert!(ada.at(&local).switch("acme").await.is_err(), "sessions of before are over");
    assert_eq!(fs::read_to_string(folder.path().join("diary.txt")).unwrap(), "mine");
}

#[tokio::test]
async fn a_folder_is_one_workspaces_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(folder.path()).await;
    for fresh in [false, true] {
        let second = LocalOptions { start_elsewhere: true, fresh, ..LocalOptions::new(folder.path()) };
        let error = start(second).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::PortInUse);
        assert!(error.message.contains("open already"), "{error}");
    }
}

#[tokio::test]
async fn a_damaged_file_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.stop().await;
    for (file, text, code) in [
        ("local.json", "{\n  \"prot\": 1\n}", ErrorCode::ConfigInvalid),
        ("local.json", "{\"port\": 0}", ErrorCode::ConfigInvalid),
        (
            "directory.db",
            "not a database, by far, and long enough to be read as one",
            ErrorCode::StorageCorrupt,
        ),
    ] {
        let path = folder.path().join(file);
        let before = fs::read(&path).unwrap();
        fs::write(&path, text).unwrap();
        let error = start(LocalOptions::new(folder.path())).await.err().unwrap();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(file), "{error}");
        assert!(
            !text.contains("prot") || error.message.contains("`prot`") && error.message.contains("line 2")
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        fs::write(&path, before).unwrap();
    }
    open(folder.path()).await;
}

#[tokio::test]
async fn a_founding_broken_off_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("directory.db.new"), "half a company").unwrap();
    let local = open(folder.path()).await;
    Person::sign_in(&local, FIRST_PERSON).await;
    assert!(!folder.path().join("directory.db.new").exists());
}

#[tokio::test]
async fn a_log_left_by_a_directory_that_was_moved_away_is_not_replayed_into_the_next() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let other = open(elsewhere.path()).await;
    let mut ada = Person::sign_in(&other, FIRST_PERSON).await;
    let token = ada.switch("acme").await.unwrap();
    let wish = json!({ "changes": [{ "kind": "give", "person": "ada", "role": "support" }] });
    let plan = ada.post("/v1/tenants/acme/plans", &token, &wish).await.1;
    let path = format!("/v1/tenants/acme/plans/{}/apply", plan["id"].as_str().unwrap());
    assert_eq!(ada.post(&path, &token, &json!(null)).await.0, 200);

    open(folder.path()).await.stop().await;
    fs::remove_file(folder.path().join("directory.db")).unwrap();
    let log = elsewhere.path().join("directory.db-wal");
    assert!(fs::copy(log, folder.path().join("directory.db-wal")).unwrap() > 0);
    let local = open(folder.path()).await;
    let mut ada = Person::sign_in(&local, FIRST_PERSON).await;
    let token = ada.switch("acme").await.unwrap();
    assert_eq!(claims(&token)["https://keyward.dev/claims/roles"], json!(["owner"]));
}

#[tokio::test]
async fn a_directory_that_holds_nobody_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.stop().await;
    let file = folder.path().join("directory.db");
    let refused = async || {
        let before = fs::read(&file).unwrap();
        let error = start(LocalOptions::new(folder.path())).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::StorageCorrupt, "{error}");
        assert!(error.message.contains("directory.db is empty"), "{error}");
        assert!(fs::read(&file).unwrap() == before);
    };
    fs::write(&file, "").unwrap();
    refused().await;
    fs::remove_file(&file).unwrap();
    drop(
        keyward_directory::Directory::open(&keyward_directory::Database::file(&file), Arc::new(SystemClock))
            .unwrap(),
    );
    refused().await;
    fs::remove_file(&file).unwrap();
    open(folder.path()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_look_into_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a/b");
    let local = open(&inner).await;
    let mode = || fs::metadata(&inner).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o700);
    local.stop().await;
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
    let _local = open(&inner).await;
    assert_eq!(mode(), 0o700, "closed again");
}

#[tokio::test]
async fn a_folder_with_other_things_in_it_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("diary.txt"), "mine").unwrap();
    #[cfg(unix)]
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let before = fs::metadata(folder.path()).unwrap().permissions();
    for fresh in [false, true] {
        let options = LocalOptions { fresh, ..LocalOptions::new(folder.path()) };
        let error = start(options).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::ConfigInvalid, "{error}");
        assert!(error.message.contains("other things"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was put there");
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions(), before);
    }
}

#[tokio::test]
async fn no_other_address_than_loopback_answers() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path()).await;
    let port: u16 = local.issuer.as_str().rsplit_once(':').unwrap().1.parse().unwrap();
    // Were it bound to every address, this one would be taken.
    let other = TcpListener::bind(("127.0.0.2", port));
    assert!(other.is_ok() || cfg!(not(target_os = "linux")), "{other:?}");
}
