//! What hostile neighbours cost: the wait for a redirect under attack, beside the same wait in quiet,
//! turn by turn in one run. Prints rows as JSON for `cargo xtask bench loopback`.
//!
//! Timed is the whole of it on real sockets: the browser connects and asks, the wait ends, the page is
//! shown and read to its end. The attackers are threads of this program, so the flood takes its part of
//! the same cores, as a local attacker's would.
#![allow(clippy::disallowed_methods, reason = "it measures time")]
#![allow(clippy::print_stdout, reason = "the rows are its output")]

mod flood;

use std::{
    error::Error,
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Instant,
};

use keyward_model::Issuer;
use keyward_session::{
    AuthorizationCode, OneTime,
    loopback::{Awaited, Loopback, Page},
};
use tokio::runtime::Runtime;

use flood::Flood;

const STATE: &str = "the-state-of-this-sign-in";
const ROUNDS: usize = 101;
/// Quiet time over time under attack: a sign-in may take 1.2 times as long.
const GOAL: f64 = 1.0 / 1.2;
/// The part of its rate that the flood must really have had.
const REAL: f64 = 0.9;
/// Connections of an attack that holds on to them: more than are served at once.
const CROWD: usize = 200;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What stands against a sign-in at this port, for as long as it is kept.
enum Attack {
    /// So many connections, on each these bytes, and no end.
    Hold(usize, &'static str),
    /// So many connections that close after these bytes.
    Reset(usize, &'static str),
    /// Whole requests, each answered before the next.
    Ask(&'static [&'static str]),
    /// A stream of whole requests.
    Flood,
}

const ATTACKS: &[(&str, Attack)] = &[
    ("1 idle pre-connect", Attack::Hold(1, "")),
    ("6 idle pre-connects", Attack::Hold(6, "")),
    ("200 idle connections", Attack::Hold(CROWD, "")),
    ("200 slow connections", Attack::Hold(CROWD, "GET /callback?code=")),
    ("200 heads without end", Attack::Hold(CROWD, "GET /callback HTTP/1.1\r\nHost: HOST\r\nX: ")),
    ("200 connections reset", Attack::Reset(CROWD, "GET /callback?code=")),
    (
        "wrong, missing, doubled state",
        Attack::Ask(&[
            "GET /callback?code=x&state=y HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "GET /callback?code=x HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "GET /callback?code=x&state=y&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
        ]),
    ),
    (
        "other issuer, no issuer, two codes",
        Attack::Ask(&[
            "GET /callback?code=x&state=STATE&iss=https%3A%2F%2Fevil.example HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "GET /callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "GET /callback?code=x&code=y&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
        ]),
    ),
    (
        "HEAD, POST, OPTIONS",
        Attack::Ask(&[
            "HEAD /callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "POST /callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n",
            "OPTIONS /callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
        ]),
    ),
    (
        "foreign host, other page",
        Attack::Ask(&[
            "GET /callback?code=x&state=STATE HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET /callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Mode: no-cors\r\n\r\n",
        ]),
    ),
    (
        "TLS, HTTP/2, oversize",
        Attack::Ask(&[
            "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET /callback?code=OVERSIZE HTTP/1.1\r\nHost: HOST\r\n\r\n",
        ]),
    ),
    ("10,000 requests a second", Attack::Flood),
];

fn main() -> Outcome<()> {
    let runtime = Runtime::new()?;
    let mut rows = Vec::new();
    let mut rates = Vec::new();
    for (name, attack) in ATTACKS {
        let (mut quiet, mut attacked) = (Vec::new(), Vec::new());
        // The first of each only warms up.
        for round in 0..=ROUNDS {
            let (calm, _) = sign_in(&runtime, None)?;
            let (under, rate) = sign_in(&runtime, Some(attack))?;
            if round > 0 {
                quiet.push(calm);
                attacked.push(under);
                rates.extend(rate);
            }
        }
        let (quiet, attacked) = (median(quiet), median(attacked));
        rows.push(serde_json::json!({
            "name": name, "ours": attacked, "peer": quiet, "ratio": quiet / attacked, "goal": GOAL, "unit": "ms",
        }));
    }
    let rate = median(rates);
    rows.push(serde_json::json!({
        "name": "the flood, as it really was", "ours": rate, "peer": flood::RATE, "ratio": rate / flood::RATE,
        "goal": REAL, "unit": "requests/s",
    }));
    println!("{}", serde_json::json!({ "rows": rows }));
    Ok(())
}

/// Milliseconds from the browser's first packet to the last of its page, and how fast a flood was.
fn sign_in(runtime: &Runtime, attack: Option<&Attack>) -> Outcome<(f64, Option<f64>)> {
    let loopback = runtime.block_on(Loopback::bind(&[]))?;
    let port: u16 = loopback.redirect().split([':', '/']).nth(4).ok_or("no port")?.parse()?;
    let issuer = Issuer::new("https://id.example")?;
    let awaited = Awaited { state: OneTime::new(STATE), issuer, issuer_promised: true };
    let waiting = runtime.spawn(async move {
        let mut arrived = loopback.wait(awaited).await?;
        let outcome = std::mem::replace(&mut arrived.outcome, Ok(AuthorizationCode::new("")));
        arrived.show(Page::signed_in("Ada Lindqvist", "Northwind Cloud"));
        outcome
    });
    let against = attack.map(|attack| attack.begin(port)).transpose()?;
    let started = Instant::now();
    let mut browser = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let query = format!("code=c0de&state={STATE}&iss=https%3A%2F%2Fid.example");
    browser
        .write_all(format!("GET /callback?{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").as_bytes())?;
    let mut page = String::new();
    browser.read_to_string(&mut page)?;
    let took = started.elapsed().as_secs_f64() * 1_000.0;
    let rate = match &against {
        Some(Against::Flood(flood)) => Some(flood.rate()),
        _ => None,
    };
    drop(against);
    if !page.contains("Signed in as Ada Lindqvist") {
        return Err(format!("no page for the person: {page}").into());
    }
    if runtime.block_on(waiting)??.expose() != "c0de" {
        return Err("a code that is not the provider's".into());
    }
    Ok((took, rate))
}

/// An attack under way.
enum Against {
    Connections(Vec<TcpStream>),
    Flood(Flood),
}

impl Attack {
    fn begin(&self, port: u16) -> io::Result<Against> {
        let send = |text: &str| -> io::Result<TcpStream> {
            let text = text
                .replace("HOST", &format!("127.0.0.1:{port}"))
                .replace("STATE", STATE)
                .replace("OVERSIZE", &"x".repeat(100_000));
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            // The listener may close while this is still being written.
            let _ = stream.write_all(text.as_bytes());
            Ok(stream)
        };
        let crowd = |size: usize, text: &str| (0..size).map(|_| send(text)).collect::<io::Result<Vec<_>>>();
        match self {
            Self::Hold(size, text) => crowd(*size, text).map(Against::Connections),
            // Closed with what it was answered unread, if with nothing else.
            Self::Reset(size, text) => crowd(*size, text).map(|_| Against::Connections(Vec::new())),
            Self::Ask(texts) => {
                for text in *texts {
                    let _ = send(text)?.read_to_end(&mut Vec::new());
                }
                Ok(Against::Connections(Vec::new()))
            }
            Self::Flood => Ok(Against::Flood(Flood::begin(port))),
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
