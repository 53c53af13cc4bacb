//! The Secret Service: GNOME Keyring, KWallet, KeePassXC. Nothing here prompts unless the person asked
//! for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keyward_model::Secret;
use secret_service::{
    EncryptionType, Error as ServiceError,
    blocking::{Collection, Item, SecretService},
};
use zbus::{
    blocking::{Connection, connection, fdo::DBusProxy},
    names::BusName,
    zvariant::OwnedObjectPath,
};

use super::{KeychainFault, Limit, SERVICE, SecretStore};

/// How long the bus may take for one answer. Longer than anybody waits for it: this only ends the call.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// What the service calls our secrets.
const CONTENT_TYPE: &str = "application/octet-stream";

/// The Secret Service of the session bus. Connected at first use, and again after a failure: the service
/// may come later than the app, and may be restarted.
#[derive(Default)]
pub(super) struct SecretServiceStore {
    link: Mutex<Option<Arc<Link>>>,
}

/// A connection to the bus, with a session at the service.
struct Link {
    bus: Connection,
    service: SecretService<'static>,
    /// The default collection. KeePassXC's is the one on its screen, so ours stays what it was at first.
    collection: OwnedObjectPath,
    /// Where the items of these names were found, each the only one of its name: asked there, a service
    /// answers in one turn.
    found: Mutex<HashMap<String, OwnedObjectPath>>,
}

impl Link {
    fn new() -> Result<Self, ServiceError> {
        let bus = connection::Builder::session().and_then(|bus| bus.method_timeout(ANSWER_TIME).build());
        let bus = bus.map_err(|_| ServiceError::Unavailable)?;
        let service = SecretService::connect_with_existing(EncryptionType::Dh, bus.clone())?;
        let collection = service.get_default_collection()?.collection_path;
        Ok(Self { bus, service, collection, found: Mutex::default() })
    }

    /// The collection, if it is open. Asked before anything is searched for: KeePassXC would prompt
    /// at the search, and show nothing of what is locked.
    fn collection(&self) -> Result<Collection<'_>, ServiceError> {
        let collection = self.service.get_collection_by_path(self.collection.clone())?;
        collection.ensure_unlocked()?;
        Ok(collection)
    }

    /// Makes the call to the item of this name; `None` where there is none. Where it was found before, it is
    /// looked for only if it is there no more.
    fn with_item<T>(
        &self,
        name: &str,
        call: impl Fn(&Item<'_>) -> Result<T, ServiceError>,
    ) -> Result<Option<T>, ServiceError> {
        let found = self.found().get(name).cloned();
        if let Some(path) = found {
            let there = self.service.get_item_by_path(path)?;
            if let Some(answer) = call(&there).map(Some).or_else(gone)? {
                return Ok(Some(answer));
            }
            self.found().remove(name);
        }
        let collection = self.collection()?;
        let items = items(&collection, name)?;
        if let [only] = &items[..] {
            self.found().insert(name.to_owned(), only.item_path.clone());
        }
        match items.first() {
            Some(item) => call(item).map(Some).or_else(gone),
            None => Ok(None),
        }
    }

    fn found(&self) -> MutexGuard<'_, HashMap<String, OwnedObjectPath>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The program that serves secrets on this bus.
    fn server(&self) -> Option<String> {
        let bus = DBusProxy::new(&self.bus).ok()?;
        let name = BusName::try_from("org.freedesktop.secrets").ok()?;
        let process = bus.get_connection_unix_process_id(name).ok()?;
        std::fs::read_to_string(format!("/proc/{process}/comm")).ok()
    }
}

/// The entry's items, newest first: there are several where two programs made it at one moment.
fn items<'c>(collection: &'c Collection<'_>, name: &str) -> Result<Vec<Item<'c>>, ServiceError> {
    let mut items = collection.search_items(HashMap::from([("service", SERVICE), ("username", name)]))?;
    if items.len() > 1 {
        items.sort_by_key(|item| std::cmp::Reverse(item.get_modified().unwrap_or_default()));
    }
    Ok(items)
}

impl SecretServiceStore {
    /// Asks the service. A link of earlier calls may have broken meanwhile, so what fails on it is asked
    /// once more on a new one; every call here may be made twice.
    fn ask<T>(&self, call: impl Fn(&Link) -> Result<T, ServiceError>) -> Result<T, KeychainFault> {
        let kept = self.lock().clone();
        if let Some(link) = kept {
            let answer = call(&link);
            if !matches!(&answer, Err(error) if breaks_link(error)) {
                return answer.map_err(fault);
            }
            self.lock().take();
        }
        let link = Arc::new(Link::new().map_err(fault)?);
        let answer = call(&link);
        if !matches!(&answer, Err(error) if breaks_link(error)) {
            *self.lock() = Some(link);
        }
        answer.map_err(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Link>>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for SecretServiceStore {
    fn name(&self) -> String {
        let server = self.ask(|link| Ok(link.server())).ok().flatten().unwrap_or_default();
        let name = match server.trim() {
            name if name.starts_with("gnome-keyring") => "GNOME Keyring",
            name if name.starts_with("keepassxc") => "KeePassXC",
            name if name.starts_with("kwallet") || name.starts_with("ksecret") => "KWallet",
            _ => return "Secret Service".to_owned(),
        };
        format!("{name} (Secret Service)")
    }

    fn limit(&self) -> Option<Limit> {
        None
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, KeychainFault> {
        let bytes = self.ask(|link| link.with_item(name, |item| item.get_secret()))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let text = String::from_utf8(bytes);
        text.map(|text| Some(Secret::new(text)))
            .map_err(|_| KeychainFault::Damaged("the entry is not a text".to_owned()))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), KeychainFault> {
        let bytes = secret.expose().as_bytes();
        self.ask(|link| {
            if let Some(()) = link.with_item(name, |item| item.set_secret(bytes, CONTENT_TYPE))? {
                return Ok(());
            }
            let collection = link.collection()?;
            let attributes = HashMap::from([("service", SERVICE), ("username", name)]);
            let label = format!("keyring:{name}@{SERVICE}");
            collection.create_item(&label, attributes, bytes, true, CONTENT_TYPE).map(|_| ())
        })
    }

    fn delete(&self, name: &str) -> Result<(), KeychainFault> {
        self.ask(|link| {
            let collection = link.collection()?;
            let items = items(&collection, name)?;
            items
                .iter()
                .try_for_each(|item| item.delete().or_else(|error| gone(error).map(|_: Option<()>| ())))
        })
    }

    fn list(&self) -> Result<Vec<String>, KeychainFault> {
        self.ask(|link| {
            let mut names = Vec::new();
            for item in link.collection()?.search_items(HashMap::from([("service", SERVICE)]))? {
                let attributes = item.get_attributes().map(Some).or_else(gone)?;
                names.extend(attributes.and_then(|mut attributes| attributes.remove("username")));
            }
            Ok(names)
        })
    }

    fn unlock(&self) -> Result<(), KeychainFault> {
        self.ask(|link| {
            link.service.get_collection_by_path(link.collection.clone())?.unlock()?;
            link.collection().map(|_| ())
        })
    }
}

/// What a service says of an object that somebody has removed since it was found.
fn gone<T>(error: ServiceError) -> Result<Option<T>, ServiceError> {
    if says(&error, "NoSuchObject") || says(&error, "UnknownObject") { Ok(None) } else { Err(error) }
}

/// Whether the service answered with this D-Bus error.
fn says(error: &ServiceError, what: &str) -> bool {
    match error {
        ServiceError::Zbus(zbus::Error::MethodError(name, ..)) => name.rsplit('.').next() == Some(what),
        _ => false,
    }
}

/// Whether an error may come of a link that is no good any more, rather than being the service's answer.
fn breaks_link(error: &ServiceError) -> bool {
    !matches!(error, ServiceError::Locked | ServiceError::Prompt | ServiceError::NoResult)
        && !says(error, "IsLocked")
}

fn fault(error: ServiceError) -> KeychainFault {
    match error {
        ServiceError::Locked => KeychainFault::Locked("the keyring is locked".to_owned()),
        ServiceError::Prompt => KeychainFault::Locked("the prompt was dismissed".to_owned()),
        ServiceError::NoResult => KeychainFault::Unavailable("it has no default keyring".to_owned()),
        error if says(&error, "IsLocked") => KeychainFault::Locked("the keyring is locked".to_owned()),
        error => KeychainFault::Unavailable(error.to_string()),
    }
}
