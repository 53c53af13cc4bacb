//! What a provider asks the directory whenever it issues a token, and what it gets.

use serde::{Deserialize, Serialize};

use crate::{ClientId, Issuer, Permission, RoleId, Subject, TenantId, Timestamp, VerifiedEmail};

/// The question: what may this person do in this tenant, through this client?
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HookRequest {
    /// The provider that asks.
    pub issuer: Issuer,
    /// The person, by the provider's name for them.
    pub subject: Subject,
    /// The tenant the token will be for.
    pub tenant: TenantId,
    /// The client that will hold it.
    pub client: ClientId,
    /// The person's e-mail address, only where the provider has verified it: somebody who was invited by it is then
    /// known by this subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_email: Option<VerifiedEmail>,
}

/// The answer, small enough for a token.
///
/// It depends on the rows and on the time. The version stands for the rows: it rises with every edit, and not
/// when a role begins or ends by itself, for which nobody need be awake. `not_after` and `renew_at` stand for the
/// time: the next moments at which a role ends and at which one begins. A token that ends by both says the same as
/// one made anew at any moment of its life, unless the version has risen. So whoever demands at least the version
/// they have seen, and checks that the token has not ended, never trusts a role outside its time. Where a token
/// outlives `renew_at` it says too little until it is renewed, and never too much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HookAnswer {
    /// Roles held now, in alphabetical order. One that begins later is in the next token.
    pub roles: Vec<RoleId>,
    /// What these roles allow, without repeats, in alphabetical order.
    pub permissions: Vec<Permission>,
    /// Rises with anything that changes what this person's token here would say.
    pub role_version: u64,
    /// The token must not outlive this: the earliest end of a role it names.
    pub not_after: Option<Timestamp>,
    /// The token had better not outlive this: the earliest start of a role that the next one will name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew_at: Option<Timestamp>,
}

impl HookAnswer {
    /// When a token that can be cut to any length ends at the latest: it is renewed for whatever comes first.
    pub fn lasts_until(&self) -> Option<Timestamp> {
        self.not_after.into_iter().chain(self.renew_at).min()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookRefusal {
    /// No such tenant.
    #[error("there is no tenant {0}")]
    UnknownTenant(TenantId),
    /// The person is not in that tenant.
    #[error("this person is not in tenant {0}")]
    NotAMember(TenantId),
    /// The directory cannot answer now. The provider must not guess.
    #[error("the role directory cannot answer: {0}")]
    Unavailable(String),
}

/// The directory, as a provider that runs in the same process sees it.
///
/// Blocks while it reads: call it off the async threads.
pub trait TokenHook: Send + Sync {
    /// Answers for one issuance.
    ///
    /// # Errors
    /// [`HookRefusal`]; no token may be issued for the tenant then.
    fn answer(&self, request: &HookRequest) -> Result<HookAnswer, HookRefusal>;
}
