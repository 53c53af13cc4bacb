//! The audit's chain: exported, checked, and any change of it found.

use std::ops::ControlFlow;

use aws_lc_rs::digest::{SHA256, digest};
use keyward_directory::{Directory, ExportedAudit, Flaw, FlawKind, VerifiedAudit, verify_audit};
use keyward_model::ErrorCode;
use proptest::{
    prelude::{Strategy, any, prop, prop_oneof},
    sample::Index,
    test_runner::TestRunner,
};

use crate::{
    company::tenant,
    engine::{Engine, Scratch, on_both_engines},
    house::{Hand, House, NOW, define, give, take, wish},
    storage::begin,
};

on_both_engines!(
    an_export_checks_out_and_so_does_one_without_entries,
    the_newest_hash_that_people_see_is_the_one_to_pin,
    a_row_changed_behind_the_directorys_back_is_found,
);

/// A company with six entries, some of them with words that JSON escapes.
fn busy(scratch: &Scratch) -> Directory {
    let directory = begin(&scratch.at());
    let caller = House::caller("ada", "acme");
    for reason in
        [Some("Krankheit – „Zoë“ \\ \"vic\"\nzweite Zeile\u{1}\u{7f}"), None, Some("x"), Some("𝒳 ✓"), None]
    {
        let held = directory.person(&caller, &crate::company::person("nil")).unwrap().row.roles;
        let change = if held.is_empty() { give("nil", "viewer") } else { take("nil", "viewer") };
        let mut changes = vec![change, give("zoe", "editor")];
        if reason == Some("x") {
            changes.push(define("support", "Súpport \"x\"", "people:read"));
        }
        let mut request = wish(changes);
        request.reason = reason.map(str::to_owned);
        let plan = directory.plan(&caller, request).unwrap();
        directory.apply(&caller, &plan.id).unwrap();
    }
    directory
}

fn export(directory: &Directory) -> (Vec<u8>, ExportedAudit) {
    let mut file = Vec::new();
    let exported = directory.export_audit(&tenant("acme"), &mut file).unwrap();
    (file, exported)
}

fn verify(file: &[u8], pinned: Option<&str>) -> Result<VerifiedAudit, Flaw> {
    verify_audit(file, pinned)
}

fn lines(file: &[u8]) -> Vec<&[u8]> {
    file.split_inclusive(|byte| *byte == b'\n').collect()
}

async fn an_export_checks_out_and_so_does_one_without_entries(engine: Engine) {
    let scratch = Scratch::new(engine);
    let (file, exported) = export(&busy(&scratch));
    assert_eq!(exported.entries, 6);
    let verified = VerifiedAudit { tenant: tenant("acme"), entries: 6, newest: exported.newest.clone() };
    assert_eq!(verify(&file, Some(&exported.newest)), Ok(verified));
    let text = String::from_utf8(file).unwrap();
    assert!(
        text.starts_with(
            "{\"keyward\":\"audit\",\"tenant\":\"acme\",\"v\":1}\n{\"actor\":\"ada\",\"at\":1795335000,"
        ),
        "{text}"
    );

    let mut empty = Vec::new();
    let directory = Directory::open(&scratch.at(), Hand::at(NOW)).unwrap();
    assert_eq!(directory.export_audit(&tenant("globex"), &mut empty).unwrap().entries, 0);
    assert_eq!(verify(&empty, None).unwrap().entries, 0);
    let nobody = directory.export_audit(&tenant("initech"), &mut empty).unwrap_err();
    assert_eq!(nobody.code, ErrorCode::TenantUnknown);
}

async fn the_newest_hash_that_people_see_is_the_one_to_pin(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    for change in [give("nil", "viewer"), take("nil", "viewer")] {
        let plan = house.plan(&ada, &wish(vec![change])).await.expect(201);
        house.apply(&ada, &plan).await.expect(200);
    }
    let page = house.get("/v1/tenants/acme/audit?limit=1", &ada).await.expect(200);
    let hash = page["entries"][0]["hash"].as_str().unwrap();
    let (file, exported) = export(&house.directory);
    assert_eq!(exported.newest, hash);
    verify(&file, Some(hash)).unwrap();
    let nil = house.get("/v1/tenants/acme/people/nil", &ada).await.expect(200);
    assert_eq!(nil["history"][0]["hash"], hash, "a person's own lines have it too");
}

async fn a_row_changed_behind_the_directorys_back_is_found(engine: Engine) {
    let scratch = Scratch::new(engine);
    let directory = busy(&scratch);
    let off = match engine {
        Engine::Sqlite => "DROP TRIGGER audit_is_not_changed",
        Engine::Postgres => "DROP TRIGGER audit_stays ON audit",
    };
    scratch
        .sql(&format!("{off}; UPDATE audit SET reason = 'y' WHERE tenant = 'acme' AND number = 4"))
        .unwrap();
    let flaw = verify(&export(&directory).0, None).unwrap_err();
    assert_eq!((flaw.kind, flaw.line), (FlawKind::Changed, 5));
    assert!(flaw.to_string().starts_with("Line 5: Entry 4 was changed"), "{flaw}");
}

#[test]
fn each_kind_of_flaw_is_named_with_its_line() {
    let (file, ExportedAudit { newest, .. }) = export(&busy(&Scratch::new(Engine::Sqlite)));
    let sound = lines(&file);
    let found = |lines: &[&[u8]], pinned: Option<&str>| {
        let flaw = verify(&lines.concat(), pinned).unwrap_err();
        (flaw.line, flaw.kind)
    };
    let without = |n: usize| [&sound[..n], &sound[n + 1..]].concat();
    assert_eq!(found(&without(3), None), (4, FlawKind::Missing), "entry 4 stands where entry 3 was");
    assert_eq!(found(&without(1), None), (2, FlawKind::Missing), "the first");
    assert_eq!(found(&without(6), None), (7, FlawKind::Cut), "the last: its closing line tells");
    assert_eq!(found(&without(7), None), (8, FlawKind::Cut), "the closing line");
    assert_eq!(found(&without(0), None), (1, FlawKind::Foreign), "the first line");
    let mut swapped = sound.clone();
    swapped.swap(2, 4);
    assert_eq!(found(&swapped, None), (3, FlawKind::OutOfOrder));
    let doubled = [&sound[..4], &sound[3..]].concat();
    assert_eq!(found(&doubled, None), (5, FlawKind::Doubled));
    let changed = String::from_utf8(sound[5].to_vec()).unwrap().replace("𝒳", "X");
    let mut rewritten = sound.clone();
    rewritten[5] = changed.as_bytes();
    assert_eq!(found(&rewritten, None), (6, FlawKind::Changed));

    // A whole chain, of what was before: right in itself, and not what was pinned since.
    let shorter = Scratch::new(Engine::Sqlite);
    let (older, _) = export(&begin(&shorter.at()));
    verify(&older, None).unwrap();
    assert_eq!(found(&lines(&older), Some(&newest)), (3, FlawKind::Cut));
    assert_eq!(verify(b"Dear diary", None).unwrap_err().kind, FlawKind::Foreign);
    assert_eq!(verify(b"", None).unwrap_err().kind, FlawKind::Foreign);
}

/// The lines, the reason of one entry rewritten and its hash made to fit; so those of the entries after it, up to the line
/// `until`. As whoever knows the form could do it.
fn forged(file: &[u8], reason: &str, until: usize) -> Vec<Vec<u8>> {
    let hex = |text: &str| -> String {
        digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let mut lines: Vec<String> =
        lines(file).into_iter().map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    let at = lines.iter().position(|line| line.contains(reason)).unwrap();
    lines[at] = lines[at].replace(reason, "nothing to see");
    for n in at..until {
        let text = lines[n].clone();
        let (before, rest) = text.split_once("\"hash\":\"").unwrap();
        let (old, after) = rest.split_once("\",").unwrap();
        let new = hex(format!("{before}{after}").trim_end());
        lines[n] = format!("{before}\"hash\":\"{new}\",{after}");
        if n + 1 < until || lines[n + 1].contains("newest") {
            lines[n + 1] = lines[n + 1].replace(old, &new);
        }
    }
    lines.into_iter().map(String::into_bytes).collect()
}

#[test]
fn a_rewritten_entry_shows_by_the_next_and_a_rewritten_chain_by_a_pinned_hash() {
    let (file, ExportedAudit { newest, .. }) = export(&busy(&Scratch::new(Engine::Sqlite)));
    let flaw = verify(&forged(&file, "𝒳 ✓", 6).concat(), None).unwrap_err();
    assert_eq!((flaw.line, flaw.kind), (7, FlawKind::Changed), "entry 6 follows on another entry 5: {flaw}");
    let all = forged(&file, "𝒳 ✓", 7).concat();
    assert_eq!(verify(&all, None).unwrap().entries, 6, "in itself it is a chain");
    let flaw = verify(&all, Some(&newest)).unwrap_err();
    assert!(flaw.kind == FlawKind::Cut && flaw.to_string().contains("written anew"), "{flaw}");
}

/// One thing done to an export.
#[derive(Debug, Clone)]
enum Deed {
    Change(Index, u8),
    Insert(Index, u8),
    Delete(Index),
    Cut(Index),
    RemoveLine(Index),
    DoubleLine(Index, Index),
    SwapLines(Index, Index),
}

impl Deed {
    fn any() -> impl Strategy<Value = Self> {
        let place = any::<Index>;
        prop_oneof![
            4 => (place(), any::<u8>()).prop_map(|(at, byte)| Self::Change(at, byte)),
            2 => (place(), prop_oneof![any::<u8>(), prop::sample::select(b" \n\r\t0".to_vec())])
                .prop_map(|(at, byte)| Self::Insert(at, byte)),
            2 => place().prop_map(Self::Delete),
            1 => place().prop_map(Self::Cut),
            1 => place().prop_map(Self::RemoveLine),
            1 => (place(), place()).prop_map(|(one, to)| Self::DoubleLine(one, to)),
            1 => (place(), place()).prop_map(|(one, other)| Self::SwapLines(one, other)),
        ]
    }

    fn done(&self, file: &[u8]) -> Vec<u8> {
        let mut bytes = file.to_vec();
        let mut rows = lines(file);
        let count = rows.len();
        match self {
            Self::Change(at, byte) => bytes[at.index(file.len())] = *byte,
            Self::Insert(at, byte) => bytes.insert(at.index(file.len() + 1), *byte),
            Self::Delete(at) => drop(bytes.remove(at.index(file.len()))),
            Self::Cut(at) => bytes.truncate(at.index(file.len())),
            Self::RemoveLine(at) => {
                rows.remove(at.index(count));
                bytes = rows.concat();
            }
            Self::DoubleLine(one, to) => {
                rows.insert(to.index(count + 1), rows[one.index(count)]);
                bytes = rows.concat();
            }
            Self::SwapLines(one, other) => {
                rows.swap(one.index(count), other.index(count));
                bytes = rows.concat();
            }
        }
        bytes
    }
}

#[test]
fn a_key_that_says_nothing_is_no_key_that_was_there() {
    let (file, _) = export(&busy(&Scratch::new(Engine::Sqlite)));
    let text = String::from_utf8(file).unwrap();
    assert_eq!(text.matches("\"roles\":").count(), 1, "only the entry that edited a role has the key");
    for nothing in ["null", "[]"] {
        let mut lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
        lines[1] = lines[1].replace("\"tenant\":", &format!("\"roles\":{nothing},\"tenant\":"));
        let flaw = verify(lines.concat().as_bytes(), None).unwrap_err();
        assert_eq!((flaw.line, flaw.kind), (2, FlawKind::Changed), "{flaw}");
    }
}

#[test]
fn whatever_is_done_to_an_export_is_found() {
    let (file, _) = export(&busy(&Scratch::new(Engine::Sqlite)));
    let mut runner = TestRunner::new(proptest::test_runner::Config { cases: 3_000, ..Default::default() });
    runner
        .run(&Deed::any(), |deed| {
            let altered = deed.done(&file);
            let found = verify(&altered, None);
            proptest::prop_assert_eq!(found.is_err(), altered != file, "{:?}", found);
            Ok(())
        })
        .unwrap();
    let every = (0..file.len()).try_for_each(|at| {
        let mut altered = file.clone();
        altered[at] ^= 0x20;
        if verify(&altered, None).is_err() { ControlFlow::Continue(()) } else { ControlFlow::Break(at) }
    });
    assert_eq!(every, ControlFlow::Continue(()), "each byte matters, and so does its case");
}
