//! What an embedded provider is told at its start.

use std::time::Duration;

use keyward_model::{ClientId, Error, ErrorCode, Issuer, Result, Template};
use url::Url;

use crate::{Mode, SigningAlgorithm};

/// How the provider is set up. [`new`](Self::new) fills in what has a usual value.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// The issuer, such as `http://127.0.0.1:PORT`: without a path, since the endpoints are at the root.
    pub issuer: Issuer,
    /// The service people sign in to, as the pages call it.
    pub service_name: String,
    /// The app that asks, as the pages call it.
    pub client_name: String,
    /// How a client asks for a tenant's token.
    pub mode: Mode,
    /// The client: public and native, with the redirect URI `http://127.0.0.1:PORT/callback` or
    /// `http://[::1]:PORT/callback` on any port (RFC 8252 §7.3).
    pub client: ClientId,
    /// The audience of a tenant's API.
    pub tenant_audience: Template,
    /// The audience where none is asked for. It names no tenant, so its tokens hold no roles.
    pub default_audience: String,
    /// How long an access token lives, unless the directory cuts it shorter.
    pub access_token_lifetime: Duration,
    /// How long an ID token lives.
    pub id_token_lifetime: Duration,
    /// How long a refresh token may lie unused: each rotation begins anew.
    pub refresh_token_lifetime: Duration,
    /// For so long after its rotation, the last refresh token before the newest is answered again with a
    /// fresh one. After that, and for one further back, it is reuse and ends the sign-in.
    pub reuse_grace: Duration,
    /// How long an authorization code lives (RFC 6749 §4.1.2: ten minutes at most).
    pub code_lifetime: Duration,
    /// How long a sign-in page may stay open.
    pub sign_in_lifetime: Duration,
    /// How long a browser stays signed in.
    pub session_lifetime: Duration,
    /// What tokens are signed with at first; see [`Provider::set_algorithm`](crate::Provider::set_algorithm).
    pub algorithm: SigningAlgorithm,
    /// A line under the sign-in form, such as who can sign in to a local workspace.
    pub hint: Option<String>,
}

const MINUTE: Duration = Duration::from_secs(60);

impl ProviderConfig {
    /// The usual set-up: access and ID tokens for 5 minutes, refresh tokens for 30 days, codes for a
    /// minute, sign-in pages for 10 minutes, browser sessions for 8 hours, an API per tenant, no grace
    /// for reuse, RS256, no hint.
    pub fn new(
        issuer: Issuer,
        service_name: impl Into<String>,
        client: ClientId,
        tenant_audience: Template,
        default_audience: impl Into<String>,
    ) -> Self {
        Self {
            issuer,
            service_name: service_name.into(),
            client_name: "Keyward".to_owned(),
            mode: Mode::default(),
            client,
            tenant_audience,
            default_audience: default_audience.into(),
            access_token_lifetime: 5 * MINUTE,
            id_token_lifetime: 5 * MINUTE,
            refresh_token_lifetime: 30 * 24 * 60 * MINUTE,
            reuse_grace: Duration::ZERO,
            code_lifetime: MINUTE,
            sign_in_lifetime: 10 * MINUTE,
            session_lifetime: 8 * 60 * MINUTE,
            algorithm: SigningAlgorithm::Rs256,
            hint: None,
        }
    }

    /// Checks what the types leave open, and takes the issuer apart.
    pub(crate) fn origin(&self) -> Result<Origin> {
        let invalid = |message: String| Error::new(ErrorCode::ConfigInvalid, message);
        let issuer = &self.issuer;
        let url = Url::parse(issuer.as_str()).map_err(|why| invalid(format!("issuer {issuer}: {why}")))?;
        if url.path() != "/" {
            return Err(invalid(format!("issuer {issuer}: the embedded provider's issuer has no path")));
        }
        if let Some(tenant) = self.tenant_audience.tenant_in(&self.default_audience) {
            let audience = &self.default_audience;
            return Err(invalid(format!(
                "default audience {audience} is that of tenant {tenant}: name another"
            )));
        }
        if self.default_audience.is_empty() {
            return Err(invalid("the default audience is empty: name the role directory's".to_owned()));
        }
        let host = url.host_str().unwrap_or_default();
        Ok(Origin {
            authority: url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
            port: url.port_or_known_default().unwrap_or_default(),
            secure: url.scheme() == "https",
            base: issuer.as_str().trim_end_matches('/').to_owned(),
        })
    }
}

/// The issuer, taken apart.
pub(crate) struct Origin {
    /// What a `Host` header must say (RFC 9110 §7.2).
    pub authority: String,
    /// Its port: cookies are shared between the ports of a host, so their names carry it.
    pub port: u16,
    /// Whether it is https.
    pub secure: bool,
    /// What endpoint paths are appended to.
    pub base: String,
}
