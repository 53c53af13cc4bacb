//! A directory moved between engines, and files that are not taken.

use std::io::Cursor;

use keyward_directory::{Directory, verify_audit};
use keyward_model::{Error, ErrorCode};
use proptest::{prelude::any, sample::Index, test_runner::TestRunner};

use crate::{
    company::{company, member, person, tenant},
    engine::{Engine, Scratch, on_both_engines},
    house::{Hand, House, NOW, give, remove, take, wish},
};

on_both_engines!(
    a_directory_that_went_to_the_other_engine_and_back_is_the_same_byte_for_byte,
    a_directory_that_is_not_empty_takes_no_import,
    a_file_that_was_cut_or_damaged_leaves_the_directory_empty,
    a_file_of_another_version_is_refused,
);

fn open(scratch: &Scratch) -> Directory {
    Directory::open(&scratch.at(), Hand::at(NOW)).unwrap()
}

/// Acme and Globex, people with names that are hard to keep, and edits with and without reasons.
fn awkward(scratch: &Scratch) -> Directory {
    let mut company = company();
    company.tenants[0].name = "A\"c\\m/e\n\u{7f}\u{1} – ＡＣＭＥ".to_owned();
    company.roles[5].description = String::new();
    for (id, name) in [
        ("rtl", "\u{202e}עברית ﷽"),
        ("emo", "👩‍👩‍👧‍👦 𝒳"),
        ("nfd", "Zoe\u{308} A\u{30a}ngstro\u{308}m"),
        ("nul", ""),
        ("quo", "'); DROP TABLE people; -- ?1 $1"),
        ("big", &"Ł".repeat(2_000)),
    ] {
        company.people.push(member(id, name, &[("acme", "()"), ("globex", "viewer")]));
    }
    // Enough for several pages of a table.
    let crowd = (0..450).map(|n| member(&format!("crowd-{n}"), "Crowd", &[("globex", "viewer support")]));
    company.people.extend(crowd);
    let directory = open(scratch);
    directory.found(&company).unwrap();
    let caller = House::caller("ada", "acme");
    for (changes, reason) in [
        (vec![give("emo", "editor"), take("vic", "viewer")], Some("„Quarter“\n\u{1}")),
        (vec![remove("zoe"), give("nfd", "viewer")], None),
        (vec![take("nfd", "viewer")], Some("   ")),
    ] {
        let mut request = wish(changes);
        request.reason = reason.map(str::to_owned);
        let plan = directory.plan(&caller, request).unwrap();
        directory.apply(&caller, &plan.id).unwrap();
    }
    directory.plan(&caller, wish(vec![give("nul", "viewer")])).unwrap();
    directory
}

fn export(directory: &Directory) -> Vec<u8> {
    let mut file = Vec::new();
    directory.export(&mut file).unwrap();
    file
}

fn import(directory: &Directory, file: &[u8]) -> Result<u64, Error> {
    directory.import(&mut Cursor::new(file)).map(|moved| moved.rows)
}

fn other(engine: Engine) -> Engine {
    match engine {
        Engine::Postgres => Engine::Sqlite,
        Engine::Sqlite if crate::cluster::Cluster::shared().is_some() => Engine::Postgres,
        Engine::Sqlite => Engine::Sqlite,
    }
}

async fn a_directory_that_went_to_the_other_engine_and_back_is_the_same_byte_for_byte(engine: Engine) {
    let (here, there, back) = (Scratch::new(engine), Scratch::new(other(engine)), Scratch::new(engine));
    let first = export(&awkward(&here));
    let there = open(&there);
    let rows = import(&there, &first).unwrap();
    assert_eq!(rows as usize + 2, first.iter().filter(|byte| **byte == b'\n').count(), "a line for each row");
    let second = export(&there);
    let back = open(&back);
    import(&back, &second).unwrap();
    for (file, way) in [(second, "there"), (export(&back), "back")] {
        let differ = first.iter().zip(&file).position(|(one, other)| one != other);
        assert!(file == first, "on the way {way}, from byte {differ:?}");
    }
    // It lives: searched, edited, and its audit goes on where it was.
    let caller = House::caller("ada", "acme");
    let plan = back.plan(&caller, wish(vec![give("nul", "viewer")])).unwrap();
    assert_eq!(back.apply(&caller, &plan.id).unwrap().audit, 4);
    let mut audit = Vec::new();
    back.export_audit(&tenant("acme"), &mut audit).unwrap();
    assert_eq!(verify_audit(&*audit, None).unwrap().entries, 4);
    assert!(back.person(&caller, &person("emo")).unwrap().holdings[0].reason.is_some());
}

async fn a_directory_that_is_not_empty_takes_no_import(engine: Engine) {
    let (full, other) = (Scratch::new(engine), Scratch::new(engine));
    let file = export(&awkward(&full));
    let other = open(&other);
    other.found(&company()).unwrap();
    let before = export(&other);
    let error = import(&other, &file).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequest);
    assert!(error.message.contains("not empty"), "{error}");
    assert!(export(&other) == before, "it is as it was");
}

async fn a_file_that_was_cut_or_damaged_leaves_the_directory_empty(engine: Engine) {
    let (full, empty) = (Scratch::new(engine), Scratch::new(engine));
    let file = export(&awkward(&full));
    let empty = open(&empty);
    let lines: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let refused = |lines: &[&[u8]], named: &str| {
        let error = import(&empty, &lines.concat()).unwrap_err();
        assert!(error.message.starts_with(named), "{error} names {named}");
        assert!(error.message.contains("Nothing was changed"), "{error}");
        assert!(empty.is_empty().unwrap(), "nothing of it was written");
    };
    refused(&lines[..700], "Line 701 ");
    refused(&[&lines[..700], &[&lines[700][..20]]].concat(), "Line 701 ");
    refused(&[&lines[..7], &lines[8..]].concat(), "Line 8 ");
    refused(&[&lines[..7], &lines[6..]].concat(), "Line 8 ");
    let last = lines.len() - 1;
    refused(&[&lines[..last - 1], &lines[last..]].concat(), &format!("Line {last} "));
    refused(&[&lines[..], &lines[1..2]].concat(), &format!("Line {} ", lines.len() + 1));
    let changed = String::from_utf8(lines[9].to_vec()).unwrap().replace("globex.example", "globes.example");
    assert_ne!(changed.as_bytes(), lines[9]);
    refused(&[&lines[..9], &[changed.as_bytes()], &lines[10..]].concat(), "Line 10 ");
    refused(&[b"Dear diary\n"], "Line 1 ");
    refused(&[], "Line 1 ");
    import(&empty, &file).unwrap();
}

async fn a_file_of_another_version_is_refused(engine: Engine) {
    let (full, empty) = (Scratch::new(engine), Scratch::new(engine));
    let file = String::from_utf8(export(&awkward(&full))).unwrap();
    let (head, rest) = file.split_once('\n').unwrap();
    for later in [head.replace("\"v\":1", "\"v\":2"), head.replace("\"schema\":", "\"schema\":9")] {
        assert_ne!(later, head);
        let error = import(&open(&empty), format!("{later}\n{rest}").as_bytes()).unwrap_err();
        assert!(error.message.contains("export with the version that imports"), "{error}");
    }
}

#[test]
fn no_changed_byte_gets_past_an_import() {
    let (full, empty) = (Scratch::new(Engine::Sqlite), Scratch::new(Engine::Sqlite));
    let directory = open(&full);
    directory.found(&company()).unwrap();
    let file = export(&directory);
    let empty = open(&empty);
    TestRunner::default()
        .run(&(any::<Index>(), any::<u8>()), |(at, byte)| {
            let at = at.index(file.len());
            proptest::prop_assume!(file[at] != byte);
            let mut altered = file.clone();
            altered[at] = byte;
            let line = 1 + file[..at].iter().filter(|byte| **byte == b'\n').count();
            let error = import(&empty, &altered).unwrap_err();
            // A newline more or less, and what is not whole is noticed on the line or on the next.
            let named = [line, line + 1].iter().any(|line| error.message.contains(&format!("Line {line} ")));
            proptest::prop_assert!(named || line == 1, "{} at line {}", error, line);
            Ok(())
        })
        .unwrap();
}
