//! What a request asks, and who asks it. The token is looked at before anything else.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Path, Query, RawPathParams, Request},
};
use http::{HeaderMap, StatusCode, request::Parts};
use keyward_model::{AccessClaims, Error, ErrorCode, InvalidId, TenantId, Timestamp, claim};
use keyward_verify::bearer;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Desk,
    answer::{Failure, ROLE_VERSION, broken},
    limit::Asker,
    plans::too_large,
};
use crate::Caller;

/// The claims of a good token, whatever its tenant.
pub(super) struct Anyone(pub(super) AccessClaims);

impl FromRequestParts<Desk> for Anyone {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
        let token = bearer(&parts.headers)?.to_owned();
        let mut claims = desk.verifier.verify(&token).await?;
        if let Some(tenant) = desk.addressed(parts).await? {
            claims = desk.verifier.verify_for(&token, &tenant).await?;
        }
        desk.limits.count(Asker::Person(claims.iss.clone(), claims.sub.clone()))?;
        Ok(Self(claims))
    }
}

impl FromRequestParts<Desk> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
        Ok(Lasting::from_request_parts(parts, desk).await?.0)
    }
}

/// A caller with a token proven for the operators' tenant, whatever tenant they ask about.
pub(super) struct Operator(pub(super) Caller);

impl FromRequestParts<Desk> for Operator {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
        let token = bearer(&parts.headers)?.to_owned();
        let Some(tenant) = desk.operators.clone() else {
            desk.verifier.verify(&token).await?;
            let words =
                "Nobody operates this directory over HTTP: its configuration names no operators' tenant.";
            return Err(Error::new(ErrorCode::Forbidden, words).into());
        };
        let claims = desk.verifier.verify_for(&token, &tenant).await?;
        desk.limits.count(Asker::Person(claims.iss.clone(), claims.sub.clone()))?;
        desk.is_addressed(parts, &tenant).await?;
        Ok(Self(desk.whole(Caller::proven(claims.clone(), tenant), &claims).await?))
    }
}

/// The tenant in the path, which the caller need not be in.
pub(super) struct Place(pub(super) TenantId);

impl FromRequestParts<Desk> for Place {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
        Ok(Self(tenant_in(parts, desk).await?))
    }
}

/// A caller, and when their token ends.
pub(super) struct Lasting(pub(super) Caller, pub(super) Timestamp);

impl FromRequestParts<Desk> for Lasting {
    type Rejection = Failure;

    /// A token proven for exactly the tenant in the path, and for whatever else names one: there is no default.
    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
        let token = bearer(&parts.headers)?.to_owned();
        match tenant_in(parts, desk).await {
            Ok(tenant) => {
                let demanded = demanded(&parts.headers);
                let least = *demanded.as_ref().unwrap_or(&0);
                let claims = desk.verifier.verify_since(&token, &tenant, least).await?;
                demanded?;
                desk.limits.count(Asker::Person(claims.iss.clone(), claims.sub.clone()))?;
                desk.is_addressed(parts, &tenant).await?;
                let caller = desk.whole(Caller::proven(claims.clone(), tenant), &claims).await?;
                Ok(Self(caller, claims.exp))
            }
            Err(error) => {
                desk.verifier.verify(&token).await?;
                Err(error.into())
            }
        }
    }
}

impl Desk {
    /// A token that was too small for its permissions carries what its person holds: it says so itself.
    async fn whole(&self, mut caller: Caller, claims: &AccessClaims) -> Result<Caller, Failure> {
        let left_out = claims.other.get(claim::OVERAGE).and_then(Value::as_array);
        if !left_out.is_some_and(|names| names.iter().any(|name| name == "permissions")) {
            return Ok(caller);
        }
        let directory = self.directory.clone();
        let read = tokio::task::spawn_blocking(move || {
            let held = directory.held(&caller)?;
            caller.permissions.extend(held.permissions);
            Ok(caller)
        });
        Ok(read.await.unwrap_or_else(|panic| Err(broken(&panic)))?)
    }
}

/// The version of the caller's roles that they know of already: a token made before it is refused.
fn demanded(headers: &HeaderMap) -> Result<u64, Error> {
    let mut all = headers.get_all(ROLE_VERSION).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(0),
        (Some(one), None) => one.to_str().ok().and_then(|text| text.parse().ok()).ok_or(()),
        (Some(_), Some(_)) => Err(()),
    }
    .map_err(|()| {
        Error::new(ErrorCode::InvalidRequest, format!("{ROLE_VERSION}: it must be one whole number."))
    })
}

/// The tenant that the path names.
async fn tenant_in(parts: &mut Parts, desk: &Desk) -> Result<TenantId, Error> {
    let path = RawPathParams::from_request_parts(parts, desk).await;
    let path =
        path.map_err(|_| Error::new(ErrorCode::NotFound, "There is no such path: it is not UTF-8."))?;
    let named =
        path.iter().find(|(name, _)| *name == "tenant").and_then(|(_, text)| TenantId::new(text).ok());
    named.ok_or_else(|| Error::new(ErrorCode::TenantUnknown, "There is no tenant by the name in this path."))
}

/// An identifier that is the path's last or middle part, after the tenant.
pub(super) struct Named<T>(pub(super) T);

impl<T: TryFrom<String, Error = InvalidId>> FromRequestParts<Desk> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
        let missing = |words: String| Failure::from(Error::new(ErrorCode::NotFound, words));
        let Path((_tenant, name)) = Path::<(String, String)>::from_request_parts(parts, desk)
            .await
            .map_err(|e| missing(e.body_text()))?;
        T::try_from(name).map(Self).map_err(|e| missing(format!("There is nothing of that name: {e}.")))
    }
}

/// The number of an entry of the audit, after the tenant.
pub(super) struct Entry(pub(super) u64);

impl FromRequestParts<Desk> for Entry {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
        let words = "There is no such entry: the path names no number.";
        match Path::<(String, u64)>::from_request_parts(parts, desk).await {
            Ok(Path((_tenant, number))) => Ok(Self(number)),
            Err(_) => Err(Error::new(ErrorCode::NotFound, words).into()),
        }
    }
}

/// The query string, every field known.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Desk> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
        match Query::from_request_parts(parts, desk).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(e) => Err(Error::new(ErrorCode::InvalidRequest, format!("{}.", e.body_text())).into()),
        }
    }
}

/// The JSON body of a plan, every field known.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Desk> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Failure> {
        match Json::from_request(request, desk).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large().into()),
            Err(e) => Err(Error::new(ErrorCode::InvalidRequest, format!("{}.", e.body_text())).into()),
        }
    }
}
