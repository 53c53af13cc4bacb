//! Ways to misbehave, as other providers do: for tests of what has to live with them.

mod answers;
mod demand;
mod faults;

use std::time::Duration;

use keyward_model::TenantId;

pub use answers::{AnswerQuirks, AuthTime, TokenQuirks, Typ};
pub use demand::{Demand, Refusal};
pub use faults::{ErrorBody, ErrorQuirks, Loss, Outage};

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
    /// A refresh gives a new refresh token, and leaves every old one good.
    pub old_refresh_tokens_stay_good: bool,
    /// `offline_access` is left out where the person is not asked to consent (`prompt=consent`).
    pub offline_access_needs_consent: bool,
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
    /// What has to come before a token for some tenant.
    pub demand: Option<Demand>,
    /// How `prompt=none` is answered.
    pub silent: Silent,
    /// How the token endpoint writes its refusals.
    pub errors: ErrorQuirks,
    /// The token endpoint fails for a while, then works.
    pub outage: Outage,
    /// Some answers of refreshes are lost after the rotation, as with `drop_response_after_rotation`.
    pub loss: Loss,
    /// How the token endpoint writes its successes.
    pub answer: AnswerQuirks,
    /// How tokens are written.
    pub token: TokenQuirks,
    /// Discovery answers with a redirect to itself first.
    pub discovery_redirects: bool,
    /// The revocation endpoint refuses public clients, and this one is.
    pub revocation_refuses: bool,
}

/// How `prompt=none` is answered where somebody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Silent {
    /// With a code that is worth as much as any.
    #[default]
    Answered,
    /// With a code that gives no refresh token.
    WithoutRefreshToken,
    /// With `login_required`.
    LoginRequired,
    /// With `consent_required`.
    ConsentRequired,
    /// With `interaction_required`, as for every native client.
    InteractionRequired,
    /// With a page, as if it had not been asked for.
    Ignored,
}

/// Where the issuer is somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongIssuer {
    /// In the `iss` parameter of the redirect (RFC 9207).
    Redirect,
    /// In the `iss` claim of ID and access tokens.
    Tokens,
}
