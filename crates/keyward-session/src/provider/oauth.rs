//! OAuth's requests through the `oauth2` crate: its types, and the client that makes them.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use keyward_model::{ClientId, Error, ErrorCode, Result};
use oauth2::{
    AsyncHttpClient, AuthUrl, Client, EndpointNotSet, EndpointSet, ErrorResponse, ExtraTokenFields,
    HttpRequest, HttpResponse, RedirectUrl, RequestTokenError, StandardRevocableToken, StandardTokenResponse,
    TokenResponse, TokenUrl,
    basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType},
};
use serde::{Deserialize, Serialize};

use super::{Metadata, refusal::Said};
use crate::{
    AccessToken, IdToken, RefreshToken,
    ports::{Http, NoAnswer},
};

/// What OpenID Connect adds to a token answer (Core §3.1.3.3).
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct IdTokenField {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}
impl ErrorResponse for Said {}

/// The HTTP port, as the `oauth2` crate wants it.
pub(super) struct OAuthHttp(pub(super) Arc<dyn Http>);

impl<'c> AsyncHttpClient<'c> for OAuthHttp {
    type Error = NoAnswer;
    type Future = BoxFuture<'c, std::result::Result<HttpResponse, NoAnswer>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.0.send(request)
    }
}

pub(super) type Answer = StandardTokenResponse<IdTokenField, BasicTokenType>;
pub(super) type TokenError = RequestTokenError<NoAnswer, Said>;
pub(super) type OAuth = Client<
    Said,
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

impl From<Answer> for Granted {
    fn from(answer: Answer) -> Self {
        Self {
            access: AccessToken::new(answer.access_token().secret().clone()),
            refresh: answer.refresh_token().map(|token| RefreshToken::new(token.secret().clone())),
            id: answer.extra_fields().id_token.clone().map(IdToken::new),
        }
    }
}

/// A public client of the provider with this metadata.
pub(super) fn client(metadata: &Metadata, client: &ClientId, redirect: Option<&str>) -> Result<OAuth> {
    let bad = |e: url::ParseError| Error::new(ErrorCode::Internal, format!("redirect address: {e}"));
    let client = Client::new(oauth2::ClientId::new(client.to_string()))
        .set_auth_type(oauth2::AuthType::RequestBody)
        .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
        .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()));
    match redirect {
        Some(redirect) => Ok(client.set_redirect_uri(RedirectUrl::new(redirect.to_owned()).map_err(bad)?)),
        None => Ok(client),
    }
}
