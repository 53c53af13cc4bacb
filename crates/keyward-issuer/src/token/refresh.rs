//! A refresh token becomes an access token and the next refresh token (RFC 6749 §6).

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use keyward_model::Timestamp;

use super::{answer::tokens, invalid_grant};
use crate::{
    demand::Passed,
    door::Door,
    mint::{Kind, Minted, Occasion, mint},
    mode::{IssuerStyle, Mode, OrganizationStyle},
    oauth_error::{ErrorName, OauthError},
    params::Params,
    provider::Core,
    random,
    scope::Scope,
    store::{Dead, Family},
    target::Target,
};

pub(super) fn refresh(core: &Core, params: &Params, door: &Door) -> Result<Response, OauthError> {
    let quirks = core.quirks();
    let held = random::digest(params.need("refresh_token")?);
    let now = core.clock.now();
    let family = core.families.look(&door.client, &held, now)?.map_err(dead)?;
    let next = random::secret()?;
    let rotate = || -> Result<(), OauthError> {
        let digest = random::digest(next.expose());
        if quirks.old_refresh_tokens_stay_good {
            return Ok(core.families.join(&family.id, &digest, expiry(core))?);
        }
        core.families.rotate(&door.client, &held, &digest, now, expiry(core))?.map_err(dead)
    };
    // All that can be refused is refused before the token is spent, so that a refusal costs nothing.
    let (minted, target) = match prepare(core, params, &family, door) {
        Ok(prepared) => prepared,
        Err(refusal) if quirks.burn_on_refusal => {
            rotate()?;
            return Err(match refusal.name {
                ErrorName::AccessDenied => OauthError::new(ErrorName::InvalidTarget, refusal.description),
                _ => refusal,
            });
        }
        Err(refusal) => return Err(refusal),
    };
    if quirks.omit_new_refresh_token {
        return Ok(tokens(core, &minted, None));
    }
    rotate()?;
    if core.config.mode == Mode::OrganizationId(OrganizationStyle::WorkOs) {
        core.families.turn_to(&family.id, &core.audience(&target))?;
    }
    if quirks.drop_response_after_rotation || quirks.loss.takes(core.tally.rotation()) {
        let broken = stream::once(async { Err::<Bytes, _>(std::io::Error::other("dropped on purpose")) });
        return Ok(Body::from_stream(broken).into_response());
    }
    Ok(tokens(core, &minted, Some(&next)))
}

/// Everything of a refresh but the spending.
fn prepare(
    core: &Core,
    params: &Params,
    family: &Family,
    door: &Door,
) -> Result<(Minted, Target), OauthError> {
    let scope = narrowed(core, params, &Scope::known_in(&family.scope))?;
    let target = core.target_of_refresh(params, family, door)?;
    core.demand(&target, &Passed { acr: family.acr, acrs: &family.acrs, named: &family.audience })?;
    let mut entitlement = core.entitle(&family.subject, door, &target)?;
    core.address(params, &mut entitlement);
    let gone = || invalid_grant("The account is gone.");
    let account = core.accounts.account(&family.subject)?.ok_or_else(gone)?;
    let occasion = Occasion {
        account: &account,
        door,
        scope: &scope,
        auth_time: family.auth_time,
        acr: family.acr,
        acrs: &family.acrs,
        named: params.names_an_audience(),
        kind: Kind::Refresh,
    };
    Ok((mint(core, &occasion, &entitlement)?, target))
}

/// The scope that a refresh asks for, within what was granted.
fn narrowed(core: &Core, params: &Params, granted: &Scope) -> Result<Scope, OauthError> {
    match params.get("scope") {
        None => Ok(granted.clone()),
        // Where tenants or APIs are scopes, what was not granted is left out without a word.
        Some(asked)
            if matches!(core.config.mode, Mode::Scope(_) | Mode::IssuerPerTenant(IssuerStyle::Entra)) =>
        {
            Ok(granted.shared_with(asked))
        }
        Some(asked) => granted.narrowed_to(asked).ok_or_else(|| {
            OauthError::new(ErrorName::InvalidScope, "scope asks for more than was granted at the sign-in.")
        }),
    }
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

/// When a refresh token that is made now ends.
pub(super) fn expiry(core: &Core) -> Timestamp {
    core.clock.now().plus(core.config.refresh_token_lifetime)
}
