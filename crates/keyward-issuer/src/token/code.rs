//! An authorization code becomes tokens (RFC 6749 §4.1.3).

use axum::response::Response;
use keyward_model::Timestamp;

use super::{answer::tokens, invalid_grant, refresh::expiry};
use crate::{
    authorize::verifies,
    door::Door,
    mint::{Kind, Occasion, mint},
    mode::Mode,
    oauth_error::OauthError,
    params::Params,
    pending::{Code, CodeGrant},
    provider::{Core, lock},
    random::{self, Digest},
    scope,
    shelf::Shelf,
    store::Family,
};

/// How long a spent code is remembered, to notice that it is presented again.
const SPENT_CODE: std::time::Duration = std::time::Duration::from_secs(600);

pub(super) fn exchange(core: &Core, params: &Params, door: &Door) -> Result<Response, OauthError> {
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
    let same = redirect_uri == request.redirect.text && *door == request.door;
    if !same || !verifies(verifier, &request.challenge) {
        // Whoever asks is not whom the code was made for: it is worth nothing to anybody now.
        let spent = spend(&mut lock(&core.codes), key, None, now);
        if let Err(earlier) = spent {
            return Err(replayed(core, earlier.as_deref())?);
        }
        return Err(invalid_grant(
            "Client, issuer, redirect_uri or code_verifier is not that of the authorization request.",
        ));
    }
    let terms = core.terms_of_code(params, &request.terms)?;
    let entitlement = core.entitle(&session.subject, door, &terms.target)?;
    let account = core.accounts.account(&session.subject)?.ok_or_else(unknown)?;
    let acr = request.acr.unwrap_or(session.acr);
    let occasion = Occasion {
        account: &account,
        door,
        scope: &request.scope,
        auth_time: session.auth_time,
        acr,
        acrs: &request.acrs,
        named: request.named || params.names_an_audience(),
        kind: Kind::SignIn { nonce: request.nonce.as_deref() },
    };
    let minted = mint(core, &occasion, &entitlement)?;

    let family = Family {
        id: random::name()?,
        subject: session.subject.clone(),
        client: door.client.clone(),
        scope: request.scope.to_string(),
        audience: core.audience(&request.terms.target),
        covers: terms.covers,
        auth_time: session.auth_time,
        acr,
        acrs: request.acrs.clone(),
    };
    let online = matches!(core.config.mode, Mode::Scope(_));
    let first = if online || request.scope.has(scope::OFFLINE_ACCESS) {
        let first = random::secret()?;
        core.families.begin(&family, &random::digest(first.expose()), now, expiry(core))?;
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
    Ok(tokens(core, &minted, first.as_ref()))
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
