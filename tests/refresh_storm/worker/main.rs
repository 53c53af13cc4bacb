//! One process of a storm: the product's own chain of one account, in a process that can be killed. Its
//! input and output are `keyward_tests::storm::words`.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a part of a test: what it cannot do, it says where it happens"
)]

mod folder;
mod watched;

use std::{
    io::{BufRead, stdin},
    path::PathBuf,
    sync::Arc,
};

use keyward_model::{Error, SystemClock, TenantId};
use keyward_session::{
    ChainKey, Connection, RefreshToken,
    chain::Chain,
    keychain::StoreKeychain,
    ports::{ConnectionPorts, Network, SystemNetwork},
    provider::Provider,
};
use keyward_tests::storm::words::{Event, Keychain, Order, Share};

use crate::{folder::FolderStore, watched::Watched};

/// Whose chain it is, and what it stands on.
struct Process {
    key: ChainKey,
    provider: Arc<Provider>,
    ports: ConnectionPorts,
    folder: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut lines = stdin().lock().lines().map_while(Result::ok);
    let share = lines.next().expect("a first line");
    let process = Process::new(serde_json::from_str(&share).expect("whose chain it is")).await;
    let mut chain = process.kept();
    for line in lines {
        match serde_json::from_str(&line).expect("an order") {
            Order::Begin(link) => {
                chain = process.begin(RefreshToken::new(link)).await;
                say(&Event::Begun);
            }
            Order::Expired(tenant) => say(&renew(&chain, &tenant).await),
        }
    }
}

fn say(event: &Event) {
    println!("{}", serde_json::to_string(event).expect("an event is JSON"));
}

impl Process {
    async fn new(share: Share) -> Self {
        let Share { connection, account, folder, keychain } = share;
        let connection = Connection::try_from(connection).expect("a connection");
        let keychain = match keychain {
            Keychain::System => StoreKeychain::of_this_system(),
            Keychain::Folder(folder) => StoreKeychain::new(Arc::new(FolderStore(folder))),
        };
        let http = SystemNetwork::default().http(&connection.network).expect("a network");
        let ports = ConnectionPorts {
            clock: Arc::new(SystemClock),
            keychain: Arc::new(keychain),
            http: Arc::new(Watched(http)),
        };
        let provider = Provider::discover(connection, ports.clone()).await.expect("the provider is there");
        Self { key: account.into(), provider: Arc::new(provider), ports, folder }
    }

    /// The chain whose link lies in the keychain.
    fn kept(&self) -> Chain {
        Chain::kept(self.key.clone(), self.provider.clone(), self.ports.clone(), &self.folder)
    }

    /// The chain of a new sign-in, its first link stored.
    async fn begin(&self, link: RefreshToken) -> Chain {
        let (key, provider, ports) = (self.key.clone(), self.provider.clone(), self.ports.clone());
        let chain = Chain::begin(key, provider, ports, &self.folder, link);
        chain.save().await.expect("the keychain takes it");
        chain
    }
}

async fn renew(chain: &Chain, tenant: &TenantId) -> Event {
    match chain.exchange(Some(tenant)).await {
        Ok(exchanged) => {
            let claims = exchanged.proven.claims;
            Event::Served {
                subject: claims.sub.to_string(),
                audience: claims.aud.iter().map(str::to_owned).collect(),
                saved: exchanged.unsaved.is_none(),
            }
        }
        Err(Error { code, message }) => Event::Failed { code, message },
    }
}
