//! What may befall a PostgreSQL server and the way to it: said in words that name the database and never the password.

use std::{sync::Barrier, thread};

use keyward_directory::{Database, Directory};
use keyward_model::{Error, ErrorCode};

use crate::{
    cluster::Cluster,
    company::company,
    house::{Hand, House, NOW, give, wish},
    storage::begin,
};

impl Cluster {
    /// A new database without anything in it.
    fn bare(&self) -> String {
        let name = self.name();
        self.administer(&format!("CREATE DATABASE {name} OWNER keyward"));
        name
    }
}

fn open(database: &Database) -> Result<Directory, Error> {
    Directory::open(database, Hand::at(NOW))
}

fn refused(database: &Database) -> Error {
    let error = open(database).unwrap_err();
    assert!(error.message.contains(&database.to_string()), "{error} names the database");
    assert!(!error.message.contains("canary"), "{error} holds a password");
    error
}

#[test]
fn another_programs_database_or_a_later_version_is_left_alone() {
    let Some(cluster) = Cluster::shared() else { return };
    let name = cluster.bare();
    let mut client = cluster.admin(&name);
    client.batch_execute("CREATE EXTENSION pg_stat_statements; CREATE TABLE t (x int)").unwrap();
    assert_eq!(refused(&cluster.at("keyward", &name)).code, ErrorCode::StorageCorrupt);
    let ours = client.query_one("SELECT count(*) FROM pg_class WHERE relname = 'tenants'", &[]).unwrap();
    assert_eq!(ours.get::<_, i64>(0), 0, "nothing was written");
    client.batch_execute("DROP TABLE t").unwrap();
    open(&cluster.at("keyward", &name)).expect("an extension is nobody's");

    client.batch_execute("UPDATE keyward_schema SET version = 99").unwrap();
    let later = refused(&cluster.at("keyward", &name));
    assert_eq!(later.code, ErrorCode::StorageCorrupt);
    assert!(later.message.contains("later version"), "{later}");
}

#[test]
fn servers_that_start_at_once_make_the_tables_once() {
    let Some(cluster) = Cluster::shared() else { return };
    let at = cluster.at("keyward", &cluster.bare());
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                start.wait();
                open(&at).unwrap();
            });
        }
    });
    begin(&at);
}

#[test]
fn whoever_is_not_let_in_is_told_why() {
    let Some(cluster) = Cluster::shared() else { return };
    let name = cluster.database();
    for (user, database, why) in [
        ("locked:canary2", name.as_str(), "password authentication failed"),
        ("locked", name.as_str(), "password"),
        ("nobody:canary", name.as_str(), "does not exist"),
        ("keyward:canary", "nowhere", "does not exist"),
    ] {
        let error = refused(&cluster.at(user, database));
        assert_eq!(error.code, ErrorCode::ConfigInvalid, "{error}");
        assert!(error.message.contains(why), "{error} says {why}");
    }
    let stranger = refused(&cluster.at("locked:canary", &name));
    assert!(stranger.message.contains("permission denied"), "{stranger}");
}

#[test]
fn a_server_that_is_away_is_named() {
    let nowhere = "postgres://ada:canary@127.0.0.1:1/keyward?sslmode=disable".parse().unwrap();
    let away = refused(&nowhere);
    assert_eq!(away.code, ErrorCode::StorageUnavailable);
    assert!(
        away.message.contains("cannot be reached") && away.message.contains("Nothing was changed"),
        "{away}"
    );
}

#[test]
fn a_database_that_may_only_be_read_is_read() {
    let Some(cluster) = Cluster::shared() else { return };
    let name = cluster.database();
    begin(&cluster.at("keyward", &name));
    cluster.administer(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let directory = open(&cluster.at("keyward", &name)).unwrap();
    let caller = House::caller("ada", "acme");
    assert_eq!(directory.audit(&caller, None, None).unwrap().entries.len(), 1);
    let error = directory.plan(&caller, wish(vec![give("vic", "editor")])).unwrap_err();
    assert_eq!(error.code, ErrorCode::StorageFull, "{error}");
    assert!(error.message.contains("read-only") && error.message.contains("Nothing was changed"), "{error}");
}

/// The disk's end is the server's to find; here a trigger finds it, in the middle of an edit.
#[test]
fn a_plan_that_does_not_fit_on_the_servers_disk_is_not_applied_in_part() {
    let Some(cluster) = Cluster::shared() else { return };
    let name = cluster.database();
    let directory = begin(&cluster.at("keyward", &name));
    let caller = House::caller("ada", "acme");
    let plan = directory.plan(&caller, wish(vec![give("nil", "viewer"), give("zoe", "editor")])).unwrap();
    let mut client = cluster.admin(&name);
    client
        .batch_execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$; \
             CREATE TRIGGER no_room BEFORE INSERT ON audit_people EXECUTE FUNCTION no_room()",
        )
        .unwrap();
    let error = directory.apply(&caller, &plan.id).unwrap_err();
    assert_eq!(error.code, ErrorCode::StorageFull, "{error}");
    assert!(error.message.contains(&name) && error.message.contains("Nothing was changed"), "{error}");
    let state = || {
        let entries = directory.audit(&caller, None, None).unwrap().entries.len();
        let nil = directory.person(&caller, &crate::company::person("nil")).unwrap().row;
        (entries, nil.roles.len(), nil.version)
    };
    assert_eq!(state(), (1, 0, 1), "nothing of it was done");
    client.batch_execute("DROP TRIGGER no_room ON audit_people").unwrap();
    directory.apply(&caller, &plan.id).unwrap();
    assert_eq!(state(), (2, 1, 3), "the same plan, once there is room");
}

#[test]
fn a_connection_that_broke_between_two_questions_is_made_anew() {
    let Some(cluster) = Cluster::shared() else { return };
    let name = cluster.database();
    let directory = open(&cluster.at("keyward", &name)).unwrap();
    directory.found(&company()).unwrap();
    let caller = House::caller("ada", "acme");
    let mut admin = cluster.admin("postgres");
    let mut cut = || {
        let sql = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1";
        assert!(!admin.query(sql, &[&name]).unwrap().is_empty(), "there was a connection to break");
    };
    cut();
    assert_eq!(directory.roles(&caller).unwrap().len(), 6);
    cut();
    let plan = directory.plan(&caller, wish(vec![give("vic", "editor")])).unwrap();
    cut();
    directory.apply(&caller, &plan.id).unwrap();
}

#[test]
fn what_others_were_in_the_way_of_is_done_anew_but_not_for_ever() {
    let Some(cluster) = Cluster::shared() else { return };
    let name = cluster.database();
    let directory = begin(&cluster.at("keyward", &name));
    let caller = House::caller("ada", "acme");
    let mut client = cluster.admin(&name);
    // A sequence counts on, whatever becomes of the transaction.
    let in_the_way = |times: u32| {
        format!(
            "DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries; GRANT ALL ON SEQUENCE tries TO keyward; \
             CREATE OR REPLACE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'once more' USING ERRCODE = 'deadlock_detected'; \
             END IF; RETURN NEW; END $$"
        )
    };
    client.batch_execute(&in_the_way(3)).unwrap();
    client.batch_execute("CREATE TRIGGER stumble BEFORE INSERT ON audit EXECUTE FUNCTION stumble()").unwrap();
    let plan = directory.plan(&caller, wish(vec![give("nil", "viewer")])).unwrap();
    assert_eq!(directory.apply(&caller, &plan.id).unwrap().audit, 2);

    client.batch_execute(&in_the_way(1_000)).unwrap();
    let plan = directory.plan(&caller, wish(vec![give("nil", "editor")])).unwrap();
    let error = directory.apply(&caller, &plan.id).unwrap_err();
    assert!(error.message.contains(&name) && error.message.contains("Nothing was changed"), "{error}");
    assert_eq!(directory.audit(&caller, None, None).unwrap().entries.len(), 2);
}

#[test]
fn more_may_ask_at_once_than_there_are_connections() {
    let Some(cluster) = Cluster::shared() else { return };
    let directory = begin(&cluster.at("keyward", &cluster.database()));
    let caller = House::caller("ada", "acme");
    let start = Barrier::new(40);
    thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                start.wait();
                (0..20).for_each(|_| assert_eq!(directory.roles(&caller).unwrap().len(), 6));
            });
        }
    });
}

/// A router holds a directory, and is dropped wherever its server's task ends.
#[test]
fn the_last_handle_may_be_dropped_on_an_async_thread() {
    let Some(cluster) = Cluster::shared() else { return };
    let directory = begin(&cluster.at("keyward", &cluster.database()));
    let caller = House::caller("ada", "acme");
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                start.wait();
                directory.roles(&caller).unwrap()
            });
        }
    });
    tokio::runtime::Runtime::new().unwrap().block_on(async move { drop(directory) });
}
