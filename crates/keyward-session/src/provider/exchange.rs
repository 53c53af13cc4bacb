//! Token exchange (RFC 8693): the access token that a refresh gave, for the tenant's. The `oauth2` crate
//! knows no extension grants, so the request is made here.

use http::{Request, header};
use keyward_model::{Error, ErrorCode, Result, TenantId};
use oauth2::{RequestTokenError, TokenResponse};

use super::{
    Provider, StepUp,
    oauth::{Answer, TokenError},
    refusal::{self, Said},
};
use crate::{AccessToken, preset::Switch};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

impl Provider {
    /// The tenant's token for the one that a refresh gave. Where the mode does not exchange, or no tenant is
    /// asked for, that is the one itself.
    ///
    /// # Errors
    /// As [`refresh`](Provider::refresh), but never [`ErrorCode::SessionEnded`]: no link is spent here.
    pub async fn exchange(&self, access: AccessToken, tenant: Option<&TenantId>) -> Result<AccessToken> {
        let (Switch::Exchange { tenant: parameters, .. }, Some(tenant)) = (&self.mode().switch, tenant)
        else {
            return Ok(access);
        };
        let alias = self.alias(tenant);
        let asked = [
            ("grant_type", GRANT),
            ("client_id", self.connection.client_id.as_str()),
            ("subject_token", access.expose()),
            ("subject_token_type", ACCESS_TOKEN),
        ];
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(asked)
            .extend_pairs(parameters.iter().map(|(name, value)| (name, value.render(&alias))))
            .finish();
        match self.ask_token_endpoint(form).await {
            Ok(answer) => Ok(AccessToken::new(answer.access_token().secret().clone())),
            Err(error) => {
                if let RequestTokenError::ServerResponse(said) = &error
                    && said.wants_the_person()
                {
                    self.want(Some(tenant), StepUp::of_refusal(said));
                }
                let refused = refusal::of_refresh(&self.connection, Some(tenant), &error);
                match refused.code {
                    ErrorCode::SessionEnded => {
                        Err(Error { code: ErrorCode::ProviderRefused, message: refused.message })
                    }
                    _ => Err(refused),
                }
            }
        }
    }

    async fn ask_token_endpoint(&self, form: String) -> std::result::Result<Answer, TokenError> {
        let request = Request::post(self.home.metadata.token_endpoint.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(form.into_bytes())
            .map_err(|e| RequestTokenError::Other(e.to_string()))?;
        let answer = self.ports.http.send(request).await.map_err(RequestTokenError::Request)?;
        let other = || RequestTokenError::Other("neither a token nor an error".to_owned());
        if answer.status().is_success() {
            return serde_json::from_slice(answer.body()).map_err(|_| other());
        }
        let said: Said = serde_json::from_slice(answer.body()).map_err(|_| other())?;
        Err(RequestTokenError::ServerResponse(said))
    }
}
