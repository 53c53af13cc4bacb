//! The network, with a word to the parent before a link leaves on it.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, Request, Response};
use keyward_session::ports::{Http, NoAnswer, Pieces};
use keyward_tests::storm::words::Event;

use crate::say;

/// HTTP that says when it asks the token endpoint.
pub struct Watched(pub Arc<dyn Http>);

#[async_trait]
impl Http for Watched {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NoAnswer> {
        // Nothing else is posted here.
        if request.method() == Method::POST {
            say(&Event::Spends);
        }
        self.0.send(request).await
    }

    async fn open(&self, request: Request<Vec<u8>>) -> Result<Response<Pieces>, NoAnswer> {
        self.0.open(request).await
    }
}
