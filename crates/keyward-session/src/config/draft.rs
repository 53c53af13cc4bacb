//! A connection that somebody typed into the app: what it lacks, and its way into the person's own file.

use std::{fs, io, path::Path};

use keyward_model::{ClientId, ConnectionId, Error, ErrorCode, Issuer, Result, TenantAlias, TenantId};
use serde::Serialize;

use super::{Connection, Written, WrittenTenant, read_file};
use crate::view::{ConnectionDraft, DraftTenant};

/// What is appended to a file.
#[derive(Serialize)]
struct Added<'a> {
    connection: [&'a Written; 1],
}

impl ConnectionDraft {
    /// The connection, under an id that `taken` does not hold.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] names the field that lacks something.
    pub fn written(&self, taken: &[ConnectionId]) -> Result<Written> {
        let name = self.name.trim();
        if name.is_empty() {
            return Err(wrong("name", "give it a name that people will know"));
        }
        let issuer = Issuer::new(self.issuer.trim()).map_err(|e| wrong("issuer", &e.to_string()))?;
        let client_id =
            ClientId::new(self.client_id.trim()).map_err(|e| wrong("client_id", &e.to_string()))?;
        let directory = match self.directory.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => {
                Some(text.parse().map_err(|e: url::ParseError| wrong("directory", &e.to_string()))?)
            }
        };
        let settings = self.settings.iter().map(|(key, value)| (key.clone(), value.trim().to_owned()));
        Ok(Written {
            preset: self.preset.clone(),
            settings: settings.filter(|(_, value)| !value.is_empty()).collect(),
            directory,
            redirect_ports: self.redirect_ports.clone(),
            tenants: self.tenants.iter().map(tenant).collect::<Result<_>>()?,
            ..Written::new(free_id(name, taken)?, name.to_owned(), issuer, client_id)
        })
    }

    /// The connection, ready to be used.
    ///
    /// # Errors
    /// As [`written`](Self::written), or what the preset lacks.
    pub fn connection(&self, taken: &[ConnectionId]) -> Result<Connection> {
        let error = |why: String| Error::new(ErrorCode::ConfigInvalid, capitalised(&why));
        Connection::try_from(self.written(taken)?).map_err(error)
    }
}

fn wrong(field: &str, why: &str) -> Error {
    Error::new(ErrorCode::ConfigInvalid, format!("{field}: {why}"))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn tenant(draft: &DraftTenant) -> Result<WrittenTenant> {
    let given =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    let named =
        |error: keyward_model::InvalidId| wrong(&format!("tenant {:?}", draft.id), &error.to_string());
    Ok(WrittenTenant {
        id: TenantId::new(draft.id.trim()).map_err(named)?,
        name: given(&Some(draft.name.clone())),
        at_provider: given(&draft.at_provider).map(TenantAlias::new).transpose().map_err(named)?,
        client_id: given(&draft.client_id).map(ClientId::new).transpose().map_err(named)?,
        sandbox: false,
    })
}

/// An id made of the name, with a number where it is taken.
fn free_id(name: &str, taken: &[ConnectionId]) -> Result<ConnectionId> {
    let slug = crate::tenants::slug(name);
    let base: String = slug.chars().take(58).collect();
    let numbered = |number: u32| if number == 1 { base.clone() } else { format!("{base}-{number}") };
    let free = (1..).map(numbered).find(|id| id != crate::LOCAL && !taken.iter().any(|t| t.as_str() == id));
    ConnectionId::new(free.unwrap_or_default()).map_err(|e| wrong("name", &e.to_string()))
}

/// Appends a connection to the file: what stands there stays as it is, comments and all.
///
/// # Errors
/// [`ErrorCode::ConfigInvalid`] where the file has a mistake that comes first;
/// [`ErrorCode::StorageFull`] where it cannot be written. Either way it is as it was.
pub fn append(path: &Path, written: &Written) -> Result<()> {
    read_file(path)?;
    let added = toml::to_string(&Added { connection: [written] })
        .map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    let write = || -> io::Result<()> {
        let before = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(e),
        };
        let gap = if before.is_empty() || before.ends_with("\n\n") {
            ""
        } else if before.ends_with('\n') {
            "\n"
        } else {
            "\n\n"
        };
        // A link is written through, not replaced: the file may lie in a managed folder.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let file = tempfile::NamedTempFile::new_in(folder)?;
        fs::write(file.path(), format!("{before}{gap}{added}"))?;
        if let Ok(meta) = fs::metadata(&path) {
            fs::set_permissions(file.path(), meta.permissions())?;
        }
        file.as_file().sync_all()?;
        file.persist(&path)?;
        Ok(())
    };
    write().map_err(|e| {
        Error::new(
            ErrorCode::StorageFull,
            format!("{} cannot be written ({e}). It is as it was; mend its permissions.", path.display()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> ConnectionDraft {
        ConnectionDraft {
            name: " Northwind Cloud ".into(),
            issuer: "https://login.northwind.example/".into(),
            client_id: "keyward".into(),
            preset: "rfc8707".into(),
            settings: [("tenant_resource".to_owned(), "https://api.example/{tenant}".to_owned())].into(),
            directory: Some(String::new()),
            tenants: vec![DraftTenant { id: "acme".into(), name: "Acme".into(), ..DraftTenant::default() }],
            redirect_ports: vec![47_110],
        }
    }

    #[test]
    fn what_was_typed_is_what_is_read_back_beside_what_stood_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper").join("keyward.toml");
        append(&path, &draft().written(&[]).unwrap()).unwrap();
        fs::write(&path, format!("# mine\n{}", fs::read_to_string(&path).unwrap())).unwrap();
        let taken = [ConnectionId::new("northwind-cloud").unwrap()];
        append(&path, &draft().written(&taken).unwrap()).unwrap();
        let read = read_file(&path).unwrap();
        assert_eq!(read[0], draft().connection(&[]).unwrap());
        assert_eq!(read[1].id.as_str(), "northwind-cloud-2", "a name may come twice, an id may not");
        assert!(fs::read_to_string(&path).unwrap().starts_with("# mine\n"));
    }

    #[test]
    fn a_file_with_a_mistake_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyward.toml");
        fs::write(&path, "[[connection]]\nid = 7\n").unwrap();
        let error = append(&path, &draft().written(&[]).unwrap()).unwrap_err();
        assert!(error.message.contains("line 2"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "[[connection]]\nid = 7\n");
    }

    #[test]
    fn a_field_that_lacks_something_is_named() {
        let refused = |change: fn(&mut ConnectionDraft)| {
            let mut draft = draft();
            change(&mut draft);
            draft.connection(&[]).unwrap_err().message
        };
        assert!(refused(|draft| draft.name.clear()).starts_with("name"));
        assert!(refused(|draft| draft.issuer = "login.example".into()).starts_with("issuer"));
        assert!(refused(|draft| draft.client_id = "a b".into()).starts_with("client_id"));
        assert!(refused(|draft| draft.settings.clear()).contains("settings.tenant_resource"));
        assert!(refused(|draft| draft.tenants[0].id = "A".into()).contains("tenant \"A\""));
    }
}
