//! Many that write at once: in one tenant they queue, in two they do not meet.

use std::{
    collections::BTreeMap,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use keyward_directory::Directory;
use keyward_model::{AuditPage, Change, ErrorCode};

use crate::{
    cluster::Cluster,
    company::{company, person},
    engine::{Engine, on_both_engines},
    house::{Hand, House, NOW, give, take, wish},
};

on_both_engines!(
    many_writers_of_one_tenant_leave_an_audit_without_gaps,
    whoever_asks_while_others_write_sees_one_state,
);

const WRITERS: usize = 4;
const PLANS: usize = 12;

/// Everybody edits everybody, each through a directory of their own, as several servers would.
async fn many_writers_of_one_tenant_leave_an_audit_without_gaps(engine: Engine) {
    let house = House::new(engine).await;
    let start = Barrier::new(WRITERS);
    let refused: Vec<ErrorCode> = thread::scope(|scope| {
        let write = |writer: usize| {
            let directory = Directory::open(&house.scratch.at(), house.clock.clone()).unwrap();
            let caller = House::caller(["ada", "ben"][writer % 2], "acme");
            start.wait();
            let edits = (0..PLANS).map(|n| edit(writer, n));
            let applied = edits.map(|change| {
                let plan = directory.plan(&caller, wish(vec![change]))?;
                directory.apply(&caller, &plan.id)
            });
            applied.filter_map(|done| done.err().map(|error| error.code)).collect::<Vec<_>>()
        };
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for code in &refused {
        *codes.entry(format!("{code:?}")).or_default() += 1;
    }
    // Stale by another's edit, or so already.
    let fair = [ErrorCode::PlanStale, ErrorCode::InvalidRequest];
    assert!(
        refused.iter().all(|code| fair.contains(code)),
        "refused for what they wrote, and not for each other: {codes:?}"
    );
    let AuditPage { entries, .. } =
        house.directory.audit(&House::caller("vic", "acme"), None, Some(200)).unwrap();
    let numbers: Vec<u64> = entries.iter().rev().map(|entry| entry.number).collect();
    let applied = (WRITERS * PLANS - refused.len()) as u64;
    assert_eq!(numbers, (1..=applied).collect::<Vec<_>>(), "one entry each, refused: {codes:?}");
}

fn edit(writer: usize, n: usize) -> Change {
    let who = ["zoe", "ann", "bob", "eli", "sam", "nil"][(writer + n) % 6];
    if n.is_multiple_of(2) { give(who, "support") } else { take(who, "support") }
}

/// A person's version is that of the last entry about them: of two states it would not be.
async fn whoever_asks_while_others_write_sees_one_state(engine: Engine) {
    let house = House::new(engine).await;
    let caller = House::caller("ada", "acme");
    let written = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..60 {
                let change = if n % 2 == 0 { give("vic", "support") } else { take("vic", "support") };
                let plan = house.directory.plan(&caller, wish(vec![change])).unwrap();
                house.directory.apply(&caller, &plan.id).unwrap();
            }
            written.store(true, Ordering::SeqCst);
        });
        while !written.load(Ordering::SeqCst) {
            let vic = house.directory.person(&caller, &person("vic")).unwrap();
            assert_eq!(vic.row.version, vic.history.first().map_or(1, |entry| entry.number + 1));
        }
    });
}

#[test]
fn a_tenant_that_is_being_written_keeps_nobody_from_another() {
    let Some(cluster) = Cluster::shared() else { return };
    let name = cluster.database();
    let patience = cluster.at("keyward", &format!("{name}?options=-c%20lock_timeout%3D100ms"));
    let directory = Directory::open(&patience, Hand::at(NOW)).unwrap();
    directory.found(&company()).unwrap();
    let mut other = cluster.admin(&name);
    let mut writing = other.transaction().unwrap();
    writing.execute("SELECT FROM tenants WHERE id = 'acme' FOR NO KEY UPDATE", &[]).unwrap();

    let apply = |who: &str, tenant: &str, change: Change| {
        let caller = House::caller(who, tenant);
        let plan = directory.plan(&caller, wish(vec![change]))?;
        directory.apply(&caller, &plan.id)
    };
    apply("gus", "globex", give("ada", "editor")).unwrap();
    let busy = apply("ada", "acme", give("vic", "support")).unwrap_err();
    assert_eq!(busy.code, ErrorCode::StorageUnavailable);
    assert!(
        busy.message.contains(&name) && busy.message.contains("Nothing was changed; try again"),
        "{busy}"
    );
    writing.rollback().unwrap();
    apply("ada", "acme", give("vic", "support")).unwrap();
}
