//! The attacks, each against one port for as long as it is kept.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpStream},
};

use crate::flood::Flood;

/// Connections of an attack that holds on to them: more than are served at once.
const CROWD: usize = 200;

/// What is done to the port. In the texts `HOST` is the listener's address, `LONG` more than it reads.
pub enum Attack {
    /// So many connections, on each these bytes, and no end.
    Hold(usize, &'static str),
    /// As many connections as a crowd's, closed after these bytes.
    Break(&'static str),
    /// Requests, each answered before the next.
    Ask(&'static [&'static str]),
    /// Whole requests in a stream.
    Flood,
}

/// All of them. Those that must know the sign-in's `state` are the tests'.
pub const ATTACKS: &[(&str, Attack)] = &[
    ("1 idle pre-connect", Attack::Hold(1, "")),
    ("6 idle pre-connects", Attack::Hold(6, "")),
    ("200 idle connections", Attack::Hold(CROWD, "")),
    ("200 slow connections", Attack::Hold(CROWD, "GET /callback?code=")),
    ("200 heads without end", Attack::Hold(CROWD, "GET /callback HTTP/1.1\r\nHost: HOST\r\nX: ")),
    ("200 broken off", Attack::Break("GET /callback?code=")),
    (
        "wrong, missing, doubled state",
        Attack::Ask(&[
            "GET /callback?code=x&state=y HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "GET /callback?code=x HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "GET /callback?code=x&state=y&state=z HTTP/1.1\r\nHost: HOST\r\n\r\n",
        ]),
    ),
    (
        "HEAD, POST, OPTIONS",
        Attack::Ask(&[
            "HEAD /callback HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "POST /callback HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n",
            "OPTIONS /callback HTTP/1.1\r\nHost: HOST\r\n\r\n",
        ]),
    ),
    (
        "foreign host, other path, a picture",
        Attack::Ask(&[
            "GET /callback HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET /%63allback HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "GET /callback HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Mode: no-cors\r\n\r\n",
        ]),
    ),
    (
        "TLS, HTTP/2, oversize",
        Attack::Ask(&[
            "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET /callback?code=LONG HTTP/1.1\r\nHost: HOST\r\n\r\n",
        ]),
    ),
    ("10,000 requests a second", Attack::Flood),
];

/// An attack under way.
pub struct Against {
    /// The flood, if it is one.
    pub flood: Option<Flood>,
    _held: Vec<TcpStream>,
}

impl Attack {
    /// Begins, and returns when the listener has seen it.
    pub fn begin(&self, port: u16) -> io::Result<Against> {
        let send = |text: &str| -> io::Result<TcpStream> {
            let text =
                text.replace("HOST", &format!("127.0.0.1:{port}")).replace("LONG", &"x".repeat(100_000));
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            // The listener may close while this is still being written.
            let _ = stream.write_all(text.as_bytes());
            Ok(stream)
        };
        let ask = |text: &str| send(text).map(|mut stream| stream.read_to_end(&mut Vec::new()));
        let crowd = |size: usize, text: &str| -> io::Result<Vec<_>> {
            let held = (0..size).map(|_| send(text)).collect::<io::Result<_>>()?;
            // Answered only after all of those were let in.
            ask("GET / HTTP/1.1\r\n\r\n").map(|_| held)
        };
        let mut against = Against { flood: None, _held: Vec::new() };
        match self {
            Self::Hold(size, text) => against._held = crowd(*size, text)?,
            Self::Break(text) => drop(crowd(CROWD, text)?),
            Self::Ask(texts) => texts.iter().try_for_each(|text| ask(text).map(drop))?,
            Self::Flood => against.flood = Some(Flood::begin(port)),
        }
        Ok(against)
    }
}
