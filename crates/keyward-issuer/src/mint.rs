//! Makes access tokens (RFC 9068) and ID tokens (OpenID Connect Core §2).

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_model::{AccessClaims, Audience, Error, ErrorCode, Issuer, Result, Secret, Timestamp, claim};
use serde_json::{Map, json};

use crate::{
    account::Account,
    provider::{Core, read},
    quirks::WrongIssuer,
    random,
    scope::{self, Scope},
    target::Entitlement,
};

/// The header's `typ` of an access token (RFC 9068 §2.1).
pub(crate) const ACCESS: &str = "at+jwt";
/// The header's `typ` of an ID token.
pub(crate) const ID: &str = "JWT";

/// What a token says beside whom it is for.
pub(crate) struct Occasion<'a> {
    pub account: &'a Account,
    pub scope: &'a Scope,
    pub auth_time: Timestamp,
    /// The client's nonce, at the code exchange only (OpenID Connect Core §12.2).
    pub nonce: Option<&'a str>,
}

/// Tokens that nobody has been given yet.
pub(crate) struct Minted {
    pub access: Secret,
    /// Where `openid` was granted.
    pub id: Option<Secret>,
    /// Seconds that the access token lives.
    pub expires_in: i64,
}

/// Signs the tokens. Spends nothing, so whatever fails here has cost nobody anything.
pub(crate) fn mint(core: &Core, occasion: &Occasion<'_>, entitlement: &Entitlement) -> Result<Minted> {
    let quirks = core.quirks();
    let skewed = |time: Timestamp| Timestamp(time.0.saturating_add(quirks.clock_skew));
    let issuer = match quirks.wrong_iss {
        Some(WrongIssuer::Tokens) => Issuer::new(format!("{}/other", core.origin.base))
            .map_err(|why| Error::new(ErrorCode::Internal, why.to_string()))?,
        Some(WrongIssuer::Redirect) | None => core.config.issuer.clone(),
    };
    let Occasion { account, scope, auth_time, nonce } = *occasion;
    let client = &core.config.client;
    let now = core.clock.now();

    let mut other = Map::new();
    other.insert("auth_time".to_owned(), skewed(auth_time).0.into());
    other.insert("scope".to_owned(), scope.to_string().into());
    let mut expires = now.plus(core.config.access_token_lifetime);
    if let Some((tenant, answer)) = &entitlement.tenant {
        other.insert(claim::TENANT.to_owned(), tenant.as_str().into());
        expires = answer.not_after.map_or(expires, |end| end.min(expires));
    }
    let answer = entitlement.tenant.as_ref().map(|(_, answer)| answer);
    let claims = AccessClaims {
        iss: issuer.clone(),
        sub: account.subject.clone(),
        aud: Audience::One(entitlement.audience.clone()),
        exp: skewed(expires),
        iat: skewed(now),
        nbf: None,
        client_id: Some(client.clone()),
        azp: Some(client.clone()),
        jti: Some(random::name()?),
        roles: answer.map(|answer| answer.roles.clone()).unwrap_or_default(),
        permissions: answer.map(|answer| answer.permissions.clone()).unwrap_or_default(),
        role_version: answer.map(|answer| answer.role_version),
        other,
    };
    let claims =
        serde_json::to_value(&claims).map_err(|why| Error::new(ErrorCode::Internal, why.to_string()))?;
    let keys = read(&core.keys);
    let access = keys.sign(ACCESS, &claims)?;

    let id = if scope.has(scope::OPENID) {
        let mut claims = json!({
            "iss": issuer,
            "sub": account.subject,
            "aud": client,
            "azp": client,
            "iat": skewed(now),
            "exp": skewed(now.plus(core.config.id_token_lifetime)),
            "auth_time": skewed(auth_time),
            "at_hash": at_hash(&access),
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        if scope.has(scope::PROFILE) {
            claims["name"] = account.name.as_str().into();
        }
        if scope.has(scope::EMAIL) {
            claims["email"] = account.email.as_str().into();
            claims["email_verified"] = true.into();
        }
        Some(keys.sign(ID, &claims)?)
    } else {
        None
    };
    Ok(Minted { access, id, expires_in: now.seconds_until(expires) })
}

/// Ties an ID token to the access token beside it (OpenID Connect Core §3.1.3.6).
fn at_hash(access: &Secret) -> String {
    let whole = digest::digest(&digest::SHA256, access.expose().as_bytes());
    let (half, _) = whole.as_ref().split_at(whole.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(half)
}
