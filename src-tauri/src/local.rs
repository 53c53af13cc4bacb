//! The local workspace, started in this process when somebody wants it.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use keyward_model::{ClientId, ConnectionId, Error, ErrorCode, Result, SystemClock};
use keyward_server::local::{self, Local, LocalOptions};
use keyward_session::{Connection, LOCAL, LOCAL_NAME, config::Written, ports::LocalWorkspace};
use tokio::sync::Mutex;

/// Starts it at most once, and holds it until the app closes.
pub struct Workspace {
    folder: PathBuf,
    state: Mutex<State>,
}

struct State {
    running: Option<Local>,
    /// Whether the next start is to begin anew.
    fresh: bool,
}

impl Workspace {
    /// A workspace in `folder`; with `fresh` its first start begins anew.
    pub fn new(folder: PathBuf, fresh: bool) -> Self {
        Self { folder, state: Mutex::new(State { running: None, fresh }) }
    }

    async fn started(&self, elsewhere: bool) -> Result<Connection> {
        let mut state = self.state.lock().await;
        if elsewhere {
            state.running = None;
        }
        if let Some(running) = &state.running {
            return connection(running);
        }
        let options = LocalOptions {
            fresh: state.fresh,
            start_elsewhere: elsewhere,
            ..LocalOptions::new(self.folder.clone())
        };
        let running = local::start(options, Arc::new(SystemClock)).await?;
        let connection = connection(&running)?;
        state.fresh = false;
        state.running = Some(running);
        Ok(connection)
    }
}

#[async_trait]
impl LocalWorkspace for Workspace {
    async fn start(&self) -> Result<Connection> {
        self.started(false).await
    }

    async fn start_elsewhere(&self) -> Result<Connection> {
        self.started(true).await
    }
}

fn connection(running: &Local) -> Result<Connection> {
    let internal = |e: &dyn std::fmt::Display| Error::new(ErrorCode::Internal, e.to_string());
    let written = Written {
        directory: Some(running.directory.parse().map_err(|e| internal(&e))?),
        settings: [
            ("tenant_audience".to_owned(), local::TENANT_AUDIENCE.to_owned()),
            ("directory_audience".to_owned(), local::DIRECTORY_AUDIENCE.to_owned()),
        ]
        .into(),
        ..Written::new(
            ConnectionId::new(LOCAL).map_err(|e| internal(&e))?,
            LOCAL_NAME.to_owned(),
            running.issuer.clone(),
            ClientId::new(local::CLIENT_ID).map_err(|e| internal(&e))?,
        )
    };
    Connection::try_from(written).map_err(|why| internal(&why))
}
