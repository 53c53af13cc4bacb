//! One process of a storm, as its parent sees it.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::{Instant, timeout_at},
};

use super::words::{Event, Order};
use crate::PATIENCE;

/// How a process is started.
pub struct Program {
    /// The program, in the environment that it is to have.
    pub command: Box<dyn Fn() -> Command + Send + Sync>,
    /// The first line that it reads.
    pub share: String,
}

/// The process. Ends when dropped.
pub(super) struct Worker {
    child: Child,
    input: ChildStdin,
    events: Lines<BufReader<ChildStdout>>,
    /// Whether a request has left, and nothing was said of what came of it.
    asking: bool,
}

impl Worker {
    pub(super) async fn start(program: &Program) -> Self {
        let mut command = (program.command)();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the process starts");
        let input = child.stdin.take().expect("piped");
        let events = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut worker = Self { child, input, events, asking: false };
        worker.write(&program.share).await;
        worker
    }

    pub(super) async fn tell(&mut self, order: &Order) {
        self.write(&serde_json::to_string(order).expect("an order is JSON")).await;
    }

    async fn write(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.expect("the process reads");
    }

    /// What it says next; nothing where the deadline comes first.
    pub(super) async fn next(&mut self, deadline: Option<Instant>) -> Option<Event> {
        let at = deadline.unwrap_or_else(|| Instant::now() + Duration::from_secs(2 * PATIENCE));
        match timeout_at(at, self.events.next_line()).await {
            Ok(line) => {
                let line = line.expect("its output is text").expect("a process ends when it is killed only");
                Some(self.heard(&line))
            }
            Err(_) if deadline.is_some() => None,
            Err(_) => panic!("a process of the storm hangs"),
        }
    }

    fn heard(&mut self, line: &str) -> Event {
        let event = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        self.asking = matches!(event, Event::Spends);
        event
    }

    /// `kill -9`, and waits until it is gone. Says whether it died while a request of its was on the way, or what
    /// came of one was not handed on yet.
    pub(super) async fn kill(mut self) -> bool {
        self.child.kill().await.expect("it was alive");
        let mut asked = self.asking;
        // What it said before it died, and nobody has read. The last line may have been cut.
        while let Ok(Some(line)) = self.events.next_line().await {
            asked |= serde_json::from_str(&line).is_ok_and(|event| matches!(event, Event::Spends));
        }
        asked
    }
}
