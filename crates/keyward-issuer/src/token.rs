//! `POST /token`: codes and refresh tokens become access tokens (RFC 6749 §4.1.3 and §6).

use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    response::{Html, IntoResponse, Response},
};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use keyward_model::{Secret, Timestamp};
use serde_json::json;

use crate::{
    Account, IssuedKind, Provider,
    authorize::verifies,
    mint::{Minted, Occasion, mint},
    oauth_error::{ErrorName, OauthError},
    params::Params,
    pending::{Code, CodeGrant},
    provider::{Core, lock},
    random::{self, Digest},
    scope::{self, Scope},
    shelf::Shelf,
    store::{Dead, Family},
};

/// How long a spent code is remembered, to notice that it is presented again.
const SPENT_CODE: std::time::Duration = std::time::Duration::from_secs(600);

/// The endpoint.
pub(crate) async fn token(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    let quirks = provider.quirks();
    if quirks.rate_limited {
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, HeaderValue::from_static("5"))])
            .into_response();
    }
    if quirks.html_errors {
        return (StatusCode::INTERNAL_SERVER_ERROR, Html("<h1>Internal Server Error</h1>")).into_response();
    }
    provider.off_thread(move |core| answer(core, &headers, &body)).await
}

fn answer(core: &Core, headers: &HeaderMap, body: &[u8]) -> Result<Response, OauthError> {
    let params = client_form(core, headers, body)?;
    match params.need("grant_type")? {
        "authorization_code" => exchange_code(core, &params),
        "refresh_token" => refresh(core, &params),
        _ => {
            let words = "grant_type must be authorization_code or refresh_token.";
            Err(OauthError::new(ErrorName::UnsupportedGrantType, words))
        }
    }
}

/// The form of a request by the one, public client (RFC 6749 §3.2.1).
pub(crate) fn client_form(core: &Core, headers: &HeaderMap, body: &[u8]) -> Result<Params, OauthError> {
    let params = Params::from_form(headers, body)?;
    if headers.contains_key(header::AUTHORIZATION) || params.get("client_secret").is_some() {
        let words = "This client is public: it has no secret to authenticate with.";
        return Err(OauthError::new(ErrorName::InvalidClient, words));
    }
    if params.get("client_id") != Some(core.config.client.as_str()) {
        return Err(OauthError::new(ErrorName::InvalidClient, "client_id is missing or not known here."));
    }
    Ok(params)
}

fn invalid_grant(words: &str) -> OauthError {
    OauthError::new(ErrorName::InvalidGrant, words)
}

fn exchange_code(core: &Core, params: &Params) -> Result<Response, OauthError> {
    let key = random::digest(params.need("code")?);
    let redirect_uri = params.need("redirect_uri")?;
    let verifier = params.need("code_verifier")?;
    let now = core.clock.now();
    let unknown = || invalid_grant("The code is not known: it was used, is too old, or never was one.");

    let found = match lock(&core.codes).get(&key, now) {
        None => None,
        Some(Code::Spent(family)) => Some(Err(family.clone())),
        Some(Code::Fresh(grant)) => Some(Ok((**grant).clone())),
    };
    let CodeGrant { request, session } = match found {
        None => return Err(unknown()),
        Some(Err(family)) => return Err(replayed(core, family.as_deref())?),
        Some(Ok(grant)) => grant,
    };
    if redirect_uri != request.redirect.text || !verifies(verifier, &request.challenge) {
        // Whoever asks is not whom the code was made for: it is worth nothing to anybody now.
        let spent = spend(&mut lock(&core.codes), key, None, now);
        if let Err(earlier) = spent {
            return Err(replayed(core, earlier.as_deref())?);
        }
        return Err(invalid_grant("redirect_uri or code_verifier is not that of the authorization request."));
    }
    let target = match params.audience()? {
        Some(audience) => core.target(Some(audience))?,
        None => request.target.clone(),
    };
    let entitlement = core.entitle(&session.subject, &target)?;
    let account = core.accounts.account(&session.subject)?.ok_or_else(unknown)?;
    let occasion = Occasion {
        account: &account,
        scope: &request.scope,
        auth_time: session.auth_time,
        nonce: request.nonce.as_deref(),
    };
    let minted = mint(core, &occasion, &entitlement)?;

    let family = Family {
        id: random::name()?,
        subject: session.subject.clone(),
        scope: request.scope.to_string(),
        audience: core.audience(&request.target),
        auth_time: session.auth_time,
    };
    let first = if request.scope.has(scope::OFFLINE_ACCESS) {
        let first = random::secret()?;
        core.families.begin(&family, &random::digest(first.expose()), now, refresh_expiry(core))?;
        Some(first)
    } else {
        None
    };
    // The family is stored by now, so that whoever loses this race can revoke it.
    let spent = spend(&mut lock(&core.codes), key, Some(&family.id), now);
    if let Err(earlier) = spent {
        core.families.revoke_family(&family.id, now)?;
        return Err(replayed(core, earlier.as_deref())?);
    }
    Ok(tokens(core, &minted, &request.scope, first.as_ref()))
}

/// Marks a code as spent, by `family` or in vain, unless somebody was first: then that one's family.
fn spend(
    codes: &mut Shelf<Code>,
    key: Digest,
    family: Option<&str>,
    now: Timestamp,
) -> Result<(), Option<String>> {
    match codes.get(&key, now) {
        Some(Code::Fresh(_)) => {
            codes.put(key, Code::Spent(family.map(str::to_owned)), now.plus(SPENT_CODE));
            Ok(())
        }
        Some(Code::Spent(earlier)) => Err(earlier.clone()),
        None => Err(None),
    }
}

/// A code that was used comes again: a copy is about, so what it was good for ends (RFC 6749 §4.1.2).
fn replayed(core: &Core, family: Option<&str>) -> Result<OauthError, OauthError> {
    if let Some(family) = family {
        tracing::warn!(family, "an authorization code was presented twice: its tokens are revoked");
        core.families.revoke_family(family, core.clock.now())?;
    }
    Ok(invalid_grant("The code was used before."))
}

fn refresh(core: &Core, params: &Params) -> Result<Response, OauthError> {
    let quirks = core.quirks();
    let held = random::digest(params.need("refresh_token")?);
    let now = core.clock.now();
    let family = core.families.look(&held, now)?.map_err(dead)?;
    let granted = Scope::known_in(&family.scope);
    let scope = match params.get("scope") {
        None => granted,
        Some(asked) => granted.narrowed_to(asked).ok_or_else(|| {
            OauthError::new(ErrorName::InvalidScope, "scope asks for more than was granted at the sign-in.")
        })?,
    };
    let next = random::secret()?;
    let rotate = || -> Result<(), OauthError> {
        core.families.rotate(&held, &random::digest(next.expose()), now, refresh_expiry(core))?.map_err(dead)
    };
    // All that can be refused is refused before the token is spent, so that a refusal costs nothing.
    let prepared = prepare(core, params, &family, &scope);
    let minted = match prepared {
        Ok(minted) => minted,
        Err(refusal) if quirks.burn_on_refusal => {
            rotate()?;
            return Err(OauthError::new(ErrorName::InvalidTarget, refusal.description));
        }
        Err(refusal) => return Err(refusal),
    };
    if quirks.omit_new_refresh_token {
        return Ok(tokens(core, &minted, &scope, None));
    }
    rotate()?;
    if quirks.drop_response_after_rotation {
        let broken = stream::once(async { Err::<Bytes, _>(std::io::Error::other("dropped on purpose")) });
        return Ok(Body::from_stream(broken).into_response());
    }
    Ok(tokens(core, &minted, &scope, Some(&next)))
}

/// Everything of a refresh but the spending.
fn prepare(core: &Core, params: &Params, family: &Family, scope: &Scope) -> Result<Minted, OauthError> {
    let asked = params.audience()?.unwrap_or(&family.audience);
    let entitlement = core.entitle(&family.subject, &core.target(Some(asked))?)?;
    let account: Account =
        core.accounts.account(&family.subject)?.ok_or_else(|| invalid_grant("The account is gone."))?;
    let occasion = Occasion { account: &account, scope, auth_time: family.auth_time, nonce: None };
    Ok(mint(core, &occasion, &entitlement)?)
}

fn dead(why: Dead) -> OauthError {
    invalid_grant(match why {
        Dead::Unknown => "The refresh token is not known here.",
        Dead::Expired => "The refresh token is too old.",
        Dead::Revoked => "The refresh token was revoked.",
        Dead::Reused => {
            tracing::warn!("a refresh token was used twice: its family is revoked");
            "The refresh token was used before, so its whole family is revoked."
        }
    })
}

fn refresh_expiry(core: &Core) -> Timestamp {
    core.clock.now().plus(core.config.refresh_token_lifetime)
}

/// The answer of success (RFC 6749 §5.1).
fn tokens(core: &Core, minted: &Minted, scope: &Scope, refresh: Option<&Secret>) -> Response {
    let mut body = json!({
        "access_token": minted.access.expose(),
        "token_type": "Bearer",
        "expires_in": minted.expires_in,
        "scope": scope.to_string(),
    });
    core.observed.issued(IssuedKind::AccessToken, minted.access.expose());
    let others = [
        ("id_token", IssuedKind::IdToken, minted.id.as_ref()),
        ("refresh_token", IssuedKind::RefreshToken, refresh),
    ];
    for (name, kind, token) in others {
        if let Some(token) = token {
            core.observed.issued(kind, token.expose());
            body[name] = token.expose().into();
        }
    }
    Json(body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_spent_by_a_family_stays_that_familys_whatever_comes_after() {
        let (now, key) = (Timestamp(100), [7; 32]);
        let mut codes = Shelf::new(8);
        codes.put(key, Code::Spent(Some("first".to_owned())), now.plus(SPENT_CODE));
        for family in [None, Some("second"), None] {
            assert_eq!(spend(&mut codes, key, family, now), Err(Some("first".to_owned())));
        }
        assert_eq!(spend(&mut codes, [8; 32], None, now), Err(None), "never a code");
    }
}
