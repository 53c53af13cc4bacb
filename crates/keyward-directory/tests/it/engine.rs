//! The engines that the suite runs on, each with a database of a test's own.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use keyward_directory::Database;
use tempfile::TempDir;

use crate::cluster::Cluster;

/// What a directory is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Makes of each of these functions a test on SQLite and one on PostgreSQL, named for it.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { crate::engine::run(crate::engine::Engine::Sqlite, super::$test); })*
        }
        mod postgres {
            $(#[test] fn $test() { crate::engine::run(crate::engine::Engine::Postgres, super::$test); })*
        }
    };
}
pub(crate) use on_both_engines;

/// Runs a test on an engine, if it is here.
pub fn run<F: Future<Output = ()>>(engine: Engine, test: fn(Engine) -> F) {
    if engine == Engine::Sqlite || Cluster::shared().is_some() {
        drive(test(engine));
    }
}

/// Runs to the end on this thread, with an async runtime beside it and not on it: a test may both wait for answers over
/// HTTP and call the directory, whose functions block and want no runtime on their thread.
pub fn drive<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _beside = runtime.enter();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// A database of a test's own, empty; gone with it.
pub enum Scratch {
    Sqlite(TempDir),
    Postgres(String),
}

impl Scratch {
    pub fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite(tempfile::tempdir().unwrap()),
            Engine::Postgres => Self::Postgres(Cluster::shared().unwrap().database()),
        }
    }

    /// Where it is.
    pub fn at(&self) -> Database {
        match self {
            Self::Sqlite(folder) => Database::file(folder.path().join("directory.db")),
            Self::Postgres(name) => Cluster::shared().unwrap().at("keyward", name),
        }
    }

    /// Goes at the rows behind the directory's back, as the owner of its tables.
    pub fn sql(&self, sql: &str) -> Result<(), String> {
        match self {
            Self::Sqlite(folder) => {
                let file = rusqlite::Connection::open(folder.path().join("directory.db")).unwrap();
                file.execute_batch(sql).map_err(|error| error.to_string())
            }
            Self::Postgres(name) => {
                let mut client = Cluster::shared().unwrap().admin(name);
                client.batch_execute(&format!("SET ROLE keyward; {sql}")).map_err(|error| {
                    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
                })
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Self::Postgres(name) = self {
            Cluster::shared().unwrap().administer(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}
