//! What may go wrong with a keychain, against what a person does: signing in, refreshing, signing out. The
//! store is scripted; the keychain over it, the session and the service are real.
//!
//! In every cell: the window shows what the table says and goes on answering, the fault passes and nothing
//! is lost, and no file ever holds a token.

use std::{path::Path, sync::atomic::Ordering};

use keyward_model::{Error, ErrorCode, TenantId};
use keyward_session::{
    Kept, WindowView,
    keychain::{Encoding, Limit},
};

use crate::{
    scripted::Mood,
    world::{Running, WINDOW, World, another, northwind, tenant},
};

/// What is wrong with the keychain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The store is in this mood until it passes.
    Mood(Mood),
    /// It takes less than a refresh token at once, as Windows does.
    SizeCapped,
    /// Somebody takes the entry away.
    ItemVanished,
    /// Another Keyward of the same person does the same at the same moment.
    TwoWriters,
}

/// What the person sees of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Nothing: it works.
    Works,
    /// Nothing for as long as the store hangs; then it works.
    WorksLater,
    /// It works, and a notice says that the session could not be kept.
    Notice(ErrorCode),
    /// The keychain stands in the way, and the screen says how.
    Blocked(ErrorCode),
    /// What was asked for is refused, and the window stays as it was.
    Refused(ErrorCode),
    /// The session is over, and the window says why.
    Over(ErrorCode),
}

use ErrorCode::{KeychainLocked as Locked, KeychainUnavailable as Unavailable, SessionEnded};
use Shown::{Blocked, Notice, Over, Refused, Works, WorksLater};

/// Windows Credential Manager.
const WINDOWS: Limit = Limit { bytes: 2560, encoding: Encoding::Utf16 };

/// A fault, and what it looks like when signing in, refreshing and signing out.
type Row = (Fault, Shown, Shown, Shown);

const MATRIX: [Row; 11] = [
    // Fault                                Signing in            Refreshing            Signing out
    (Fault::Mood(Mood::Absent), Blocked(Unavailable), Refused(Unavailable), Refused(Unavailable)),
    (Fault::Mood(Mood::Locked), Blocked(Locked), Refused(Locked), Refused(Locked)),
    (Fault::Mood(Mood::PromptDismissed), Blocked(Locked), Refused(Locked), Refused(Locked)),
    (Fault::Mood(Mood::Hanging), WorksLater, WorksLater, WorksLater),
    (Fault::Mood(Mood::FailsAfterChange), Blocked(Unavailable), Notice(Unavailable), Refused(Unavailable)),
    (Fault::Mood(Mood::Truncating), Blocked(Unavailable), Notice(Unavailable), Works),
    (Fault::Mood(Mood::Losing), Blocked(Unavailable), Notice(Unavailable), Works),
    (Fault::SizeCapped, Works, Works, Works),
    (Fault::ItemVanished, Works, Over(SessionEnded), Works),
    (Fault::TwoWriters, Works, Works, Works),
    (Fault::Mood(Mood::Restarted), Blocked(Unavailable), Refused(Unavailable), Refused(Unavailable)),
];

#[tokio::test]
async fn signing_in() {
    for (fault, shown, _, _) in MATRIX {
        let world = fault.world().await;
        let mut running = world.start();
        running.session.look(WINDOW).await.unwrap();
        fault.comes(&world);
        running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
        let other = beside(fault, &world).await;
        match shown {
            WorksLater => {
                answers_meanwhile(&world, &running).await;
                fault.passes(&world);
            }
            Blocked(code) => {
                assert_eq!(blocked(&mut running).await, code, "{fault:?}");
                if fault == Fault::Mood(Mood::PromptDismissed) {
                    running.session.unlock_keychain(WINDOW).await.unwrap();
                    assert_eq!(blocked(&mut running).await, code, "{fault:?}: dismissed is still locked");
                }
                fault.passes(&world);
                running.session.retry(WINDOW).await.unwrap();
            }
            Works => {}
            other => panic!("{fault:?}: {other:?} is not what signing in can show"),
        }
        let view = running.work().await;
        assert_eq!((view.kept, view.notice), (Kept::Keychain, None), "{fault:?}");
        assert_eq!(world.keychain.names().len(), if fault == Fault::SizeCapped { 4 } else { 1 }, "{fault:?}");
        fault.strikes(&world);
        drop((running, other));
        if fault != Fault::ItemVanished {
            resumes(fault, &world, None).await;
        }
        no_file_holds_a_token(fault, &world);
    }
}

#[tokio::test]
async fn refreshing() {
    for (fault, _, shown, _) in MATRIX {
        let world = fault.world().await;
        let mut running = world.signed_in().await;
        let (home, elsewhere) = (tenant("acme"), another(&running.now().await));
        fault.comes(&world);
        fault.strikes(&world);
        let second = beside(fault, &world).await;
        let at_once = second.as_ref().map(|second| switching(second, &elsewhere));
        let switched = switching(&running, &elsewhere);
        if shown == WorksLater {
            answers_meanwhile(&world, &running).await;
            fault.passes(&world);
        }
        let outcome = switched.await.unwrap();
        if let Some(at_once) = at_once {
            at_once.await.unwrap().expect("neither spends what the other has spent");
        }
        match shown {
            Works | WorksLater => outcome.unwrap_or_else(|error| panic!("{fault:?}: {error}")),
            Notice(code) => {
                outcome.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
                let notice = running.now().await.notice.expect("the person is told");
                assert_eq!(notice.code, code, "{fault:?}: {notice}");
            }
            Refused(code) => {
                assert_eq!(outcome.unwrap_err().code, code, "{fault:?}");
                assert_eq!(running.now().await.tenant.id, home, "{fault:?}: the window stays where it was");
            }
            Over(code) => {
                assert_eq!(outcome.unwrap_err().code, code, "{fault:?}");
                assert_eq!(running.signed_out().await.map(|why| why.code), Some(code), "{fault:?}");
                no_file_holds_a_token(fault, &world);
                continue;
            }
            Blocked(_) => panic!("{fault:?}: a window at work stays at work"),
        }
        fault.passes(&world);
        // Every token has run out: the next switch spends a link again, and keeps the one that comes.
        world.clock.by(3600);
        running.session.switch_tenant(WINDOW, elsewhere.clone()).await.unwrap();
        let view = running.now().await;
        assert_eq!((view.kept, view.notice), (Kept::Keychain, None), "{fault:?}");
        running.session.leave().await;
        drop((running, second));
        resumes(fault, &world, Some(&elsewhere)).await;
        no_file_holds_a_token(fault, &world);
    }
}

#[tokio::test]
async fn signing_out() {
    for (fault, _, _, shown) in MATRIX {
        let world = fault.world().await;
        let mut running = world.signed_in().await;
        fault.comes(&world);
        let second = beside(fault, &world).await;
        fault.strikes(&world);
        let ended = {
            let session = running.session.clone();
            tokio::spawn(async move { session.sign_out(WINDOW).await })
        };
        if shown == WorksLater {
            answers_meanwhile(&world, &running).await;
            fault.passes(&world);
        }
        let outcome = ended.await.unwrap();
        match shown {
            Works | WorksLater => outcome.unwrap_or_else(|error| panic!("{fault:?}: {error}")),
            Refused(code) => {
                assert_eq!(outcome.unwrap_err().code, code, "{fault:?}");
                running.now().await;
                fault.passes(&world);
                running.session.sign_out(WINDOW).await.unwrap();
            }
            other => panic!("{fault:?}: {other:?} is not what signing out can show"),
        }
        // Without the entry, nobody can tell the provider.
        let told = running.signed_out().await.is_none();
        assert_eq!(told, fault != Fault::ItemVanished, "{fault:?}: whether nothing is left to say");
        assert!(world.keychain.names().is_empty(), "{fault:?} leaves {:?}", world.keychain.names());
        if let Some(second) = second {
            let error = second.session.switch_tenant(WINDOW, tenant("globex")).await.unwrap_err();
            assert_eq!(error.code, SessionEnded, "the other one is told: {error}");
        }
        no_file_holds_a_token(fault, &world);
    }
}

#[tokio::test]
async fn a_keychain_slower_than_anybody_waits_for_is_said_and_its_late_write_is_the_session() {
    let mut world = World::new().await;
    world.patience = std::time::Duration::from_secs(3);
    let mut running = world.start();
    running.session.look(WINDOW).await.unwrap();
    world.keychain.becomes(Mood::Hanging);
    running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
    assert_eq!(blocked(&mut running).await, Unavailable);
    assert!(world.keychain.is_hanging(), "nobody waited for it");
    world.keychain.becomes(Mood::Willing);
    running.session.retry(WINDOW).await.unwrap();
    assert_eq!(running.work().await.kept, Kept::Keychain);
    drop(running);
    resumes(Fault::Mood(Mood::Hanging), &world, None).await;
}

#[tokio::test]
async fn a_session_whose_entry_is_damaged_can_be_given_up() {
    let world = Fault::SizeCapped.world().await;
    let mut running = world.signed_in().await;
    let part = world.keychain.names().into_iter().find(|name| name.contains('#')).expect("in parts");
    world.keychain.secrets().remove(&part);
    let error = running.session.switch_tenant(WINDOW, another(&running.now().await)).await.unwrap_err();
    assert_eq!(error.code, Unavailable);
    assert!(error.message.contains("is missing"), "{error}");
    running.session.sign_out(WINDOW).await.unwrap();
    let told = running.signed_out().await.expect("the provider could not be told");
    assert_eq!(told.code, ErrorCode::SignedOut, "{told}");
    assert!(world.keychain.names().is_empty());
}

impl Fault {
    async fn world(self) -> World {
        let mut world = World::new().await;
        if self == Self::SizeCapped {
            world.long_tokens = true;
            world.keychain.takes_at_once(WINDOWS);
        }
        world
    }

    fn comes(self, world: &World) {
        match self {
            Self::Mood(mood) => world.keychain.becomes(mood),
            Self::SizeCapped | Self::ItemVanished | Self::TwoWriters => {}
        }
    }

    /// For a fault that needs something to be there.
    fn strikes(self, world: &World) {
        if self == Self::ItemVanished {
            world.keychain.secrets().clear();
        }
    }

    fn passes(self, world: &World) {
        world.keychain.becomes(Mood::Willing);
    }
}

/// The other Keyward, where there is one, doing the same.
async fn beside(fault: Fault, world: &World) -> Option<Running> {
    match fault {
        Fault::TwoWriters => Some(world.signed_in().await),
        _ => None,
    }
}

fn switching(running: &Running, to: &TenantId) -> tokio::task::JoinHandle<Result<(), Error>> {
    let (session, to) = (running.session.clone(), to.clone());
    tokio::spawn(async move { session.switch_tenant(WINDOW, to).await })
}

/// Questions of the same session are answered while a call to the store hangs.
async fn answers_meanwhile(world: &World, running: &Running) {
    world.keychain.hangs().await;
    running.session.app().await.unwrap();
    running.session.look(WINDOW).await.unwrap();
    running.session.look("another").await.unwrap();
    assert!(world.keychain.is_hanging(), "answered before the store was");
}

/// Waits until the keychain stands in the way; says how.
async fn blocked(running: &mut Running) -> ErrorCode {
    let view = running.until("blocked", |view| matches!(view, WindowView::KeychainBlocked(_))).await;
    let WindowView::KeychainBlocked(blocked) = view else { unreachable!() };
    blocked.problem.code
}

/// The next start takes the session up where it was, and nobody needs to sign in.
async fn resumes(fault: Fault, world: &World, at: Option<&TenantId>) {
    let opened = world.person.opened.load(Ordering::SeqCst);
    let mut running = world.start();
    running.session.look(WINDOW).await.unwrap();
    let view = running.work().await;
    if let Some(tenant) = at {
        assert_eq!(view.tenant.id, *tenant, "{fault:?}");
    }
    assert_eq!(world.person.opened.load(Ordering::SeqCst), opened, "{fault:?}: nothing was lost");
}

fn no_file_holds_a_token(fault: Fault, world: &World) {
    // What was made longer is looked for as it was.
    let tokens = world.keychain.seen().into_iter().map(|token| token.trim_end_matches('~').to_owned());
    let tokens: Vec<String> = tokens.filter(|token| token.len() >= 20).collect();
    assert!(!tokens.is_empty(), "{fault:?}: tokens were kept");
    look_into(&world.data(), &tokens);
}

fn look_into(folder: &Path, tokens: &[String]) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            look_into(&entry.path(), tokens);
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        for token in tokens {
            let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
            assert!(!found, "{} holds a token", entry.path().display());
        }
    }
}
