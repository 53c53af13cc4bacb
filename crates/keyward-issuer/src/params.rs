//! Request parameters (RFC 6749 §3.1, §3.2): each at most once, and an empty one is none.

use std::collections::BTreeMap;

use http::{HeaderMap, header};
use keyward_model::Secret;

use crate::oauth_error::{ErrorName, OauthError};

/// The parameters of a query or a form. Some are secrets, so all are wiped when dropped.
pub(crate) struct Params(BTreeMap<String, Vec<Secret>>);

/// The one parameter that may be there several times (RFC 8707 §2).
const RESOURCE: &str = "resource";

impl Params {
    /// Reads `application/x-www-form-urlencoded` text.
    pub fn parse(text: &[u8]) -> Self {
        let mut values: BTreeMap<String, Vec<Secret>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text) {
            values.entry(name.into_owned()).or_default().push(Secret::new(value));
        }
        Self(values)
    }

    /// The body of a form post.
    ///
    /// # Errors
    /// `invalid_request` where the body is something else, or a parameter is repeated.
    pub fn from_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, OauthError> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let words = "The body must be application/x-www-form-urlencoded.";
            return Err(OauthError::new(ErrorName::InvalidRequest, words));
        }
        let params = Self::parse(body);
        params.refuse_repeats()?;
        Ok(params)
    }

    /// The value of a parameter. Where anything is repeated, call [`refuse_repeats`](Self::refuse_repeats) too.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.0.get(name)?.as_slice() {
            [value] => Some(value.expose()).filter(|value| !value.is_empty()),
            _ => None,
        }
    }

    /// Every value of a parameter.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(Secret::expose).filter(|value| !value.is_empty())
    }

    /// The value of a parameter that must be there.
    pub fn need(&self, name: &'static str) -> Result<&str, OauthError> {
        let missing =
            || OauthError::new(ErrorName::InvalidRequest, format!("The parameter {name} is missing."));
        self.get(name).ok_or_else(missing)
    }

    /// Refuses a request that says something twice (RFC 6749 §3.1).
    pub fn refuse_repeats(&self) -> Result<(), OauthError> {
        let twice = self.0.iter().find(|(name, values)| values.len() > 1 && *name != RESOURCE);
        let Some((name, _)) = twice else { return Ok(()) };
        // The name goes into an error description, which may not hold everything (RFC 6749 §5.2).
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
        Err(OauthError::new(
            ErrorName::InvalidRequest,
            format!("The parameter {name} is there more than once."),
        ))
    }

    /// What the token is asked for: `audience`, or RFC 8707's `resource` for the same.
    pub fn audience(&self) -> Result<Option<&str>, OauthError> {
        match (self.get("audience"), self.one_resource()?) {
            (Some(audience), Some(resource)) if audience != resource => {
                let words = "audience and resource name different APIs.";
                Err(OauthError::new(ErrorName::InvalidTarget, words))
            }
            (audience, resource) => Ok(audience.or(resource)),
        }
    }

    /// Whether it says whom the token is for.
    pub fn names_an_audience(&self) -> bool {
        self.get("audience").or(self.get(RESOURCE)).is_some()
    }

    /// The resource, where a request may name no more than one.
    pub fn one_resource(&self) -> Result<Option<&str>, OauthError> {
        if self.all(RESOURCE).count() > 1 {
            return Err(OauthError::new(ErrorName::InvalidTarget, "One token is for one resource."));
        }
        Ok(self.get(RESOURCE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_neither_of_its_values() {
        let params = Params::parse(b"a=1&a=2&b=3&c=4&c=4");
        assert_eq!((params.get("a"), params.get("b"), params.get("c")), (None, Some("3"), None));
        assert!(params.refuse_repeats().is_err());
    }

    #[test]
    fn an_empty_parameter_counts_as_left_out() {
        assert_eq!(Params::parse(b"state=&x").get("state"), None);
    }

    #[test]
    fn audience_and_resource_are_one_thing_and_may_not_contradict() {
        assert_eq!(Params::parse(b"resource=a").audience().unwrap(), Some("a"));
        assert_eq!(Params::parse(b"resource=a&audience=a").audience().unwrap(), Some("a"));
        assert!(Params::parse(b"resource=a&audience=b").audience().is_err());
    }

    #[test]
    fn resources_may_be_several_where_a_request_takes_several() {
        let params = Params::parse(b"resource=a&resource=b");
        assert!(params.refuse_repeats().is_ok());
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["a", "b"]);
        assert!(params.one_resource().is_err() && params.audience().is_err());
    }
}
