//! Files that are damaged, foreign or from the future: named, and left as they are.

use std::{fs, path::Path};

use keyward_directory::{Database, Directory};
use keyward_model::ErrorCode;

use crate::{
    house::{Hand, House, NOW, give, wish},
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

/// So large that nobody waits for its check.
fn filled(file: &Path) {
    founded(file);
    let connection = rusqlite::Connection::open(file).unwrap();
    let words = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60000) \
                 INSERT INTO words (tenant, person, word) SELECT 'acme', 'ada', printf('%064d', n) FROM n";
    connection.execute_batch(words).unwrap();
    drop(connection);
    assert!(fs::metadata(file).unwrap().len() > 8_000_000);
}

fn edit(directory: &Directory) -> Result<(), keyward_model::Error> {
    directory.plan(&House::caller("ada", "acme"), wish(vec![give("vic", "support")])).map(drop)
}

#[test]
fn a_large_file_is_read_from_at_once_and_written_to_after_its_check() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("directory.db");
    filled(&file);
    let directory = Directory::open(&Database::file(&file), Hand::at(NOW)).unwrap();
    assert!(!directory.is_empty().unwrap());
    edit(&directory).unwrap();
}

#[test]
fn damage_in_a_large_file_is_found_before_anything_is_written_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("directory.db");
    filled(&file);
    let sound = fs::read(&file).unwrap();
    let mut damaged = sound.clone();
    // Far from all that opening it looks at.
    let place = sound.len() * 3 / 4 / 4096 * 4096;
    damaged[place..place + 4096].fill(0x5a);
    fs::write(&file, &damaged).unwrap();

    let named = |error: keyward_model::Error| {
        assert_eq!(error.code, ErrorCode::StorageCorrupt, "{error}");
        assert!(error.message.contains(file.to_str().unwrap()), "{error} names the file");
    };
    match Directory::open(&Database::file(&file), Hand::at(NOW)) {
        // The check may have got there first.
        Err(error) => named(error),
        Ok(directory) => {
            named(edit(&directory).unwrap_err());
            named(directory.is_empty().unwrap_err());
        }
    }
    assert!(fs::read(&file).unwrap() == damaged, "the file is as it was");
}
