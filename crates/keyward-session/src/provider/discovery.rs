//! A provider's metadata (OpenID Connect Discovery §4, RFC 8414), believed only where it fits the issuer.

use http::{Request, StatusCode};
use keyward_model::{Error, ErrorCode, Issuer, Result};
use serde::Deserialize;
use url::{Host, Url};

use crate::ports::Http;

/// The part of the metadata that Keyward uses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// Must be the issuer asked, to the letter.
    pub issuer: Issuer,
    /// Where the browser goes.
    pub authorization_endpoint: Url,
    /// Where codes and refresh tokens are exchanged.
    pub token_endpoint: Url,
    /// The public keys.
    pub jwks_uri: Url,
    /// Where tokens are revoked (RFC 7009), if anywhere.
    pub revocation_endpoint: Option<Url>,
    /// PKCE methods (RFC 7636); without the member nothing is promised and S256 is sent all the same.
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// Grants; without the member the standard's own two (RFC 8414 §2).
    pub grant_types_supported: Option<Vec<String>>,
    /// Scopes, as far as the provider names them.
    pub scopes_supported: Option<Vec<String>>,
    /// Whether the redirect always carries `iss` (RFC 9207 §3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// Fetches and checks the metadata of `issuer`.
///
/// # Errors
/// [`ErrorCode::ProviderUnreachable`] without an answer, [`ErrorCode::DiscoveryInvalid`] with one that
/// cannot be right.
pub async fn discover(http: &dyn Http, issuer: &Issuer) -> Result<Metadata> {
    let url = issuer.discovery_url();
    let request = Request::get(&url).body(Vec::new()).map_err(|e| lying(issuer, &e.to_string()))?;
    let answer = http.send(request).await.map_err(|e| {
        Error::new(
            ErrorCode::ProviderUnreachable,
            format!("{issuer} cannot be reached ({e}). Check the network and try again."),
        )
    })?;
    match answer.status() {
        StatusCode::OK => {}
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            return Err(Error::new(
                ErrorCode::ProviderUnreachable,
                format!("{issuer} answers with {status} just now. Try again in a while."),
            ));
        }
        status => return Err(lying(issuer, &format!("{url} answers with {status}"))),
    }
    let metadata: Metadata =
        serde_json::from_slice(answer.body()).map_err(|e| lying(issuer, &e.to_string()))?;
    metadata.check(issuer)?;
    Ok(metadata)
}

impl Metadata {
    fn check(&self, asked: &Issuer) -> Result<()> {
        if self.issuer != *asked {
            let what = format!("it says that it is {}", self.issuer);
            return Err(lying(asked, &what));
        }
        let endpoints = [
            ("authorization_endpoint", Some(&self.authorization_endpoint)),
            ("token_endpoint", Some(&self.token_endpoint)),
            ("jwks_uri", Some(&self.jwks_uri)),
            ("revocation_endpoint", self.revocation_endpoint.as_ref()),
        ];
        for (name, url) in endpoints {
            if url.is_some_and(|url| !protected(url)) {
                return Err(lying(asked, &format!("its {name} is neither https nor on this computer")));
            }
        }
        let s256 = |methods: &Vec<String>| methods.iter().any(|method| method == "S256");
        if self.code_challenge_methods_supported.as_ref().is_some_and(|methods| !s256(methods)) {
            return Err(lying(asked, "it does not support PKCE with S256, which Keyward needs"));
        }
        Ok(())
    }
}

fn protected(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(ip))) => ip.is_loopback(),
        ("http", Some(Host::Ipv6(ip))) => ip.is_loopback(),
        _ => false,
    }
}

fn lying(issuer: &Issuer, what: &str) -> Error {
    Error::new(
        ErrorCode::DiscoveryInvalid,
        format!(
            "{issuer} does not describe itself as a provider Keyward can trust: {what}. Check the issuer in the configuration."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(change: impl FnOnce(&mut serde_json::Value)) -> std::result::Result<Metadata, String> {
        let mut json = serde_json::json!({
            "issuer": "https://id.example", "authorization_endpoint": "https://id.example/a",
            "token_endpoint": "https://id.example/t", "jwks_uri": "https://keys.example/j",
            "code_challenge_methods_supported": ["plain", "S256"]
        });
        change(&mut json);
        let metadata: Metadata = serde_json::from_value(json).map_err(|e| e.to_string())?;
        metadata.check(&Issuer::new("https://id.example").unwrap()).map_err(|e| e.message)?;
        Ok(metadata)
    }

    #[test]
    fn honest_metadata_is_believed() {
        assert!(metadata(|_| ()).is_ok());
        assert!(metadata(|m| m["code_challenge_methods_supported"] = serde_json::Value::Null).is_ok());
    }

    #[test]
    fn metadata_of_somebody_else_is_not() {
        let error = metadata(|m| m["issuer"] = "https://id.example/".into()).unwrap_err();
        assert!(error.contains("https://id.example/"), "a trailing slash is another issuer: {error}");
    }

    #[test]
    fn an_endpoint_in_the_clear_is_refused() {
        let error = metadata(|m| m["token_endpoint"] = "http://id.example/t".into()).unwrap_err();
        assert!(error.contains("token_endpoint"), "{error}");
    }

    #[test]
    fn a_provider_without_s256_is_refused() {
        let error =
            metadata(|m| m["code_challenge_methods_supported"] = serde_json::json!(["plain"])).unwrap_err();
        assert!(error.contains("S256"), "{error}");
    }

    #[test]
    fn a_missing_endpoint_is_named() {
        let error = metadata(|m| {
            m.as_object_mut().unwrap().remove("jwks_uri");
        })
        .unwrap_err();
        assert!(error.contains("jwks_uri"), "{error}");
    }
}
