//! A store of secrets that is a folder: a file for each, replaced whole. It stands in for a system's keychain in
//! speed alone, and lies in a test's own folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use keyward_model::Secret;
use keyward_session::keychain::{KeychainFault, Limit, SecretStore};

/// The folder.
pub struct FolderStore(pub PathBuf);

impl FolderStore {
    fn file(&self, name: &str) -> PathBuf {
        self.0.join(url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>())
    }
}

impl SecretStore for FolderStore {
    fn name(&self) -> String {
        "A folder".to_owned()
    }

    fn limit(&self) -> Option<Limit> {
        None
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, KeychainFault> {
        found(fs::read_to_string(self.file(name))).map(|text| text.map(Secret::new))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), KeychainFault> {
        let new = self.file(name).with_extension(format!("new-{}", std::process::id()));
        fs::write(&new, secret.expose()).and_then(|()| fs::rename(&new, self.file(name))).map_err(fault)
    }

    fn delete(&self, name: &str) -> Result<(), KeychainFault> {
        found(fs::remove_file(self.file(name))).map(drop)
    }

    fn list(&self) -> Result<Vec<String>, KeychainFault> {
        let name = |path: &Path| {
            let encoded = path.file_name()?.to_str()?.to_owned();
            let mut pairs = url::form_urlencoded::parse(encoded.as_bytes());
            pairs.next().map(|(name, _)| name.into_owned())
        };
        let entries = fs::read_dir(&self.0).map_err(fault)?;
        Ok(entries.flatten().filter_map(|entry| name(&entry.path())).collect())
    }

    fn unlock(&self) -> Result<(), KeychainFault> {
        Ok(())
    }
}

fn found<T>(outcome: io::Result<T>) -> Result<Option<T>, KeychainFault> {
    match outcome {
        Ok(there) => Ok(Some(there)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

fn fault(error: io::Error) -> KeychainFault {
    KeychainFault::Unavailable(error.to_string())
}
