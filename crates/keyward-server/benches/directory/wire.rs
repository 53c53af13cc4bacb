//! The asker: HTTP/1.1 over connections that stay open, each on a thread of its own. It does as little as can be done, so
//! that what is measured is whoever answers.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::Run;

/// The end of an answer that comes in chunks.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// What some requests took.
pub struct Load {
    /// Answers in a second.
    pub rate: f64,
    /// What each took, in seconds, from the least to the most.
    pub latencies: Vec<f64>,
}

impl Load {
    fn of(mut latencies: Vec<f64>, took: Duration) -> Self {
        latencies.sort_unstable_by(f64::total_cmp);
        Self { rate: latencies.len() as f64 / took.as_secs_f64(), latencies }
    }

    /// The latency, in seconds, that this part of the requests stayed below.
    pub fn below(&self, part: f64) -> f64 {
        let place = (self.latencies.len() as f64 * part) as usize;
        self.latencies.get(place).or(self.latencies.last()).copied().unwrap_or(f64::NAN)
    }
}

/// A question as it goes over the wire.
pub fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\
         \r\n\r\n{body}"
    )
    .into_bytes()
}

/// An open connection.
pub struct Wire {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Wire {
    pub fn open(to: SocketAddr) -> Run<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream, answer: vec![0; 64 * 1024] })
    }

    /// Asks, and gives the body that was answered; as it stands, where it came in chunks. Fails at any status but 2xx.
    pub fn ask(&mut self, request: &[u8]) -> Run<&[u8]> {
        self.stream.write_all(request)?;
        let (mut filled, mut whole) = (0, None);
        while whole.is_none_or(|(_, end)| filled < end) {
            let read = self.stream.read(&mut self.answer[filled..])?;
            if read == 0 {
                return Err("the connection was closed, or the answer is too long".into());
            }
            filled += read;
            whole = extent(&self.answer[..filled])?;
        }
        let (begin, end) = whole.unwrap_or((0, filled));
        if !self.answer.starts_with(b"HTTP/1.1 2") {
            return Err(String::from_utf8_lossy(&self.answer[..end]).into_owned().into());
        }
        Ok(&self.answer[begin..end])
    }
}

/// Where the answer's body begins and ends, once that can be seen.
fn extent(answer: &[u8]) -> Run<Option<(usize, usize)>> {
    let Some(begin) = answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&answer[..begin])?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    match length.transpose()? {
        Some(length) => Ok(Some((begin, begin + length))),
        None => Ok(answer[begin..].ends_with(LAST_CHUNK).then_some((begin, answer.len()))),
    }
}

/// Asks on so many connections, each its next as soon as the last is answered, for so long.
pub fn closed(to: SocketAddr, requests: &[Vec<u8>], connections: usize, lasting: Duration) -> Run<Load> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let latencies = on_each(connections, || {
        let (mut wire, mut latencies) = (Wire::open(to)?, Vec::new());
        while begun.elapsed() < lasting {
            let request = &requests[next.fetch_add(1, Ordering::Relaxed) % requests.len()];
            let sent = Instant::now();
            wire.ask(request)?;
            latencies.push(sent.elapsed().as_secs_f64());
        }
        Ok(latencies)
    })?;
    Ok(Load::of(latencies, begun.elapsed()))
}

/// Asks so many a second, whether or not earlier ones are answered. A request's time counts from when it was due: one that
/// waits for a connection because others are slow is slow itself.
pub fn open(
    to: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    rate: u32,
    lasting: Duration,
) -> Run<Load> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let latencies = on_each(connections, || {
        let (mut wire, mut latencies) = (Wire::open(to)?, Vec::new());
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let due = Duration::from_secs(1) * u32::try_from(n)? / rate;
            if due > lasting {
                return Ok(latencies);
            }
            thread::sleep(due.saturating_sub(begun.elapsed()));
            wire.ask(&requests[n % requests.len()])?;
            latencies.push((begun.elapsed() - due).as_secs_f64());
        }
    })?;
    Ok(Load::of(latencies, begun.elapsed()))
}

/// Works on so many threads, and gives what all of them did.
pub fn on_each<T: Send>(threads: usize, work: impl Fn() -> Run<Vec<T>> + Sync) -> Run<Vec<T>> {
    let did = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| work().map_err(|e| e.to_string()))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a thread broke".to_owned())?)
            .collect::<Vec<_>>()
    });
    Ok(did.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
