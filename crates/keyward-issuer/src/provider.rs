//! The provider itself: what its endpoints share, and the handle that its host holds.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::HeaderMap;
use keyward_model::{Clock, Result, Secret, Subject, TokenHook};
use tokio::sync::mpsc;
use tower_http::limit::RequestBodyLimitLayer;

use crate::{
    Accounts, Endpoint, Issued, Mode, ProviderConfig, Quirks, SigningAlgorithm, Store, authorize,
    config::Origin,
    cookie::Cookie,
    discovery, door, guard,
    keys::{KeyRing, Pair},
    logout,
    oauth_error::{ErrorName, OauthError},
    observe::Observed,
    pending::{Code, Pending, Session},
    random, revoke,
    shelf::Shelf,
    sign_in,
    store::Families,
    tally::Tally,
    throttle::Throttle,
    token, userinfo,
};

/// Bytes that a request's body may have.
const BODY_LIMIT: usize = 64 * 1024;

/// Sign-in pages, sessions, codes and opaque tokens that are remembered, of each kind.
const CAPACITY: usize = 1024;

/// An embedded OpenID provider. Clones are the same provider.
#[derive(Clone)]
pub struct Provider(Arc<Core>);

/// What the endpoints share.
pub(crate) struct Core {
    pub config: ProviderConfig,
    pub origin: Origin,
    pub families: Families,
    pub accounts: Arc<dyn Accounts>,
    pub hook: Arc<dyn TokenHook>,
    pub clock: Arc<dyn Clock>,
    pub keys: RwLock<KeyRing>,
    pub observed: Observed,
    pub pending: Mutex<Shelf<Pending>>,
    pub sessions: Mutex<Shelf<Session>>,
    pub codes: Mutex<Shelf<Code>>,
    /// Signed tokens by the opaque ones that were given out in their place.
    pub opaque: Mutex<Shelf<Secret>>,
    pub throttle: Mutex<Throttle>,
    pub tally: Tally,
    quirks: RwLock<Quirks>,
}

impl Provider {
    /// Opens the store and makes the signing keys. Blocks for a moment.
    ///
    /// # Errors
    /// `ConfigInvalid` names the setting. `StorageCorrupt` names a damaged file, which is left as it
    /// is; `StorageFull` one that cannot be written.
    pub fn open(
        config: ProviderConfig,
        store: Store,
        accounts: Arc<dyn Accounts>,
        hook: Arc<dyn TokenHook>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        Ok(Self(Arc::new(Core {
            origin: config.origin()?,
            families: Families::open(&store, config.reuse_grace)?,
            accounts,
            hook,
            clock,
            keys: RwLock::new(KeyRing::new(config.algorithm)?),
            observed: Observed::default(),
            pending: Mutex::new(Shelf::new(CAPACITY)),
            sessions: Mutex::new(Shelf::new(CAPACITY)),
            codes: Mutex::new(Shelf::new(CAPACITY)),
            opaque: Mutex::new(Shelf::new(CAPACITY)),
            throttle: Mutex::new(Throttle::new()),
            tally: Tally::default(),
            quirks: RwLock::default(),
            config,
        })))
    }

    /// Its endpoints, to be mounted at the root of the issuer's listener.
    pub fn router(&self) -> Router {
        let endpoints = Router::new()
            .route(Endpoint::Discovery.path(), get(discovery::metadata))
            .route(Endpoint::Keys.path(), get(discovery::keys))
            .route(Endpoint::Authorize.path(), get(authorize::authorize))
            .route(Endpoint::SignIn.path(), post(sign_in::sign_in))
            .route(Endpoint::Token.path(), post(token::token))
            .route(Endpoint::Revoke.path(), post(revoke::revoke))
            .route(Endpoint::Logout.path(), get(logout::asked).post(logout::posted))
            .route(Endpoint::UserInfo.path(), get(userinfo::userinfo))
            .layer(DefaultBodyLimit::disable())
            .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
            .layer(middleware::from_fn_with_state(self.clone(), guard::guard))
            .with_state(self.clone());
        match self.0.config.mode {
            Mode::IssuerPerTenant(_) => {
                Router::new().fallback_service(endpoints).layer(middleware::map_request(door::enter))
            }
            _ => endpoints,
        }
    }

    /// Makes new signing keys. The public ones before stay in the JWKS for a few rotations, so that
    /// tokens they signed stay good. Blocks for a moment.
    ///
    /// # Errors
    /// Where no keys can be made; the keys before stay in use.
    pub fn rotate_keys(&self) -> Result<()> {
        let pair = Pair::generate()?;
        self.0.keys.write().unwrap_or_else(PoisonError::into_inner).rotate(pair);
        Ok(())
    }

    /// Signs with this algorithm from now on.
    pub fn set_algorithm(&self, algorithm: SigningAlgorithm) {
        self.0.keys.write().unwrap_or_else(PoisonError::into_inner).algorithm = algorithm;
    }

    /// How it misbehaves now.
    pub fn quirks(&self) -> Quirks {
        self.0.quirks()
    }

    /// Misbehaves like this from the next request on. What is counted, such as the answers of an
    /// outage, is counted anew.
    pub fn set_quirks(&self, quirks: Quirks) {
        let mut present = self.0.quirks.write().unwrap_or_else(PoisonError::into_inner);
        *present = quirks;
        self.0.tally.reset();
    }

    /// Every code and token given out from now on, for tests that look for leaks. Without an
    /// observer nothing is kept; with one, until it is read or dropped.
    pub fn observe(&self) -> mpsc::UnboundedReceiver<Issued> {
        self.0.observed.watch()
    }

    /// How often an endpoint was asked since the start, refused requests included, those for
    /// another `Host` left out.
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        self.0.observed.requests(endpoint)
    }

    /// Ends every refresh token and browser session of a person. Access tokens live on until they
    /// expire. Blocks.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn revoke_all(&self, subject: &Subject) -> Result<()> {
        let core = &self.0;
        lock(&core.sessions).retain(|session| session.subject != *subject);
        lock(&core.codes)
            .retain(|code| !matches!(code, Code::Fresh(grant) if grant.session.subject == *subject));
        core.families.revoke_subject(subject, core.clock.now())
    }

    pub(crate) fn core(&self) -> &Core {
        &self.0
    }

    /// Answers a request off the async threads: accounts, directory, store and RSA all block.
    pub(crate) async fn off_thread<A: IntoResponse>(
        &self,
        answer: impl FnOnce(&Core) -> A + Send + 'static,
    ) -> Response {
        let core = Arc::clone(&self.0);
        match tokio::task::spawn_blocking(move || answer(&core).into_response()).await {
            Ok(response) => response,
            Err(why) => {
                tracing::error!(%why, "an endpoint panicked");
                OauthError::new(ErrorName::ServerError, "The provider has failed. Its log says more.")
                    .into_response()
            }
        }
    }
}

impl Core {
    pub fn quirks(&self) -> Quirks {
        read(&self.quirks).clone()
    }

    /// The session of the browser that sent these headers.
    pub fn session(&self, headers: &HeaderMap) -> Option<Session> {
        let cookie = Cookie::session(&self.origin).read(headers)?;
        lock(&self.sessions).get(&random::digest(cookie.expose()), self.clock.now()).cloned()
    }
}

/// The lock, also after a panic elsewhere: what it guards is changed in single steps.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// [`lock`], for reading.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}
