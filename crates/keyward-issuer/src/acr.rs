//! How surely somebody is who they say: `acr` (OpenID Connect Core §2), and Entra's `acrs`.

use serde_json::Value;

use crate::oauth_error::{ErrorName, OauthError};

/// An authentication context class. What asks for more than a password asks for the code as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acr {
    Password,
    SecondFactor,
    /// The same, by the name that Auth0 has for it.
    MultiFactor,
}

impl Acr {
    pub const ALL: [Self; 3] = [Self::Password, Self::SecondFactor, Self::MultiFactor];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::SecondFactor => "mfa",
            Self::MultiFactor => "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        }
    }

    /// The first one in `text` that is known here; others are only wishes (OpenID Connect Core §3.1.2.1).
    pub fn first_in(text: &str) -> Option<Self> {
        text.split_ascii_whitespace()
            .find_map(|asked| Self::ALL.into_iter().find(|known| known.as_str() == asked))
    }

    /// Whether whoever passed this has also passed `wanted`.
    pub fn reaches(self, wanted: Self) -> bool {
        self.has_second_factor() || !wanted.has_second_factor()
    }

    pub fn has_second_factor(self) -> bool {
        match self {
            Self::Password => false,
            Self::SecondFactor | Self::MultiFactor => true,
        }
    }
}

/// What the `claims` parameter (OpenID Connect Core §5.5) asks of the sign-in.
#[derive(Debug, Default)]
pub(crate) struct AskedClaims {
    /// Values for the ID token's `acr`.
    pub acr: String,
    /// Authentication contexts that the access token has to name in `acrs`.
    pub acrs: String,
}

impl AskedClaims {
    /// # Errors
    /// `invalid_request` where the text is no JSON object.
    pub fn read(text: &str) -> Result<Self, OauthError> {
        let whole: Value = serde_json::from_str(text).unwrap_or_default();
        if !whole.is_object() {
            return Err(OauthError::new(ErrorName::InvalidRequest, "claims is no JSON object."));
        }
        Ok(Self { acr: values(&whole["id_token"]["acr"]), acrs: values(&whole["access_token"]["acrs"]) })
    }
}

/// `value` or `values` of a claim that is asked for, separated by spaces.
fn values(asked: &Value) -> String {
    let several = asked["values"].as_array().into_iter().flatten();
    let texts: Vec<&str> = several.chain([&asked["value"]]).filter_map(Value::as_str).collect();
    texts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_class_counts_and_a_second_factor_reaches_all() {
        assert_eq!(Acr::first_in("urn:x mfa pwd"), Some(Acr::SecondFactor));
        assert_eq!(Acr::first_in("urn:x"), None);
        assert!(Acr::MultiFactor.reaches(Acr::SecondFactor) && !Acr::Password.reaches(Acr::MultiFactor));
    }

    #[test]
    fn claims_ask_for_an_acr_or_for_authentication_contexts() {
        let asked = AskedClaims::read(
            r#"{"id_token":{"acr":{"values":["mfa","pwd"]}},"access_token":{"acrs":{"value":"c1"}}}"#,
        );
        let asked = asked.unwrap();
        assert_eq!((asked.acr.as_str(), asked.acrs.as_str()), ("mfa pwd", "c1"));
        assert!(AskedClaims::read("[]").is_err() && AskedClaims::read("{").is_err());
    }
}
