//! Cookies (RFC 6265). Their names carry the port: browsers share them between the ports of a host.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use keyward_model::Secret;

use crate::config::Origin;

/// A cookie of this provider: where it goes, and with which requests.
pub(crate) struct Cookie {
    name: String,
    path: &'static str,
    same_site: &'static str,
    secure: bool,
}

impl Cookie {
    /// The browser's session. `Lax`: it has to come along when another site or app opens `/authorize`.
    pub fn session(origin: &Origin) -> Self {
        let name = format!("keyward_session_{}", origin.port);
        Self { name, path: "/", same_site: "Lax", secure: origin.secure }
    }

    /// The second half of a sign-in form, which no other site can make the browser send. One for each
    /// form, so that two open pages do not spoil each other.
    pub fn form(origin: &Origin, request: &str) -> Self {
        let name = format!("keyward_sign_in_{}_{request}", origin.port);
        Self { name, path: "/sign-in", same_site: "Strict", secure: origin.secure }
    }

    /// Its value in a request.
    pub fn read(&self, headers: &HeaderMap) -> Option<Secret> {
        let texts = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        texts
            .flat_map(|text| text.split(';'))
            .find_map(|pair| pair.trim().strip_prefix(&self.name)?.strip_prefix('='))
            .map(Secret::new)
    }

    /// The header that sets it.
    pub fn set(&self, value: &Secret, lifetime: Duration) -> Option<HeaderValue> {
        self.header(value.expose(), lifetime.as_secs())
    }

    /// The header that removes it.
    pub fn clear(&self) -> Option<HeaderValue> {
        self.header("", 0)
    }

    fn header(&self, value: &str, seconds: u64) -> Option<HeaderValue> {
        let Self { name, path, same_site, secure } = self;
        let secure = if *secure { "; Secure" } else { "" };
        let text =
            format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}");
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(secure: bool) -> Origin {
        Origin { authority: String::new(), port: 7, secure, base: String::new() }
    }

    #[test]
    fn another_ports_cookie_is_not_ours() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("keyward_session_70=x; keyward_session_7=y"));
        assert_eq!(Cookie::session(&origin(false)).read(&headers).unwrap().expose(), "y");
    }

    #[test]
    fn no_script_reads_a_cookie_and_no_other_site_sends_the_forms() {
        let set = Cookie::form(&origin(true), "r").set(&Secret::new("v"), Duration::from_secs(9)).unwrap();
        assert_eq!(
            set.to_str().unwrap(),
            "keyward_sign_in_7_r=v; Path=/sign-in; Max-Age=9; HttpOnly; SameSite=Strict; Secure"
        );
        assert!(set.is_sensitive());
    }
}
