//! A connection's provider: its metadata, its keys, and the requests made to it (RFC 6749 through the
//! `oauth2` crate). Stateless but for the keys last seen.

mod discovery;
mod id_token;
mod refusal;

use std::sync::{Arc, PoisonError, RwLock};

use futures_util::future::BoxFuture;
use http::{Request, header};
use keyward_model::{AccessClaims, Error, ErrorCode, Result, Subject, TenantId, TenantRule};
use keyward_verify::{Accept, KeySet, Refused, TokenType, open};
use oauth2::{
    AsyncHttpClient, AuthUrl, Client, CsrfToken, EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{
        BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::Url;

pub use discovery::{Metadata, discover};
pub use id_token::{IdClaims, LEEWAY};

use crate::{
    AccessToken, AuthorizationCode, Connection, IdToken, OneTime, RefreshToken,
    ports::{Http, NoAnswer, Ports},
};

/// Asked for at every sign-in. `offline_access` is what makes a session last.
const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// What OpenID Connect adds to a token answer (Core §3.1.3.3).
#[derive(Debug, Serialize, Deserialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}

/// The HTTP port, as the `oauth2` crate wants it.
struct OAuthHttp(Arc<dyn Http>);

impl<'c> AsyncHttpClient<'c> for OAuthHttp {
    type Error = NoAnswer;
    type Future = BoxFuture<'c, std::result::Result<HttpResponse, NoAnswer>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.0.send(request)
    }
}

type Answer = StandardTokenResponse<IdTokenField, BasicTokenType>;
type OAuth = Client<
    StandardErrorResponse<BasicErrorResponseType>,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What the token endpoint gave: nothing of it is believed yet.
#[derive(Debug)]
pub struct Granted {
    /// The access token.
    pub access: AccessToken,
    /// The chain's new link, where one came.
    pub refresh: Option<RefreshToken>,
    /// Who it is about, where that was said.
    pub id: Option<IdToken>,
}

/// A sign-in that has been sent to the browser: what must come back with it.
#[derive(Debug)]
pub struct Outgoing {
    /// The address for the browser.
    pub url: String,
    /// Comes back in the redirect.
    pub state: OneTime,
    /// Comes back in the ID token.
    pub nonce: OneTime,
    /// Proves at the token endpoint that this sign-in was ours (RFC 7636).
    verifier: PkceCodeVerifier,
    redirect: String,
}

/// A provider whose metadata has been checked.
pub struct Provider {
    connection: Connection,
    metadata: Metadata,
    ports: Ports,
    keys: RwLock<Arc<KeySet>>,
}

impl Provider {
    /// Discovers the connection's provider.
    ///
    /// # Errors
    /// As [`discover`].
    pub async fn discover(connection: Connection, ports: Ports) -> Result<Self> {
        let metadata = discover(&*ports.http, &connection.issuer).await?;
        Ok(Self { connection, metadata, ports, keys: RwLock::default() })
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What its metadata says.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// A new sign-in, for `tenant` or, without one, for the directory itself.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] without randomness.
    pub fn sign_in(&self, redirect: &str, tenant: Option<&TenantId>) -> Result<Outgoing> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (state, nonce) = (OneTime::random()?, OneTime::random()?);
        let sent_state = state.expose().to_owned();
        let client = self.client(Some(redirect))?;
        let (url, _) = client
            .authorize_url(|| CsrfToken::new(sent_state))
            .add_scopes(SCOPES.iter().map(|scope| Scope::new((*scope).to_owned())))
            .add_extra_param("audience", self.audience(tenant))
            .add_extra_param("nonce", nonce.expose())
            .set_pkce_challenge(challenge)
            .url();
        Ok(Outgoing { url: url.into(), state, nonce, verifier, redirect: redirect.to_owned() })
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
        let answer = self
            .client(Some(&sent.redirect))?
            .exchange_code(oauth2::AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(sent.verifier)
            .request_async(&http)
            .await
            .map_err(|e| refusal::of_code(&self.connection, &e))?;
        let granted = granted(&answer);
        let id = granted.id.as_ref().ok_or_else(|| refusal::no_id_token(&self.connection))?;
        let claims = self.id_claims(id).await?;
        id_token::check(&claims, &self.connection, &sent.nonce, self.ports.clock.now())?;
        Ok((granted, claims))
    }

    /// Spends `link` for a token of `tenant`, or of the directory itself (RFC 6749 §6).
    ///
    /// # Errors
    /// [`ErrorCode::SessionEnded`] if and only if the provider says `invalid_grant`.
    pub async fn refresh(&self, link: &RefreshToken, tenant: Option<&TenantId>) -> Result<Granted> {
        let http = OAuthHttp(self.ports.http.clone());
        let answer = self
            .client(None)?
            .exchange_refresh_token(&oauth2::RefreshToken::new(link.expose().to_owned()))
            .add_extra_param("audience", self.audience(tenant))
            .request_async(&http)
            .await
            .map_err(|e| refusal::of_refresh(&self.connection, tenant, &e))?;
        Ok(granted(&answer))
    }

    /// Proves that an access token is of this provider, for this client, about this person and, where one
    /// was asked for, of this tenant. Only what has come through here may be cached, shown or sent.
    ///
    /// # Errors
    /// [`ErrorCode::WrongTenantToken`] where it is somebody else's or another tenant's.
    pub async fn prove(
        &self,
        access: &AccessToken,
        subject: &Subject,
        tenant: Option<&TenantId>,
    ) -> Result<AccessClaims> {
        let wrong = |why: String| refusal::wrong_token(&self.connection, tenant, &why);
        let accept = Accept::usual(TokenType::AccessUnmarked);
        let claims: AccessClaims = self.open(access.expose(), &accept).await.map_err(|e| match e {
            Refused::KeysUnavailable(why) => refusal::unreachable(&self.connection, &why),
            other => wrong(other.to_string()),
        })?;
        if claims.iss != self.connection.issuer {
            return Err(wrong(format!("its issuer is {}", claims.iss)));
        }
        if claims.authorized_party() != Some(&self.connection.client_id) {
            return Err(wrong("it was made for another client".to_owned()));
        }
        if claims.sub != *subject {
            return Err(wrong("it is about another person".to_owned()));
        }
        let now = self.ports.clock.now();
        if now >= claims.exp.plus(LEEWAY) {
            return Err(id_token::clock_or(now, claims.iat, wrong("it has expired".to_owned())));
        }
        match tenant {
            Some(tenant) => TenantRule::Audience(self.connection.tenant_audience.clone())
                .prove(&claims, tenant)
                .map_err(|failure| wrong(failure.to_string()))?,
            None if claims.aud.contains(&self.connection.directory_audience) => {}
            None => return Err(wrong("its audience is not the role directory".to_owned())),
        }
        Ok(claims)
    }

    /// Revokes the chain that `link` belongs to (RFC 7009). `false` where the provider has no such
    /// endpoint or refuses.
    pub async fn revoke(&self, link: &RefreshToken) -> bool {
        let Some(endpoint) = &self.metadata.revocation_endpoint else { return false };
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("token", link.expose())
            .append_pair("token_type_hint", "refresh_token")
            .append_pair("client_id", self.connection.client_id.as_str())
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

    fn audience(&self, tenant: Option<&TenantId>) -> String {
        tenant.map_or_else(
            || self.connection.directory_audience.clone(),
            |tenant| self.connection.tenant_audience.render(tenant),
        )
    }

    fn client(&self, redirect: Option<&str>) -> Result<OAuth> {
        let bad = |e: url::ParseError| Error::new(ErrorCode::Internal, format!("redirect address: {e}"));
        let client = Client::new(oauth2::ClientId::new(self.connection.client_id.to_string()))
            .set_auth_type(oauth2::AuthType::RequestBody)
            .set_auth_uri(AuthUrl::from_url(self.metadata.authorization_endpoint.clone()))
            .set_token_uri(TokenUrl::from_url(self.metadata.token_endpoint.clone()));
        match redirect {
            Some(redirect) => {
                Ok(client.set_redirect_uri(RedirectUrl::new(redirect.to_owned()).map_err(bad)?))
            }
            None => Ok(client),
        }
    }

    async fn id_claims(&self, token: &IdToken) -> Result<IdClaims> {
        self.open(token.expose(), &Accept::usual(TokenType::Id)).await.map_err(|e| match e {
            Refused::KeysUnavailable(why) => refusal::unreachable(&self.connection, &why),
            other => refusal::bad_id_token(&self.connection, &other.to_string()),
        })
    }

    /// Opens a token with the keys at hand, and once more with new ones if none of these fits.
    async fn open<T: DeserializeOwned>(
        &self,
        token: &str,
        accept: &Accept,
    ) -> std::result::Result<T, Refused> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        match open(token, &keys, accept) {
            Err(Refused::UnknownKey) => open(token, &*self.fetch_keys().await?, accept),
            other => other,
        }
    }

    async fn fetch_keys(&self) -> std::result::Result<Arc<KeySet>, Refused> {
        let unavailable = |why: String| Refused::KeysUnavailable(why);
        let url: &Url = &self.metadata.jwks_uri;
        let request = Request::get(url.as_str()).body(Vec::new()).map_err(|e| unavailable(e.to_string()))?;
        let answer = self.ports.http.send(request).await.map_err(|NoAnswer(why)| unavailable(why))?;
        if !answer.status().is_success() {
            return Err(unavailable(format!("the keys answer with {}", answer.status())));
        }
        let keys = Arc::new(KeySet::parse(answer.body()).map_err(unavailable)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.clone();
        Ok(keys)
    }
}

fn granted(answer: &Answer) -> Granted {
    Granted {
        access: AccessToken::new(answer.access_token().secret().clone()),
        refresh: answer.refresh_token().map(|token| RefreshToken::new(token.secret().clone())),
        id: answer.extra_fields().id_token.clone().map(IdToken::new),
    }
}
