//! What is remembered between starts: who was where, favourites, last visits. Nothing secret; losing it
//! loses no session.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use keyward_model::{ConnectionId, Error, ErrorCode, Result, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{AccountKey, AccountRecord};

const FILE: &str = "windows.json";

/// The remembered state, and the file it lies in.
#[derive(Debug)]
pub struct Memory {
    path: PathBuf,
    /// What it holds.
    pub state: Remembered,
    drafts: u64,
    written: Arc<Mutex<u64>>,
}

/// The state as it was at one moment, to be written wherever waiting for a disk holds up nobody.
pub struct Draft {
    path: PathBuf,
    text: Vec<u8>,
    number: u64,
    /// The number of the newest that is written.
    written: Arc<Mutex<u64>>,
}

impl Draft {
    /// Writes the state whole or not at all, and never over a newer one.
    ///
    /// # Errors
    /// [`ErrorCode::StorageFull`] names the file; the one from before is still there.
    pub fn write(self) -> Result<()> {
        let mut newest = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if *newest > self.number {
            return Ok(());
        }
        let write = || -> io::Result<()> {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&self.text)?;
            file.as_file().sync_all()?;
            file.persist(&self.path)?;
            Ok(())
        };
        write().map_err(|e| unwritable(&self.path, &e))?;
        *newest = self.number;
        Ok(())
    }
}

/// What is remembered.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// Which account and tenant each window was in, by window label.
    pub windows: BTreeMap<String, Place>,
    /// The accounts of this computer.
    pub accounts: Vec<Account>,
    /// Who signed in last at each connection.
    pub last: BTreeMap<ConnectionId, AccountKey>,
}

/// Where a window was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Whose session.
    pub account: AccountKey,
    /// In which tenant.
    pub tenant: TenantId,
}

/// An account's own memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Who.
    #[serde(flatten)]
    pub record: AccountRecord,
    /// Marked tenants.
    #[serde(default)]
    pub favourites: BTreeSet<TenantId>,
    /// Tenants by last visit, with their names.
    #[serde(default)]
    pub visits: BTreeMap<TenantId, Visit>,
}

/// A visit to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// When.
    pub at: Timestamp,
    /// The tenant's name at that time.
    pub name: String,
}

impl Memory {
    /// Reads what `folder` remembers. A file that cannot be read is put aside, not overwritten, and what
    /// it held is forgotten: it is convenience, and must not keep anybody out.
    ///
    /// # Errors
    /// [`ErrorCode::StorageFull`] where the folder cannot be made.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|e| unwritable(folder, &e))?;
        let path = folder.join(FILE);
        let state = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                let aside = path.with_extension("json.unreadable");
                tracing::warn!(%error, file = %path.display(), "put aside: not readable");
                if let Err(error) = fs::rename(&path, &aside) {
                    tracing::warn!(%error, "could not be put aside");
                }
                Remembered::default()
            }),
            Err(_) => Remembered::default(),
        };
        Ok(Self { path, state, drafts: 0, written: Arc::default() })
    }

    /// The state as it is now.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] where it cannot be put into JSON.
    pub fn draft(&mut self) -> Result<Draft> {
        let text = serde_json::to_vec_pretty(&self.state)
            .map_err(|e| Error::new(ErrorCode::Internal, format!("windows.json: {e}")))?;
        self.drafts += 1;
        Ok(Draft { path: self.path.clone(), text, number: self.drafts, written: self.written.clone() })
    }

    /// Writes the state now.
    ///
    /// # Errors
    /// As [`Draft::write`].
    pub fn save(&mut self) -> Result<()> {
        self.draft()?.write()
    }

    /// An account's memory, made if it is new.
    pub fn account(&mut self, record: &AccountRecord) -> &mut Account {
        let at = self.state.accounts.iter().position(|account| account.record.key == record.key);
        let at = at.unwrap_or_else(|| {
            let new =
                Account { record: record.clone(), favourites: BTreeSet::new(), visits: BTreeMap::new() };
            self.state.accounts.push(new);
            self.state.accounts.len() - 1
        });
        let account = &mut self.state.accounts[at];
        account.record = record.clone();
        account
    }

    /// An account's memory, if there is one.
    pub fn find(&self, key: &AccountKey) -> Option<&Account> {
        self.state.accounts.iter().find(|account| account.record.key == *key)
    }

    /// Forgets that a tenant has a chain of its own.
    pub fn unbind(&mut self, key: &AccountKey, tenant: &TenantId) {
        if let Some(account) = self.state.accounts.iter_mut().find(|account| account.record.key == *key) {
            account.record.bound.remove(tenant);
        }
        self.state.windows.retain(|_, place| place.account != *key || place.tenant != *tenant);
    }

    /// Forgets that any tenant has a chain of its own: the account has signed out.
    pub fn unbind_all(&mut self, key: &AccountKey) {
        if let Some(account) = self.state.accounts.iter_mut().find(|account| account.record.key == *key) {
            account.record.bound.clear();
        }
    }

    /// Forgets every account of a connection.
    pub fn forget_connection(&mut self, connection: &str) {
        let of_it = |account: &&Account| account.record.connection.as_str() == connection;
        let keys: Vec<AccountKey> =
            self.state.accounts.iter().filter(of_it).map(|account| account.record.key.clone()).collect();
        for key in keys {
            self.forget(&key);
        }
    }

    /// Forgets the account and every window that was in it.
    pub fn forget(&mut self, key: &AccountKey) {
        self.state.accounts.retain(|account| account.record.key != *key);
        self.state.windows.retain(|_, place| place.account != *key);
        self.state.last.retain(|_, last| last != key);
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::new(
        ErrorCode::StorageFull,
        format!(
            "{} cannot be written ({error}). Free some space or mend its permissions; nothing was lost.",
            path.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_put_aside_and_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), b"{\"windows\": ").unwrap();
        let mut memory = Memory::open(folder.path()).unwrap();
        assert_eq!(memory.state, Remembered::default());
        memory.save().unwrap();
        let aside = fs::read(folder.path().join("windows.json.unreadable")).unwrap();
        assert_eq!(aside, b"{\"windows\": ", "what was there is still there to look at");
    }
    #[test]
    fn a_state_that_is_written_late_does_not_take_a_newer_ones_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Memory::open(folder.path()).unwrap();
        let late = memory.draft().unwrap();
        let key = AccountKey {
            issuer: keyward_model::Issuer::new("https://login.northwind.example").unwrap(),
            client: keyward_model::ClientId::new("keyward").unwrap(),
            subject: keyward_model::Subject::new("ada").unwrap(),
        };
        memory.state.last.insert(ConnectionId::new("northwind").unwrap(), key);
        memory.save().unwrap();
        late.write().unwrap();
        assert_eq!(Memory::open(folder.path()).unwrap().state, memory.state);
    }
}
