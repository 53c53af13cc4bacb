//! What a provider or a resource wants of the person before it gives more: the parameters that the next
//! trip to the browser must carry.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::WWW_AUTHENTICATE};

use super::refusal::Said;

/// A challenge, as far as an authorization request can answer it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepUp {
    /// Authentication context classes, best first (RFC 9470 §4).
    pub acr_values: Option<String>,
    /// Seconds since the sign-in at most (RFC 9470 §4).
    pub max_age: Option<u64>,
    /// The `claims` parameter, as JSON (OpenID Connect Core §5.5; Entra's claims challenge).
    pub claims: Option<String>,
}

/// Bytes of a challenge's parameters at most: they go into an address.
const MAX_BYTES: usize = 4 * 1024;

impl StepUp {
    pub(super) fn of_refusal(said: &Said) -> Self {
        Self {
            acr_values: bounded(said.acr_values.clone()),
            max_age: said.max_age,
            claims: bounded(said.claims.clone()).filter(|claims| is_object(claims)),
        }
    }

    /// The challenge of a resource's answer: RFC 9470's `insufficient_user_authentication`, or Entra's
    /// `insufficient_claims` with its base64 `claims`. `None` where no `WWW-Authenticate` holds one.
    pub fn of_resource(headers: &HeaderMap) -> Option<Self> {
        let challenges = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        challenges.map(parameters).find_map(|parameters| {
            let get = |name: &str| {
                let found = parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                bounded(found.map(|(_, value)| value.clone()))
            };
            match get("error").as_deref() {
                Some("insufficient_user_authentication") => Some(Self {
                    acr_values: get("acr_values"),
                    max_age: get("max_age").and_then(|seconds| seconds.parse().ok()),
                    claims: None,
                }),
                Some("insufficient_claims") => {
                    let claims = STANDARD.decode(get("claims")?).ok()?;
                    let claims = String::from_utf8(claims).ok().filter(|claims| is_object(claims))?;
                    Some(Self { claims: Some(claims), ..Self::default() })
                }
                _ => None,
            }
        })
    }
}

fn bounded(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty() && text.len() <= MAX_BYTES)
}

fn is_object(json: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json).is_ok()
}

/// The `name=value` pairs of a challenge (RFC 9110 §11.2), values quoted or not.
fn parameters(challenge: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = challenge.split_once(' ').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',']).to_owned();
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => until_quote(quoted),
            None => {
                let end = after.find(',').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        found.push((name, value));
        rest = next;
    }
    found
}

/// The text of a quoted string without its escapes, and what comes after it.
fn until_quote(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => {
                escaped = true;
                continue;
            }
            '"' => return (value, &quoted[at + 1..]),
            _ => {}
        }
        value.push(c);
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(challenge: &str) -> Option<StepUp> {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, "Basic realm=\"x\"".parse().unwrap());
        headers.append(WWW_AUTHENTICATE, challenge.parse().unwrap());
        StepUp::of_resource(&headers)
    }

    #[test]
    fn a_resource_that_wants_a_stronger_or_newer_sign_in_says_how() {
        let step = of(
            "Bearer error=\"insufficient_user_authentication\", error_description=\"say \\\"it\\\", again\", \
             acr_values=\"myACR other\", max_age=\"5\"",
        );
        let wanted = StepUp { acr_values: Some("myACR other".into()), max_age: Some(5), claims: None };
        assert_eq!(step, Some(wanted), "RFC 9470 §3's example, with a quoted comma");
    }

    #[test]
    fn a_claims_challenge_is_unpacked_and_checked() {
        let json = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
        let challenge = |claims: &str| {
            let packed = STANDARD.encode(claims);
            of(&format!("Bearer realm=\"\", error=\"insufficient_claims\", claims=\"{packed}\""))
        };
        assert_eq!(challenge(json).unwrap().claims.as_deref(), Some(json));
        assert_eq!(challenge("not json"), None);
    }

    #[test]
    fn a_plain_refusal_is_no_challenge() {
        assert_eq!(of("Bearer error=\"invalid_token\""), None);
        assert_eq!(of("Bearer"), None);
    }
}
