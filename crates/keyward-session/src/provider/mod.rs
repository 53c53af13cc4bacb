//! A connection's provider: its metadata, its keys, and the requests made to it, as the connection's mode
//! has them. Stateless but for what was last seen: keys, the tenants that a person's ID token named, and
//! what the provider wanted of the person.

mod authorize;
mod challenge;
mod check;
mod discovery;
mod endpoints;
mod exchange;
mod id_token;
mod oauth;
mod proof;
pub(crate) mod refusal;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use http::{Request, header};
use keyward_model::{AccessClaims, Error, ErrorCode, Issuer, Result, TenantAlias, TenantId};
use keyward_verify::{Accept, Refused, TokenType};
use oauth2::RequestTokenError;
use tokio::sync::Mutex;

pub use authorize::{Ask, Outgoing, Who};
pub use challenge::StepUp;
pub use check::{check, recognise};
pub use discovery::{Metadata, discover};
pub use id_token::{IdClaims, LEEWAY};
pub use oauth::Granted;

use crate::{
    AuthorizationCode, Connection, IdToken, RefreshToken,
    config::KnownTenant,
    ports::ConnectionPorts,
    preset::{Mode, Parameters, Switch},
};
use endpoints::Endpoints;
use oauth::OAuthHttp;

/// A provider whose metadata has been checked.
pub struct Provider {
    connection: Connection,
    ports: ConnectionPorts,
    home: Arc<Endpoints>,
    /// Where a tenant has an issuer of its own: those seen so far.
    tenants_own: Mutex<HashMap<Issuer, Arc<Endpoints>>>,
    /// Tenants that an ID token named, beside those that the configuration lists.
    named: RwLock<Vec<KnownTenant>>,
    /// What was last wanted of the person, by tenant.
    wanted: RwLock<HashMap<Option<TenantId>, StepUp>>,
}

impl Provider {
    /// Discovers the connection's provider.
    ///
    /// # Errors
    /// As [`discover`].
    pub async fn discover(connection: Connection, ports: ConnectionPorts) -> Result<Self> {
        let home = Arc::new(Endpoints::discover(&*ports.http, &connection.issuer).await?);
        Ok(Self {
            connection,
            ports,
            home,
            tenants_own: Mutex::default(),
            named: RwLock::default(),
            wanted: RwLock::default(),
        })
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    fn mode(&self) -> &Mode {
        &self.connection.mode
    }

    /// Takes note of tenants that a person's ID token named.
    pub fn know(&self, tenants: Vec<KnownTenant>) {
        *self.named.write().unwrap_or_else(PoisonError::into_inner) = tenants;
    }

    /// What the provider calls a tenant.
    pub fn alias(&self, tenant: &TenantId) -> TenantAlias {
        if let Some(listed) = self.connection.listed(tenant) {
            return listed.alias.clone();
        }
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        named
            .iter()
            .find(|known| known.id == *tenant)
            .map_or_else(|| tenant.into(), |known| known.alias.clone())
    }

    /// What the provider calls every tenant that is known beforehand.
    fn aliases(&self) -> Vec<TenantAlias> {
        let listed = self.connection.tenants.iter();
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        let beside = named.iter().filter(|known| self.connection.listed(&known.id).is_none());
        listed.chain(beside).map(|known| known.alias.clone()).collect()
    }

    /// What the provider last wanted of the person before it gives a token of `tenant`.
    pub fn wants(&self, tenant: Option<&TenantId>) -> StepUp {
        let wanted = self.wanted.read().unwrap_or_else(PoisonError::into_inner);
        wanted.get(&tenant.cloned()).cloned().unwrap_or_default()
    }

    /// Takes note of what is wanted of the person, for the next trip to the browser.
    pub fn want(&self, tenant: Option<&TenantId>, step_up: StepUp) {
        self.wanted.write().unwrap_or_else(PoisonError::into_inner).insert(tenant.cloned(), step_up);
    }

    /// The endpoints that are asked for a tenant: its own issuer's where it has one.
    async fn endpoints(&self, tenant: Option<&TenantId>) -> Result<Arc<Endpoints>> {
        let Some(text) = tenant.and_then(|tenant| self.mode().issuer(&self.alias(tenant))) else {
            return Ok(self.home.clone());
        };
        let issuer = Issuer::new(text).map_err(|e| Error::new(ErrorCode::ConfigInvalid, e.to_string()))?;
        if issuer == self.home.issuer {
            return Ok(self.home.clone());
        }
        let mut seen = self.tenants_own.lock().await;
        if let Some(endpoints) = seen.get(&issuer) {
            return Ok(endpoints.clone());
        }
        let endpoints = Arc::new(Endpoints::discover(&*self.ports.http, &issuer).await?);
        seen.insert(issuer, endpoints.clone());
        Ok(endpoints)
    }

    /// Exchanges the code that came back (RFC 6749 §4.1.3) and checks who signed in.
    ///
    /// # Errors
    /// A refusal in words, or the check of the ID token that failed.
    pub async fn exchange_code(
        &self,
        code: &AuthorizationCode,
        sent: Outgoing,
    ) -> Result<(Granted, IdClaims)> {
        let http = OAuthHttp(self.ports.http.clone());
        let answer = oauth::client(&sent.endpoints.metadata, &sent.client, Some(&sent.redirect))?
            .exchange_code(oauth2::AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(sent.verifier)
            .request_async(&http)
            .await
            .map_err(|e| refusal::of_code(&self.connection, &e))?;
        let granted = Granted::from(answer);
        let id = granted.id.as_ref().ok_or_else(|| refusal::no_id_token(&self.connection))?;
        let claims = self.id_claims(&sent.endpoints, id).await?;
        let expected = id_token::Expected {
            connection: &self.connection,
            issuer: &sent.endpoints.issuer,
            client: &sent.client,
            nonce: &sent.nonce,
        };
        expected.check(&claims, self.ports.clock.now())?;
        Ok((granted, claims))
    }

    /// Spends `link` for a token of `tenant`, or of the directory itself (RFC 6749 §6). Where the mode
    /// exchanges tokens, what comes is the one to exchange.
    ///
    /// # Errors
    /// [`ErrorCode::SessionEnded`] if and only if the provider says `invalid_grant`;
    /// [`ErrorCode::InteractionRequired`] where it wants the person.
    pub async fn refresh(&self, link: &RefreshToken, tenant: Option<&TenantId>) -> Result<Granted> {
        let endpoints = self.endpoints(tenant).await?;
        let http = OAuthHttp(self.ports.http.clone());
        let client = oauth::client(&endpoints.metadata, self.connection.client(tenant), None)?;
        let link = oauth2::RefreshToken::new(link.expose().to_owned());
        let mut request = client.exchange_refresh_token(&link);
        for (name, value) in self.refresh_parameters(tenant) {
            request = request.add_extra_param(name, value);
        }
        match request.request_async(&http).await {
            Ok(answer) => {
                self.wanted.write().unwrap_or_else(PoisonError::into_inner).remove(&tenant.cloned());
                Ok(Granted::from(answer))
            }
            Err(error) => {
                if let RequestTokenError::ServerResponse(said) = &error
                    && said.wants_the_person()
                {
                    self.want(tenant, StepUp::of_refusal(said));
                }
                Err(self.not_asked_for(tenant, refusal::of_refresh(&self.connection, tenant, &error)))
            }
        }
    }

    fn refresh_parameters(&self, tenant: Option<&TenantId>) -> Vec<(String, String)> {
        let (for_tenant, for_none): (&Parameters, &Parameters) = match &self.mode().switch {
            Switch::Refresh { tenant, no_tenant, .. } => (tenant, no_tenant),
            Switch::Exchange { no_tenant, .. } => (no_tenant, no_tenant),
            Switch::Browser { refresh, .. } => (refresh, refresh),
        };
        match tenant.map(|tenant| self.alias(tenant)) {
            Some(alias) => {
                for_tenant.iter().map(|(name, value)| (name.clone(), value.render(&alias))).collect()
            }
            None => plain(for_none).collect(),
        }
    }

    /// A tenant that the sign-in could not ask for, because it was not known then, is refused like one that
    /// does not exist. A new sign-in asks for it.
    fn not_asked_for(&self, tenant: Option<&TenantId>, error: Error) -> Error {
        let sign_in = &self.mode().sign_in;
        let asks_beforehand =
            sign_in.scope.iter().chain(sign_in.parameters.values()).any(|p| p.plain().is_none());
        match tenant {
            Some(tenant)
                if error.code == ErrorCode::TenantUnknown
                    && asks_beforehand
                    && self.connection.listed(tenant).is_none() =>
            {
                refusal::interaction(&self.connection, Some(tenant), "this sign-in did not ask for it")
            }
            _ => error,
        }
    }

    /// Revokes the chain that `link` belongs to (RFC 7009). `false` where the provider has no such
    /// endpoint or refuses.
    pub async fn revoke(&self, link: &RefreshToken, tenant: Option<&TenantId>) -> bool {
        let Ok(endpoints) = self.endpoints(tenant).await else { return false };
        let Some(endpoint) = &endpoints.metadata.revocation_endpoint else { return false };
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("token", link.expose())
            .append_pair("token_type_hint", "refresh_token")
            .append_pair("client_id", self.connection.client(tenant).as_str())
            .finish();
        let request = Request::post(endpoint.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.into_bytes());
        match request {
            Ok(request) => {
                self.ports.http.send(request).await.is_ok_and(|answer| answer.status().is_success())
            }
            Err(_) => false,
        }
    }

    async fn id_claims(&self, endpoints: &Endpoints, token: &IdToken) -> Result<IdClaims> {
        let accept = Accept::usual(TokenType::Id);
        endpoints.open(&*self.ports.http, token.expose(), &accept).await.map_err(|e| match e {
            Refused::KeysUnavailable(why) => refusal::unreachable(&self.connection, &why),
            other => refusal::bad_id_token(&self.connection, &other.to_string()),
        })
    }

    /// Names of the roles that a token holds, where the mode says.
    pub fn roles(&self, claims: &AccessClaims) -> Vec<String> {
        let path = self.mode().claims.roles.as_ref();
        let names = path.map(|path| path.names(&claims.other)).unwrap_or_default();
        names.into_iter().map(|(name, _)| name).collect()
    }
}

/// Parameters that name no tenant. (One that does has been refused where the mode was read.)
fn plain(parameters: &Parameters) -> impl Iterator<Item = (String, String)> + '_ {
    parameters.iter().filter_map(|(name, value)| Some((name.clone(), value.plain()?.to_owned())))
}
