//! Makes access tokens (RFC 9068) and ID tokens (OpenID Connect Core §2).

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_model::{
    AccessClaims, Audience, Error, ErrorCode, Issuer, Result, Secret, Subject, Timestamp, claim,
};
use serde_json::{Map, Value, json};

use crate::{
    account::Account,
    acr::Acr,
    door::Door,
    mode::{IssuerStyle, Mode, OrganizationStyle},
    names,
    provider::{Core, lock, read},
    quirks::{AuthTime, Typ, WrongIssuer},
    random,
    scope::{self, Scope},
    target::Entitlement,
};

/// The header's `typ` of an ID token.
pub(crate) const ID: Option<&str> = Some("JWT");

/// What a token says beside whom it is for.
pub(crate) struct Occasion<'a> {
    pub account: &'a Account,
    pub door: &'a Door,
    pub scope: &'a Scope,
    pub auth_time: Timestamp,
    pub acr: Acr,
    /// Authentication contexts, separated by spaces.
    pub acrs: &'a str,
    /// Whether the client said whom the access token is for.
    pub named: bool,
    pub kind: Kind<'a>,
}

/// What tokens are made at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// A code exchange, with the client's nonce (OpenID Connect Core §12.2).
    SignIn { nonce: Option<&'a str> },
    /// A refresh.
    Refresh,
    /// A token exchange, which gives no ID token.
    Exchange,
}

/// Tokens that nobody has been given yet.
pub(crate) struct Minted {
    pub access: Secret,
    /// Where `openid` was granted.
    pub id: Option<Secret>,
    /// Seconds that the access token lives.
    pub expires_in: i64,
    /// The scope of the access token.
    pub scope: String,
}

/// Signs the tokens. Spends nothing, so whatever fails here has cost nobody anything.
pub(crate) fn mint(core: &Core, occasion: &Occasion<'_>, entitlement: &Entitlement) -> Result<Minted> {
    let now = core.clock.now();
    let lifetime_ends = now.plus(core.config.access_token_lifetime);
    let roles_end = entitlement.tenant.as_ref().and_then(|(_, answer)| answer.lasts_until());
    let expires = roles_end.map_or(lifetime_ends, |end| end.min(lifetime_ends));
    let scope = [occasion.scope.to_string()].into_iter().chain(entitlement.scopes.iter().cloned());
    let scope = scope.filter(|one| !one.is_empty()).collect::<Vec<_>>().join(" ");

    let claims = access_claims(core, occasion, entitlement, &scope, expires)?;
    let claims = serde_json::to_value(&claims).map_err(fault)?;
    let signed = read(&core.keys).sign(core.access_typ(), &claims)?;
    let quirks = core.quirks().answer;
    // Where tenants have audiences, a token that names none is nobody's; elsewhere one of no tenant is.
    let by_audience = matches!(core.config.mode, Mode::Audience | Mode::Resource(_));
    let nobodys = !occasion.named && (by_audience || entitlement.tenant.is_none());
    let access = if quirks.opaque_without_audience && nobodys {
        let opaque = random::secret()?;
        lock(&core.opaque).put(random::digest(opaque.expose()), signed, expires);
        opaque
    } else {
        signed
    };
    let wanted = match occasion.kind {
        Kind::SignIn { .. } => true,
        Kind::Refresh => !quirks.without_id_token_on_refresh,
        Kind::Exchange => false,
    };
    let id = if wanted && occasion.scope.has(scope::OPENID) {
        let claims = id_claims(core, occasion, entitlement, &access)?;
        Some(read(&core.keys).sign(ID, &claims)?)
    } else {
        None
    };
    Ok(Minted { access, id, expires_in: now.seconds_until(expires), scope })
}

fn access_claims(
    core: &Core,
    occasion: &Occasion<'_>,
    entitlement: &Entitlement,
    scope: &str,
    expires: Timestamp,
) -> Result<AccessClaims> {
    let Occasion { account, door, acr, acrs, .. } = *occasion;
    let answer = entitlement.tenant.as_ref().map(|(_, answer)| answer);
    let mut other: Map<String, Value> = entitlement.claims.clone();
    if let Some((tenant, _)) = &entitlement.tenant {
        other.insert(claim::TENANT.to_owned(), tenant.as_str().into());
    }
    other.insert("auth_time".to_owned(), auth_time(core, occasion));
    other.insert("acr".to_owned(), acr.as_str().into());
    other.insert("scope".to_owned(), scope.into());
    if !acrs.is_empty() {
        other.insert("acrs".to_owned(), acrs.split(' ').collect());
    }
    let (mut subject, mut client) = (account.subject.clone(), Some(door.client.clone()));
    if core.config.mode == Mode::IssuerPerTenant(IssuerStyle::Okta) && entitlement.tenant.is_some() {
        other.insert("uid".to_owned(), subject.as_str().into());
        other.insert("cid".to_owned(), door.client.as_str().into());
        (subject, client) = (Subject::new(account.email.as_str()).map_err(fault)?, None);
    }
    let audience = match &entitlement.audience {
        Audience::One(one) if core.quirks().token.audience_array => Audience::Many(vec![one.clone()]),
        audience => audience.clone(),
    };
    Ok(AccessClaims {
        iss: issuer(core, &entitlement.issuer)?,
        sub: subject,
        aud: audience,
        exp: skewed(core, expires),
        iat: skewed(core, core.clock.now()),
        nbf: None,
        client_id: client.clone(),
        azp: client,
        jti: Some(random::name()?),
        roles: answer.map(|answer| answer.roles.clone()).unwrap_or_default(),
        permissions: answer.map(|answer| answer.permissions.clone()).unwrap_or_default(),
        role_version: answer.map(|answer| answer.role_version),
        other,
    })
}

fn id_claims(
    core: &Core,
    occasion: &Occasion<'_>,
    entitlement: &Entitlement,
    access: &Secret,
) -> Result<Value> {
    let Occasion { account, door, scope, acr, kind, .. } = *occasion;
    let now = core.clock.now();
    let other_subject = kind == Kind::Refresh && core.quirks().answer.other_subject_on_refresh;
    let mut claims = json!({
        "iss": issuer(core, &core.issuer(&door.realm)?)?,
        "sub": if other_subject { "somebody-else" } else { account.subject.as_str() },
        "aud": door.client,
        "azp": door.client,
        "iat": skewed(core, now),
        "exp": skewed(core, now.plus(core.config.id_token_lifetime)),
        "auth_time": auth_time(core, occasion),
        "acr": acr.as_str(),
        "at_hash": at_hash(access),
    });
    for (name, value) in &entitlement.claims {
        claims[name] = value.clone();
    }
    if core.config.mode == Mode::OrganizationId(OrganizationStyle::Logto) {
        let tenants = core.accounts.tenants(&account.subject)?;
        claims["organizations"] = tenants.iter().map(names::organization).collect();
    }
    if let Kind::SignIn { nonce: Some(nonce) } = kind {
        claims["nonce"] = nonce.into();
    }
    if scope.has(scope::PROFILE) {
        claims["name"] = account.name.as_str().into();
    }
    if scope.has(scope::EMAIL) {
        claims["email"] = account.email.as_str().into();
        claims["email_verified"] = true.into();
    }
    Ok(claims)
}

/// The issuer that a token names.
fn issuer(core: &Core, real: &Issuer) -> Result<Issuer> {
    match core.quirks().wrong_iss {
        Some(WrongIssuer::Tokens) => Issuer::new(format!("{}/other", core.origin.base)).map_err(fault),
        Some(WrongIssuer::Redirect) | None => Ok(real.clone()),
    }
}

fn skewed(core: &Core, time: Timestamp) -> Timestamp {
    Timestamp(time.0.saturating_add(core.quirks().clock_skew))
}

fn auth_time(core: &Core, occasion: &Occasion<'_>) -> Value {
    let Timestamp(seconds) = skewed(core, occasion.auth_time);
    match core.quirks().token.auth_time {
        AuthTime::Seconds => seconds.into(),
        AuthTime::Fraction => (seconds as f64 + 0.25).into(),
        AuthTime::Zero => 0.into(),
    }
}

fn fault(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::Internal, why.to_string())
}

/// Ties an ID token to the access token beside it (OpenID Connect Core §3.1.3.6).
fn at_hash(access: &Secret) -> String {
    let whole = digest::digest(&digest::SHA256, access.expose().as_bytes());
    let (half, _) = whole.as_ref().split_at(whole.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(half)
}

impl Core {
    /// The header's `typ` of an access token.
    pub fn access_typ(&self) -> Option<&'static str> {
        match self.quirks().token.typ {
            Typ::AtJwt => Some("at+jwt"),
            Typ::Jwt => ID,
            Typ::None => None,
        }
    }

    /// What an access token of ours for the default audience, still good, says.
    pub fn own_claims(&self, token: &str) -> Option<AccessClaims> {
        let now = self.clock.now();
        let mut opaque = lock(&self.opaque);
        let token = opaque.get(&random::digest(token), now).map_or(token, |signed| signed.expose());
        let claims = read(&self.keys).claims(token, self.access_typ())?;
        let claims: AccessClaims = serde_json::from_value(Value::Object(claims)).ok()?;
        (claims.aud.contains(&self.config.default_audience) && now < claims.exp).then_some(claims)
    }
}
