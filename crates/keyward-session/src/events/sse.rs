//! Server-sent events, read as the HTML standard says: bytes in, however they are cut, and whole events out.

use std::time::Duration;

use thiserror::Error as ThisError;

/// Bytes of a line, and of an event's data, at most. Whoever sends more is not listened to.
const MOST: usize = 64 * 1024;
const BOM: &[u8] = "\u{feff}".as_bytes();

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name; `message` where it has none.
    pub name: String,
    /// What it says.
    pub data: String,
}

/// A line or an event is larger than any that is meant for us.
#[derive(Debug, PartialEq, Eq, ThisError)]
#[error("an event of more than {MOST} bytes")]
pub struct TooLarge;

/// What was read of a stream.
#[derive(Default)]
pub struct Reading {
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// Whether the last byte ended a line and may be the first half of CR LF.
    after_cr: bool,
    /// Whether a line was read: a byte order mark may stand before the first alone.
    begun: bool,
    name: String,
    data: String,
    /// The id of the event that has not ended yet; it holds for those after it too.
    id: String,
    last_id: String,
    retry: Option<Duration>,
}

impl Reading {
    /// A stream that goes on after the event of this id; none where it is empty.
    pub fn after(id: &str) -> Self {
        Self { id: id.to_owned(), last_id: id.to_owned(), ..Self::default() }
    }

    /// The id after which to go on, should the stream break now.
    pub fn last_id(&self) -> &str {
        &self.last_id
    }

    /// How long to wait before coming again, if the other side has said so.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The events that end in these bytes.
    ///
    /// # Errors
    /// [`TooLarge`]; nothing more can be read then.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLarge> {
        let mut events = Vec::new();
        for &byte in bytes {
            let second_half = byte == b'\n' && std::mem::take(&mut self.after_cr);
            match byte {
                b'\n' if second_half => {}
                b'\n' | b'\r' => {
                    self.after_cr = byte == b'\r';
                    events.extend(self.end_line()?);
                }
                _ if self.line.len() == MOST => return Err(TooLarge),
                _ => {
                    self.after_cr = false;
                    self.line.push(byte);
                }
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Result<Option<Event>, TooLarge> {
        let line = std::mem::take(&mut self.line);
        let first = !std::mem::replace(&mut self.begun, true);
        let line = line.strip_prefix(BOM).filter(|_| first).unwrap_or(&line);
        if line.is_empty() {
            return Ok(self.end_event());
        }
        let line = String::from_utf8_lossy(line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                if self.data.len() + value.len() >= MOST {
                    return Err(TooLarge);
                }
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry = value.parse().ok().map(Duration::from_millis).or(self.retry);
            }
            // A comment, which begins with the colon, or a field that nobody knows.
            _ => {}
        }
        Ok(None)
    }

    fn end_event(&mut self) -> Option<Event> {
        self.last_id.clone_from(&self.id);
        let (name, mut data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
        data.pop()?;
        let name = if name.is_empty() { "message".to_owned() } else { name };
        Some(Event { name, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> Event {
        Event { name: name.to_owned(), data: data.to_owned() }
    }

    const STREAM: &str = "\u{feff}: a comment\nretry: 250\r\nid: 4\revent: person\rdata: one\r\ndata:  two ✓\n\n\
        id: 5\n\ndata\n\nretry: soon\nid: no\0id\nno such field\nevent: lost\n\ndata:last\nid\n\ndata: cut";

    #[test]
    fn a_stream_says_the_same_however_it_is_cut_into_pieces() {
        let expected = [event("person", "one\n two ✓"), event("message", ""), event("message", "last")];
        for size in 1..STREAM.len() {
            let mut reading = Reading::default();
            let pieces = STREAM.as_bytes().chunks(size);
            let events: Vec<Event> = pieces.flat_map(|piece| reading.take(piece).unwrap()).collect();
            assert_eq!(events, expected, "in pieces of {size}");
            assert_eq!(reading.retry(), Some(Duration::from_millis(250)));
            assert_eq!(reading.last_id(), "", "an empty id is one");
        }
    }

    #[test]
    fn an_id_counts_from_the_end_of_its_event_and_stays_for_those_without() {
        let mut reading = Reading::after("3");
        reading.take(b"data: x\n\n").unwrap();
        assert_eq!(reading.last_id(), "3");
        reading.take(b"id: 4\ndata: x\n").unwrap();
        assert_eq!(reading.last_id(), "3", "a break now must bring that event again");
        reading.take(b"\n").unwrap();
        assert_eq!(reading.last_id(), "4");
        reading.take(b"id: 5\n\n").unwrap();
        assert_eq!(reading.last_id(), "5", "an event without data is none, and its id holds");
    }

    #[test]
    fn what_does_not_end_is_not_kept_without_bound() {
        let endless = [b'x'; 1024];
        let mut reading = Reading::default();
        let taken = (0..1024).take_while(|_| reading.take(&endless).is_ok()).count();
        assert_eq!(taken, MOST / endless.len(), "a line");
        let line = [b"data: ", &endless[..], b"\n"].concat();
        let mut reading = Reading::default();
        let taken = (0..1024).take_while(|_| reading.take(&line).is_ok()).count();
        assert!(taken < MOST / endless.len(), "data: {taken} lines of it");
        let mut reading = Reading::default();
        let comments = [b": ", &endless[..], b"\n"].concat();
        assert!((0..1024).all(|_| reading.take(&comments).is_ok()), "comments are not kept");
    }
}
