//! Files that are damaged, foreign or from the future: named, and left as they are.

use std::{fs, path::Path};

use keyward_directory::{Database, Directory};
use keyward_model::ErrorCode;

use crate::{
    house::{Hand, NOW},
    storage::begin,
};

fn founded(file: &Path) {
    begin(&Database::file(file));
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
    // Where a page begins: the middle of one may be empty, and damage there damages nothing.
    let middle = sound.len() / 2 / 4096 * 4096;
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
