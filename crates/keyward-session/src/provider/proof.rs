//! The proof of a token: only what has come through here may be cached, shown or sent.

use keyward_model::{AccessClaims, Result, Subject, TenantId};
use keyward_verify::{Accept, Refused, TokenType};
use serde_json::Value;

use super::{LEEWAY, Provider, id_token, refusal};
use crate::{AccessToken, config::KnownTenant};

impl Provider {
    /// Proves that an access token is of this provider, for this client, about this person and, where one
    /// was asked for, of this tenant.
    ///
    /// # Errors
    /// [`WrongTenantToken`](keyward_model::ErrorCode::WrongTenantToken) where it is somebody else's or
    /// another tenant's.
    pub async fn prove(
        &self,
        access: &AccessToken,
        subject: &Subject,
        tenant: Option<&TenantId>,
    ) -> Result<AccessClaims> {
        let wrong = |why: String| refusal::wrong_token(&self.connection, tenant, &why);
        let endpoints = self.endpoints(tenant).await?;
        let accept = Accept::usual(TokenType::AccessUnmarked);
        let opened = endpoints.open(&*self.ports.http, access.expose(), &accept).await;
        let claims: AccessClaims = opened.map_err(|e| match e {
            Refused::KeysUnavailable(why) => refusal::unreachable(&self.connection, &why),
            Refused::Malformed(_) => wrong("it cannot be opened, so it proves nothing".to_owned()),
            other => wrong(other.to_string()),
        })?;
        let proof = &self.mode().proof;
        if claims.iss != endpoints.issuer {
            return Err(wrong(format!("its issuer is {}", claims.iss)));
        }
        // A token without a client came from our own request all the same; one of another client did not.
        if self.mode().client_of(&claims).is_some_and(|client| client != *self.connection.client(tenant)) {
            return Err(wrong("it was made for another client".to_owned()));
        }
        if !is_about(&claims, &proof.person, subject) {
            return Err(wrong("it is about another person".to_owned()));
        }
        let now = self.ports.clock.now();
        if now >= claims.exp.plus(LEEWAY) {
            return Err(id_token::clock_or(now, claims.iat, wrong("it has expired".to_owned())));
        }
        if proof.audience.as_ref().is_some_and(|audience| !claims.aud.contains(audience)) {
            return Err(wrong("its audience is another API".to_owned()));
        }
        match (tenant, &proof.no_tenant) {
            (Some(tenant), _) => {
                proof.tenant.prove(&claims, &self.alias(tenant)).map_err(|failure| {
                    refusal::not_the_tenants(&self.connection, tenant, &failure.to_string())
                })?;
            }
            (None, Some(audience)) if claims.aud.contains(audience) => {}
            (None, _) => return Err(wrong("its audience is not the role directory".to_owned())),
        }
        Ok(claims)
    }

    /// Which of these tenants a token is proven for, if one: where the provider chose.
    pub async fn tenant_of<'k>(
        &self,
        access: &AccessToken,
        subject: &Subject,
        tenants: &'k [KnownTenant],
    ) -> Option<(&'k KnownTenant, AccessClaims)> {
        for tenant in tenants {
            if let Ok(claims) = self.prove(access, subject, Some(&tenant.id)).await {
                return Some((tenant, claims));
            }
        }
        None
    }
}

fn is_about(claims: &AccessClaims, claim: &str, subject: &Subject) -> bool {
    match claim {
        "none" => true,
        "sub" => claims.sub == *subject,
        other => claims.other.get(other).and_then(Value::as_str) == Some(subject.as_str()),
    }
}
