//! Connections that hold on: idle, slow, broken off, and in masses.

use std::time::Duration;

use keyward_model::Issuer;
use keyward_session::{
    OneTime,
    loopback::{Awaited, Loopback, Page},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{STATE, Waiting, good, read, soon, waiting};

/// More than are served at once.
const MANY: usize = 200;

async fn crowd(waiting: &Waiting, size: usize, first: &[u8]) -> Vec<TcpStream> {
    let mut crowd = Vec::new();
    for _ in 0..size {
        let mut stream = waiting.connect().await;
        stream.write_all(first).await.unwrap();
        crowd.push(stream);
    }
    crowd
}

/// How many the listener still holds.
async fn held(crowd: &mut [TcpStream]) -> usize {
    let mut held = 0;
    for stream in crowd {
        let read = tokio::time::timeout(Duration::from_millis(1), stream.read(&mut [0; 1])).await;
        held += usize::from(read.is_err());
    }
    held
}

#[tokio::test]
async fn connections_that_say_nothing_hold_up_nobody() {
    for size in [1, 6, 64, 65, MANY] {
        let waiting = waiting(true).await;
        let idle = crowd(&waiting, size, b"").await;
        waiting.completes(&format!("{size} idle connections")).await;
        drop(idle);
    }
}

#[tokio::test]
async fn slow_connections_hold_up_nobody() {
    let whole = format!("GET /callback?code=x&state={STATE} HTTP/1.1\r\nX: ");
    for (what, first) in [
        ("the first byte", &b"G"[..]),
        ("a part of the line", b"GET /callback?code="),
        ("a head without end", whole.as_bytes()),
    ] {
        let waiting = waiting(true).await;
        let mut slow = crowd(&waiting, MANY, first).await;
        for stream in &mut slow {
            // One more byte each; some were turned out.
            let _ = stream.write_all(b"x").await;
        }
        waiting.completes(&format!("{MANY} connections that sent {what}")).await;
    }
}

#[tokio::test]
async fn who_holds_on_is_turned_out_when_others_come() {
    let waiting = waiting(true).await;
    let mut idle = crowd(&waiting, MANY, b"").await;
    // One answer more, so that all who came before were let in.
    assert!(waiting.get("state=y").await.starts_with("HTTP/1.1 400"));
    let held = held(&mut idle).await;
    assert!((1..=64).contains(&held), "{held} of {MANY} are held");
    assert!(self::held(&mut idle[..MANY - 64]).await == 0, "the oldest had to go");
    waiting.completes("a crowd").await;
}

#[tokio::test]
async fn a_browser_that_is_being_answered_is_not_turned_out() {
    let waiting = waiting(true).await;
    let address = waiting.address();
    let mut browser = waiting.connect().await;
    browser.write_all(waiting.request(&good()).as_bytes()).await.unwrap();
    let arrived = soon("the redirect arrives", waiting.arrived).await.unwrap().unwrap();
    let mut idle = Vec::new();
    for _ in 0..MANY {
        idle.push(TcpStream::connect(&address).await.unwrap());
    }
    let mut last = TcpStream::connect(&address).await.unwrap();
    last.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert!(read(last).await.starts_with("HTTP/1.1 421"), "all have been let in");
    arrived.show(Page::signed_in("Ada Lindqvist", "Northwind Cloud"));
    assert!(read(browser).await.contains("Signed in as Ada"));
}

#[tokio::test]
async fn connections_that_break_off_hold_up_nobody() {
    let waiting = waiting(true).await;
    let part = format!("GET /callback?code=x&state={STATE}");
    for _ in 0..MANY {
        let mut reset = waiting.connect().await;
        reset.write_all(part.as_bytes()).await.unwrap();
        // Closed with a reset instead of an end.
        reset.set_zero_linger().unwrap();
        drop(reset);
        let ended = waiting.connect().await;
        drop(ended);
    }
    waiting.completes("resets in mid request").await;
}

#[tokio::test]
async fn a_half_closed_connection_is_answered_if_its_request_is_whole() {
    let waiting = waiting(true).await;
    let mut half = waiting.connect().await;
    half.write_all(b"GET /callback?code=").await.unwrap();
    half.shutdown().await.unwrap();
    let answer = read(half).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    let mut half = waiting.connect().await;
    half.write_all(waiting.request("state=y").as_bytes()).await.unwrap();
    half.shutdown().await.unwrap();
    assert!(read(half).await.starts_with("HTTP/1.1 400"), "told that it is not the sign-in");
    waiting.completes("half-closed connections").await;
}

#[tokio::test]
async fn a_browser_that_closes_after_its_request_has_still_answered() {
    let waiting = waiting(true).await;
    let mut browser = waiting.connect().await;
    browser.write_all(waiting.request(&good()).as_bytes()).await.unwrap();
    drop(browser);
    let arrived = soon("the redirect arrives", waiting.arrived).await.unwrap().unwrap();
    assert_eq!(arrived.outcome.unwrap().expose(), "c0de");
}

#[tokio::test]
async fn who_has_asked_is_heard_before_anybody_is_turned_out() {
    let loopback = Loopback::bind(&[], "/callback").await.unwrap();
    let redirect = loopback.redirect();
    let address = redirect.split('/').nth(2).unwrap();
    let request = |query: &str| format!("GET /callback?{query} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut browser = TcpStream::connect(address).await.unwrap();
    browser.write_all(request(&good()).as_bytes()).await.unwrap();
    let mut others = Vec::new();
    for _ in 0..MANY {
        let mut other = TcpStream::connect(address).await.unwrap();
        other.write_all(request("state=y").as_bytes()).await.unwrap();
        others.push(other);
    }
    // All of them wait in the system's queue, as after a moment in which this computer was busy.
    let issuer = Issuer::new("https://id.example").unwrap();
    let awaited = Awaited { state: OneTime::new(STATE), issuer, issuer_promised: true };
    let arrived = soon("the redirect arrives", loopback.wait(awaited)).await.unwrap();
    assert_eq!(arrived.outcome.as_ref().unwrap().expose(), "c0de");
    for other in others {
        assert!(read(other).await.starts_with("HTTP/1.1 400"), "the others are told, too");
    }
    arrived.show(Page::signed_in("Ada Lindqvist", "Northwind Cloud"));
    assert!(read(browser).await.contains("Signed in as Ada"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_with_a_wrong_state_does_not_drown_the_answer() {
    const REQUESTS: usize = 10_000;
    let waiting = waiting(true).await;
    let (address, request) = (waiting.address(), waiting.request("code=x&state=y"));
    let flood: Vec<_> = (0..8)
        .map(|_| {
            let (address, request) = (address.clone(), request.clone());
            tokio::spawn(async move {
                for _ in 0..REQUESTS / 8 {
                    // Refused once the sign-in is over.
                    let Ok(mut stream) = TcpStream::connect(&address).await else { return };
                    let _ = stream.write_all(request.as_bytes()).await;
                    let _ = stream.read_to_end(&mut Vec::new()).await;
                }
            })
        })
        .collect();
    assert!(waiting.get("state=y").await.starts_with("HTTP/1.1 400"), "the flood is under way");
    waiting.completes("a flood").await;
    for attacker in flood {
        soon("the flood runs off", attacker).await.unwrap();
    }
}
