use std::{panic::resume_unwind, path::Path, thread};

use proptest::prelude::*;

use super::*;
use crate::store::values;

/// How a change ends.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Keep,
    Refuse,
    /// A key is broken, after a row that is good.
    Break,
    Panic,
    /// What does not fit on the disk.
    Fill,
}

fn deed() -> impl Strategy<Value = Deed> {
    use Deed::*;
    prop_oneof![6 => Just(Keep), 2 => Just(Refuse), 2 => Just(Break), 1 => Just(Panic), 1 => Just(Fill)]
}

/// A disk with room for small rows, and not for a large one.
fn writer(file: &Path) -> Writer {
    let connection = Connection::open(file).unwrap();
    let tables =
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL); INSERT INTO notes VALUES (0, '')";
    connection
        .execute_batch(&format!("PRAGMA journal_mode = WAL; {tables}; PRAGMA max_page_count = 100"))
        .unwrap();
    Writer::new(connection)
}

fn note(tx: &Tx<'_>, id: i64, text: &str) -> Tried<()> {
    tx.run("INSERT INTO notes (id, text) VALUES (?, ?)", values![id, text]).map(drop)
}

/// Two notes, or none.
fn write(writer: &Writer, id: i64, deed: Deed) -> bool {
    let change = |tx: &Tx<'_>| {
        note(tx, id, "first")?;
        match deed {
            Deed::Keep => {}
            Deed::Refuse => return Err(Fault::Damaged("refused".to_owned())),
            Deed::Break => note(tx, 0, "again")?,
            Deed::Panic => resume_unwind(Box::new("a bug")),
            Deed::Fill => note(tx, -id, &"x".repeat(1_000_000))?,
        }
        note(tx, id + 1, "second")
    };
    matches!(catch_unwind(AssertUnwindSafe(|| writer.write(change))), Ok(Ok(())))
}

fn notes(file: &Path) -> Vec<i64> {
    let connection = Connection::open(file).unwrap();
    let mut statement = connection.prepare("SELECT id FROM notes WHERE id <> 0 ORDER BY id").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whoever is told that their change was kept finds it in the file at once; of any other there is nothing.
    #[test]
    fn what_is_answered_is_what_is_kept_whatever_the_others_do(
        scripts in prop::collection::vec(prop::collection::vec(deed(), 1..8), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.db");
        let writer = writer(&file);
        let kept = thread::scope(|scope| {
            let threads: Vec<_> = (1..).zip(&scripts).map(|(n, script)| {
                let (writer, file) = (&writer, &file);
                scope.spawn(move || {
                    let mut kept = Vec::new();
                    for (turn, deed) in (0..).zip(script) {
                        let id = n * 1_000 + turn * 2;
                        if write(writer, id, *deed) {
                            kept.extend([id, id + 1]);
                            assert!(notes(file).contains(&(id + 1)), "answered, and so in the file");
                        }
                    }
                    kept
                })
            }).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        prop_assert_eq!(notes(&file), kept);
        let alone = scripts.len() == 1;
        let good = scripts.iter().flatten().filter(|deed| matches!(deed, Deed::Keep)).count();
        prop_assert!(!alone || notes(&file).len() == 2 * good, "nobody is in the way of one alone");
    }
}

#[test]
fn who_waits_meanwhile_shares_the_commit_and_is_answered_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.db");
    let writer = writer(&file);
    thread::scope(|scope| {
        writer
            .write(|tx| {
                for n in 1..=3 {
                    let (writer, file) = (&writer, &file);
                    scope.spawn(move || {
                        writer.write(|tx| {
                            assert!(notes(file).is_empty(), "nothing is kept before the last is done");
                            note(tx, n, "shared")
                        })
                    });
                }
                while writer.waiting.load(Ordering::SeqCst) < 3 {
                    thread::yield_now();
                }
                note(tx, 4, "first")
            })
            .unwrap();
        assert_eq!(notes(&file), [1, 2, 3, 4], "the first is answered when all are kept");
    });
}

#[test]
fn a_refusal_takes_back_nothing_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.db");
    let writer = writer(&file);
    thread::scope(|scope| {
        let (second, third) = writer
            .write(|tx| {
                let second = scope.spawn(|| write(&writer, 20, Deed::Break));
                while writer.waiting.load(Ordering::SeqCst) < 1 {
                    thread::yield_now();
                }
                let third = scope.spawn(|| write(&writer, 30, Deed::Keep));
                while writer.waiting.load(Ordering::SeqCst) < 2 {
                    thread::yield_now();
                }
                note(tx, 10, "first")?;
                Ok((second, third))
            })
            .unwrap();
        assert_eq!((second.join().unwrap(), third.join().unwrap()), (false, true));
    });
    assert_eq!(notes(&file), [10, 30, 31]);
}
