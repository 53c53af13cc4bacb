//! The service that people sign in to: a provider and a role directory with Northwind's people, in the
//! test's own process, so that the test can look at what was issued and make the provider misbehave.

use std::sync::Arc;

use keyward_issuer::{Issued, Provider};
use keyward_model::SystemClock;
use keyward_server::local::{self, Local, LocalOptions};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// A running service. Ends with it.
pub struct Service {
    local: Local,
    issued: mpsc::UnboundedReceiver<Issued>,
    folder: TempDir,
}

impl Service {
    /// Starts a service that nobody has signed in to yet.
    pub async fn start() -> Self {
        let folder = TempDir::with_prefix("keyward-service-").expect("a folder");
        let options = LocalOptions::new(folder.path().join("service"));
        let local = local::start(options, Arc::new(SystemClock)).await.expect("the service starts");
        let issued = local.provider.observe();
        Self { local, issued, folder }
    }

    /// The provider, to watch or to make misbehave.
    pub fn provider(&self) -> &Provider {
        &self.local.provider
    }

    /// Every token text that was given out since the last question.
    pub fn issued(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        while let Ok(issued) = self.issued.try_recv() {
            texts.push(issued.secret.expose().to_owned());
        }
        texts
    }

    /// The provider's issuer, which is the directory's address too.
    pub fn issuer(&self) -> String {
        self.local.issuer.to_string()
    }

    /// The configuration with which Keyward signs in here.
    pub fn configuration(&self) -> String {
        format!(
            r#"
[[connection]]
id = "northwind"
name = "Northwind Cloud"
issuer = "{issuer}"
client_id = "{client}"
directory = "{issuer}"
settings.tenant_audience = "{audience}"
settings.directory_audience = "{directory}"
"#,
            issuer = self.local.issuer,
            client = local::CLIENT_ID,
            audience = local::TENANT_AUDIENCE,
            directory = local::DIRECTORY_AUDIENCE,
        )
    }

    /// Where its files lie, apart from anything of Keyward's.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}
