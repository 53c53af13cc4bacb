//! What the file, the environment and the command line say together.

use std::{
    env,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use keyward_directory::{Database, Hooks, Rate, Rates};
use keyward_model::{Clock, Error, ErrorCode, Issuer, Result, TenantId};
use keyward_verify::Verifier;

use super::issuer;
use crate::{
    file::{self, Written, wrong},
    hooks::HookFile,
};

/// Where the server listens when nobody says.
const USUAL_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8480);
/// The file that is read when none is named, if it is there.
const USUAL_FILE: &str = "keywardd.toml";

/// Requests of one person in a second where nobody says: far above what a person's programs need, far below what
/// others would notice.
const USUAL_REQUESTS: u32 = 50;
/// Seconds' worth of them that may come at once.
const BURST: u32 = 4;

/// The environment, as far as it is ours.
#[derive(Debug, Default, Clone)]
pub struct Environment {
    /// `KEYWARDD_CONFIG`: the file.
    pub config: Option<PathBuf>,
    /// `KEYWARDD_LISTEN`: instead of the file's `listen`.
    pub listen: Option<String>,
    /// `KEYWARDD_ORIGIN`: instead of the file's `origin`.
    pub origin: Option<String>,
    /// `KEYWARDD_DB`: instead of the file's `db`.
    pub db: Option<String>,
    /// `KEYWARDD_DB_FILE`: instead of the file's `db_file`.
    pub db_file: Option<PathBuf>,
}

impl Environment {
    /// That of this process. A variable that is empty is none.
    pub fn here() -> Self {
        let path = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let text = |name| env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            config: path("KEYWARDD_CONFIG"),
            listen: text("KEYWARDD_LISTEN"),
            origin: text("KEYWARDD_ORIGIN"),
            db: text("KEYWARDD_DB"),
            db_file: path("KEYWARDD_DB_FILE"),
        }
    }
}

/// Everything that `keywardd serve` needs to know.
pub struct Settings {
    pub(super) listen: SocketAddr,
    pub(super) database: Database,
    pub(super) verifier: Arc<Verifier>,
    pub(super) hooks: Hooks,
    pub(super) rates: Rates,
    pub(super) hosts: Option<String>,
    pub(super) operators: Option<TenantId>,
}

impl Settings {
    /// Reads them. What the command line says comes before the environment, and that before the file. Blocks.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] names the file and the key that is not right, and what would be.
    pub fn read(
        config: Option<&Path>,
        db: Option<&str>,
        environment: &Environment,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let (path, written) = written(config, environment)?;
        let path = path.as_path();
        let Written {
            listen,
            db: kept,
            db_file,
            origin,
            requests_per_second,
            hosts,
            operators,
            issuer,
            hook,
        } = written;
        let listen = match &environment.listen {
            None => listen.unwrap_or(USUAL_LISTEN),
            Some(text) => text.parse().map_err(|_| {
                let words =
                    format!("KEYWARDD_LISTEN: {text:?} is no address. Write one such as 127.0.0.1:8480.");
                Error::new(ErrorCode::ConfigInvalid, words)
            })?,
        };
        let database = match database(db, environment)? {
            Some(database) => database,
            None => in_file(kept, db_file, path)?.ok_or_else(nowhere)?,
        };
        let verifier = issuer::verifier(issuer, clock.clone()).map_err(|e| wrong(path, &e.message))?;
        let origin = environment.origin.clone().or(origin).unwrap_or_else(|| format!("http://{listen}"));
        let hooks = HookFile::of(None, hook, path, clock)?.hooks(&origin)?;
        let rates = rates(requests_per_second.unwrap_or(USUAL_REQUESTS));
        Ok(Self { listen, database, verifier: Arc::new(verifier), hooks, rates, hosts, operators })
    }

    /// Where the directory is kept.
    pub fn database(&self) -> &Database {
        &self.database
    }
}

/// Where the directory is kept, and who signs its people in: what a task asks of the configuration. Blocks.
///
/// # Errors
/// [`ErrorCode::ConfigInvalid`] names the file or the variable, and what is wrong there.
pub fn kept(
    config: Option<&Path>,
    db: Option<&str>,
    environment: &Environment,
) -> Result<(Database, Vec<Issuer>)> {
    let (path, Written { db: kept, db_file, issuer, .. }) = written(config, environment)?;
    let database = match database(db, environment)? {
        Some(database) => database,
        None => in_file(kept, db_file, &path)?.ok_or_else(nowhere)?,
    };
    Ok((database, issuer.iter().map(|one| one.issuer().clone()).collect()))
}

/// The file that is named, or the usual one if it is there, and its path.
fn written(config: Option<&Path>, environment: &Environment) -> Result<(PathBuf, Written)> {
    let named = config.or(environment.config.as_deref());
    let usual = Path::new(USUAL_FILE);
    let path = named.unwrap_or(usual);
    let written = if named.is_some() || usual.exists() { file::read(path)? } else { Written::default() };
    Ok((path.to_owned(), written))
}

/// So many requests of one person in a second; none: as many as they like. Providers are never held up: they would
/// issue no tokens.
fn rates(requests: u32) -> Rates {
    let every = Duration::from_secs(1).checked_div(requests);
    Rates {
        people: every.map(|every| Rate { burst: requests.saturating_mul(BURST), every }),
        providers: None,
    }
}

/// The database that the command line names, or else the environment, if either does.
///
/// # Errors
/// [`ErrorCode::ConfigInvalid`] where it cannot be read.
pub fn database(db: Option<&str>, environment: &Environment) -> Result<Option<Database>> {
    match (db, &environment.db, &environment.db_file) {
        (Some(text), _, _) => named("--db", text).map(Some),
        (None, Some(_), Some(_)) => {
            let words =
                "KEYWARDD_DB and KEYWARDD_DB_FILE both say where the directory is kept. Set one of them.";
            Err(Error::new(ErrorCode::ConfigInvalid, words))
        }
        (None, Some(text), None) => named("KEYWARDD_DB", text).map(Some),
        (None, None, Some(path)) => named("KEYWARDD_DB_FILE", file::text(path)?.trim()).map(Some),
        (None, None, None) => Ok(None),
    }
}

/// The database that the file names, if it does. Paths are relative to the file's folder.
fn in_file(db: Option<String>, db_file: Option<PathBuf>, path: &Path) -> Result<Option<Database>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let read = match (db, db_file) {
        (Some(_), Some(_)) => {
            return Err(wrong(
                path,
                "db and db_file both say where the directory is kept. Keep one of them.",
            ));
        }
        (Some(text), None) => named("db", &text),
        (None, Some(secret)) => {
            file::text(&folder.join(secret)).and_then(|text| named("db_file", text.trim()))
        }
        (None, None) => return Ok(None),
    };
    match read.map_err(|e| wrong(path, &e.message))? {
        Database::File(file) => Ok(Some(Database::file(folder.join(file)))),
        server @ Database::Postgres(_) => Ok(Some(server)),
    }
}

fn named(key: &str, text: &str) -> Result<Database> {
    text.parse().map_err(|e: Error| Error::new(e.code, format!("{key}: {}", e.message)))
}

/// The error where nobody says where the directory is kept.
pub fn nowhere() -> Error {
    let words = "Nobody says where the directory is kept. Name it with --db URL, in KEYWARDD_DB or KEYWARDD_DB_FILE, or as \
                 db or db_file in keywardd.toml: sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE.";
    Error::new(ErrorCode::ConfigInvalid, words)
}
