//! Files that are damaged, foreign or from the future: named, and left as they are.

use std::{fs, path::Path};

use keyward_directory::{Database, Directory};
use keyward_model::{ErrorCode, Issuer, PersonId};

use crate::{
    company::{company, issuer, subject},
    house::{Hand, House, NOW, give, wish},
};

fn founded(file: &Path) {
    let directory = Directory::open(&Database::file(file), Hand::at(NOW)).unwrap();
    directory.found(&company()).unwrap();
    let caller = House::caller("ada", "acme");
    let plan = directory.plan(&caller, wish(vec![give("vic", "support")])).unwrap();
    directory.apply(&caller, &plan.id).unwrap();
}

fn refused(file: &Path) {
    let before = fs::read(file).unwrap();
    let error = Directory::open(&Database::file(file), Hand::at(NOW)).unwrap_err();
    assert_eq!(error.code, ErrorCode::StorageCorrupt, "{error}");
    assert!(error.message.contains(file.to_str().unwrap()), "{error} names the file");
    assert!(fs::read(file).unwrap() == before, "the file is as it was");
}

#[test]
fn a_damaged_file_is_named_and_left_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("directory.db");
    founded(&file);
    let sound = fs::read(&file).unwrap();
    let middle = sound.len() / 2;
    for (place, length) in [(middle, 600), (0, 32), (4096, 4096), (sound.len() - 4096, 4096)] {
        let mut damaged = sound.clone();
        damaged[place..place + length].fill(0x5a);
        fs::write(&file, damaged).unwrap();
        refused(&file);
    }
    fs::write(&file, &sound[..middle]).unwrap();
    refused(&file);
    fs::write(&file, &sound).unwrap();
    Directory::open(&Database::file(&file), Hand::at(NOW)).unwrap();
}

#[test]
fn another_programs_file_or_a_later_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "Dear diary, ".repeat(1000)).unwrap();
    refused(&text);

    let foreign = folder.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    refused(&foreign);

    let later = folder.path().join("later.db");
    founded(&later);
    rusqlite::Connection::open(&later).unwrap().pragma_update(None, "user_version", 99).unwrap();
    refused(&later);
}

#[test]
fn a_directory_is_there_after_a_restart_and_founded_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("directory.db");
    assert!(Directory::open(&Database::file(&file), Hand::at(NOW)).unwrap().is_empty().unwrap());
    founded(&file);
    let directory = Directory::open(&Database::file(&file), Hand::at(NOW)).unwrap();
    let vic = PersonId::new("vic").unwrap();
    let detail = directory.person(&House::caller("ada", "acme"), &vic).unwrap();
    assert_eq!((detail.row.roles.len(), detail.row.version), (2, 2));
    assert_eq!(directory.found(&company()).unwrap_err().code, ErrorCode::InvalidRequest);
    let by_email = directory.person_by_email(&issuer(), " ADA@Acme.Example").unwrap().unwrap();
    assert_eq!(by_email.0, subject("ada"));
    assert_eq!(directory.person_by_subject(&issuer(), &subject("ada")).unwrap(), Some(by_email.1));
    assert_eq!(directory.person_by_email(&issuer(), "nobody@acme.example").unwrap(), None);
}

#[test]
fn a_company_that_contradicts_itself_is_refused_whole() {
    let folder = tempfile::tempdir().unwrap();
    let directory =
        Directory::open(&Database::file(folder.path().join("directory.db")), Hand::at(NOW)).unwrap();
    let mut headless = company();
    headless.people.retain(|person| person.id.as_str() != "gus");
    let mut twice = company();
    twice.people[1].email = twice.people[0].email.to_uppercase();
    let mut stray = company();
    stray.people[1].default_tenant = Some(crate::company::tenant("globex"));
    let mut unknown = company();
    unknown.tenants.remove(1);
    for (company, named) in
        [(headless, "globex"), (twice, "email"), (stray, "globex"), (unknown, "FOREIGN KEY")]
    {
        let error = directory.found(&company).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{error}");
        assert!(error.message.contains(named), "{error} names {named}");
        assert!(directory.is_empty().unwrap(), "nothing of it was written");
    }
}

#[test]
fn the_audit_cannot_be_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("directory.db");
    founded(&file);
    let connection = rusqlite::Connection::open(&file).unwrap();
    for sql in ["UPDATE audit SET reason = 'x'", "DELETE FROM audit", "DELETE FROM audit_people"] {
        let error = connection.execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{sql}: {error}");
    }
}

#[test]
fn a_provider_that_moved_takes_its_people_along() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("directory.db");
    founded(&file);
    let directory = Directory::open(&Database::file(&file), Hand::at(NOW)).unwrap();
    let there = Issuer::new("http://127.0.0.1:4711").unwrap();
    directory.move_issuer(&there).unwrap();
    directory.move_issuer(&there).unwrap();
    assert_eq!(directory.person_by_email(&issuer(), "ada@acme.example").unwrap(), None);
    let (same, _) = directory.person_by_email(&there, "ada@acme.example").unwrap().unwrap();
    assert_eq!(same, subject("ada"), "roles and subjects stay");
}
