//! The loopback listener among strangers.

use std::time::Duration;

use keyward_model::{ErrorCode, Issuer};
use keyward_session::{
    OneTime,
    loopback::{Arrived, Awaited, Loopback, Page},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

const STATE: &str = "the-state-of-this-sign-in";

struct Waiting {
    redirect: String,
    arrived: JoinHandle<Arrived>,
}

async fn waiting(issuer_promised: bool) -> Waiting {
    let loopback = Loopback::bind(&[]).await.unwrap();
    let redirect = loopback.redirect();
    let issuer = Issuer::new("https://id.example").unwrap();
    let awaited = Awaited { state: OneTime::new(STATE), issuer, issuer_promised };
    Waiting { redirect, arrived: tokio::spawn(async move { loopback.wait(awaited).await.unwrap() }) }
}

impl Waiting {
    fn address(&self) -> String {
        self.redirect.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned()
    }

    async fn get(&self, query: &str) -> (u16, String) {
        let answer = reqwest::get(format!("{}?{query}", self.redirect)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Answers properly, and returns what the browser was shown and what was delivered.
    async fn finish(self, query: &str) -> (String, keyward_model::Result<String>) {
        let address = format!("{}?{query}", self.redirect);
        let shown = tokio::spawn(async move { reqwest::get(address).await.unwrap().text().await.unwrap() });
        let mut arrived = self.arrived.await.unwrap();
        let code = std::mem::replace(&mut arrived.outcome, Ok(keyward_session::AuthorizationCode::new("")));
        arrived.show(Page::signed_in("Ada Lindqvist", "Northwind Cloud"));
        (shown.await.unwrap(), code.map(|code| code.expose().to_owned()))
    }
}

fn good() -> String {
    format!("code=c0de&state={STATE}&iss=https%3A%2F%2Fid.example")
}

#[tokio::test]
async fn the_browser_is_told_who_signed_in() {
    let (page, code) = waiting(true).await.finish(&good()).await;
    assert_eq!(code, Ok("c0de".to_owned()));
    assert!(page.contains("Signed in as Ada Lindqvist") && page.contains("close this tab"), "{page}");
}

#[tokio::test]
async fn strangers_are_answered_and_the_wait_goes_on() {
    let waiting = waiting(false).await;
    for (what, query, status) in [
        ("no state", "code=x".to_owned(), 400),
        ("another state", "code=x&state=y".to_owned(), 400),
        ("a longer state", format!("code=x&state={STATE}x"), 400),
        ("two states", format!("code=x&state=y&state={STATE}"), 400),
        ("two codes", format!("code=x&code=y&state={STATE}"), 400),
        ("an error without state", "error=access_denied".to_owned(), 400),
    ] {
        assert_eq!(waiting.get(&query).await.0, status, "{what}");
    }
    let client = reqwest::Client::new();
    let with_state = format!("{}?{}", waiting.redirect, good());
    assert_eq!(client.post(&with_state).send().await.unwrap().status(), 405, "only GET");
    assert_eq!(client.head(&with_state).send().await.unwrap().status(), 405, "a preview is not the person");
    let foreign = client.get(&with_state).header("host", "evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 421, "a rebound name is not this listener");
    let elsewhere = with_state.replace("/callback", "/other");
    assert_eq!(client.get(elsewhere).send().await.unwrap().status(), 404);
    assert_eq!(waiting.finish(&good()).await.1, Ok("c0de".to_owned()), "the sign-in still completes");
}

#[tokio::test]
async fn connections_that_say_nothing_hold_up_nobody() {
    let waiting = waiting(false).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(TcpStream::connect(waiting.address()).await.unwrap());
    }
    let mut slow = TcpStream::connect(waiting.address()).await.unwrap();
    slow.write_all(b"GET /callback?code=").await.unwrap();
    let finished = tokio::time::timeout(Duration::from_secs(20), waiting.finish(&good())).await;
    assert_eq!(finished.expect("the browser's pre-connects must not block").1, Ok("c0de".to_owned()));
}

#[tokio::test]
async fn an_oversized_request_is_refused_and_the_wait_goes_on() {
    let waiting = waiting(false).await;
    let mut stream = TcpStream::connect(waiting.address()).await.unwrap();
    let head = format!("GET /callback?code={} HTTP/1.1\r\n", "x".repeat(100_000));
    // The listener may close while this is still being written.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(waiting.finish(&good()).await.1, Ok("c0de".to_owned()));
}

#[tokio::test]
async fn another_providers_answer_is_refused() {
    let query = format!("code=c0de&state={STATE}&iss=https%3A%2F%2Fevil.example");
    let error = waiting(true).await.finish(&query).await.1.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignInDenied, "{error}");
}

#[tokio::test]
async fn a_promised_issuer_that_is_missing_is_refused() {
    let query = format!("code=c0de&state={STATE}");
    assert_eq!(waiting(true).await.finish(&query).await.1.unwrap_err().code, ErrorCode::SignInDenied);
    assert_eq!(
        waiting(false).await.finish(&query).await.1,
        Ok("c0de".to_owned()),
        "not promised, not needed"
    );
}

#[tokio::test]
async fn a_refusal_by_the_provider_is_told_in_its_words() {
    let query = format!("error=access_denied&error_description=Not+today&state={STATE}");
    let error = waiting(false).await.finish(&query).await.1.unwrap_err();
    assert!(error.message.contains("Not today"), "{error}");
}

#[tokio::test]
async fn fixed_ports_are_tried_in_turn_and_named_when_all_are_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken_port = taken.local_addr().unwrap().port();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let free_port = free.local_addr().unwrap().port();
    drop(free);
    let loopback = Loopback::bind(&[taken_port, free_port]).await.unwrap();
    assert_eq!(loopback.redirect(), format!("http://127.0.0.1:{free_port}/callback"));
    let error = Loopback::bind(&[taken_port]).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PortInUse);
    assert!(error.message.contains(&taken_port.to_string()), "{error}");
}
