//! Many processes share one account, and its tokens run out all the time: no session may be lost by it. This is
//! the short form; `cargo xtask bench storm` is the whole one, on a real keyring and beside a peer.

use std::{sync::Arc, time::Duration};

use keyward_tests::{
    provider::oidc_provider::{self, Answer, Counts, Fault, OidcProvider, Options, Strikes},
    storm::{Kills, MORE_TENANTS, Storm, Weather, keyward, tenants, words::Keychain},
};
use tempfile::TempDir;
use tokio::process::Command;

const PROCESSES: usize = 12;
const EXPIRIES: usize = 150;
/// Storms at most until a process dies between two links.
const ROUNDS: usize = 5;
/// Longer than any of this takes.
const GRACE: Duration = Duration::from_secs(600);
const KILLS: Option<Kills> = Some(Kills { one_in: 4, seed: 8707 });

/// Processes whose person has signed in, at a provider with this grace period.
async fn storm(grace: Duration) -> Option<(Arc<OidcProvider>, Storm, TempDir)> {
    let options = Options { algorithm: "ES256", grace, more_tenants: MORE_TENANTS, ..Options::default() };
    let provider = Arc::new(oidc_provider::start(&options).await?);
    let shared = TempDir::with_prefix("keyward-storm-").unwrap();
    let secrets = shared.path().join("secrets");
    std::fs::create_dir(&secrets).unwrap();
    let command = || Command::new(env!("CARGO_BIN_EXE_storm-worker"));
    let program = keyward(&provider, command, shared.path(), Keychain::Folder(secrets));
    let mut storm = Storm::start(provider.clone(), program, tenants(), PROCESSES).await;
    storm.sign_in().await;
    Some((provider, storm, shared))
}

fn lost_sessions(counts: &Counts) -> (u64, Option<&u64>) {
    (counts.families_revoked_for_reuse, counts.refused.get("invalid_grant"))
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_every_expiry_costs_one_exchange_and_no_session_is_lost() {
    let Some((provider, mut storm, _shared)) = storm(Duration::ZERO).await else { return };
    let tally = storm.expire(EXPIRIES, Weather::default()).await;
    assert!(tally.is_calm(EXPIRIES as u64), "{tally:?}");
    assert_eq!(tally.unanswered, 0, "{tally:?}");
    let counts = provider.counts().await;
    assert_eq!((counts.refreshes, counts.spent), (EXPIRIES as u64, EXPIRIES as u64), "{counts:?}");
    assert_eq!(counts.token_requests, EXPIRIES as u64 + 1, "the code was exchanged too");
    assert_eq!(lost_sessions(&counts), (0, None));
    let eighth = (EXPIRIES / tenants().len()) as u64;
    for tenant in tenants() {
        let issued = counts.issued[tenant.as_str()];
        assert!(issued == eighth || issued == eighth + 1, "{tenant}: {issued}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_killed_between_two_links_lose_no_session_within_the_grace() {
    let Some((provider, mut storm, _shared)) = storm(GRACE).await else { return };
    let (mut served, mut killed_asking) = (0, 0);
    // Whether one dies just then is chance, and a busy machine's turn of it may be a bad one.
    for _ in 0..ROUNDS {
        let tally = storm.expire(EXPIRIES, Weather { kills: KILLS, ..Weather::default() }).await;
        assert!(tally.is_calm(EXPIRIES as u64), "{tally:?}");
        assert!(tally.killed > 0, "{tally:?}");
        served += tally.served;
        killed_asking += tally.killed_asking;
        if provider.counts().await.spent_again_in_grace > 0 {
            break;
        }
    }
    let counts = provider.counts().await;
    assert_eq!(lost_sessions(&counts), (0, None));
    assert!(counts.spent_again_in_grace > 0, "some died with the next link in hand: {counts:?}");
    let more = counts.spent - served;
    assert!(more <= killed_asking, "only who dies asking costs an exchange: {counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_lost_after_rotation_lose_no_session_within_the_grace() {
    let Some((provider, mut storm, _shared)) = storm(GRACE).await else { return };
    let strikes = Strikes::Chance(0.15, 8707);
    provider.misbehave(Fault { strikes, after: true, answer: Answer::Broken }).await;
    let tally = storm.expire(EXPIRIES, Weather::default()).await;
    assert!(tally.is_calm(EXPIRIES as u64), "{tally:?}");
    let counts = provider.counts().await;
    assert_eq!(lost_sessions(&counts), (0, None));
    assert!(counts.faults > 0, "{counts:?}");
    assert_eq!(counts.spent, tally.served + counts.faults, "each lost answer is asked for once more");
}

/// What "one prompt" means: after the one refusal no process presents a link again, however often its tokens
/// run out; and the person's one sign-in is enough for all of them.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_grace_a_lost_answer_parks_the_account_once_and_never_loops() {
    let Some((provider, mut storm, _shared)) = storm(Duration::ZERO).await else { return };
    let before = storm.expire(EXPIRIES / 5, Weather::default()).await;
    assert!(before.is_calm(EXPIRIES as u64 / 5), "{before:?}");
    let strikes = Strikes::Times(1);
    provider.misbehave(Fault { strikes, after: true, answer: Answer::Broken }).await;
    let tally = storm.expire(EXPIRIES, Weather::default()).await;
    assert_eq!((tally.served, tally.ended.len(), &tally.failed), (0, EXPIRIES, &vec![]), "{tally:?}");
    let heard = tally.ended.iter().filter(|words| words.contains("after an answer was lost"));
    assert_eq!(heard.count(), 1, "one process hears it from the provider: {:?}", tally.ended);
    let counts = provider.counts().await;
    assert_eq!(lost_sessions(&counts), (1, Some(&1)));
    let good = before.served + 1;
    assert_eq!(counts.token_requests, good + 2, "then the lost one, and the one that was refused");

    let parked = storm.expire_everywhere().await;
    assert_eq!((parked.served, parked.ended.len()), (0, PROCESSES), "{parked:?}");
    let elsewhere = |words: &String| words.contains("has found this session ended");
    assert!(parked.ended.iter().all(elsewhere), "the others are told why: {:?}", parked.ended);
    assert_eq!(provider.counts().await, counts, "nothing is asked of the provider any more");

    storm.sign_in().await;
    let after = storm.expire_everywhere().await;
    assert!(after.is_calm(PROCESSES as u64), "{after:?}");
    assert_eq!(provider.counts().await.sign_ins, 2);
}

/// As above, with the next link lost by the death of whoever had it. Who dies after that, no matter where, changes
/// nothing.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_grace_a_kill_between_two_links_parks_the_account_once_and_never_loops() {
    let Some((provider, mut storm, _shared)) = storm(Duration::ZERO).await else { return };
    let tally = storm.expire(EXPIRIES, Weather { kills: KILLS, ..Weather::default() }).await;
    assert!(!tally.ended.is_empty() && tally.failed.is_empty(), "one dies with a link in hand: {tally:?}");
    assert_eq!(tally.served + tally.ended.len() as u64, EXPIRIES as u64, "{tally:?}");
    let counts = provider.counts().await;
    assert_eq!(counts.families_revoked_for_reuse, 1, "{counts:?} {tally:?}");
    let in_vain = counts.token_requests - counts.sign_ins - tally.served;
    assert!(in_vain <= 1 + tally.killed_asking, "one hears of it, and no other asks: {counts:?} {tally:?}");

    let parked = storm.expire_everywhere().await;
    assert_eq!((parked.served, parked.ended.len()), (0, PROCESSES), "{parked:?}");
    assert_eq!(provider.counts().await, counts, "nothing is asked of the provider any more");

    storm.sign_in().await;
    let after = storm.expire_everywhere().await;
    assert!(after.is_calm(PROCESSES as u64), "{after:?}");
    assert_eq!(provider.counts().await.sign_ins, 2);
}
