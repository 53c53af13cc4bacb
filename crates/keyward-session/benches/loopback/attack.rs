//! The attacks, each against one port for as long as it is kept.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpStream},
};

use crate::flood::{Bare, Flood};

/// Connections of an attack that holds on to them: more than are served at once.
const CROWD: usize = 200;
/// A request that is answered with a refusal.
const STRANGE: &str = "GET / HTTP/1.1\r\n\r\n";

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
    /// The same, at a listener of the barest kind.
    FloodElsewhere,
}

/// An attack, and what the sign-in under it is measured beside.
pub struct Case {
    pub name: &'static str,
    pub attack: Attack,
    /// None: quiet.
    pub peer: Option<Attack>,
    pub goal: f64,
}

/// Quiet time over time under attack: a sign-in may take 1.2 times as long.
const GOAL: f64 = 1.0 / 1.2;
/// All of them. Those that must know the sign-in's `state` are among the tests.
pub const CASES: &[Case] = &[
    beside_quiet("1 idle pre-connect", Attack::Hold(1, "")),
    beside_quiet("6 idle pre-connects", Attack::Hold(6, "")),
    beside_quiet("200 idle connections", Attack::Hold(CROWD, "")),
    beside_quiet("200 slow connections", Attack::Hold(CROWD, "GET /callback?code=")),
    beside_quiet("200 heads without end", Attack::Hold(CROWD, "GET /callback HTTP/1.1\r\nHost: HOST\r\nX: ")),
    beside_quiet("200 broken off", Attack::Break("GET /callback?code=")),
    beside_quiet(
        "wrong, missing, doubled state",
        Attack::Ask(&[
            "GET /callback?code=x&state=y HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "GET /callback?code=x HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "GET /callback?code=x&state=y&state=z HTTP/1.1\r\nHost: HOST\r\n\r\n",
        ]),
    ),
    beside_quiet(
        "HEAD, POST, OPTIONS",
        Attack::Ask(&[
            "HEAD /callback HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "POST /callback HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n",
            "OPTIONS /callback HTTP/1.1\r\nHost: HOST\r\n\r\n",
        ]),
    ),
    beside_quiet(
        "foreign host, other path, a picture",
        Attack::Ask(&[
            "GET /callback HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET /%63allback HTTP/1.1\r\nHost: HOST\r\n\r\n",
            "GET /callback HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Mode: no-cors\r\n\r\n",
        ]),
    ),
    beside_quiet(
        "TLS, HTTP/2, oversize",
        Attack::Ask(&[
            "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET /callback?code=LONG HTTP/1.1\r\nHost: HOST\r\n\r\n",
        ]),
    ),
    Case {
        name: "10,000 requests a second, beside as many elsewhere",
        attack: Attack::Flood,
        peer: Some(Attack::FloodElsewhere),
        goal: GOAL,
    },
    Case { name: "10,000 requests a second", attack: Attack::Flood, peer: None, goal: GOAL },
];

const fn beside_quiet(name: &'static str, attack: Attack) -> Case {
    Case { name, attack, peer: None, goal: GOAL }
}

/// An attack under way.
#[derive(Default)]
pub struct Against {
    /// The flood, if it is one.
    pub flood: Option<Flood>,
    /// Gone after the flood that it stands in.
    _bare: Option<Bare>,
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
        // Some are only closed.
        let ask = |text: &str| send(text).map(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
        let crowd = |size: usize, text: &str| -> io::Result<Vec<_>> {
            let held = (0..size).map(|_| send(text)).collect::<io::Result<_>>()?;
            // Answered only after all of those were let in.
            ask(STRANGE).map(|_| held)
        };
        let mut against = Against::default();
        match self {
            Self::Hold(size, text) => against._held = crowd(*size, text)?,
            Self::Break(text) => {
                drop(crowd(CROWD, text)?);
                // Answered after the listener has seen them go.
                ask(STRANGE)?;
            }
            Self::Ask(texts) => texts.iter().try_for_each(|text| ask(text))?,
            Self::Flood => against.flood = Some(Flood::begin(port)),
            Self::FloodElsewhere => {
                let bare = Bare::listen()?;
                against.flood = Some(Flood::begin(bare.port));
                against._bare = Some(bare);
            }
        }
        Ok(against)
    }
}
