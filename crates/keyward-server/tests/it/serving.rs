//! `keywardd serve`, running.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
};

use crate::{founded::keywardd, issuer::TestIssuer};

/// An `[[issuer]]` of the configuration.
pub fn trusts(issuer: &TestIssuer) -> String {
    let origin = &issuer.origin;
    format!(
        "[[issuer]]\nissuer = \"{origin}\"\nkeys = \"{origin}/keys\"\naudiences = [\"https://api.example/directory\"]\n\
         tenant = {{ audience = \"https://api.example/t/{{tenant}}\" }}\n"
    )
}

/// A running `keywardd serve`.
pub struct Serving {
    pub program: Child,
    pub said: String,
    pub origin: String,
    pub log: BufReader<ChildStderr>,
}

impl Serving {
    /// Starts it in a folder that has its `keywardd.toml`, on a port that is free.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::logging(folder, arguments, "info")
    }

    /// The same, where nobody reads a log that would be long: it would wait for a reader.
    pub fn logging(folder: &Path, arguments: &[&str], level: &str) -> Self {
        let mut program = keywardd(folder)
            .arg("serve")
            .args(arguments)
            .env("RUST_LOG", level)
            .env("KEYWARDD_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let mut log = BufReader::new(program.stderr.take().unwrap());
        let Some((_, origin)) = said.trim_end().rsplit_once(" at ") else {
            let mut words = String::new();
            log.read_to_string(&mut words).unwrap();
            panic!("it does not start: {words}");
        };
        let origin = origin.trim_end_matches("/v1.").to_owned();
        Self { program, origin, said, log }
    }

    /// Sends it SIGTERM.
    pub fn tell_to_stop(&self) {
        let told = Command::new("kill").arg(self.program.id().to_string()).status().unwrap();
        assert!(told.success());
    }

    /// Sends it SIGHUP, and reads what it logs until a line has these words.
    pub fn hang_up(&mut self, until: &str) -> String {
        let told = Command::new("kill").args(["-HUP", &self.program.id().to_string()]).status().unwrap();
        assert!(told.success());
        let mut log = String::new();
        while !log.contains(until) {
            assert!(self.log.read_line(&mut log).unwrap() > 0, "it ended: {log}");
        }
        log
    }

    pub fn stop(mut self) -> ExitStatus {
        self.tell_to_stop();
        self.program.wait().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
