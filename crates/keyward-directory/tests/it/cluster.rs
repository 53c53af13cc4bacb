//! A real PostgreSQL that the tests start for themselves: a cluster in a temporary folder, on a socket in it and
//! nowhere else, run by an ordinary user.
//!
//! A shell holds it on a leash: when its standard input ends, because the cluster is dropped or this
//! process has ended in whatever way, it stops the server and removes the folder.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use keyward_directory::{Database, Directory};
use keyward_model::SystemClock;
use postgres::{Client, NoTls};

/// What the shell does. The database's language is English, which orders text otherwise than by its bytes.
const LEASH: &str = r#"
set -eu
folder=$1 bin=$2
"$bin/initdb" --pgdata="$folder/data" --no-sync --username=postgres --auth=trust --encoding=UTF8 \
    --locale=C --locale-provider=icu --icu-locale=en >"$folder/log" 2>&1
echo 'local all locked scram-sha-256' | cat - "$folder/data/pg_hba.conf" >"$folder/hba"
cp "$folder/hba" "$folder/data/pg_hba.conf"
"$bin/pg_ctl" start --wait --pgdata="$folder/data" --log="$folder/log" \
    --options="-c listen_addresses= -c unix_socket_directories=$folder" >/dev/null
echo ready
read -r _ || true
"$bin/pg_ctl" stop --mode=immediate --pgdata="$folder/data" >/dev/null || true
cd / && rm -rf "$folder"
"#;
/// The database that others are copied from: ours, migrated and empty.
const TEMPLATE: &str = "keyward_template";

/// A running cluster.
pub struct Cluster {
    /// Where it and its socket are.
    pub folder: PathBuf,
    shell: Child,
    made: AtomicU32,
}

impl Cluster {
    /// The one that tests share. None where PostgreSQL is not installed, which is said once.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: LazyLock<Option<Cluster>> = LazyLock::new(Cluster::start);
        SHARED.as_ref()
    }

    /// One of a test's own, for what the others would not survive.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let required = std::env::var_os("KEYWARD_REQUIRE_PROVIDERS").is_some();
            assert!(!required, "PostgreSQL is required, and is not installed");
            let _ = writeln!(std::io::stderr(), "skipped, because PostgreSQL is not installed");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("keyward-pg-").tempdir().unwrap().keep();
        let mut shell = shell(&folder);
        shell.args(["sh", "-c", LEASH, "sh"]).args([&folder, &programs]).current_dir("/");
        // A Ctrl-C reaches us, and the shell through us.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = shell.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert_eq!(line, "ready\n", "PostgreSQL does not start: {}", log());
        let cluster = Self { folder, shell, made: AtomicU32::new(0) };
        cluster.administer("CREATE ROLE keyward LOGIN");
        cluster.administer("CREATE ROLE locked LOGIN PASSWORD 'canary'");
        cluster.administer(&format!("CREATE DATABASE {TEMPLATE} OWNER keyward"));
        drop(Directory::open(&cluster.at("keyward", TEMPLATE), Arc::new(SystemClock)).unwrap());
        Some(cluster)
    }

    /// A new database, ours, migrated and empty.
    pub fn database(&self) -> String {
        let name = self.name();
        self.administer(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER keyward"));
        name
    }

    /// Where a database is, for this user or `USER:PASSWORD`.
    pub fn at(&self, user: &str, database: &str) -> Database {
        self.address(user, database).parse().unwrap()
    }

    /// The same as it is written.
    pub fn address(&self, user: &str, database: &str) -> String {
        let folder = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://{user}@{folder}/{database}")
    }

    /// A connection that may do everything.
    pub fn admin(&self, database: &str) -> Client {
        let mut config = postgres::Config::new();
        config.host_path(&self.folder).user("postgres").dbname(database).connect(NoTls).unwrap()
    }

    pub fn administer(&self, sql: &str) {
        self.admin("postgres").batch_execute(sql).unwrap();
    }

    /// A name that no database has yet.
    pub fn name(&self) -> String {
        format!("t{}", self.made.fetch_add(1, Ordering::Relaxed))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Where the server's programs are: the latest of Debian's, which are not in `PATH`, or those that are.
fn programs() -> Option<PathBuf> {
    let debians = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = debians
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = versions.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    folders.into_iter().find(|folder| folder.join("initdb").is_file())
}

/// A command as an ordinary user, to whom the folder is given: PostgreSQL does not run as root.
fn shell(folder: &Path) -> Command {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return Command::new("env");
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let fields = ["postgres", "nobody"].into_iter().find_map(|name| {
        users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|user| user[0] == name)
    });
    let user = fields.unwrap();
    chown(folder, Some(user[2].parse().unwrap()), Some(user[3].parse().unwrap())).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user[2], "--regid", user[3], "--clear-groups", "--"]);
    command
}
