//! Requests in a stream: each on a connection of its own, sent whether the earlier are answered or not.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Requests a second that are asked for.
pub const RATE: f64 = 10_000.0;
/// Requests that are sent before a sign-in begins, so that it begins in the midst of them.
const AHEAD: usize = 200;
/// Answers that are left unread at most.
const UNREAD: usize = 64;
/// After a hitch of the machine, no more than this is made up for.
const HITCH: Duration = Duration::from_millis(20);

/// A thread that floods a port until this is dropped.
pub struct Flood {
    over: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    began: Instant,
    thread: Option<JoinHandle<()>>,
}

impl Flood {
    /// Floods `port`, and returns when it is under way.
    pub fn begin(port: u16) -> Self {
        let (over, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (ends, count) = (over.clone(), sent.clone());
        let thread = thread::spawn(move || flood(port, &ends, &count));
        let flood = Self { over, sent, began: Instant::now(), thread: Some(thread) };
        while flood.sent.load(Ordering::Relaxed) < AHEAD {
            thread::yield_now();
        }
        flood
    }

    /// Requests a second that were really sent so far.
    pub fn rate(&self) -> f64 {
        self.sent.load(Ordering::Relaxed) as f64 / self.began.elapsed().as_secs_f64()
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(matches!(ended, Some(Ok(()))), "the flood broke");
    }
}

fn flood(port: u16, over: &AtomicBool, sent: &AtomicUsize) {
    let request = format!("GET /callback?code=x&state=y HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    let mut unread = VecDeque::new();
    let gap = Duration::from_secs_f64(1.0 / RATE);
    let mut due = Instant::now();
    while !over.load(Ordering::Relaxed) {
        let now = Instant::now();
        if due > now {
            thread::sleep(due - now);
        }
        due = due.max(now.checked_sub(HITCH).unwrap_or(now)) + gap;
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
        let _ = stream.write_all(request.as_bytes());
        sent.fetch_add(1, Ordering::Relaxed);
        unread.push_back(stream);
        if unread.len() > UNREAD
            && let Some(mut oldest) = unread.pop_front()
        {
            let _ = oldest.read_to_end(&mut Vec::new());
        }
    }
}

/// The least that can stand in a flood: a thread that reads, sends as much as a page, and closes.
pub struct Bare {
    /// Where.
    pub port: u16,
    over: Arc<AtomicBool>,
}

impl Bare {
    /// Listens until this is dropped.
    pub fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let over = Arc::<AtomicBool>::default();
        let ends = over.clone();
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                if ends.load(Ordering::Relaxed) {
                    break;
                }
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(&[b'x'; 2500]);
            }
        });
        Ok(Self { port, over })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // It waits for one more.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}
