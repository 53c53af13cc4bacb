//! A provider that may ask: who it is, about whom, and how it wants to be answered.

use std::time::Duration;

use keyward_model::{Error, ErrorCode, HookCallerId, Issuer, Result};

use super::{ClaimNames, Proof, Shape, TenantName, asked::Issued};

/// Bytes of claims, where a caller names no other budget.
pub const USUAL_BUDGET: usize = 3_500;

/// A provider that may ask.
#[derive(Debug)]
pub struct HookCaller {
    /// Its name, and the last part of its path.
    pub name: HookCallerId,
    /// How it asks.
    pub shape: Shape,
    /// The provider that signs in the people it asks about. About others it may not ask.
    pub issuer: Issuer,
    /// How its questions name the tenant.
    pub tenant: TenantName,
    /// What becomes of a token that names no tenant.
    pub without_tenant: WithoutTenant,
    /// How it proves itself.
    pub proof: Proof,
    /// What its claims are called.
    pub claims: ClaimNames,
    /// Bytes of claims at most.
    pub budget: usize,
    /// What it is told while the store is away.
    pub when_away: WhenAway,
}

/// What becomes of a token that names no tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WithoutTenant {
    /// It is refused.
    #[default]
    Refuse,
    /// It goes out without a claim of ours, and so is no tenant's: for providers that ask about every token.
    Leave,
}

/// What a caller is told while the store is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenAway {
    /// Not to issue.
    #[default]
    Refuse,
    /// What was last true, if that is not older than this, and marked as stale.
    LastKnown(Duration),
}

impl HookCaller {
    /// Checks what the types cannot.
    pub(super) fn check(&self) -> Result<()> {
        let named = |error: Error| Error::new(error.code, format!("hook {}: {}", self.name, error.message));
        self.claims.check(self.shape.only_urls()).map_err(named)?;
        if self.when_away == WhenAway::LastKnown(Duration::ZERO) {
            let words = "stale_for: an answer cannot be used for no time. Leave it out to refuse instead.";
            return Err(named(Error::new(ErrorCode::ConfigInvalid, words)));
        }
        Ok(())
    }

    /// Whether a question with this issuer is about people of the caller's own.
    pub(super) fn owns(&self, issuer: Issued<'_>) -> bool {
        match issuer {
            Issued::Unsaid => true,
            Issued::By(text) => text == self.issuer.as_str() || self.tenant.is_an_issuer(text),
            Issued::Within(part) => self.issuer.as_str().split('/').any(|step| step == part),
        }
    }
}
