//! A program that a test started, and ends.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::Stdio,
    time::Duration,
};

use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use crate::PATIENCE;

/// A running program. Ended with its process group when dropped.
pub struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts a program in a process group of its own, so that what it starts ends with it.
    pub fn start(mut command: Command) -> Self {
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let child =
            command.process_group(0).kill_on_drop(true).stdin(Stdio::null()).spawn().unwrap_or_else(|e| {
                panic!("{name} does not start: {e}. `cargo xtask test` installs what tests need")
            });
        Self { name, child }
    }

    /// As [`start`](Self::start), and writes `input` to its standard input, which then ends.
    pub async fn start_and_tell(mut command: Command, input: &str) -> Self {
        use tokio::io::AsyncWriteExt;
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let mut child =
            command.process_group(0).kill_on_drop(true).stdin(Stdio::piped()).spawn().unwrap_or_else(|e| {
                panic!("{name} does not start: {e}. `cargo xtask test` installs what tests need")
            });
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(input.as_bytes()).await.expect("the program reads its input");
        Self { name, child }
    }

    /// Waits until the program ends by itself, which it must do well.
    pub async fn ends_well(mut self) {
        let ended = tokio::time::timeout(Duration::from_secs(PATIENCE), self.child.wait()).await;
        let status = ended.unwrap_or_else(|_| panic!("{} does not end", self.name)).expect("it is our child");
        assert!(status.success(), "{}: {status}", self.name);
    }

    /// As [`start`](Self::start), with the first line that the program writes to its standard output.
    pub async fn start_and_read_line(mut command: Command, input: Option<&str>) -> (Self, String) {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let mut child = command
            .process_group(0)
            .kill_on_drop(true)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| {
                panic!("{name} does not start: {e}. `cargo xtask test` installs what tests need")
            });
        if let Some(input) = input {
            let mut stdin = child.stdin.take().expect("piped");
            stdin.write_all(input.as_bytes()).await.expect("the program reads its input");
        }
        let mut line = String::new();
        let mut reader = BufReader::new(child.stdout.take().expect("piped"));
        tokio::time::timeout(Duration::from_secs(PATIENCE), reader.read_line(&mut line))
            .await
            .unwrap_or_else(|_| panic!("{name} says nothing"))
            .expect("its output is text");
        // Kept open and read: a program that cannot write may end.
        tokio::spawn(async move {
            let mut sink = String::new();
            while matches!(reader.read_line(&mut sink).await, Ok(read) if read > 0) {
                sink.clear();
            }
        });
        (Self { name, child }, line.trim().to_owned())
    }

    /// Waits until something listens on `port`.
    pub async fn listening(mut self, port: u16) -> Self {
        let connected = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
                if let Ok(Some(status)) = self.child.try_wait() {
                    panic!("{} ended before it listened: {status}", self.name);
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(PATIENCE), connected)
            .await
            .unwrap_or_else(|_| panic!("nothing listens on {port}"));
        self
    }

    /// Waits until everything that the program itself has started is gone.
    pub async fn childless(&self) {
        let Some(group) = self.child.id() else { return };
        let gone = async {
            while !others_in(group).is_empty() {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(PATIENCE), gone)
            .await
            .unwrap_or_else(|_| panic!("what {} started does not end", self.name));
    }

    /// Asks whatever of this program the process group runs to end (SIGTERM), as the system does.
    pub async fn ask_to_end(&self, program: &Path) {
        let Some(group) = self.child.id() else { return };
        let program = program.canonicalize().expect("the program is there");
        let runs = |id: &u32| std::fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == program);
        for id in others_in(group).into_iter().filter(runs) {
            let asked = Command::new("kill").args(["-TERM", &id.to_string()]).status().await;
            assert!(asked.is_ok_and(|status| status.success()), "{} can be asked to end", program.display());
        }
    }

    /// Ends the program and waits until it is gone.
    pub async fn end(mut self) {
        // It may have ended by itself.
        let _ = self.child.kill().await;
    }
}

/// The living members of a process group beside its leader.
fn others_in(group: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    let of_group = |id: &u32| {
        // `id (name) state parent group …`; a name may hold spaces and brackets.
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let (state, of) = (fields.next(), fields.nth(1));
        *id != group && state != Some("Z") && of == Some(group.to_string().as_str())
    };
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(of_group).collect()
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(id) = self.child.id() {
            // The whole group; the program's own children would outlive it otherwise.
            let _ = std::process::Command::new("kill").args(["-KILL", "--", &format!("-{id}")]).status();
        }
    }
}

/// A port that is free now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}
