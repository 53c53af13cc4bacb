//! The answer in a redirect: what must be in it, and what it says.

use std::borrow::Cow;

use keyward_model::{Error, ErrorCode, Result};

use super::Awaited;
use crate::{AuthorizationCode, provider::refusal::wants_the_person};

/// Characters of the provider's own words at most.
const MAX_WORDS: usize = 200;

/// The one `state` in a query. Two are none: whose would count?
pub(super) fn state(query: &str) -> Option<Cow<'_, str>> {
    let mut states = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "state");
    let (_, state) = states.next()?;
    states.next().is_none().then_some(state)
}

/// Reads the answer to `awaited`, whose `state` it carries: the code, or why the provider gives none.
///
/// # Errors
/// Where it is not to be believed: from another provider, from nobody who says so, or malformed.
pub(super) fn read(query: &str, awaited: &Awaited) -> Result<Result<AuthorizationCode>> {
    let Some(parameters) = Parameters::read(query) else {
        return Err(denied(
            "The answer to this sign-in says something twice. Nothing was exchanged; sign in again.",
        ));
    };
    match &parameters.iss {
        Some(iss) if iss != awaited.issuer.as_str() => {
            return Err(denied(
                "Another provider answered this sign-in. Nothing was exchanged; sign in again.",
            ));
        }
        None if awaited.issuer_promised => {
            return Err(denied(
                "The answer does not say which provider it is from, though the provider promised so. Sign in again.",
            ));
        }
        _ => {}
    }
    match (parameters.code, parameters.error) {
        (Some(code), None) if is_code(&code) => Ok(Ok(AuthorizationCode::new(code))),
        (None, Some(error)) => {
            let said = parameters.error_description.as_deref().map(plain).filter(|said| !said.is_empty());
            let said = said.unwrap_or_else(|| plain(&error));
            let said = format!("The provider ended the sign-in: {}.", said.trim_end_matches('.'));
            Ok(Err(match wants_the_person(&error) {
                true => Error::new(ErrorCode::InteractionRequired, said),
                false => denied(said),
            }))
        }
        _ => Err(denied("The provider's answer holds neither a code nor an error. Sign in again.")),
    }
}

/// The redirect's parameters, each at most once (RFC 6749 §3.1).
#[derive(Default)]
struct Parameters {
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl Parameters {
    fn read(query: &str) -> Option<Self> {
        let mut parameters = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let place = match name.as_ref() {
                "code" => &mut parameters.code,
                "iss" => &mut parameters.iss,
                "error" => &mut parameters.error,
                "error_description" => &mut parameters.error_description,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        Some(parameters)
    }
}

/// Printable ASCII, at least one (RFC 6749 appendix A.11).
fn is_code(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// A stranger's words on one line, without characters that turn or hide what is read.
fn plain(words: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let seen = |c: &char| !turns(*c) && (!c.is_control() || c.is_whitespace());
    let words: String = words.chars().filter(seen).take(MAX_WORDS).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn denied(what: impl Into<String>) -> Error {
    Error::new(ErrorCode::SignInDenied, what)
}
