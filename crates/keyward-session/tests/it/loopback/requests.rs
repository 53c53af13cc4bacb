//! Requests that are not the sign-in's redirect: told so, ignored, and the wait goes on.

use keyward_model::Issuer;
use keyward_session::{
    OneTime,
    loopback::{Awaited, Loopback, Page},
};
use tokio::io::AsyncWriteExt;

use super::{STATE, good, read, soon, waiting};

/// Sends each in turn to one waiting sign-in, which then completes. A request is written with `HOST`
/// for the listener's address and `GOOD` for the provider's parameters.
async fn all_ignored(requests: &[(&str, &str, &str)]) {
    let waiting = waiting(true).await;
    for (what, request, status) in requests {
        let request = request.replace("HOST", &waiting.address()).replace("GOOD", &good());
        let answer = waiting.send(format!("{request}\r\n\r\n")).await;
        assert_eq!(answer.split(' ').nth(1), Some(*status), "{what}: {answer}");
        assert!(!waiting.arrived.is_finished(), "{what} ended the wait");
    }
    waiting.completes("strangers").await;
}

#[tokio::test]
async fn another_method_is_not_the_browser() {
    all_ignored(&[
        ("HEAD, a preview", "HEAD /callback?GOOD HTTP/1.1\r\nHost: HOST", "405"),
        ("POST", "POST /callback?GOOD HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0", "405"),
        (
            "POST that promises a body",
            "POST /callback?GOOD HTTP/1.1\r\nHost: HOST\r\nContent-Length: 99",
            "405",
        ),
        (
            "OPTIONS, a preflight",
            "OPTIONS /callback?GOOD HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.example",
            "405",
        ),
        ("CONNECT, as to a proxy", "CONNECT HOST HTTP/1.1\r\nHost: HOST", "404"),
        (
            "an upgrade",
            "PUT /callback?GOOD HTTP/1.1\r\nHost: HOST\r\nConnection: upgrade\r\nUpgrade: websocket",
            "405",
        ),
        ("a method nobody knows", "BREW /callback?GOOD HTTP/1.1\r\nHost: HOST", "405"),
    ])
    .await;
}

#[tokio::test]
async fn a_request_to_another_host_is_not_for_this_listener() {
    all_ignored(&[
        ("a rebound name", "GET /callback?GOOD HTTP/1.1\r\nHost: evil.example", "421"),
        ("a rebound name with the port", "GET /callback?GOOD HTTP/1.1\r\nHost: evil.example:80", "421"),
        ("no host", "GET /callback?GOOD HTTP/1.1\r\nAccept: */*", "421"),
        ("no host, as in HTTP/1.0", "GET /callback?GOOD HTTP/1.0\r\nAccept: */*", "421"),
        ("an empty host", "GET /callback?GOOD HTTP/1.1\r\nHost: ", "421"),
        ("the host without its port", "GET /callback?GOOD HTTP/1.1\r\nHost: 127.0.0.1", "421"),
        ("a longer host", "GET /callback?GOOD HTTP/1.1\r\nHost: HOST.evil.example", "421"),
        ("a name before the host", "GET /callback?GOOD HTTP/1.1\r\nHost: x@HOST", "421"),
        ("localhost", "GET /callback?GOOD HTTP/1.1\r\nHost: localhost", "421"),
        ("two hosts", "GET /callback?GOOD HTTP/1.1\r\nHost: HOST\r\nHost: evil.example", "421"),
        ("a foreign target", "GET http://evil.example/callback?GOOD HTTP/1.1\r\nHost: HOST", "421"),
        (
            "a target that hides a host",
            "GET http://HOST@evil.example/callback?GOOD HTTP/1.1\r\nHost: HOST",
            "421",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_target_that_names_this_listener_is_its_own() {
    let waiting = waiting(true).await;
    let whole =
        format!("GET {}?{} HTTP/1.1\r\nHost: {}\r\n\r\n", waiting.redirect, good(), waiting.address());
    // RFC 9112 §3.2.2: a server accepts the absolute form.
    let mut stream = waiting.connect().await;
    stream.write_all(whole.as_bytes()).await.unwrap();
    let arrived = soon("the redirect arrives", waiting.arrived).await.unwrap().unwrap();
    assert_eq!(arrived.outcome.unwrap().expose(), "c0de");
}

#[tokio::test]
async fn only_the_exact_path_is_answered() {
    all_ignored(&[
        ("another path", "GET /other?GOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("the root", "GET /?GOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("a slash after", "GET /callback/?GOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("two slashes before", "GET //callback?GOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("a dot segment", "GET /./callback?GOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("a way up", "GET /x/../callback?GOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("an encoded letter", "GET /%63allback?GOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("an encoded slash", "GET /callback%2F?GOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("an encoded question mark", "GET /callback%3FGOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("an encoded nothing", "GET /callback%00?GOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("a path parameter", "GET /callback;x?GOOD HTTP/1.1\r\nHost: HOST", "404"),
        ("capitals", "GET /CALLBACK?GOOD HTTP/1.1\r\nHost: HOST", "404"),
    ])
    .await;
}

#[tokio::test]
async fn a_connection_may_have_a_path_of_its_own() {
    let loopback = Loopback::bind(&[], "/callback/northwind").await.unwrap();
    assert!(loopback.redirect().ends_with("/callback/northwind"), "as it is to be registered");
    let redirect = loopback.redirect();
    let issuer = Issuer::new("https://id.example").unwrap();
    let awaited = Awaited { state: OneTime::new(STATE), issuer, issuer_promised: true };
    let waiting = tokio::spawn(loopback.wait(awaited));
    let elsewhere = redirect.replace("/northwind", "/southwind");
    let answer = reqwest::get(format!("{elsewhere}?{}", good())).await.unwrap();
    assert_eq!(answer.status(), 404, "an answer that was meant for another connection");
    let browser = tokio::spawn(reqwest::get(format!("{redirect}?{}", good())));
    let arrived = soon("the redirect arrives", waiting).await.unwrap().unwrap();
    assert_eq!(arrived.outcome.as_ref().unwrap().expose(), "c0de");
    arrived.show(Page::failed("Enough."));
    assert_eq!(browser.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_request_without_this_sign_ins_state_is_ignored() {
    let state =
        |query: &str| format!("GET /callback?{query}&iss=https%3A%2F%2Fid.example HTTP/1.1\r\nHost: HOST");
    let cases = [
        ("nothing", state("")),
        ("no state", state("code=x")),
        ("an empty state", state("code=x&state=")),
        ("another state", state("code=x&state=y")),
        ("a longer state", state(&format!("code=x&state={STATE}x"))),
        ("the beginning of the state", state(&format!("code=x&state={}", &STATE[..10]))),
        ("the state in capitals", state(&format!("code=x&state={}", STATE.to_uppercase()))),
        ("the state encoded twice", state(&format!("code=x&state={}", STATE.replace('-', "%252D")))),
        ("two states, ours last", state(&format!("code=x&state=y&state={STATE}"))),
        ("two states, ours first", state(&format!("code=x&state={STATE}&state=y"))),
        ("our state twice", state(&format!("code=x&state={STATE}&state={STATE}"))),
        ("two states, one name encoded", state(&format!("code=x&state={STATE}&st%61te=y"))),
        ("the state in a list", state(&format!("code=x&state%5B%5D={STATE}"))),
        ("the name in capitals", state(&format!("code=x&STATE={STATE}"))),
        ("the state not as UTF-8", state(&format!("code=x&state={STATE}%ff"))),
        ("an error without state", state("error=access_denied")),
        ("an error with another state", state("error=access_denied&state=y")),
        (
            "a cookie as state",
            format!("GET /callback?code=x HTTP/1.1\r\nHost: HOST\r\nCookie: state={STATE}"),
        ),
    ];
    let cases: Vec<_> = cases.iter().map(|(what, request)| (*what, request.as_str(), "400")).collect();
    all_ignored(&cases).await;
}

#[tokio::test]
async fn another_page_cannot_use_the_answer_up() {
    let cases = [
        ("a picture", "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image"),
        ("a script", "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script"),
        ("a fetch", "Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nOrigin: https://evil.example"),
        ("a browser that says no more", "Sec-Fetch-Mode: no-cors"),
        ("a fetch that reads nothing", "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty"),
        ("a frame", "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe"),
        ("a web socket", "Sec-Fetch-Mode: websocket\r\nSec-Fetch-Dest: empty"),
        (
            "a page loaded ahead",
            "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Purpose: prefetch;prerender",
        ),
        ("a page loaded ahead, the old way", "Purpose: prefetch"),
    ]
    .map(|(what, headers)| (what, format!("GET /callback?GOOD HTTP/1.1\r\nHost: HOST\r\n{headers}")));
    let cases: Vec<_> = cases.iter().map(|(what, request)| (*what, request.as_str(), "403")).collect();
    all_ignored(&cases).await;
}

#[tokio::test]
async fn a_page_that_a_person_opened_is_answered() {
    let waiting = waiting(true).await;
    let head = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-User: ?1";
    let whole = waiting.request(&good()).replace("\r\n\r\n", &format!("\r\n{head}\r\n\r\n"));
    let mut stream = waiting.connect().await;
    stream.write_all(whole.as_bytes()).await.unwrap();
    let arrived = soon("the redirect arrives", waiting.arrived).await.unwrap().unwrap();
    assert_eq!(arrived.outcome.unwrap().expose(), "c0de");
}

#[tokio::test]
async fn what_is_not_http_is_not_answered_as_a_sign_in() {
    let waiting = waiting(true).await;
    let garbage: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    let host = waiting.address();
    let good = good();
    let cases: [(&str, Vec<u8>); 9] = [
        ("binary garbage", garbage),
        ("zeros", vec![0; 4096]),
        ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(8)),
        ("the HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec()),
        ("HTTP/0.9", format!("GET /callback?{good}\r\n\r\n").into_bytes()),
        (
            "HTTP/2 in plain words",
            format!("GET /callback?{good} HTTP/2\r\nHost: {host}\r\n\r\n").into_bytes(),
        ),
        ("a folded host", format!("GET /callback?{good} HTTP/1.1\r\nHost:\r\n {host}\r\n\r\n").into_bytes()),
        (
            "a nul in the query",
            format!("GET /callback?{good}\0 HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes(),
        ),
        ("only line ends", b"\r\n".repeat(4096)),
    ];
    for (what, bytes) in cases {
        let mut stream = waiting.connect().await;
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let answer = read(stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{what}: {answer}");
        assert!(!waiting.arrived.is_finished(), "{what} ended the wait");
    }
    waiting.completes("bytes that are not HTTP").await;
}

#[tokio::test]
async fn an_oversized_request_is_refused() {
    let waiting = waiting(true).await;
    let (host, good, long) = (waiting.address(), good(), "x".repeat(100_000));
    let headers: String = (0..500).map(|n| format!("X-{n}: y\r\n")).collect();
    for (what, request) in [
        ("a long query", format!("GET /callback?{good}&x={long} HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("a line without end", format!("GET /callback?{good}&x={long}")),
        ("a long header", format!("GET /callback?{good} HTTP/1.1\r\nHost: {host}\r\nX: {long}\r\n\r\n")),
        ("many headers", format!("GET /callback?{good} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n")),
        ("a long method", format!("{long} /callback?{good} HTTP/1.1\r\nHost: {host}\r\n\r\n")),
    ] {
        let answer = waiting.send(&request).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{what}: {answer}");
        assert!(!waiting.arrived.is_finished(), "{what} ended the wait");
    }
    waiting.completes("oversized requests").await;
}

#[tokio::test]
async fn only_the_first_of_pipelined_requests_is_answered() {
    let waiting = waiting(true).await;
    let both = waiting.request("code=x&state=y") + &waiting.request(&good());
    let answer = waiting.send(both).await;
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("connection: close"), "{answer}");
    assert!(!waiting.arrived.is_finished(), "the second was not read");
    waiting.completes("pipelined requests").await;
}
