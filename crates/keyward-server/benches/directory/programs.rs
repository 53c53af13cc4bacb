//! The programs that are asked, each started for the bench alone: ours, Cerbos, OpenFGA.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{
    Run,
    wire::Wire,
    world::{self, ISSUER, ROLES},
};

/// What ours is asked with.
pub const SECRET: &str = "a-secret-of-the-bench-and-of-nobody-else";
/// How long a program may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program, gone when dropped.
pub struct Program {
    pub at: SocketAddr,
    child: Child,
    _folder: TempDir,
}

impl Program {
    /// `keywardd serve` over this database.
    pub fn keywardd(db: &str) -> Run<Self> {
        let folder = TempDir::with_prefix("keyward-bench-")?;
        fs::write(folder.path().join("secret"), SECRET)?;
        let file = format!(
            "listen = \"127.0.0.1:0\"\n\
             [[issuer]]\nissuer = \"{ISSUER}\"\nkeys = \"http://127.0.0.1:9/keys\"\naudiences = []\n\
             tenant = {{ audience = \"https://api.example/t/{{tenant}}\" }}\n\
             [[hook]]\nname = \"bench\"\nshape = \"generic\"\nissuer = \"{ISSUER}\"\n\
             tenant = {{ from = \"tenant\", is = \"{{tenant}}\" }}\nbearer = [\"secret\"]\n"
        );
        fs::write(folder.path().join("keywardd.toml"), file)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_keywardd"));
        command.args(["serve", "--db", db]).current_dir(folder.path()).env("RUST_LOG", "warn");
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut said = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut said)?;
        let at = said.trim_end().rsplit_once("http://").and_then(|(_, at)| at.strip_suffix("/v1."));
        let at = at.ok_or_else(|| format!("keywardd does not start: {said:?}"))?.parse()?;
        Ok(Self { at, child, _folder: folder })
    }

    /// Cerbos with its policies in memory, read from files at the start and not watched; without log, audit and telemetry.
    pub fn cerbos(program: &Path) -> Run<Self> {
        let folder = TempDir::with_prefix("keyward-bench-")?;
        let policies = folder.path().join("policies");
        fs::create_dir(&policies)?;
        fs::write(policies.join("tenant.yaml"), policy())?;
        let (at, grpc) = (free()?, free()?);
        let config = format!(
            "server:\n  httpListenAddr: \"{at}\"\n  grpcListenAddr: \"{grpc}\"\n\
             storage:\n  driver: disk\n  disk:\n    directory: {}\n    watchForChanges: false\n\
             telemetry:\n  disabled: true\n",
            policies.display()
        );
        let file = folder.path().join("cerbos.yaml");
        fs::write(&file, config)?;
        let mut command = Command::new(program);
        command.args(["server", "--log-level=error", "--config"]).arg(file);
        Self::started(command, at, folder)
    }

    /// OpenFGA as it comes, over this engine, without log and metrics, and with as many idle connections as open ones.
    pub fn openfga(program: &Path, engine: &str, uri: &str) -> Run<Self> {
        let folder = TempDir::with_prefix("keyward-bench-")?;
        let (at, grpc) = (free()?, free()?);
        let mut command = Command::new(program);
        command.args(["run", "--log-level=error", "--metrics-enabled=false", "--playground-enabled=false"]);
        command.args(["--datastore-max-idle-conns=30", "--http-addr", &at.to_string()]);
        command.args([
            "--grpc-addr",
            &grpc.to_string(),
            "--datastore-engine",
            engine,
            "--datastore-uri",
            uri,
        ]);
        Self::started(command, at, folder)
    }

    fn started(mut command: Command, at: SocketAddr, folder: TempDir) -> Run<Self> {
        let child = command.stdout(Stdio::null()).spawn()?;
        let program = Self { at, child, _folder: folder };
        let begun = Instant::now();
        while Wire::open(at).is_err() {
            if begun.elapsed() > PATIENCE {
                return Err(format!("{:?} does not start", command.get_program()).into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(program)
    }

    /// Waits until it has done what it does after a start: ours reads its file over.
    pub fn settled(&self) -> Run<()> {
        let begun = Instant::now();
        let mut before = self.worked()?;
        while begun.elapsed() < PATIENCE * 5 {
            thread::sleep(Duration::from_millis(300));
            let now = self.worked()?;
            if now <= before + 1 {
                return Ok(());
            }
            before = now;
        }
        Err("it works, and nobody asked it anything".into())
    }

    /// Time that it has worked, in the kernel's ticks.
    fn worked(&self) -> Run<u64> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        // The fields after the name are counted from the third: 14 and 15 are user and system time.
        Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
    }

    /// Bytes of memory that are its own.
    pub fn private_memory(&self) -> Run<f64> {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let private = text.lines().filter(|line| line.starts_with("Private_"));
        let kilobytes = private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
        Ok(kilobytes.sum::<f64>() * 1024.0)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// An address that nobody has.
fn free() -> Run<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Every tenant's roles as one policy, for all tenants have the same.
fn policy() -> String {
    let mut text =
        "apiVersion: api.cerbos.dev/v1\nresourcePolicy:\n  version: default\n  resource: tenant\n  rules:\n"
            .to_owned();
    for permission in world::permissions() {
        let holders = ROLES.iter().filter(|(_, permits)| permits.contains(&permission));
        let holders: Vec<&str> = holders.map(|(role, _)| *role).collect();
        let rule = format!(
            "    - actions: [\"{permission}\"]\n      effect: EFFECT_ALLOW\n      roles: {holders:?}\n"
        );
        text.push_str(&rule);
    }
    text
}
