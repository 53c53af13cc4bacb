//! What is under a session at a service on this computer.

use async_trait::async_trait;
use keyward_model::{Error, ErrorCode};
use keyward_server::local::{self, Local};
use keyward_session::{
    Connection,
    ports::{LocalWorkspace, Notifier},
};

/// The configuration with which one signs in at the service, as the connection `northwind`.
pub fn configuration(service: &Local) -> String {
    format!(
        "[[connection]]\nid = \"northwind\"\nname = \"Northwind Cloud\"\nissuer = \"{issuer}\"\n\
         client_id = \"{client}\"\ndirectory = \"{issuer}\"\nsettings.tenant_audience = \"{tenant}\"\n\
         settings.directory_audience = \"{directory}\"\n",
        issuer = service.issuer,
        client = local::CLIENT_ID,
        tenant = local::TENANT_AUDIENCE,
        directory = local::DIRECTORY_AUDIENCE,
    )
}

/// No workspace beside the service.
pub struct NoLocal;

#[async_trait]
impl LocalWorkspace for NoLocal {
    async fn start(&self) -> keyward_model::Result<Connection> {
        Err(Error::new(ErrorCode::PortInUse, "There is no local workspace here."))
    }

    async fn start_elsewhere(&self) -> keyward_model::Result<Connection> {
        self.start().await
    }
}

/// A person who is told nothing beside the window.
pub struct Unheard;

impl Notifier for Unheard {
    fn notify(&self, _: &str, _: &str) {}
}
