//! Everybody who may ask.

use std::{collections::BTreeMap, sync::Arc};

use http::HeaderMap;
use keyward_model::{Error, ErrorCode, HookCallerId, Result, Timestamp};

use super::{HookCaller, claims::Manner, memory::Memory, preview::no_caller, reply::Post};

/// The providers that may ask, by name.
#[derive(Debug, Clone)]
pub struct Hooks {
    posts: Arc<BTreeMap<HookCallerId, Arc<Post>>>,
    origin: Arc<str>,
}

impl Hooks {
    /// Nobody may ask.
    pub fn none() -> Self {
        Self { posts: Arc::default(), origin: "".into() }
    }

    /// These callers may ask. `origin` is where people reach the directory, such as
    /// `https://roles.northwind.example`: a token that could not hold everything names it.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] names a caller that contradicts itself, or whose name is another's too.
    pub fn new(origin: &str, callers: Vec<HookCaller>) -> Result<Self> {
        let origin = origin.trim_end_matches('/');
        let mut posts = BTreeMap::new();
        for caller in callers {
            caller.check()?;
            let name = caller.name.clone();
            let manner = Manner {
                names: caller.claims.clone(),
                budget: caller.budget,
                only_texts: caller.shape.only_texts(),
                origin: origin.to_owned(),
            };
            let post = Post { caller, manner, memory: Memory::new() };
            if posts.insert(name.clone(), Arc::new(post)).is_some() {
                return Err(Error::new(ErrorCode::ConfigInvalid, format!("Two callers are named {name}.")));
            }
        }
        Ok(Self { posts: Arc::new(posts), origin: origin.into() })
    }

    /// Reads every caller's secrets anew from their files. A caller whose files are not right keeps those it had. The log
    /// says what became of each. Blocks.
    pub fn renew_secrets(&self) {
        for (name, post) in self.posts.iter() {
            match post.caller.proof.renew() {
                Ok(true) => tracing::info!(%name, "the hook's secrets are others from now on"),
                Ok(false) => tracing::info!(%name, "the hook's secrets are as they were"),
                Err(error) => {
                    tracing::error!(%name, %error, "the hook's secrets were NOT read: those it had go on to count");
                }
            }
        }
    }

    /// How the caller of this name gets its claims; without a name, the only caller there is, or else the usual
    /// manner.
    pub(super) fn manner(&self, name: Option<&HookCallerId>) -> Result<(Option<HookCallerId>, Manner)> {
        let post = match (name, self.posts.first_key_value()) {
            (Some(name), _) => Some(self.posts.get_key_value(name).ok_or_else(|| no_caller(name))?),
            (None, only) => only.filter(|_| self.posts.len() == 1),
        };
        Ok(match post {
            Some((name, post)) => (Some(name.clone()), post.manner.clone()),
            None => (None, Manner::usual(&self.origin)),
        })
    }

    /// The caller of this name, if the request is proven to be its own. Nobody learns why it is not.
    pub(crate) async fn proven(
        &self,
        name: &str,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Option<Arc<Post>> {
        let post = HookCallerId::new(name).ok().and_then(|name| self.posts.get(&name));
        let proven = match post {
            Some(post) => post.caller.proof.check(headers, body, now).await,
            None => Err("there is no such caller".to_owned()),
        };
        match proven {
            Ok(()) => post.cloned(),
            Err(reason) => {
                tracing::info!(known = post.is_some(), reason, "a hook's caller is not proven");
                None
            }
        }
    }
}
