//! The loopback listener among strangers, on real sockets.

mod answers;
mod connections;
mod ports;
mod requests;

use std::{future::Future, time::Duration};

use keyward_model::{Issuer, Result};
use keyward_session::{
    AuthorizationCode, OneTime,
    loopback::{Arrived, Awaited, Loopback, Page},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};

const STATE: &str = "the-state-of-this-sign-in";
/// Ends a hang. Less than the listener's own patience with a slow stranger, so that it shows when a
/// sign-in had to wait for that.
const HANG: Duration = Duration::from_secs(8);

/// A sign-in that is being waited for.
struct Waiting {
    redirect: String,
    arrived: JoinHandle<Result<Arrived>>,
}

async fn waiting(issuer_promised: bool) -> Waiting {
    let loopback = Loopback::bind(&[], "/callback").await.unwrap();
    let redirect = loopback.redirect();
    let issuer = Issuer::new("https://id.example").unwrap();
    let awaited = Awaited { state: OneTime::new(STATE), issuer, issuer_promised };
    Waiting { redirect, arrived: tokio::spawn(loopback.wait(awaited)) }
}

/// The parameters of the provider's own answer.
fn good() -> String {
    format!("code=c0de&state={STATE}&iss=https%3A%2F%2Fid.example")
}

impl Waiting {
    /// Host and port.
    fn address(&self) -> String {
        self.redirect.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned()
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).await.unwrap()
    }

    /// A GET of this redirect as a browser sends it.
    fn request(&self, query: &str) -> String {
        format!("GET /callback?{query} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address())
    }

    /// What comes back for these bytes until the listener closes; nothing where it reset the connection.
    async fn send(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        // The listener may close while this is still being written.
        let _ = stream.write_all(bytes.as_ref()).await;
        read(stream).await
    }

    async fn get(&self, query: &str) -> String {
        self.send(self.request(query)).await
    }

    /// Answers as the provider does, and returns the page and what was delivered.
    async fn finish(self, query: &str) -> (String, Result<String>) {
        let mut browser = self.connect().await;
        browser.write_all(self.request(query).as_bytes()).await.unwrap();
        let mut arrived = soon("the redirect arrives", self.arrived).await.unwrap().unwrap();
        let code = std::mem::replace(&mut arrived.outcome, Ok(AuthorizationCode::new("")));
        arrived.show(Page::signed_in("Ada Lindqvist", "Northwind Cloud"));
        (read(browser).await, code.map(|code| code.expose().to_owned()))
    }

    /// Signs in, whatever has happened before.
    async fn completes(self, what: &str) {
        let (page, code) = self.finish(&good()).await;
        assert_eq!(code, Ok("c0de".to_owned()), "after {what}: the provider's own code arrives");
        assert!(page.contains("Signed in as Ada Lindqvist"), "after {what}: {page}");
    }
}

async fn read(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset ends the answer too.
    let _ = soon("an answer", stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, future).await.unwrap_or_else(|_| panic!("it hangs: {what}"))
}

#[tokio::test]
async fn the_browser_is_told_who_signed_in() {
    let (page, code) = waiting(true).await.finish(&good()).await;
    assert_eq!(code, Ok("c0de".to_owned()));
    assert!(page.contains("Signed in as Ada Lindqvist") && page.contains("close this tab"), "{page}");
}
