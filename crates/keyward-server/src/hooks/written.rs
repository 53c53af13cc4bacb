//! A caller as it is written.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use keyward_directory::{
    ClaimNames, Field, HookCaller, HookSecrets, Proof, Shape, TenantName, USUAL_BUDGET, WhenAway,
    WithoutTenant,
};
use keyward_model::{
    ClientId, Clock, Error, ErrorCode, HookCallerId, Issuer, Result, Template, TenantAlias, TenantId,
    TenantRule,
};
use keyward_verify::{Accept, Expect, FetchedKeys, TokenType, Verifier};
use serde::Deserialize;

/// How far a provider's clock may be from ours.
const LEEWAY: Duration = Duration::from_secs(30);

/// One caller.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenHook {
    pub(super) name: HookCallerId,
    shape: Shape,
    issuer: Issuer,
    tenant: WrittenTenant,
    #[serde(default)]
    tenants: BTreeMap<TenantAlias, TenantId>,
    #[serde(default)]
    without_tenant: WrittenWithout,
    bearer: Option<Vec<PathBuf>>,
    hmac: Option<Vec<PathBuf>>,
    token: Option<WrittenToken>,
    #[serde(default)]
    claims: ClaimNames,
    budget: Option<usize>,
    stale_for: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTenant {
    from: Field,
    is: Template,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenWithout {
    #[default]
    Refuse,
    Leave,
}

/// What a provider's own token must say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenToken {
    issuer: Issuer,
    keys: String,
    audience: String,
    clients: Vec<ClientId>,
}

impl WrittenHook {
    /// The caller, its secrets read from the files that it names, which are relative to `folder`.
    pub(super) fn caller(
        self,
        folder: &Path,
        http: &reqwest::Client,
        clock: Arc<dyn Clock>,
    ) -> Result<HookCaller> {
        let secrets = |files: Vec<PathBuf>| {
            let files: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
            HookSecrets::from_files(&files)
        };
        let proof = match (self.bearer, self.hmac, self.token) {
            (Some(files), None, None) => Proof::Bearer(secrets(files)?),
            (None, Some(files), None) => Proof::Signature(secrets(files)?),
            (None, None, Some(token)) => Proof::Token(Arc::new(token.verifier(http, clock)?)),
            _ => {
                let words = "It proves itself in exactly one way: bearer, hmac or token.";
                return Err(Error::new(ErrorCode::ConfigInvalid, words));
            }
        };
        Ok(HookCaller {
            name: self.name,
            shape: self.shape,
            issuer: self.issuer,
            tenant: TenantName { field: self.tenant.from, template: self.tenant.is, known: self.tenants },
            without_tenant: match self.without_tenant {
                WrittenWithout::Refuse => WithoutTenant::Refuse,
                WrittenWithout::Leave => WithoutTenant::Leave,
            },
            proof,
            claims: self.claims,
            budget: self.budget.unwrap_or(USUAL_BUDGET),
            when_away: match self.stale_for {
                None => WhenAway::Refuse,
                Some(seconds) => WhenAway::LastKnown(Duration::from_secs(seconds)),
            },
        })
    }
}

impl WrittenToken {
    fn verifier(self, http: &reqwest::Client, clock: Arc<dyn Clock>) -> Result<Verifier> {
        let Self { issuer, keys, audience, clients } = self;
        // As strict as an issuer: https, or this computer. Keys from elsewhere would be anybody's.
        Issuer::new(&keys).map_err(|_| {
            let words = "token.keys must be an https address, or http on this computer, without a query.";
            Error::new(ErrorCode::ConfigInvalid, words)
        })?;
        let keys = FetchedKeys::new(http.clone(), issuer.clone(), keys, clock.clone());
        let expect = Expect {
            issuer,
            accept: Accept::usual(TokenType::AccessUnmarked),
            audiences: vec![audience],
            tenant_audience: None,
            // The provider's own token is no tenant's: no rule proves one.
            rule: TenantRule::All(Vec::new()),
            clients: Some(clients),
            leeway: LEEWAY,
        };
        Ok(Verifier::new(expect, Arc::new(keys), clock))
    }
}
