//! A process in the desktop's environment that uses its keychain as Keyward does.

use std::{path::Path, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
};

use crate::{Desktop, PATIENCE};

/// The process. Ends when dropped.
pub struct KeychainUser {
    _child: Child,
    input: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl KeychainUser {
    /// Starts `program`, which is the `keychain-user` of this package.
    pub fn start(desktop: &Desktop, program: impl AsRef<Path>) -> Self {
        let mut command = desktop.command(program.as_ref().to_str().expect("a path in plain letters"));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { _child: child, input, answers }
    }

    /// Has it do something, and says what it answers.
    pub async fn ask(&mut self, command: &str) -> Value {
        self.input.write_all(format!("{command}\n").as_bytes()).await.expect("it reads");
        let line = tokio::time::timeout(Duration::from_secs(PATIENCE), self.answers.next_line())
            .await
            .unwrap_or_else(|_| panic!("{command}: no answer"));
        let line = line.expect("its output is text").expect("it lives");
        serde_json::from_str(&line).expect("an answer in JSON")
    }
}
