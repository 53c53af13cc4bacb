//! `keywardd` as a program.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

fn keywardd() -> Command {
    Command::new(env!("CARGO_BIN_EXE_keywardd"))
}

#[test]
fn help_says_how_and_a_mistake_says_which() {
    let help = keywardd().arg("--help").output().unwrap();
    assert!(help.status.success());
    assert!(String::from_utf8(help.stdout).unwrap().starts_with("Usage: keywardd local"));
    let wrong = keywardd().args(["local", "--prot", "1"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("--prot"));
}

#[cfg(unix)]
#[test]
fn it_prints_its_issuer_serves_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = keywardd()
        .args(["local", "--folder"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(program.stdout.take().unwrap());
    let mut issuer = String::new();
    out.read_line(&mut issuer).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answer = runtime.block_on(async {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}/.well-known/openid-configuration", issuer.trim());
        http.get(url).send().await.unwrap().json::<serde_json::Value>().await.unwrap()
    });
    assert_eq!(answer["issuer"], issuer.trim());
    let told = Command::new("kill").arg(program.id().to_string()).status().unwrap();
    assert!(told.success());
    assert!(program.wait().unwrap().success(), "SIGTERM is an ordinary end");
    let mut log = String::new();
    program.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("local workspace open"), "{log}");
}
