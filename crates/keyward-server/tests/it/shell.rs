//! What is done with a directory from a shell.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use keyward_directory::Database;
use keyward_model::Issuer;

use crate::founded::{found, keywardd};

fn run(program: &mut Command) -> (Option<i32>, Vec<u8>, String) {
    let Output { status, stdout, stderr } = program.output().unwrap();
    (status.code(), stdout, String::from_utf8(stderr).unwrap())
}

fn company(folder: &Path) {
    let issuer = Issuer::new("https://id.example").unwrap();
    found(&Database::file(folder.join("one.db")), &issuer, &[("ben", &issuer)]);
}

#[test]
fn a_directory_goes_through_a_pipe_and_a_damaged_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    company(folder.path());
    let mut exporting =
        keywardd(folder.path()).args(["export", "--db", "one.db"]).stdout(Stdio::piped()).spawn().unwrap();
    let pipe = exporting.stdout.take().unwrap();
    let (code, _, log) = run(keywardd(folder.path()).args(["import", "--db", "sqlite:two.db"]).stdin(pipe));
    assert_eq!(code, Some(0), "{log}");
    assert!(exporting.wait().unwrap().success());
    let (_, one, _) = run(keywardd(folder.path()).args(["export"]).env("KEYWARDD_DB", "one.db"));
    let (_, two, _) = run(keywardd(folder.path()).args(["export", "--db", "two.db"]));
    assert!(!one.is_empty() && one == two, "the same file");

    let cut = folder.path().join("cut.jsonl");
    fs::write(&cut, &one[..one.len() / 2]).unwrap();
    let import = |db: &str| {
        run(keywardd(folder.path()).args(["import", "--db", db]).stdin(fs::File::open(&cut).unwrap()))
    };
    let (code, _, log) = import("three.db");
    assert!(code == Some(1) && log.contains("Line ") && log.contains("Nothing was changed"), "{log}");
    let (code, _, log) = import("two.db");
    assert!(code == Some(1) && log.contains("not empty"), "{log}");
    let (code, out, log) = run(keywardd(folder.path()).args(["export", "--db", "nowhere.db"]));
    assert!(code == Some(1) && out.is_empty() && log.contains("nowhere.db"), "{log}");
    assert!(!folder.path().join("nowhere.db").exists(), "what is read is not made");
    let (code, _, log) = run(keywardd(folder.path()).args(["export"]));
    assert!(code == Some(1) && log.contains("KEYWARDD_DB"), "{log}");
}

#[test]
fn an_audit_is_exported_and_checked_where_there_is_no_directory() {
    let folder = tempfile::tempdir().unwrap();
    company(folder.path());
    let (code, audit, log) =
        run(keywardd(folder.path()).args(["audit", "export", "--tenant", "acme", "--db", "one.db"]));
    assert_eq!(code, Some(0), "{log}");
    let (code, _, log) =
        run(keywardd(folder.path()).args(["audit", "export", "--tenant", "initech", "--db", "one.db"]));
    assert!(code == Some(1) && log.contains("initech"), "{log}");
    fs::remove_file(folder.path().join("one.db")).unwrap();

    fs::write(folder.path().join("audit.jsonl"), &audit).unwrap();
    let verify =
        |file: &str, more: &[&str]| run(keywardd(folder.path()).args(["audit", "verify", file]).args(more));
    let (code, said, log) = verify("audit.jsonl", &[]);
    assert_eq!(code, Some(0), "{log}");
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("all 0 entries of acme are as they were written"), "{said}");
    let (code, _, log) = verify("audit.jsonl", &["--pinned", &"a".repeat(64)]);
    assert!(code == Some(1) && log.contains("Line 2") && log.contains("pinned"), "{log}");
    let (code, _, log) = verify("audit.jsonl", &["--pinned", "abc"]);
    assert!(code == Some(1) && log.contains("64 hexadecimal digits"), "{log}");
    fs::write(folder.path().join("cut.jsonl"), &audit[..audit.len() - 1]).unwrap();
    let (code, said, log) = verify("cut.jsonl", &[]);
    assert!(code == Some(1) && said.is_empty() && log.contains("cut.jsonl: Line 2"), "{log}");
    let (code, _, log) = verify("nowhere.jsonl", &[]);
    assert!(code == Some(1) && log.contains("nowhere.jsonl"), "{log}");
}
