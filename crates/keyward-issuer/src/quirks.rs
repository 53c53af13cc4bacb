//! Ways to misbehave, as other providers do: for tests of what has to live with them.

use std::time::Duration;

use keyward_model::TenantId;

/// What the provider gets wrong on purpose. By default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quirks {
    /// An audience that is unknown, or forbidden to the person, is answered with success and the
    /// default audience's token.
    pub swap_unknown_audience: bool,
    /// Whichever tenant is asked for, the token is this tenant's. The default audience stays itself.
    pub swap_every_audience_for: Option<TenantId>,
    /// A refresh answers without a new refresh token and leaves the old one good.
    pub omit_new_refresh_token: bool,
    /// Every answer, of every endpoint, waits this long first. Zero: no waiting.
    pub slow_by: Duration,
    /// A refresh rotates the token, then closes the connection without an answer.
    pub drop_response_after_rotation: bool,
    /// Seconds by which the times in tokens are ahead, or behind where negative.
    pub clock_skew: i64,
    /// A place where the issuer is somebody else.
    pub wrong_iss: Option<WrongIssuer>,
    /// A refused switch rotates the refresh token first, so the refusal spends it.
    pub burn_on_refusal: bool,
    /// The token endpoint answers 500 with a page of HTML, as a broken proxy would.
    pub html_errors: bool,
    /// The token endpoint answers 429 with `Retry-After`.
    pub rate_limited: bool,
}

/// Where the issuer is somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongIssuer {
    /// In the `iss` parameter of the redirect (RFC 9207).
    Redirect,
    /// In the `iss` claim of ID and access tokens.
    Tokens,
}
