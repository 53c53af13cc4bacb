//! A provider's refusals, in words and codes. Only a JSON body with `invalid_grant` ends a session
//! (RFC 6749 §5.2); whatever else comes, the chain's link is kept.

use std::fmt;

use keyward_model::{Error, ErrorCode, TenantId};
use oauth2::RequestTokenError;
use serde::{Deserialize, Serialize};

use super::oauth::TokenError;
use crate::{Connection, ports::NoAnswer};

/// Bytes of a provider's own description that are shown.
const SHOWN: usize = 200;

/// An error answer of the token endpoint (RFC 6749 §5.2), with what step-up challenges add to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) error: String,
    #[serde(default)]
    pub(super) error_description: Option<String>,
    /// Entra's claims challenge.
    #[serde(default)]
    pub(super) claims: Option<String>,
    #[serde(default)]
    pub(super) acr_values: Option<String>,
    #[serde(default)]
    pub(super) max_age: Option<u64>,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.described())
    }
}

impl Said {
    /// The provider's words, bounded and on one line.
    fn described(&self) -> String {
        let text = self.error_description.as_deref().filter(|text| !text.trim().is_empty());
        let line: String = text
            .unwrap_or(&self.error)
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(SHOWN)
            .collect();
        line.trim().trim_end_matches('.').to_owned()
    }

    /// Errors that pass by themselves, though they come as a proper refusal.
    fn passes(&self) -> bool {
        matches!(
            self.error.as_str(),
            "temporarily_unavailable" | "server_error" | "slow_down" | "too_many_requests"
        )
    }

    /// Whether the provider wants the person (OpenID Connect Core §3.1.2.6, RFC 9470, and the names that
    /// providers have for a second factor and for a tenant's own sign-in).
    pub(super) fn wants_the_person(&self) -> bool {
        wants_the_person(&self.error)
    }
}

/// As [`Said::wants_the_person`], for an error of the authorization endpoint too.
pub(crate) fn wants_the_person(error: &str) -> bool {
    matches!(
        error,
        "mfa_required"
            | "mfa_enrollment"
            | "mfa_challenge"
            | "sso_required"
            | "login_required"
            | "consent_required"
            | "interaction_required"
            | "account_selection_required"
            | "insufficient_user_authentication"
            | "unmet_authentication_requirements"
    )
}

pub(super) fn of_code(connection: &Connection, error: &TokenError) -> Error {
    match error {
        RequestTokenError::ServerResponse(said) if !said.passes() => Error::new(
            ErrorCode::SignInDenied,
            format!("{} did not finish the sign-in: {}. Sign in again.", connection.name, said.described()),
        ),
        other => not_now(connection, other),
    }
}

pub(super) fn of_refresh(connection: &Connection, tenant: Option<&TenantId>, error: &TokenError) -> Error {
    let RequestTokenError::ServerResponse(said) = error else { return not_now(connection, error) };
    let name = &connection.name;
    match (said.error.as_str(), tenant) {
        ("invalid_grant", _) => Error::new(
            ErrorCode::SessionEnded,
            format!("{name} has ended this session: {}. Sign in again to go on.", said.described()),
        ),
        _ if said.wants_the_person() => interaction(connection, tenant, &said.described()),
        ("invalid_target", Some(tenant)) => Error::new(
            ErrorCode::TenantUnknown,
            format!("{name} knows no tenant “{tenant}”. Check the name."),
        ),
        ("access_denied", Some(tenant)) => Error::new(
            ErrorCode::TenantForbidden,
            format!("You are not in “{tenant}”. Ask one of its admins to add you."),
        ),
        _ if said.passes() => not_now(connection, error),
        _ => Error::new(ErrorCode::ProviderRefused, format!("{name} refused: {}.", said.described())),
    }
}

/// Where each tenant has an application, one without can be asked for by nobody.
pub(super) fn no_application(connection: &Connection, tenant: &TenantId) -> Error {
    Error::new(
        ErrorCode::TenantUnknown,
        format!(
            "{} has an application for each tenant, and the configuration lists none for “{tenant}”. Ask whoever keeps it.",
            connection.name
        ),
    )
}

/// The provider wants the person in the browser.
pub(crate) fn interaction(connection: &Connection, tenant: Option<&TenantId>, why: &str) -> Error {
    let what = tenant.map_or_else(|| connection.name.clone(), |tenant| format!("“{tenant}”"));
    Error::new(
        ErrorCode::InteractionRequired,
        format!("{} wants you in the browser before it opens {what}: {why}.", connection.name),
    )
}

fn not_now(connection: &Connection, error: &TokenError) -> Error {
    let why = match error {
        RequestTokenError::Request(NoAnswer(why)) => why.clone(),
        RequestTokenError::ServerResponse(said) => said.described(),
        // The body is not repeated: it may hold a token.
        RequestTokenError::Parse(_, _) => "its answer is not what the standard says".to_owned(),
        RequestTokenError::Other(_) => "its answer is empty or not JSON".to_owned(),
    };
    unreachable(connection, &why)
}

pub(super) fn unreachable(connection: &Connection, why: &str) -> Error {
    Error::new(
        ErrorCode::ProviderUnreachable,
        format!(
            "{} does not answer as it should just now ({why}). Your session is kept; try again.",
            connection.name
        ),
    )
}

pub(super) fn bad_id_token(connection: &Connection, why: &str) -> Error {
    Error::new(
        ErrorCode::IdTokenInvalid,
        format!(
            "{} did not prove who signed in: {why}. Nothing was kept; tell whoever runs it.",
            connection.name
        ),
    )
}

pub(super) fn no_id_token(connection: &Connection) -> Error {
    bad_id_token(connection, "it sent no ID token")
}

/// A token that proves nothing, whoever's it is.
pub(super) fn wrong_token(connection: &Connection, tenant: Option<&TenantId>, why: &str) -> Error {
    let way_out = format!("Try again; if it stays so, tell whoever runs {}.", connection.name);
    dropped(connection, tenant, "a token that proves nothing", &way_out, why)
}

/// A good token, and not the tenant's. Many providers answer so who is not a member, instead of refusing.
pub(super) fn not_the_tenants(connection: &Connection, tenant: &TenantId, why: &str) -> Error {
    let way_out = format!(
        "You may not be in “{tenant}”: ask one of its admins to add you. If you are, tell whoever runs {}.",
        connection.name
    );
    dropped(connection, Some(tenant), "another token", &way_out, why)
}

/// What came, and the way out; on a line of its own `why`, which is for whoever runs the provider.
fn dropped(
    connection: &Connection,
    tenant: Option<&TenantId>,
    came: &str,
    way_out: &str,
    why: &str,
) -> Error {
    let wanted = tenant.map_or_else(|| "the role directory".to_owned(), |tenant| format!("“{tenant}”"));
    let name = &connection.name;
    Error::new(
        ErrorCode::WrongTenantToken,
        format!("{name} was asked for {wanted} and gave {came}. Keyward dropped it. {way_out}\n{why}"),
    )
}
