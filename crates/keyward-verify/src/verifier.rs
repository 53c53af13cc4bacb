//! A service's check of the tokens it is handed (RFC 9068 §4, RFC 8725, then the tenant rule).

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, header::AUTHORIZATION};
use keyward_model::{
    AccessClaims, ClientId, Clock, Issuer, Template, TenantId, TenantRule, Timestamp, claim,
};

use crate::{
    Accept, KeySource, Refused, Seen, TokenType,
    jws::{Parts, claimed_issuer},
};

/// What a service expects of a token.
#[derive(Debug, Clone)]
pub struct Expect {
    /// The one issuer, compared as exact text.
    pub issuer: Issuer,
    /// Algorithms and kind.
    pub accept: Accept,
    /// Audiences that name the service itself, whatever the tenant.
    pub audiences: Vec<String>,
    /// Audiences that name a tenant's API, where the service has one per tenant.
    pub tenant_audience: Option<Template>,
    /// What proves the tenant.
    pub rule: TenantRule,
    /// Clients that may call; none: any.
    pub clients: Option<Vec<ClientId>>,
    /// How far clocks may be apart; 30 s by default.
    pub leeway: Duration,
}

impl Expect {
    /// A service with an API per tenant and one of its own, tokens marked `at+jwt`.
    pub fn api_per_tenant(issuer: Issuer, own_audience: String, tenant_audience: Template) -> Self {
        Self {
            issuer,
            accept: Accept::usual(TokenType::Access),
            audiences: vec![own_audience],
            rule: TenantRule::Audience(tenant_audience.clone()),
            tenant_audience: Some(tenant_audience),
            clients: None,
            leeway: Duration::from_secs(30),
        }
    }
}

/// Checks tokens. Cheap to share behind an `Arc`.
pub struct Verifier {
    trusted: Vec<Trusted>,
    clock: Arc<dyn Clock>,
    seen: Option<Arc<Seen>>,
}

/// An issuer, what its tokens must say, and its keys.
struct Trusted {
    expect: Expect,
    keys: Arc<dyn KeySource>,
}

impl Verifier {
    /// A verifier that takes the issuer's keys from `keys` and the time from `clock`.
    pub fn new(expect: Expect, keys: Arc<dyn KeySource>, clock: Arc<dyn Clock>) -> Self {
        Self { trusted: vec![Trusted { expect, keys }], clock, seen: None }
    }

    /// The same, which trusts another issuer besides. A token is checked by what is expected of the issuer that it names,
    /// and by that issuer's keys alone.
    #[must_use]
    pub fn and(mut self, expect: Expect, keys: Arc<dyn KeySource>) -> Self {
        self.trusted.push(Trusted { expect, keys });
        self
    }

    /// The same, which takes no tenant's token older than what is seen there. Every token that it takes is seen, too.
    #[must_use]
    pub fn remembering(mut self, seen: Arc<Seen>) -> Self {
        self.seen = Some(seen);
        self
    }

    /// Checks that the token is good for this service, whatever its tenant.
    ///
    /// # Errors
    /// The first check that fails.
    pub async fn verify(&self, token: &str) -> Result<AccessClaims, Refused> {
        self.verified(token).await.map(|(claims, _)| claims)
    }

    /// Checks that the token is good for this service and proves `tenant`.
    ///
    /// # Errors
    /// The first check that fails; [`Refused::Tenant`] where it is good and another tenant's, [`Refused::Older`] where a
    /// later version of its person's roles was [seen](Self::remembering).
    pub async fn verify_for(&self, token: &str, tenant: &TenantId) -> Result<AccessClaims, Refused> {
        self.verify_since(token, tenant, 0).await
    }

    /// The same, and that the token was made at this version of its person's roles in the tenant, or later.
    ///
    /// # Errors
    /// As [`verify_for`](Self::verify_for); [`Refused::Older`] where it was made before.
    pub async fn verify_since(
        &self,
        token: &str,
        tenant: &TenantId,
        version: u64,
    ) -> Result<AccessClaims, Refused> {
        let (claims, expect) = self.verified(token).await?;
        let proven = expect.rule.prove(&claims, &tenant.into());
        proven.map_err(|failure| Refused::Tenant { tenant: tenant.clone(), failure })?;
        let known = self.seen.as_ref().map_or(0, |seen| seen.version(tenant, &claims.iss, &claims.sub));
        let (has, wanted) = (claims.role_version, version.max(known));
        // Who says no version may have been made at any time.
        if wanted > has.unwrap_or(0) {
            return Err(Refused::Older { has, wanted });
        }
        if let (Some(seen), Some(has)) = (&self.seen, has) {
            seen.rise(tenant, &claims.iss, &claims.sub, has);
        }
        Ok(claims)
    }

    async fn verified(&self, token: &str) -> Result<(AccessClaims, &Expect), Refused> {
        let Trusted { expect, keys: source } = self.trusted_by(token)?;
        let parts = Parts::split(token, &expect.accept)?;
        let keys = source.keys(&expect.issuer).await?;
        let claims = match parts.believe::<AccessClaims>(&keys) {
            Err(Refused::UnknownKey) => {
                let renewed = source.renewed(&expect.issuer, &keys).await?;
                parts.believe(&renewed)?
            }
            other => other?,
        };
        self.check(&claims, expect)?;
        Ok((claims, expect))
    }

    /// By whose keys the token is checked. Where there are several, it says so itself, unproven: the check that follows
    /// believes nothing else of it.
    fn trusted_by(&self, token: &str) -> Result<&Trusted, Refused> {
        match self.trusted.as_slice() {
            [only] => Ok(only),
            several => {
                let named = claimed_issuer(token)?;
                let found = several.iter().find(|trusted| trusted.expect.issuer.as_str() == named);
                found.ok_or(Refused::Issuer(named))
            }
        }
    }

    fn check(&self, claims: &AccessClaims, expect: &Expect) -> Result<(), Refused> {
        if claims.iss != expect.issuer {
            return Err(Refused::Issuer(claims.iss.to_string()));
        }
        let ours = |aud: &str| {
            expect.audiences.iter().any(|own| own == aud)
                || expect.tenant_audience.as_ref().is_some_and(|api| api.tenant_in(aud).is_some())
        };
        if !claims.aud.iter().any(ours) {
            return Err(Refused::Audience(claims.aud.iter().collect::<Vec<_>>().join(" ")));
        }
        let (now, leeway) = (self.clock.now(), expect.leeway);
        if now >= claims.exp.plus(leeway) {
            return Err(Refused::Expired(claims.exp.seconds_until(now)));
        }
        if let Some(end) = roles_end(claims)?
            && now >= end.plus(leeway)
        {
            return Err(Refused::Ended(end.seconds_until(now)));
        }
        let begins = claims.nbf.unwrap_or(claims.iat).max(claims.iat);
        if now < begins.minus(leeway) {
            return Err(Refused::NotYet(now.seconds_until(begins)));
        }
        // Readers pick either; so both say the same, or none is believed.
        if let (Some(azp), Some(client)) = (&claims.azp, &claims.client_id)
            && azp != client
        {
            return Err(Refused::Client(format!("{azp} and {client}")));
        }
        let party = claims.authorized_party();
        if let Some(clients) = &expect.clients
            && !party.is_some_and(|party| clients.contains(party))
        {
            return Err(Refused::Client(party.map(ToString::to_string).unwrap_or_default()));
        }
        Ok(())
    }
}

/// When what the token says of roles ends, where it ends before the token: not every provider can cut that.
fn roles_end(claims: &AccessClaims) -> Result<Option<Timestamp>, Refused> {
    match claims.other.get(claim::NOT_AFTER) {
        None => Ok(None),
        Some(end) => match end.as_i64() {
            Some(seconds) => Ok(Some(Timestamp(seconds))),
            // As strict as `exp`: what cannot be read as an end would be no end.
            None => Err(Refused::Claims(format!("{}: not a time", claim::NOT_AFTER))),
        },
    }
}

/// The token of a request (RFC 6750 §2.1): one `Authorization` header, scheme in any case.
///
/// # Errors
/// [`Refused::Missing`] without one, [`Refused::Malformed`] with two or with something else in it.
pub fn bearer(headers: &HeaderMap) -> Result<&str, Refused> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let value = all.next().ok_or(Refused::Missing)?;
    if all.next().is_some() {
        return Err(Refused::Malformed("two Authorization headers"));
    }
    let value = value.to_str().map_err(|_| Refused::Malformed("Authorization"))?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Refused::Missing),
    }
}
