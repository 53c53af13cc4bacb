//! What is loaded once and kept between runs, as long as what made it stays the same: the world in SQLite and PostgreSQL,
//! and its assignments as OpenFGA's tuples in both.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use keyward_directory::{Database, Directory};
use keyward_model::SystemClock;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{
    Run,
    cluster::Cluster,
    openfga,
    programs::Program,
    rows,
    wire::{self, Wire},
    world::World,
};

/// What the kept depends on.
const MADE_BY: [&str; 4] = [
    include_str!("world.rs"),
    include_str!("rows.rs"),
    include_str!("openfga.rs"),
    include_str!("../../../keyward-directory/src/store/schema/mod.rs"),
];
/// The databases of the cluster.
const OURS: &str = "keyward_bench";
const OPENFGA: &str = "openfga_bench";

/// Everything that is asked.
pub struct Kept {
    folder: PathBuf,
    providers: PathBuf,
    pub cluster: Cluster,
}

/// OpenFGA's names for what it was told.
pub struct Stored {
    pub store: String,
    pub model: String,
}

impl Kept {
    /// Loads what is not there yet.
    pub fn ready(world: &World) -> Run<Self> {
        let mut hasher = DefaultHasher::new();
        MADE_BY.hash(&mut hasher);
        let all = std::env::var_os("KEYWARD_BENCH_FOLDER").map(PathBuf::from);
        let all = all.unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into()).join("directory");
        let folder = all.join(format!("{:016x}", hasher.finish()));
        if !folder.is_dir() && all.is_dir() {
            // What others made would only fill the disk.
            fs::remove_dir_all(&all)?;
        }
        let cluster = Cluster::start(&folder.join("postgres"))?;
        let providers = std::env::var_os("KEYWARD_PROVIDERS").unwrap_or_default().into();
        let kept = Self { folder, providers, cluster };
        kept.once("sqlite", || kept.fill_sqlite(world))?;
        kept.once("postgres", || kept.fill_postgres(world))?;
        if kept.openfga().is_some() {
            kept.once("openfga-sqlite", || kept.fill_openfga_sqlite(world))?;
            kept.once("openfga-postgres", || kept.fill_openfga_postgres(world))?;
        }
        Ok(kept)
    }

    /// The world's file.
    pub fn file(&self) -> PathBuf {
        self.folder.join("directory.sqlite")
    }

    /// The world's PostgreSQL database.
    pub fn address(&self) -> String {
        self.cluster.address(OURS)
    }

    /// Cerbos, if it is installed.
    pub fn cerbos(&self) -> Option<PathBuf> {
        // npm puts it beside what pins it.
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/directory/cerbos");
        let program = "node_modules/@cerbos/cerbos-linux-x64/cerbos-linux-x64";
        Some(beside.join(program)).filter(|program| program.is_file())
    }

    /// OpenFGA, if it is installed.
    pub fn openfga(&self) -> Option<PathBuf> {
        Some(self.providers.join("openfga/bin/openfga")).filter(|program| program.is_file())
    }

    /// OpenFGA over SQLite, or over PostgreSQL; none where it is not installed.
    pub fn openfga_over(&self, engine: &str) -> Run<Option<(Program, Stored)>> {
        let Some(program) = self.openfga() else { return Ok(None) };
        let stored: Value = serde_json::from_slice(&fs::read(self.names_of(engine))?)?;
        let name = |of: &str| stored[of].as_str().map(str::to_owned).ok_or("OpenFGA's names are not kept");
        let stored = Stored { store: name("store")?, model: name("model")? };
        Ok(Some((Program::openfga(&program, engine, &self.openfga_uri(engine))?, stored)))
    }

    fn names_of(&self, engine: &str) -> PathBuf {
        self.folder.join(format!("openfga-{engine}.json"))
    }

    fn openfga_file(&self) -> PathBuf {
        self.folder.join("openfga.sqlite")
    }

    fn openfga_uri(&self, engine: &str) -> String {
        match engine {
            "sqlite" => format!("file:{}", self.openfga_file().display()),
            _ => self.cluster.address_for_go(OPENFGA),
        }
    }

    /// Does what was not done yet.
    fn once(&self, what: &str, work: impl FnOnce() -> Run<()>) -> Run<()> {
        let done = self.folder.join(format!("{what}.done"));
        if done.exists() {
            return Ok(());
        }
        eprintln!("Loading the world: {what}.");
        work()?;
        Ok(fs::write(done, "")?)
    }

    fn fill_sqlite(&self, world: &World) -> Run<()> {
        remove(&self.file())?;
        drop(Directory::open(&Database::file(self.file()), Arc::new(SystemClock))?);
        rows::into_sqlite(&mut Connection::open(self.file())?, &rows::directory(world))
    }

    fn fill_postgres(&self, world: &World) -> Run<()> {
        self.cluster.make(OURS)?;
        drop(Directory::open(&self.address().parse()?, Arc::new(SystemClock))?);
        rows::into_postgres(&mut self.cluster.client(OURS)?, &rows::directory(world))
    }

    fn fill_openfga_sqlite(&self, world: &World) -> Run<()> {
        remove(&self.openfga_file())?;
        let store = self.begin_openfga("sqlite")?;
        rows::into_sqlite(&mut Connection::open(self.openfga_file())?, &[openfga::sqlite(world, store)])
    }

    fn fill_openfga_postgres(&self, world: &World) -> Run<()> {
        self.cluster.make(OPENFGA)?;
        let store = self.begin_openfga("postgres")?;
        rows::into_postgres(&mut self.cluster.client(OPENFGA)?, &[openfga::postgres(world, store)])
    }

    /// Makes OpenFGA's tables, and tells it the model. Gives its name for the store.
    fn begin_openfga(&self, engine: &str) -> Run<String> {
        let program = self.openfga().ok_or("OpenFGA is not installed")?;
        let uri = self.openfga_uri(engine);
        let mut migrate = Command::new(&program);
        migrate.args(["migrate", "--datastore-engine", engine, "--datastore-uri", &uri]);
        if !migrate.stdout(Stdio::null()).status()?.success() {
            return Err("openfga migrate failed".into());
        }
        let server = Program::openfga(&program, engine, &uri)?;
        let mut wire = Wire::open(server.at)?;
        let mut told = |path: &str, body: Value, field: &str| -> Run<String> {
            let answer: Value =
                serde_json::from_slice(wire.ask(&wire::post(path, "", &body.to_string()))?)?;
            Ok(answer[field].as_str().ok_or_else(|| answer.to_string())?.to_owned())
        };
        let store = told("/stores", json!({ "name": "bench" }), "id")?;
        let model = told(
            &format!("/stores/{store}/authorization-models"),
            openfga::model(),
            "authorization_model_id",
        )?;
        fs::write(self.names_of(engine), json!({ "store": store, "model": model }).to_string())?;
        Ok(store)
    }
}

/// Removes a SQLite file with what is beside it.
fn remove(file: &Path) -> Run<()> {
    for end in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        if Path::new(&name).exists() {
            fs::remove_file(&name)?;
        }
    }
    Ok(())
}
