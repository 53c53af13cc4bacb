//! A PostgreSQL of the bench's own, its data kept between runs, on a socket in a temporary folder and nowhere else.

use std::{
    io::{BufRead, BufReader},
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use postgres::{Client, NoTls};
use tempfile::TempDir;

use super::Run;

/// What holds the server: it stops when its standard input ends, however this process does. The server is as shipped, but
/// for room to load into and no replicas.
const LEASH: &str = r#"
set -eu
folder=$1 socket=$2 bin=$3
[ -d "$folder/data" ] || "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 \
    --locale=C >"$folder/log" 2>&1
"$bin/pg_ctl" start --wait --pgdata="$folder/data" --log="$folder/log" --options="-c listen_addresses= \
    -c unix_socket_directories=$socket -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=4GB" >/dev/null
echo ready
read -r _ || true
"$bin/pg_ctl" stop --mode=fast --pgdata="$folder/data" >/dev/null
"#;

/// A running server.
pub struct Cluster {
    /// Where its socket is: a short path, as sockets want it.
    socket: TempDir,
    leash: Child,
}

impl Cluster {
    /// Starts it, made first where it is new.
    pub fn start(folder: &Path) -> Run<Self> {
        std::fs::create_dir_all(folder)?;
        let socket = tempfile::Builder::new().prefix("keyward-bench-").tempdir()?;
        let mut leash = as_ordinary_user(&[folder, socket.path()])?;
        leash.args(["sh", "-c", LEASH, "sh"]).args([folder, socket.path(), &programs()?]);
        leash.current_dir("/").process_group(0);
        let mut leash = leash.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let out = leash.stdout.take().ok_or("no output")?;
        BufReader::new(out).read_line(&mut line)?;
        let cluster = Self { socket, leash };
        if line != "ready\n" {
            return Err(format!("PostgreSQL does not start: {}/log says why", folder.display()).into());
        }
        Ok(cluster)
    }

    fn socket(&self) -> String {
        self.socket.path().display().to_string()
    }

    /// Where a database is, as keywardd is told.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.socket().replace('/', "%2F"))
    }

    /// The same as Go's client is told.
    pub fn address_for_go(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.socket())
    }

    /// Where a database is, made empty.
    pub fn make(&self, database: &str) -> Run<()> {
        let mut client = self.client("postgres")?;
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {database}"))?;
        Ok(client.batch_execute(&format!("CREATE DATABASE {database}"))?)
    }

    pub fn client(&self, database: &str) -> Run<Client> {
        let mut config = postgres::Config::new();
        Ok(config.host_path(self.socket.path()).user("postgres").dbname(database).connect(NoTls)?)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.leash.stdin.take());
        let _ended = self.leash.wait();
    }
}

/// Where the server's programs are: the latest of Debian's, which are not in `PATH`.
fn programs() -> Run<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")?.flatten();
    let versions =
        versions.filter_map(|one| Some((one.file_name().to_str()?.parse::<u32>().ok()?, one.path())));
    let (_, latest) = versions.max().ok_or("PostgreSQL is not installed")?;
    Ok(latest.join("bin"))
}

/// A command as an ordinary user, to whom the folders are given: PostgreSQL does not run as root.
fn as_ordinary_user(folders: &[&Path]) -> Run<Command> {
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(Command::new("env"));
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let mut users = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let user = users.find(|user| user[0] == "postgres").ok_or("there is no user postgres")?;
    for folder in folders {
        chown(folder, Some(user[2].parse()?), Some(user[3].parse()?))?;
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user[2], "--regid", user[3], "--clear-groups", "--"]);
    Ok(command)
}
