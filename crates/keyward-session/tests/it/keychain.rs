//! The keychain over a store that is small, slow, forgetful or gone.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use keyward_model::{ClientId, Issuer, Subject, TenantId};
use keyward_session::{
    AccountKey, ChainKey, RefreshToken,
    keychain::{Answer, Encoding, Keychain, KeychainFault, KeychainState, Limit, StoreKeychain},
};

use crate::scripted::{Mood, Scripted};

/// Windows Credential Manager.
const WINDOWS: Limit = Limit { bytes: 2560, encoding: Encoding::Utf16 };
/// Room for a header and no more.
const SMALL: Limit = Limit { bytes: 200, encoding: Encoding::Utf8 };

fn chain(subject: &str) -> ChainKey {
    AccountKey {
        issuer: Issuer::new("https://id.example").unwrap(),
        client: ClientId::new("keyward").unwrap(),
        subject: Subject::new(subject).unwrap(),
    }
    .into()
}

/// A token of this length, told from others by its first letters.
fn token(beginning: &str, length: usize) -> String {
    let rest = ('a'..='z').cycle();
    beginning.chars().chain(rest).take(length).collect()
}

fn over(store: &Arc<Scripted>) -> StoreKeychain {
    StoreKeychain::new(store.clone())
}

async fn write(keychain: &StoreKeychain, chain: &ChainKey, text: &str) -> Result<(), KeychainFault> {
    keychain.write(chain, &RefreshToken::new(text)).await
}

async fn read(keychain: &StoreKeychain, chain: &ChainKey) -> Result<Option<String>, KeychainFault> {
    Ok(keychain.read(chain).await?.map(|token| token.expose().to_owned()))
}

#[tokio::test]
async fn a_token_that_fits_is_one_plain_entry_that_earlier_versions_read() {
    let store = Arc::new(Scripted::default());
    store.takes_at_once(WINDOWS);
    let (keychain, ada) = (over(&store), chain("ada"));
    let text = token("", 1280);
    write(&keychain, &ada, &text).await.unwrap();
    assert_eq!(store.secrets().get(&ada.entry()), Some(&text));
    assert_eq!(store.names().len(), 1);
}

#[tokio::test]
async fn a_token_over_the_limit_comes_back_whole_and_leaves_nothing() {
    let store = Arc::new(Scripted::default());
    store.takes_at_once(WINDOWS);
    let (keychain, ada) = (over(&store), chain("ada"));
    for length in [1281, 2560, 10_000, 1300] {
        let text = token("", length);
        write(&keychain, &ada, &text).await.unwrap();
        assert_eq!(read(&keychain, &ada).await.unwrap(), Some(text), "{length}");
        assert_eq!(store.names().len(), length.div_ceil(1280) + 1, "the header, its parts and no others");
    }
    write(&keychain, &ada, "short").await.unwrap();
    assert_eq!(store.holds(), ["short"], "the parts went with the long one");
    write(&keychain, &ada, &token("", 5000)).await.unwrap();
    keychain.delete(&ada).await.unwrap();
    assert!(store.names().is_empty());
    assert_eq!(read(&keychain, &ada).await, Ok(None));
}

#[tokio::test]
async fn parts_of_a_tenants_own_chain_are_not_its_accounts() {
    let store = Arc::new(Scripted::default());
    store.takes_at_once(SMALL);
    let (keychain, ada) = (over(&store), chain("ada"));
    let bound = ChainKey { bound_to: Some(TenantId::new("acme").unwrap()), ..ada.clone() };
    write(&keychain, &bound, &token("bound", 500)).await.unwrap();
    write(&keychain, &ada, &token("ada", 500)).await.unwrap();
    keychain.delete(&ada).await.unwrap();
    assert_eq!(read(&keychain, &bound).await.unwrap(), Some(token("bound", 500)));
}

#[tokio::test]
async fn a_write_that_breaks_off_anywhere_leaves_the_old_token_or_the_new_one() {
    for (old, new) in [(500, 700), (500, 50), (50, 500)] {
        let (old, new) = (token("old", old), token("new", new));
        let mut broke_off = 0;
        for changes in 0.. {
            let store = Arc::new(Scripted::default());
            store.takes_at_once(SMALL);
            let ada = chain("ada");
            write(&over(&store), &ada, &old).await.unwrap();
            store.becomes(Mood::DiesAfter(changes));
            let outcome = write(&over(&store), &ada, &new).await;
            store.becomes(Mood::Willing);
            let there = read(&over(&store), &ada).await.unwrap().expect("never none");
            assert!(there == old || there == new, "after {changes} changes: {there}");
            if outcome.is_ok() {
                assert_eq!(there, new, "after {changes} changes");
            }
            let pieces = if new.len() > SMALL.bytes { new.len().div_ceil(SMALL.bytes) + 1 } else { 1 };
            let done = there == new && store.names().len() == pieces;
            // Whatever was left is swept by the next one.
            write(&over(&store), &ada, "next").await.unwrap();
            assert_eq!(store.holds(), ["next"], "after {changes} changes");
            if done {
                break;
            }
            broke_off += 1;
        }
        assert!(broke_off > 0, "at least the header must have been missed once");
    }
}

#[tokio::test]
async fn a_deletion_that_breaks_off_is_finished_by_the_next() {
    for changes in 0..4 {
        let store = Arc::new(Scripted::default());
        store.takes_at_once(SMALL);
        let ada = chain("ada");
        write(&over(&store), &ada, &token("", 500)).await.unwrap();
        store.becomes(Mood::DiesAfter(changes));
        over(&store).delete(&ada).await.unwrap_err();
        store.becomes(Mood::Willing);
        let there = read(&over(&store), &ada).await.expect("whole or gone, never broken");
        assert_eq!(there.is_some(), changes == 0);
        over(&store).delete(&ada).await.unwrap();
        assert!(store.names().is_empty(), "after {changes} changes");
    }
}

#[tokio::test]
async fn a_token_whose_parts_are_damaged_is_said_to_be_and_never_handed_out() {
    type Spoil = fn(&Scripted, &str);
    let spoilt: [(&str, Spoil); 5] = [
        ("part 2 of 3 is missing", |store, part| drop(store.secrets().remove(part))),
        ("490 of 500 bytes", |store, part| {
            store.secrets().entry(part.to_owned()).and_modify(|text| text.truncate(190));
        }),
        ("not those that were written", |store, part| {
            store.secrets().entry(part.to_owned()).and_modify(|text| text.replace_range(..1, "!"));
        }),
        ("header", |store, part| {
            let entry = part.split('#').next().unwrap().to_owned();
            store.secrets().entry(entry).and_modify(|text| text.truncate(30));
        }),
        ("part 1 of 3 is missing", |store, part| {
            let text = store.secrets().remove(&part.replace(".2", ".1")).unwrap();
            store.secrets().insert("another".to_owned(), text);
        }),
    ];
    for (words, spoil) in spoilt {
        let store = Arc::new(Scripted::default());
        store.takes_at_once(SMALL);
        let (keychain, ada) = (over(&store), chain("ada"));
        write(&keychain, &ada, &token("", 500)).await.unwrap();
        let part = store.names().into_iter().find(|name| name.ends_with(".2")).unwrap();
        spoil(&store, &part);
        let Err(KeychainFault::Damaged(what)) = read(&keychain, &ada).await else { panic!("{words}") };
        assert!(what.contains(words), "{what}");
        let place = keychain.place(&ada).await;
        assert_eq!((place.answer, place.fault), (Answer::Found, Some(what)), "it lies there, damaged");
        write(&keychain, &ada, &token("", 500)).await.expect("it can be written anew");
        assert!(read(&keychain, &ada).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_token_that_is_cut_short_is_not_left_to_be_taken_for_one() {
    let store = Arc::new(Scripted::default());
    let (keychain, ada) = (over(&store), chain("ada"));
    store.becomes(Mood::Truncating);
    let fault = write(&keychain, &ada, &token("", 40)).await.unwrap_err();
    assert_eq!(fault, KeychainFault::Damaged("it keeps 20 of 40 bytes".to_owned()));
    assert_eq!(read(&keychain, &ada).await, Ok(None));
}

#[tokio::test]
async fn the_four_answers_stay_four_and_say_where_the_secret_lies() {
    let store = Arc::new(Scripted::default());
    store.takes_at_once(SMALL);
    let (keychain, ada) = (over(&store), chain("ada"));
    let answer = |place: &keyward_session::keychain::SecretPlace| (place.answer, place.pieces);
    let place = keychain.place(&ada).await;
    assert_eq!(answer(&place), (Answer::NoEntry, 0));
    assert_eq!((place.store.as_str(), place.service.as_str()), ("Scripted", "dev.keyward.desktop"));
    assert_eq!(place.entry, ada.entry());
    write(&keychain, &ada, "short").await.unwrap();
    assert_eq!(answer(&keychain.place(&ada).await), (Answer::Found, 1));
    write(&keychain, &ada, &token("", 500)).await.unwrap();
    assert_eq!(answer(&keychain.place(&ada).await), (Answer::Found, 4), "a header and three parts");
    store.becomes(Mood::Locked);
    assert_eq!(answer(&keychain.place(&ada).await), (Answer::Locked, 0));
    store.becomes(Mood::Absent);
    assert_eq!(answer(&keychain.place(&ada).await), (Answer::Unavailable, 0));
}

#[tokio::test]
async fn the_self_test_says_which_way_a_keychain_is_broken_and_leaves_nothing() {
    let cases = [
        (Mood::Willing, KeychainState::Working, ""),
        (Mood::Locked, KeychainState::Locked, "scripted"),
        (Mood::PromptDismissed, KeychainState::Locked, "scripted"),
        (Mood::Absent, KeychainState::Unavailable, "scripted"),
        (Mood::Truncating, KeychainState::Broken, "it keeps 2048 of 4096 bytes"),
        (Mood::Losing, KeychainState::Broken, "nothing where something was written"),
        (Mood::WriteFails, KeychainState::Broken, "it is there and takes nothing"),
        (Mood::FailsAfterChange, KeychainState::Broken, "it reports a failure"),
        (Mood::Panicking, KeychainState::Unavailable, "broke off"),
    ];
    for (mood, state, words) in cases {
        let store = Arc::new(Scripted::default());
        store.becomes(mood);
        let health = over(&store).examine().await;
        assert_eq!(health.state, state, "{mood:?}: {health:?}");
        assert!(health.fault.clone().unwrap_or_default().contains(words), "{mood:?}: {health:?}");
        assert_eq!(health.fault.is_none(), state == KeychainState::Working, "{mood:?}");
        assert!(store.names().is_empty(), "{mood:?} leaves {:?}", store.names());
        assert_eq!(health.store, "Scripted");
    }
}

#[tokio::test]
async fn a_self_test_does_not_wait_for_ever() {
    let store = Arc::new(Scripted::default());
    let keychain = over(&store).with_patience(Duration::from_millis(50));
    store.becomes(Mood::Hanging);
    let health = keychain.examine().await;
    assert!(store.is_hanging(), "it was given up, not waited for");
    assert_eq!(health.state, KeychainState::Unavailable);
    store.becomes(Mood::Willing);
}

#[tokio::test]
async fn a_late_write_never_lands_over_a_newer_one() {
    let store = Arc::new(Scripted::default());
    let (keychain, ada) = (over(&store), chain("ada"));
    let hasty = keychain.clone().with_patience(Duration::from_millis(50));
    store.becomes(Mood::Hanging);
    let gave_up = |outcome| assert!(matches!(outcome, Err(KeychainFault::Unavailable(_))));
    for text in ["first", "second", "third"] {
        gave_up(write(&hasty, &ada, text).await);
    }
    let unknown = read(&hasty, &ada).await;
    assert!(unknown.is_err(), "what it holds is not known while the late write is under way: {unknown:?}");
    store.becomes(Mood::Willing);
    assert_eq!(read(&keychain, &ada).await.unwrap().as_deref(), Some("third"));
    assert_eq!(store.writes.load(Ordering::SeqCst), 2, "the second was overtaken before it began");
    write(&keychain, &ada, "fourth").await.unwrap();
    assert_eq!(store.holds(), ["fourth"]);
}

#[tokio::test]
async fn a_deletion_that_was_given_up_still_ends_what_was_written_before_it() {
    let store = Arc::new(Scripted::default());
    let (keychain, ada) = (over(&store), chain("ada"));
    let hasty = keychain.clone().with_patience(Duration::from_millis(50));
    store.becomes(Mood::Hanging);
    write(&hasty, &ada, "first").await.unwrap_err();
    hasty.delete(&ada).await.unwrap_err();
    store.becomes(Mood::Willing);
    assert_eq!(read(&keychain, &ada).await, Ok(None));
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_its_question_along_and_not_its_write() {
    let store = Arc::new(Scripted::default());
    let (keychain, ada) = (over(&store), chain("ada"));
    store.becomes(Mood::Hanging);
    let begun = tokio::spawn({
        let (keychain, ada) = (keychain.clone(), ada.clone());
        async move { write(&keychain, &ada, "first").await }
    });
    store.hangs().await;
    let mut behind = Box::pin(write(&keychain, &ada, "second"));
    assert!(futures_util::poll!(&mut behind).is_pending());
    drop(behind);
    begun.abort();
    assert!(begun.await.unwrap_err().is_cancelled());
    store.becomes(Mood::Willing);
    assert_eq!(read(&keychain, &ada).await.unwrap().as_deref(), Some("second"));
}

#[tokio::test]
async fn an_entry_that_hangs_holds_up_no_other_and_no_thread_of_the_callers() {
    let store = Arc::new(Scripted::default());
    let (keychain, ada, kim) = (over(&store), chain("ada"), chain("kim"));
    store.becomes(Mood::Hanging);
    // On this runtime's one thread: were it held, the other future would never be polled.
    let both = async {
        store.hangs().await;
        store.becomes(Mood::Locked);
    };
    let (one, two, ()) = tokio::join!(read(&keychain, &ada), read(&keychain, &kim), both);
    assert!(matches!((one, two), (Err(KeychainFault::Locked(_)), Err(KeychainFault::Locked(_)))));
}

#[tokio::test]
async fn a_fault_in_the_store_itself_is_one_answer_and_not_the_end() {
    let store = Arc::new(Scripted::default());
    let (keychain, ada) = (over(&store), chain("ada"));
    store.becomes(Mood::Panicking);
    assert!(matches!(read(&keychain, &ada).await, Err(KeychainFault::Unavailable(_))));
    store.becomes(Mood::Willing);
    assert_eq!(read(&keychain, &ada).await, Ok(None));
}
