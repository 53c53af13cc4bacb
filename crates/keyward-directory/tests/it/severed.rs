//! A server or a connection that ends in the middle of an edit: the plan is wholly there or not at all, and the
//! answer says which.

use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    thread,
    time::Duration,
};

use keyward_directory::{Caller, Database, Directory};
use keyward_model::{Applied, ErrorCode, PlanId, Result};
use postgres::{Client, NoTls};

use crate::{
    cluster::Cluster,
    company::{person, role},
    house::{Hand, House, NOW, give, wish},
    storage::begin,
};

impl Cluster {
    /// The server's socket.
    fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// Waits while the server picks itself up.
    fn wait_until_it_answers(&self) {
        let mut config = postgres::Config::new();
        config.host_path(&self.folder).user("postgres").dbname("postgres");
        for _ in 0..1_000 {
            if config.connect(NoTls).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("PostgreSQL does not come back");
    }
}

/// Edits that give something to two people, and what became of one.
struct Edit {
    directory: Directory,
    caller: Caller,
    plan: PlanId,
}

impl Edit {
    fn planned(database: &Database) -> Self {
        let directory = begin(database);
        let caller = House::caller("ada", "acme");
        let plan =
            directory.plan(&caller, wish(vec![give("nil", "viewer"), give("zoe", "editor")])).unwrap().id;
        Self { directory, caller, plan }
    }

    fn apply(&self) -> Result<Applied> {
        self.directory.apply(&self.caller, &self.plan)
    }

    /// Whether it was done, by a directory that has not seen it; wholly or not at all.
    fn is_done(&self, database: &Database) -> bool {
        let directory = Directory::open(database, Hand::at(NOW)).unwrap();
        let audit = directory.audit(&self.caller, None, None).unwrap().entries.len();
        let held = |who, what| {
            let row = directory.person(&self.caller, &person(who)).unwrap().row;
            (row.roles.contains(&role(what)), row.version)
        };
        match (audit, held("nil", "viewer"), held("zoe", "editor")) {
            (2, (true, 3), (true, 3)) => true,
            (1, (false, 1), (false, 1)) => false,
            other => panic!("done in part: {other:?}"),
        }
    }
}

/// Makes edits stop in their middle, until `gate` ends.
fn stop_in_the_middle(gate: &mut Client) {
    gate.batch_execute(
        "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END $$; \
         CREATE TRIGGER stop BEFORE INSERT ON audit_people FOR EACH ROW EXECUTE FUNCTION stop(); \
         SELECT pg_advisory_lock(1)",
    )
    .unwrap();
}

/// The server's process that has stopped there.
fn stopped(gate: &mut Client) -> i32 {
    for _ in 0..1_000 {
        let sql = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND NOT granted";
        if let Some(row) = gate.query_opt(sql, &[]).unwrap() {
            return row.get(0);
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("the edit does not come to its middle");
}

fn ends_in_the_middle(end: impl Fn(&mut Client, i32)) {
    // Not the one that others share: a killed process makes the server begin anew.
    let Some(cluster) = Cluster::start() else { return };
    let name = cluster.database();
    let at = cluster.at("keyward", &name);
    let edit = Edit::planned(&at);
    let mut gate = cluster.admin(&name);
    stop_in_the_middle(&mut gate);
    let answer = thread::scope(|scope| {
        let applying = scope.spawn(|| edit.apply());
        let process = stopped(&mut gate);
        end(&mut gate, process);
        drop(gate);
        applying.join().unwrap()
    });
    cluster.wait_until_it_answers();
    if let Err(error) = &answer {
        assert!(error.message.contains("Nothing was changed"), "{error}");
    }
    assert_eq!(edit.is_done(&at), answer.is_ok(), "{answer:?}");
    if answer.is_err() {
        edit.apply().unwrap();
        assert!(edit.is_done(&at), "the same plan, once the server is back");
    }
}

#[test]
fn a_session_that_is_ended_in_the_middle_of_an_edit_leaves_all_or_nothing() {
    ends_in_the_middle(|gate, process| {
        gate.execute("SELECT pg_terminate_backend($1, 5000)", &[&process]).unwrap();
    });
}

#[test]
fn a_server_that_is_killed_in_the_middle_of_an_edit_leaves_all_or_nothing() {
    ends_in_the_middle(|_, process| {
        let killed = Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
        assert!(killed.success());
    });
}

/// What the way to the server does with the next COMMIT.
const PASS: u8 = 0;
const SWALLOW: u8 = 1;
const DELIVER_AND_BREAK: u8 = 2;

/// A way to a server's socket that breaks at a COMMIT when told to.
struct Way {
    mood: Arc<AtomicU8>,
}

impl Way {
    fn lay(from: &Path, to: &Path) -> Self {
        let mood = Arc::new(AtomicU8::new(PASS));
        let listener = UnixListener::bind(from).unwrap();
        let (to, told) = (to.to_owned(), mood.clone());
        thread::spawn(move || {
            for near in listener.incoming().map_while(std::result::Result::ok) {
                let far = UnixStream::connect(&to).unwrap();
                let (mut back_from, mut back_to) = (far.try_clone().unwrap(), near.try_clone().unwrap());
                thread::spawn(move || std::io::copy(&mut back_from, &mut back_to));
                let told = told.clone();
                thread::spawn(move || carry(near, far, &told));
            }
        });
        Self { mood }
    }
}

fn carry(mut near: UnixStream, mut far: UnixStream, mood: &AtomicU8) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(length @ 1..) = near.read(&mut bytes) {
        let part = &bytes[..length];
        // A text ends with a zero byte; READ COMMITTED goes on.
        let commit = part.windows(7).any(|window| window == b"COMMIT\0");
        match if commit { mood.swap(PASS, Ordering::SeqCst) } else { PASS } {
            PASS => far.write_all(part).unwrap(),
            mood => {
                // Ours is told nothing more; the server may still be told to commit.
                near.shutdown(std::net::Shutdown::Both).unwrap();
                if mood == DELIVER_AND_BREAK {
                    far.write_all(part).unwrap();
                }
                break;
            }
        }
    }
    let _ = far.shutdown(std::net::Shutdown::Write);
}

#[test]
fn a_commit_that_nobody_answered_is_looked_up_and_done_once() {
    let Some(cluster) = Cluster::shared() else { return };
    for mood in [SWALLOW, DELIVER_AND_BREAK] {
        let name = cluster.database();
        let folder = tempfile::tempdir().unwrap();
        let way = Way::lay(&folder.path().join(".s.PGSQL.5432"), &cluster.socket());
        let there = folder.path().to_str().unwrap().replace('/', "%2F");
        let edit = Edit::planned(&format!("postgres://keyward@{there}/{name}").parse().unwrap());
        way.mood.store(mood, Ordering::SeqCst);
        let applied = edit.apply().unwrap();
        assert_eq!(way.mood.load(Ordering::SeqCst), PASS, "it did break");
        assert_eq!(applied.audit, 2);
        assert!(edit.is_done(&cluster.at("keyward", &name)));
        let again = edit.apply().unwrap_err();
        assert_eq!(again.code, ErrorCode::PlanExpired, "{again}");
    }
}
