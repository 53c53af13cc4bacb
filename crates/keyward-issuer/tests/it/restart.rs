//! The file that refresh tokens are kept in.

use keyward_issuer::Store;
use reqwest::StatusCode;

use crate::world::{World, text};

#[tokio::test]
async fn a_refresh_token_outlives_a_restart_and_is_nowhere_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::File(folder.path().join("issuer.db"));
    let before = World::with(store.clone(), |_| ()).await;
    let tokens = before.signed_in(&[]).await;
    let (_, next) = before.refresh(text(&tokens, "refresh_token"), &[]).await;

    let after = World::with(store, |_| ()).await;
    let (status, last) = after.refresh(text(&next, "refresh_token"), &[]).await;
    assert_eq!(status, StatusCode::OK, "{last}");
    let (_, answer) = after.refresh(text(&tokens, "refresh_token"), &[]).await;
    assert!(text(&answer, "error_description").contains("used before"), "reuse is noticed across a restart");
    let (_, answer) = before.refresh(text(&last, "refresh_token"), &[]).await;
    assert!(text(&answer, "error_description").contains("revoked"), "and known to every process");

    let secrets = ["access_token", "id_token", "refresh_token"].map(|name| text(&last, name).to_owned());
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a token stands in {}", path.display());
        }
    }
}

#[tokio::test]
async fn a_store_that_fails_is_an_answer_and_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issuer.db");
    let world = World::with(Store::File(path.clone()), |_| ()).await;
    let tokens = world.signed_in(&[]).await;
    let broken = "CREATE TRIGGER broken BEFORE INSERT ON link BEGIN SELECT RAISE(FAIL, 'broken'); END";
    let beside = rusqlite::Connection::open(&path).unwrap();
    beside.execute_batch(broken).unwrap();
    let (status, answer) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    assert_eq!((status.as_u16(), text(&answer, "error")), (500, "server_error"));
    assert!(!answer.to_string().contains("issuer.db"), "where files are is nobody's business");
    beside.execute_batch("DROP TRIGGER broken").unwrap();
    let (status, _) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    assert_eq!(status, StatusCode::OK, "nothing of the failed rotation was kept");
}
