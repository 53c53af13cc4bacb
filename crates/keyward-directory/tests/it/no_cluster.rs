//! Where there are no Unix sockets, the suite runs on SQLite alone.

use keyward_directory::Database;
use postgres::Client;

/// There is none.
pub enum Cluster {}

impl Cluster {
    pub fn shared() -> Option<&'static Self> {
        let required = std::env::var_os("KEYWARD_REQUIRE_PROVIDERS").is_some();
        assert!(!required, "PostgreSQL is required, and cannot be started here");
        None
    }

    pub fn database(&self) -> String {
        match *self {}
    }

    pub fn at(&self, _user: &str, _database: &str) -> Database {
        match *self {}
    }

    pub fn admin(&self, _database: &str) -> Client {
        match *self {}
    }

    pub fn administer(&self, _sql: &str) {
        match *self {}
    }
}
