//! Several processes with one chain: what they tell each other through the lock, the journal and the
//! keychain. Each chain here stands for a process: nothing else is shared.

use std::{fs, sync::Arc, time::Duration};

use async_trait::async_trait;
use http::{Method, Request, Response};
use keyward_issuer::{Endpoint, Quirks};
use keyward_model::{Error, ErrorCode, Result};
use keyward_session::{
    AccountKey, Kept,
    chain::Chain,
    ports::{ConnectionPorts, Http, NoAnswer, Pieces},
    provider::Provider,
};
use tokio::sync::Semaphore;

use super::provider_and_key;
use crate::{
    scripted::Mood,
    world::{World, tenant},
};

/// A session of which only the keychain's entry is left, and what it takes to go on with it.
struct Left {
    world: World,
    provider: Arc<Provider>,
    key: AccountKey,
}

impl Left {
    async fn behind(world: World) -> Self {
        let view = world.signed_in().await.now().await;
        let (provider, key) = provider_and_key(&world, &view).await;
        Self { world, provider, key }
    }

    /// Another process.
    fn process(&self) -> Chain {
        let ports = self.world.connection_ports();
        Chain::kept(self.key.clone().into(), self.provider.clone(), ports, &self.world.data())
    }

    /// A process that goes on with a link which the keychain would not take, so many times.
    async fn process_on_a_bad_keychain(&self, exchanges: u32) -> Chain {
        let process = self.process();
        self.world.keychain.becomes(Mood::WriteFails);
        for _ in 0..exchanges {
            let exchanged = process.exchange(Some(&tenant("acme"))).await.expect("it works on");
            assert!(exchanged.unsaved.is_some());
        }
        self.world.keychain.becomes(Mood::Willing);
        process
    }

    fn asked(&self) -> u64 {
        self.world.service.provider.requests(Endpoint::Token)
    }
}

async fn exchanges(process: &Chain) -> Result<()> {
    process.exchange(Some(&tenant("globex"))).await.map(drop)
}

async fn ended(process: &Chain) -> Error {
    let error = exchanges(process).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SessionEnded, "{error}");
    error
}

#[tokio::test]
async fn a_link_that_another_process_holds_the_next_of_is_not_spent() {
    let left = Left::behind(World::new().await).await;
    let holder = left.process_on_a_bad_keychain(2).await;
    let asked = left.asked();
    let error = exchanges(&left.process()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::KeychainUnavailable, "{error}");
    assert!(error.message.contains("Another Keyward"), "{error}");
    assert_eq!(left.asked(), asked, "to present it would end the session for both");
    holder.save().await.expect("the keychain is back");
    assert_eq!(holder.lies(), Kept::Keychain);
    exchanges(&left.process()).await.expect("what was stored is everybody's");
    exchanges(&holder).await.expect("it reads what the other one stored");
}

#[tokio::test]
async fn the_next_exchange_stores_what_the_keychain_would_not_take() {
    let left = Left::behind(World::new().await).await;
    let holder = left.process_on_a_bad_keychain(1).await;
    exchanges(&holder).await.unwrap();
    assert_eq!(holder.lies(), Kept::Keychain);
    exchanges(&left.process()).await.unwrap();
}

#[tokio::test]
async fn where_the_holder_is_gone_the_old_link_is_tried_and_a_grace_period_saves_it() {
    let left = Left::behind(World::with_grace(Duration::from_secs(60)).await).await;
    drop(left.process_on_a_bad_keychain(1).await);
    exchanges(&left.process()).await.expect("the link is good once more");
}

#[tokio::test]
async fn where_the_holder_is_gone_and_no_grace_is_given_the_end_says_why() {
    let left = Left::behind(World::new().await).await;
    drop(left.process_on_a_bad_keychain(1).await);
    let asked = left.asked();
    let error = ended(&left.process()).await;
    assert!(error.message.contains("before the keychain took"), "it says why: {error}");
    ended(&left.process()).await;
    assert_eq!(left.asked(), asked + 1, "the provider is asked once and no more");
    assert!(left.world.keychain.holds().is_empty(), "a dead link would only mislead");
}

#[tokio::test]
async fn a_link_two_behind_is_not_presented_even_where_its_holder_is_gone() {
    let left = Left::behind(World::with_grace(Duration::from_secs(60)).await).await;
    drop(left.process_on_a_bad_keychain(2).await);
    let asked = left.asked();
    let error = ended(&left.process()).await;
    assert!(error.message.contains("too old"), "{error}");
    assert_eq!(left.asked(), asked);
}

#[tokio::test]
async fn who_signs_out_signs_out_for_all_even_for_who_holds_a_newer_link() {
    let left = Left::behind(World::new().await).await;
    let (first, second) = (left.process(), left.process());
    exchanges(&second).await.unwrap();
    let holder = left.process_on_a_bad_keychain(1).await;
    assert!(first.end().await.unwrap(), "the provider confirms");
    let asked = left.asked();
    for process in [first, second, holder] {
        ended(&process).await;
        assert_eq!(process.lies(), Kept::Keychain, "nothing is held that is over");
    }
    assert_eq!(left.asked(), asked, "nobody presents what is revoked");
}

#[tokio::test]
async fn a_journal_that_is_damaged_or_lost_costs_nothing() {
    let left = Left::behind(World::new().await).await;
    exchanges(&left.process()).await.unwrap();
    let journals = || {
        let files = fs::read_dir(left.world.data().join("locks")).unwrap().flatten();
        let journals: Vec<_> = files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|e| e == "journal"))
            .collect();
        assert_eq!(journals.len(), 1, "{journals:?}");
        journals
    };
    fs::write(&journals()[0], b"{\"head\":").unwrap();
    exchanges(&left.process()).await.expect("damaged");
    fs::remove_file(&journals()[0]).unwrap();
    exchanges(&left.process()).await.expect("lost");
}

#[tokio::test]
async fn what_processes_tell_each_other_holds_no_link() {
    let left = Left::behind(World::new().await).await;
    let holder = left.process_on_a_bad_keychain(2).await;
    let mut read = 0;
    for file in fs::read_dir(left.world.data().join("locks")).unwrap().flatten() {
        let text = format!("{:?} {}", file.file_name(), fs::read_to_string(file.path()).unwrap());
        read += 1;
        for link in left.world.keychain.seen() {
            assert!(!text.contains(&link), "{text}");
        }
    }
    assert!(read >= 5, "the lock, the journal and three claims: {read}");
    drop(holder);
}

#[tokio::test]
async fn claims_are_swept_once_the_link_is_stored() {
    let left = Left::behind(World::new().await).await;
    let files = || fs::read_dir(left.world.data().join("locks")).unwrap().count();
    let holder = left.process_on_a_bad_keychain(3).await;
    assert_eq!(files(), 6, "the lock, the journal, and a claim on each link the keychain may have");
    holder.save().await.unwrap();
    assert_eq!(files(), 2);
}

/// Holds the next answer back until it is let go.
struct HeldBack {
    network: Arc<dyn Http>,
    arrived: Semaphore,
    let_go: Semaphore,
}

#[async_trait]
impl Http for HeldBack {
    async fn send(&self, request: Request<Vec<u8>>) -> std::result::Result<Response<Vec<u8>>, NoAnswer> {
        let is_exchange = request.method() == Method::POST;
        let answer = self.network.send(request).await;
        if is_exchange {
            self.arrived.add_permits(1);
            self.let_go.acquire().await.unwrap().forget();
        }
        answer
    }

    async fn open(&self, request: Request<Vec<u8>>) -> std::result::Result<Response<Pieces>, NoAnswer> {
        self.network.open(request).await
    }
}

#[tokio::test]
async fn who_stops_waiting_does_not_break_an_exchange_off() {
    let left = Left::behind(World::new().await).await;
    let ports = left.world.connection_ports();
    let held_back = Arc::new(HeldBack {
        network: ports.http.clone(),
        arrived: Semaphore::new(0),
        let_go: Semaphore::new(0),
    });
    let ports = ConnectionPorts { http: held_back.clone(), ..ports };
    let provider = Arc::new(Provider::discover(left.world.connection(), ports.clone()).await.unwrap());
    let process = Arc::new(Chain::kept(left.key.clone().into(), provider, ports, &left.world.data()));
    let waiting = tokio::spawn({
        let process = process.clone();
        async move { exchanges(&process).await }
    });
    held_back.arrived.acquire().await.unwrap().forget();
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    held_back.let_go.add_permits(2);
    exchanges(&process).await.expect("the link that came was stored");
}

#[tokio::test]
async fn an_answer_lost_in_one_process_is_the_reason_given_in_another() {
    let left = Left::behind(World::new().await).await;
    let app = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    left.world.service.provider.set_quirks(Quirks { slow_by: Duration::from_secs(30), ..Quirks::default() });
    let (process, asked) = (left.process(), left.asked());
    app.spawn(async move { exchanges(&process).await });
    while left.asked() == asked {
        tokio::task::yield_now().await;
    }
    // As kill -9 would: it is gone in the middle of an exchange, and so is its lock.
    app.shutdown_background();
    left.world.service.provider.set_quirks(Quirks::default());
    left.world.service.provider.revoke_all(&left.key.subject).unwrap();
    let error = ended(&left.process()).await;
    assert!(error.message.contains("an answer was lost on the way"), "{error}");
}
