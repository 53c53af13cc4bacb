//! A provider's refusals, in words and codes. Only a JSON body with `invalid_grant` ends a session
//! (RFC 6749 §5.2); whatever else comes, the chain's link is kept.

use keyward_model::{Error, ErrorCode, TenantId};
use oauth2::{
    RequestTokenError, StandardErrorResponse,
    basic::{BasicErrorResponse, BasicErrorResponseType as Kind},
};

use crate::{Connection, ports::NoAnswer};

type TokenError = RequestTokenError<NoAnswer, BasicErrorResponse>;

/// Bytes of a provider's own description that are shown.
const SHOWN: usize = 200;

pub(super) fn of_code(connection: &Connection, error: &TokenError) -> Error {
    match error {
        RequestTokenError::ServerResponse(said) if !passing(said) => Error::new(
            ErrorCode::SignInDenied,
            format!("{} did not finish the sign-in: {}. Sign in again.", connection.name, described(said)),
        ),
        other => not_now(connection, other),
    }
}

pub(super) fn of_refresh(connection: &Connection, tenant: Option<&TenantId>, error: &TokenError) -> Error {
    let RequestTokenError::ServerResponse(said) = error else { return not_now(connection, error) };
    let name = &connection.name;
    match (said.error(), tenant) {
        (Kind::InvalidGrant, _) => Error::new(
            ErrorCode::SessionEnded,
            format!("{name} has ended this session: {}. Sign in again to go on.", described(said)),
        ),
        (Kind::Extension(kind), Some(tenant)) if kind == "invalid_target" => Error::new(
            ErrorCode::TenantUnknown,
            format!("{name} knows no tenant “{tenant}”. Check the name."),
        ),
        (Kind::Extension(kind), Some(tenant)) if kind == "access_denied" => Error::new(
            ErrorCode::TenantForbidden,
            format!("You are not in “{tenant}”. Ask one of its admins to add you."),
        ),
        _ if passing(said) => not_now(connection, error),
        _ => Error::new(ErrorCode::ProviderRefused, format!("{name} refused: {}.", described(said))),
    }
}

/// Errors that pass by themselves, though they come as a proper refusal.
fn passing(said: &BasicErrorResponse) -> bool {
    matches!(said.error(), Kind::Extension(kind)
        if matches!(kind.as_str(), "temporarily_unavailable" | "server_error" | "slow_down" | "too_many_requests"))
}

/// The provider's words, bounded and on one line.
fn described(said: &StandardErrorResponse<Kind>) -> String {
    let text = said.error_description().cloned().unwrap_or_else(|| said.error().as_ref().to_owned());
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    line.trim().trim_end_matches('.').to_owned()
}

fn not_now(connection: &Connection, error: &TokenError) -> Error {
    let why = match error {
        RequestTokenError::Request(NoAnswer(why)) => why.clone(),
        RequestTokenError::ServerResponse(said) => described(said),
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

pub(super) fn wrong_token(connection: &Connection, tenant: Option<&TenantId>, why: &str) -> Error {
    let wanted = tenant.map_or_else(|| "the role directory".to_owned(), |tenant| format!("“{tenant}”"));
    Error::new(
        ErrorCode::WrongTenantToken,
        format!(
            "{} was asked for a token of {wanted} and gave another: {why}. Keyward dropped it and stayed where it was.",
            connection.name
        ),
    )
}
