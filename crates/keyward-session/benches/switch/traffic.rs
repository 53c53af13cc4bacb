//! The real network, and how many token requests were on it at one moment.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use http::{Request, Response};
use keyward_session::{
    config::NetworkSettings,
    ports::{Http, Network, NetworkHttp, NoAnswer, Pieces},
};

/// What a session asks of the provider's token endpoint.
#[derive(Default)]
pub struct Traffic {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Traffic {
    /// The most token requests that were under way at one moment.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

/// A network whose traffic is watched.
pub struct Watched(pub Arc<Traffic>);

impl Network for Watched {
    fn http(&self, settings: &NetworkSettings) -> keyward_model::Result<Arc<dyn Http>> {
        Ok(Arc::new(WatchedHttp { inner: NetworkHttp::new(settings)?, traffic: self.0.clone() }))
    }
}

struct WatchedHttp {
    inner: NetworkHttp,
    traffic: Arc<Traffic>,
}

#[async_trait]
impl Http for WatchedHttp {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NoAnswer> {
        if !request.uri().path().ends_with(crate::world::token_path()) {
            return self.inner.send(request).await;
        }
        let now = self.traffic.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.traffic.most.fetch_max(now, Ordering::SeqCst);
        let answer = self.inner.send(request).await;
        self.traffic.now.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    async fn open(&self, request: Request<Vec<u8>>) -> Result<Response<Pieces>, NoAnswer> {
        self.inner.open(request).await
    }
}
