use std::path::Path;

use keyward_model::ErrorCode;

use super::*;

const NOW: Timestamp = Timestamp(100);
const LATER: Timestamp = Timestamp(200);

fn open(store: &Store) -> Result<Families> {
    Families::open(store, Duration::ZERO)
}

fn app() -> ClientId {
    ClientId::new("app").unwrap()
}

fn family(id: &str) -> Family {
    Family {
        id: id.to_owned(),
        subject: Subject::new("ada").unwrap(),
        client: app(),
        scope: "openid".to_owned(),
        audience: "https://api.example/acme".to_owned(),
        covers: Covers::Only(["acme".parse().unwrap(), "globex".parse().unwrap()].into()),
        auth_time: NOW,
        acr: Acr::SecondFactor,
        acrs: "c1".to_owned(),
    }
}

fn rows(families: &Families, table: &str) -> u32 {
    let sql = format!("SELECT count(*) FROM {table}");
    lock(&families.connection).query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_rotated_token_used_again_ends_its_family_and_no_other() {
    let families = open(&Store::Memory).unwrap();
    families.begin(&family("a"), &[1; 32], NOW, LATER).unwrap();
    families.begin(&family("b"), &[9; 32], NOW, LATER).unwrap();
    families.rotate(&app(), &[1; 32], &[2; 32], NOW, LATER).unwrap().unwrap();
    assert_eq!(families.look(&app(), &[2; 32], NOW).unwrap(), Ok(family("a")));
    assert_eq!(families.look(&app(), &[1; 32], NOW).unwrap(), Err(Dead::Reused));
    assert_eq!(
        families.look(&app(), &[2; 32], NOW).unwrap(),
        Err(Dead::Revoked),
        "the thief's or the owner's"
    );
    assert_eq!(families.look(&app(), &[9; 32], NOW).unwrap(), Ok(family("b")));
}

#[test]
fn within_the_grace_the_token_before_may_come_again_and_the_one_before_that_may_not() {
    let families = Families::open(&Store::Memory, Duration::from_secs(10)).unwrap();
    let soon = Timestamp(NOW.0 + 9);
    families.begin(&family("a"), &[1; 32], NOW, LATER).unwrap();
    families.rotate(&app(), &[1; 32], &[2; 32], NOW, LATER).unwrap().unwrap();
    families.rotate(&app(), &[1; 32], &[3; 32], soon, LATER).unwrap().unwrap();
    assert_eq!(
        families.look(&app(), &[2; 32], soon).unwrap(),
        Ok(family("a")),
        "the first answer may come yet"
    );
    let over = Timestamp(NOW.0 + 10);
    assert_eq!(
        families.look(&app(), &[1; 32], over).unwrap(),
        Err(Dead::Reused),
        "coming again buys no time"
    );

    families.begin(&family("b"), &[5; 32], NOW, LATER).unwrap();
    families.rotate(&app(), &[5; 32], &[6; 32], NOW, LATER).unwrap().unwrap();
    families.rotate(&app(), &[6; 32], &[7; 32], NOW, LATER).unwrap().unwrap();
    assert_eq!(families.look(&app(), &[5; 32], NOW).unwrap(), Err(Dead::Reused));
    assert_eq!(families.look(&app(), &[7; 32], NOW).unwrap(), Err(Dead::Revoked));
}

#[test]
fn a_file_of_the_version_before_is_brought_up_to_date_and_its_tokens_stay_good() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issuer.db");
    let before = Connection::open(&path).unwrap();
    before.execute_batch(file::MIGRATIONS[0]).unwrap();
    before.execute_batch("PRAGMA user_version = 1").unwrap();
    before
        .execute_batch(
            "INSERT INTO family VALUES ('a', 'ada', 'app', 'openid', 'https://api.example', 1, NULL)",
        )
        .unwrap();
    before.execute("INSERT INTO link VALUES (?1, 'a', 200, NULL)", [[1; 32]]).unwrap();
    drop(before);
    let found = open(&Store::File(path)).unwrap().look(&app(), &[1; 32], NOW).unwrap().unwrap();
    assert_eq!((found.covers, found.acr), (Covers::Every, Acr::Password));
}

#[test]
fn an_expired_token_is_dead_and_swept_at_the_next_sign_in() {
    let families = open(&Store::Memory).unwrap();
    families.begin(&family("a"), &[1; 32], NOW, LATER).unwrap();
    assert_eq!(families.look(&app(), &[1; 32], LATER).unwrap(), Err(Dead::Expired));
    families.begin(&family("b"), &[2; 32], LATER, Timestamp(300)).unwrap();
    assert_eq!((rows(&families, "family"), rows(&families, "link")), (1, 1));
}

#[test]
fn another_clients_token_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::File(folder.path().join("issuer.db"));
    open(&store).unwrap().begin(&family("a"), &[1; 32], NOW, LATER).unwrap();
    let other = ClientId::new("other").unwrap();
    assert_eq!(open(&store).unwrap().look(&other, &[1; 32], NOW).unwrap(), Err(Dead::Unknown));
    open(&store).unwrap().revoke_token(&other, &[1; 32], NOW).unwrap();
    assert_eq!(open(&store).unwrap().look(&app(), &[1; 32], NOW).unwrap(), Ok(family("a")));
}

#[test]
fn two_processes_with_one_token_have_one_winner() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::File(folder.path().join("issuer.db"));
    open(&store).unwrap().begin(&family("a"), &[1; 32], NOW, LATER).unwrap();
    let racers: Vec<_> = (2..6)
        .map(|n| {
            let families = open(&store).unwrap();
            std::thread::spawn(move || families.rotate(&app(), &[1; 32], &[n; 32], NOW, LATER).unwrap())
        })
        .collect();
    let won = racers.into_iter().map(|racer| racer.join().unwrap()).filter(std::result::Result::is_ok);
    assert_eq!(won.count(), 1);
}

#[test]
fn a_damaged_file_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issuer.db");
    let store = Store::File(path.clone());
    open(&store).unwrap().begin(&family("a"), &[1; 32], NOW, LATER).unwrap();
    let mut overwritten = std::fs::read(&path).unwrap();
    overwritten[100..4096].fill(0xA5);
    for damaged in [b"not a database".to_vec(), vec![0xA5; 8192], overwritten] {
        std::fs::write(&path, &damaged).unwrap();
        let error = open(&store).map(drop).unwrap_err();
        assert_eq!(error.code, ErrorCode::StorageCorrupt, "{error}");
        assert!(error.message.contains("issuer.db"), "{error}");
        assert!(std::fs::read(&path).unwrap() == damaged, "somebody may still rescue it");
    }
}

#[test]
fn a_database_of_another_program_or_a_newer_version_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in [("other.db", "CREATE TABLE t (x)"), ("newer.db", "PRAGMA user_version = 99")] {
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = open(&Store::File(path.clone())).map(drop).unwrap_err();
        assert_eq!(error.code, ErrorCode::StorageCorrupt, "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_refused_files_log_is_not_folded_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let (live, left) = (folder.path().join("live.db"), folder.path().join("left.db"));
    let log = |path: &Path| path.with_extension("db-wal");
    let writer = Connection::open(&live).unwrap();
    writer.pragma_update(None, "journal_mode", "WAL").unwrap();
    writer.execute_batch("CREATE TABLE t (x); PRAGMA user_version = 99").unwrap();
    std::fs::copy(&live, &left).unwrap();
    std::fs::copy(log(&live), log(&left)).unwrap();
    let read = || (std::fs::read(&left).unwrap(), std::fs::read(log(&left)).unwrap());
    let before = read();
    let error = open(&Store::File(left.clone())).map(drop).unwrap_err();
    assert_eq!(error.code, ErrorCode::StorageCorrupt, "{error}");
    assert!(read() == before);
}

#[test]
fn a_full_disk_says_so_and_changes_nothing() {
    let families = open(&Store::Memory).unwrap();
    families.begin(&family("a"), &[0; 32], NOW, LATER).unwrap();
    let pages: u32 = lock(&families.connection).query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    lock(&families.connection).pragma_update(None, "max_page_count", pages).unwrap();
    let error =
        (1..=255).find_map(|n| families.rotate(&app(), &[n - 1; 32], &[n; 32], NOW, LATER).err()).unwrap();
    assert_eq!(error.code, ErrorCode::StorageFull, "{error}");
    let links = u8::try_from(rows(&families, "link")).unwrap();
    assert_eq!(
        families.look(&app(), &[links - 1; 32], NOW).unwrap(),
        Ok(family("a")),
        "the last link still holds"
    );
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(&Store::File(folder.path().join("gone/issuer.db"))).map(drop).unwrap_err();
    assert_eq!(error.code, ErrorCode::StorageFull, "{error}");
}
