//! Whose tokens the directory takes: an `[[issuer]]` of the file.

use std::{sync::Arc, time::Duration};

use keyward_model::{ClientId, Clock, Error, ErrorCode, Issuer, Result, Template, TenantRule};
use keyward_verify::{Accept, Expect, FetchedKeys, TokenType, Verifier};
use serde::Deserialize;

/// How long an issuer's keys are waited for.
const KEYS_PATIENCE: Duration = Duration::from_secs(10);
/// How far an issuer's clock may be from ours, unless the file says otherwise, and at most.
const USUAL_LEEWAY: u64 = 30;
const MOST_LEEWAY: u64 = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenIssuer {
    issuer: Issuer,
    keys: Option<String>,
    audiences: Vec<String>,
    tenant: TenantRule,
    clients: Option<Vec<ClientId>>,
    #[serde(default)]
    unmarked: bool,
    leeway: Option<u64>,
}

/// A check of the tokens of all these issuers.
pub(super) fn verifier(issuers: Vec<WrittenIssuer>, clock: Arc<dyn Clock>) -> Result<Verifier> {
    let http = reqwest::Client::builder().timeout(KEYS_PATIENCE).build();
    let http = http.map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    let mut verifier: Option<Verifier> = None;
    let mut known: Vec<Issuer> = Vec::new();
    for one in issuers {
        if known.contains(&one.issuer) {
            return Err(wrong(&one.issuer, "issuer", "it is there twice. Make one [[issuer]] of the two"));
        }
        known.push(one.issuer.clone());
        let (http, issuer, clock) = (http.clone(), one.issuer.clone(), clock.clone());
        let keys = match one.keys.clone() {
            Some(url) => FetchedKeys::new(http, issuer, url, clock.clone()),
            None => FetchedKeys::discovered(http, issuer, clock.clone()),
        };
        let expect = one.expect()?;
        verifier = Some(match verifier {
            None => Verifier::new(expect, Arc::new(keys), clock),
            Some(others) => others.and(expect, Arc::new(keys)),
        });
    }
    verifier.ok_or_else(|| {
        let words = "issuer: nobody's tokens would be taken. Add an [[issuer]] with issuer, keys, audiences and tenant.";
        Error::new(ErrorCode::ConfigInvalid, words)
    })
}

impl WrittenIssuer {
    /// Which issuer it is.
    pub(super) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn expect(self) -> Result<Expect> {
        let Self { issuer, keys, audiences, tenant, clients, unmarked, leeway } = self;
        // As strict as an issuer: https, or this computer. Keys from elsewhere would be anybody's.
        if keys.is_some_and(|keys| Issuer::new(keys).is_err()) {
            let words = "it must be an https address, or http on this computer, without a query";
            return Err(wrong(&issuer, "keys", words));
        }
        let tenant_audience = audience(&tenant).cloned();
        if audiences.iter().all(String::is_empty) && tenant_audience.is_none() {
            let words = "no token is for this directory. Name the audience that tokens for it have";
            return Err(wrong(&issuer, "audiences", words));
        }
        if tenant == TenantRule::All(Vec::new()) {
            return Err(wrong(&issuer, "tenant", "no claim proves a tenant. Name one at least"));
        }
        let leeway = leeway.unwrap_or(USUAL_LEEWAY);
        if leeway > MOST_LEEWAY {
            let words = format!("{leeway} seconds are more than {MOST_LEEWAY}. Set the clocks right");
            return Err(wrong(&issuer, "leeway", &words));
        }
        Ok(Expect {
            accept: Accept::usual(if unmarked { TokenType::AccessUnmarked } else { TokenType::Access }),
            issuer,
            audiences,
            tenant_audience,
            rule: tenant,
            clients,
            leeway: Duration::from_secs(leeway),
        })
    }
}

/// The audience that a tenant's tokens have, if that proves the tenant.
fn audience(rule: &TenantRule) -> Option<&Template> {
    match rule {
        TenantRule::Audience(template) => Some(template),
        TenantRule::All(rules) => rules.iter().find_map(audience),
        TenantRule::Claim { .. }
        | TenantRule::Organization { .. }
        | TenantRule::OrganizationRoles { .. }
        | TenantRule::Issuer(_)
        | TenantRule::AuthorizedParty(_) => None,
    }
}

fn wrong(issuer: &Issuer, key: &str, why: &str) -> Error {
    Error::new(ErrorCode::ConfigInvalid, format!("issuer {issuer}: {key}: {why}."))
}
