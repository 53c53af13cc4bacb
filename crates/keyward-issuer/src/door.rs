//! Where a request comes in: as which client and, with an issuer per tenant, at whose endpoints.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use http::{Uri, request::Parts, uri::PathAndQuery};
use keyward_model::{ClientId, Error, ErrorCode, Issuer, Result, TenantId};

use crate::{Endpoint, mode::Mode, names, provider::Core};

/// Whose endpoints were asked: a tenant's, or those at the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Realm(pub Option<TenantId>);

impl<S: Send + Sync> FromRequestParts<S> for Realm {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// Leads a request for `/{tenant}/token` to `/token`, and remembers whose it was.
pub(crate) async fn enter(mut request: Request) -> Request {
    let Some((tenant, rest)) = request.uri().path().get(1..).and_then(|path| path.split_once('/')) else {
        return request;
    };
    let path = format!("/{rest}");
    let (Ok(tenant), true) = (TenantId::new(tenant), Endpoint::ALL.into_iter().any(|one| one.path() == path))
    else {
        return request;
    };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(format!("{path}{query}")).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(Realm(Some(tenant)));
    }
    request
}

/// The client that asks, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Door {
    pub client: ClientId,
    pub realm: Realm,
    /// The tenant that client or realm belong to.
    pub tenant: Option<TenantId>,
}

impl Core {
    /// The door of a known client.
    pub fn door(&self, client: Option<&str>, realm: &Realm) -> Option<Door> {
        let client = client?;
        let tenant = if client == self.config.client.as_str() {
            realm.0.clone()
        } else if self.config.mode == Mode::ApplicationPerTenant {
            Some(names::of_application(client)?)
        } else {
            return None;
        };
        Some(Door { client: ClientId::new(client).ok()?, realm: realm.clone(), tenant })
    }

    /// The issuer whose endpoints these are, as text.
    pub fn issuer_text(&self, realm: &Realm) -> String {
        match &realm.0 {
            None => self.config.issuer.to_string(),
            Some(tenant) => format!("{}/{tenant}", self.origin.base),
        }
    }

    /// The issuer whose endpoints these are.
    pub fn issuer(&self, realm: &Realm) -> Result<Issuer> {
        Issuer::new(self.issuer_text(realm)).map_err(|why| Error::new(ErrorCode::Internal, why.to_string()))
    }
}
