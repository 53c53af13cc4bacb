//! The way back to the client: which redirect URIs are its own, and how answers travel on them.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use url::{Host, Url};

use crate::{
    door::Realm,
    oauth_error::{ErrorName, OauthError},
    provider::Core,
    quirks::WrongIssuer,
};

/// A redirect URI that was checked, and the client's `state`.
#[derive(Debug, Clone)]
pub(crate) struct Redirect {
    pub uri: Url,
    /// The URI as the client wrote it: the token request must repeat it exactly.
    pub text: String,
    pub state: Option<String>,
    /// Whose endpoint was asked: the answer names that issuer.
    pub realm: Realm,
}

impl Redirect {
    /// The redirect, if `text` is the client's: a loopback IP literal, any port, exactly `/callback`
    /// (RFC 8252 §7.3). Compared as text, so that no parser's leniency widens it.
    pub fn registered(text: &str, state: Option<&str>, realm: &Realm) -> Option<Self> {
        let rest = text.strip_prefix("http://127.0.0.1").or_else(|| text.strip_prefix("http://[::1]"))?;
        let port = rest.strip_suffix("/callback")?;
        if let Some(digits) = port.strip_prefix(':') {
            let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
            if !plain || digits.parse::<u16>().is_err() {
                return None;
            }
        } else if !port.is_empty() {
            return None;
        }
        Some(Self {
            uri: Url::parse(text).ok()?,
            text: text.to_owned(),
            state: state.map(str::to_owned),
            realm: realm.clone(),
        })
    }

    /// Answers with these parameters, `state` and `iss` (RFC 9207).
    pub fn answer(&self, core: &Core, parameters: &[(&str, &str)]) -> Response {
        let mut url = self.uri.clone();
        let wrong = core.quirks().wrong_iss == Some(WrongIssuer::Redirect);
        let issuer =
            if wrong { format!("{}/other", core.origin.base) } else { core.issuer_text(&self.realm) };
        url.query_pairs_mut()
            .extend_pairs(parameters)
            .extend_pairs(self.state.as_deref().map(|state| ("state", state)))
            .append_pair("iss", &issuer);
        see_other(&url)
    }

    /// Answers with an error (RFC 6749 §4.1.2.1).
    pub fn refuse(&self, core: &Core, error: &OauthError) -> Response {
        self.answer(core, &[("error", error.name.as_str()), ("error_description", &error.description)])
    }
}

/// What a page's `form-action` must allow for a form's answer to be followed to `url`. A source
/// expression cannot be an IPv6 literal (CSP Level 3 §2.3.1), so there it is the scheme.
pub(crate) fn form_action(url: &Url) -> String {
    match url.host() {
        Some(Host::Ipv6(_)) => "http:".to_owned(),
        _ => url.origin().ascii_serialization(),
    }
}

/// A redirect that the browser follows with GET, whatever it came with (RFC 9700 §4.12).
pub(crate) fn see_other(url: &Url) -> Response {
    match HeaderValue::try_from(url.as_str()) {
        Ok(mut location) => {
            location.set_sensitive(true);
            (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
        }
        Err(_) => OauthError::new(ErrorName::InvalidRequest, "The answer fits no header.").into_response(),
    }
}

/// Where a browser may be sent after a logout: a loopback address, whatever the port and path.
pub(crate) fn after_logout(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
        Host::Domain(_) => false,
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (loopback && plain && url.scheme() == "http").then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(text: &str) -> Option<Redirect> {
        Redirect::registered(text, None, &Realm::default())
    }

    #[test]
    fn only_the_callback_on_a_loopback_literal_is_the_clients() {
        for good in
            ["http://127.0.0.1:49152/callback", "http://[::1]:1/callback", "http://127.0.0.1/callback"]
        {
            assert!(registered(good).is_some(), "{good}");
        }
        for bad in [
            "https://127.0.0.1:1/callback",
            "http://localhost:1/callback",
            "http://127.0.0.2:1/callback",
            "http://127.0.0.1:1/callback/",
            "http://127.0.0.1:1/callback?x=1",
            "http://127.0.0.1:1/callback#x",
            "http://127.0.0.1:1/x/../callback",
            "http://127.0.0.1:1/Callback",
            "http://127.0.0.1.evil.example/callback",
            "http://127.0.0.1:1@evil.example/callback",
            "http://127.0.0.1:65536/callback",
            "http://127.0.0.1:0/callback",
            "http://127.0.0.1:+80/callback",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:1\\@evil.example/callback",
            "HTTP://127.0.0.1:1/callback",
            " http://127.0.0.1:1/callback",
            "",
        ] {
            assert!(registered(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn after_a_logout_the_browser_stays_on_this_computer() {
        assert!(after_logout("http://127.0.0.1:5/bye?x=1").is_some());
        assert!(after_logout("http://[::1]/").is_some());
        for bad in
            ["https://evil.example/", "http://localhost/", "http://u@127.0.0.1/", "javascript:x", "/bye"]
        {
            assert!(after_logout(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_page_lets_its_form_lead_to_the_client_only() {
        let action = |uri| form_action(&registered(uri).unwrap().uri);
        assert_eq!(action("http://127.0.0.1:5/callback"), "http://127.0.0.1:5");
        assert_eq!(action("http://[::1]:5/callback"), "http:");
    }
}
