//! Cookies (RFC 6265). Their names carry the port: browsers share them between the ports of a host.

use std::time::Duration;

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use keyward_model::{Error, ErrorCode, Result, Secret};

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

    /// Sets it with a response.
    pub fn set(&self, response: &mut Response, value: &Secret, lifetime: Duration) -> Result<()> {
        self.write(response, value.expose(), lifetime.as_secs())
    }

    /// Removes it with a response.
    pub fn clear(&self, response: &mut Response) -> Result<()> {
        self.write(response, "", 0)
    }

    fn write(&self, response: &mut Response, value: &str, seconds: u64) -> Result<()> {
        let Self { name, path, same_site, secure } = self;
        let secure = if *secure { "; Secure" } else { "" };
        let text =
            format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}");
        let mut header = HeaderValue::try_from(text)
            .map_err(|_| Error::new(ErrorCode::Internal, "No header can hold the cookie."))?;
        header.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, header);
        Ok(())
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
        let mut response = Response::default();
        Cookie::form(&origin(true), "r")
            .set(&mut response, &Secret::new("v"), Duration::from_secs(9))
            .unwrap();
        let set = &response.headers()[header::SET_COOKIE];
        assert_eq!(
            set.to_str().unwrap(),
            "keyward_sign_in_7_r=v; Path=/sign-in; Max-Age=9; HttpOnly; SameSite=Strict; Secure"
        );
        assert!(set.is_sensitive());
    }
}
